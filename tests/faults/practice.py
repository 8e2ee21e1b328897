"""A small clinic that is written to, and the writers of tests/faults/writers.py as a test holds them."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO

from sqlalchemy import select

import db
from clinic.between import messages
from clinic.people.viewer import Viewer
from db.tables import Appointment, Message, QuestionnaireResponse
from tests.factories import make_client, make_clinic, make_policy, make_therapist
from tests.portal import ROOT


@dataclass(frozen=True)
class Practice:
    """`pen` writes messages in `thread`, `bea` books with `dana`, `ann` answers questions."""

    dana: Viewer
    pen: Viewer
    bea: Viewer
    ann: Viewer
    thread: str


def make_practice() -> Practice:
    now = datetime.now(UTC)
    make_clinic(now=now)
    make_policy(now=now)
    dana = make_therapist("Dana", now=now)
    pen, bea, ann = (make_client(name, therapist=dana, now=now) for name in ("Pen", "Bea", "Ann"))
    thread = messages.begin(pen, pen.public_id, "Thursday", "The first", "first", now)
    return Practice(dana, pen, bea, ann, thread)


@dataclass
class Writers:
    """`said`: everything that was acknowledged, in order."""

    _in: IO[bytes]
    _out: IO[bytes]
    said: list[list[str]] = field(default_factory=list)

    def begin(self, practice: Practice) -> None:
        """One writer of each kind."""
        for kind, who, place in (
            ("message", practice.pen, practice.thread),
            ("booking", practice.bea, practice.dana.public_id),
            ("answer", practice.ann, "3"),
        ):
            self._tell(f"{kind} {who.account_id} {who.public_id} {place}")

    def hear(self, lines: int) -> None:
        """Wait for so many acknowledgements more."""
        for _ in range(lines):
            self.said.append(self._line())

    def hear_each(self) -> None:
        """Wait until each kind of writer has said something more."""
        begun = len(self.said)
        while {words[0] for words in self.said[begun:]} < {"message", "booked", "answered"}:
            self.hear(1)

    def kill(self) -> None:
        """SIGKILL for all of them; returns once nothing more can come."""
        self._tell("kill")
        while (line := self._line()) != ["dead"]:
            self.said.append(line)

    def _tell(self, line: str) -> None:
        self._in.write(f"{line}\n".encode())
        self._in.flush()

    def _line(self) -> list[str]:
        line = self._out.readline().decode().split()
        assert line, "the writers' process ended"
        assert line[0] != "stopped", line
        return line


@contextmanager
def running_writers(environment: Mapping[str, str]) -> Iterator[Writers]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.writers"],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        writers = Writers(process.stdin, process.stdout)
        try:
            yield writers
        finally:
            writers.kill()
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(20)


def soon(chance: random.Random, seconds: float) -> None:
    """Some moment within so many seconds. Busy: a sleep is as coarse as what is to be hit."""
    deadline = time.monotonic() + chance.uniform(0, seconds)
    while time.monotonic() < deadline:
        pass


def assert_all_there(said: list[list[str]], *, going_on: bool = False) -> None:
    """Whatever was acknowledged is in the database. `going_on`: they write while this is asked, so that
    an answer may be another one already."""
    with db.reading() as session:
        sent = {row.submit_key: row.body for row in session.scalars(select(Message))}
        meetings = {row.public_id: row.status for row in session.scalars(select(Appointment))}
        forms = {
            row.public_id: json.loads(row.answers_json or "{}")
            for row in session.scalars(select(QuestionnaireResponse))
        }
    for words in said:
        match words:
            case ["message", key]:
                assert sent[key] == f"text {key}"
            case ["booked", meeting]:
                assert meeting in meetings
            case ["cancelled", meeting]:
                assert meetings[meeting] == "cancelled"
    answers = [words[1:] for words in said if words[0] == "answered"]
    if answers and not going_on:
        form, value = answers[-1]
        # The next one may have been kept and not been said any more.
        assert forms[form]["3"] in (int(value), (int(value) + 1) % 4)
