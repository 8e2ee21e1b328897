"""`python -m tests.faults.writers`: people who write without a pause, to be killed in the middle of it.

One process imports the services and makes itself a writer for each line of its input, so that a hundred
writers cost a hundred forks and not a hundred starts:

    message|booking|answer <account> <public id> <what they write to>
    kill

Each writer says what it has done, one line after each commit, and goes on. "kill" is a SIGKILL for all of
them; "dead" is said when they are, and everything that they said stands before it.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice

import clinic.between.messages as messages
import db
from clinic.errors import ClinicError
from clinic.measures import questionnaires
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.booking import book, cancel
from clinic.scheduling.offers import free_times

MEASURE = "phq-9"


def main() -> None:
    children: list[int] = []
    practised: set[str] = set()
    for line in sys.stdin:
        kind, *words = line.split()
        if kind == "kill":
            for child in children:
                os.kill(child, signal.SIGKILL)
            for child in children:
                os.waitpid(child, 0)
            children.clear()
            _say("dead")
            continue
        writer = WRITERS[kind](Viewer(int(words[0]), words[1], Role.CLIENT, "", "UTC", 0), words[2])
        if kind not in practised:
            # What is found out once in a process (statements, mappings, measures) is not found out by each.
            practised.add(kind)
            _write(islice(writer, 2))
            db.engine().dispose()  # a connection is not shared with a child
        if child := os.fork():
            children.append(child)
        else:
            _write(writer)
            os._exit(1)


def _write(writer: Iterator[str]) -> None:
    try:
        for done in writer:
            _say(done)
    except BaseException as error:  # a writer that stops by itself is what the test must hear of
        _say(f"stopped {type(error).__name__} {error}".replace("\n", " "))


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())  # one write: lines of several writers do not mix


def _message(viewer: Viewer, thread: str) -> Iterator[str]:
    """Message after message in one thread."""
    while True:
        key = secrets.token_urlsafe(16)
        messages.send(viewer, thread, f"text {key}", key, datetime.now(UTC))
        yield f"message {key}"


def _booking(viewer: Viewer, therapist: str) -> Iterator[str]:
    """One free time after the other booked, and cancelled again: times do not run out."""
    while True:
        now = datetime.now(UTC)
        until = now + timedelta(days=28)
        for offer in free_times(viewer, now, therapist_id=therapist, until=until):
            with suppress(ClinicError):  # taken meanwhile, or beside another one of theirs
                made = book(viewer, therapist, offer.starts_at, secrets.token_urlsafe(16), now)
                yield f"booked {made.public_id}"
                cancel(viewer, made.public_id, now)
                yield f"cancelled {made.public_id}"


def _answer(viewer: Viewer, item: str) -> Iterator[str]:
    """The same question answered anew, one option after the other."""
    form = questionnaires.open_response(viewer, MEASURE, datetime.now(UTC))
    value = form.answers.get(int(item), 0)
    while True:
        value = (value + 1) % 4
        questionnaires.keep_answer(viewer, form.public_id, int(item), value, datetime.now(UTC))
        yield f"answered {form.public_id} {value}"


WRITERS: dict[str, Callable[[Viewer, str], Iterator[str]]] = {
    "message": _message,
    "booking": _booking,
    "answer": _answer,
}


if __name__ == "__main__":
    db.start()
    db.engine().dispose()
    _say("ready")
    main()
