"""Keys that are missing, wrong or half changed: nothing is read, nothing is written, and nothing is lost."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

import db
from clinic.between import messages
from db.errors import WrongKey
from db.keys import read_ring
from db.rotate import sealed_columns
from tests.databases import KEYS, Database, forget, started
from tests.faults.how_often import DATABASES, FULL, say, times
from tests.faults.practice import assert_all_there, make_practice, running_writers, soon
from tests.faults.whole import assert_whole
from tests.portal import ROOT, free_port

OTHER = ":".join(base64.urlsafe_b64encode(half * 32).decode() for half in (b"o", b"p"))
KILLS = times(2, 30)


KEYLESS = {
    "missing": ("", "There are no keys"),
    "another clinic's": (OTHER, "written with other keys"),
    "no keys at all": ("not:keys", "must be 32-byte values in base64"),
    "without the pepper": (KEYS.partition(":")[0], "must be 32-byte values in base64"),
}
COMMANDS = (["clinic.oversight.verify"], ["clinic.oversight", "make"], ["db.rotate"])


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", DATABASES, indirect=True)
def test_without_its_keys_neither_portal_nor_command_starts_and_nothing_is_changed(
    database: Database,
) -> None:
    practice = make_practice()
    before = _everything()
    for keys, said in list(KEYLESS.values())[: times(2, len(KEYLESS))]:
        environment = {**database.environment(), "QUIET_ROOM_KEYS": keys}
        done = _portal(environment)
        assert done.returncode != 0
        assert said in done.stdout
        for inside in ("Traceback", "base64.", KEYS, OTHER):
            assert inside not in done.stdout
        for command in COMMANDS if FULL or keys == OTHER else ():
            refused = _python(environment, "-m", *command)
            assert refused.returncode == 1
            assert said in refused.stderr
            assert "Traceback" not in refused.stderr
    assert not (database.var / "keys.json").exists(), "nobody takes new keys for the old ones"
    assert _everything() == before
    conversation = messages.read_thread(practice.pen, practice.thread, datetime.now(UTC))
    assert [one.body for one in conversation.said] == ["The first"], "with its own keys it opens"


def test_a_key_file_that_was_lost_is_not_made_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _keys_in_a_file(database, monkeypatch)
    practice = make_practice()
    file = database.var / "keys.json"
    kept = file.read_bytes()
    file.unlink()
    forget()
    with pytest.raises(WrongKey, match="There are no keys"):
        db.start()
    assert not file.exists()
    file.write_bytes(kept)
    forget()
    db.start()
    conversation = messages.read_thread(practice.pen, practice.thread, datetime.now(UTC))
    assert [one.body for one in conversation.said] == ["The first"]


@pytest.mark.timeout(1200)
def test_a_change_of_keys_killed_again_and_again_under_writes_loses_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writers go on under whichever key they read; each kill leaves a database that both keys open."""
    _keys_in_a_file(database, monkeypatch)
    practice, chance, halves = make_practice(), random.Random(4), 0
    environment = {**database.environment(), "QUIET_ROOM_KEYS": ""}
    with running_writers(environment) as writers:
        writers.begin(practice)
        for _ in range(KILLS):
            writers.hear(5)
            process = subprocess.Popen(
                [sys.executable, "-c", _ROTATE],
                cwd=ROOT,
                env=os.environ | environment,
                stdout=subprocess.PIPE,
            )
            assert process.stdout is not None
            assert process.stdout.readline() == b"now\n"
            soon(chance, 0.2)
            process.kill()
            process.wait()
            process.stdout.close()
            writers.hear(5)
            db.keys.forget()
            assert_all_there(writers.said, going_on=True)
            halves += _is_half_way()
        writers.kill()
        db.keys.forget()
        assert_all_there(writers.said)
    ring, half_way = read_ring(), _is_half_way()
    done = _python(environment, "-m", "db.rotate")
    assert done.returncode == 0, done.stderr
    db.keys.forget()
    assert_all_there(writers.said)
    assert_whole()
    if half_way:
        assert read_ring().sealing[0] == ring.sealing[0], "what was begun is what is finished"
    say(f"{database.kind}: {halves} of {KILLS} kills left a change half-way, nothing is lost")


# Rows in batches of five, so that a kill finds it in the middle of them.
_ROTATE = """
import db
from db import rotate
rotate.BATCH = 5
db.start()
print("now", flush=True)
rotate.rotate()
"""


def _is_half_way() -> bool:
    """Whether anything is sealed under another key than the newest."""
    db.keys.forget()
    with db.reading() as session:
        return any(
            held is not None and not db.keys.is_newest(held)
            for table, names in sealed_columns()
            for row in session.scalars(select(table))
            for held in (getattr(row, getattr(table, name).column) for name in names)
        )


def _keys_in_a_file(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a server of one's own: the same keys, which a change can write."""
    monkeypatch.delenv("QUIET_ROOM_KEYS")
    (database.var / "keys.json").write_text(json.dumps({"keys": KEYS}))
    forget()
    started()


def _everything() -> list[str]:
    from db.dump import lines_of

    with db.reading_one_moment() as session:
        return list(lines_of(session.connection()))


def _portal(environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Start the portal and wait until it has given up."""
    port = str(free_port())
    return subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "Home.py", "--server.port", port],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )


def _python(environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True
    )
