"""A migration that fails, or is killed, at any of its statements leaves the version before, whole."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import MetaData, event
from sqlalchemy.schema import CreateTable

import db
from db.dump import lines_of
from db.start import alone
from tests.databases import Database, Server, point_at
from tests.faults.filler import put, rows_at
from tests.faults.how_often import DATABASES, FULL, times
from tests.faults.whole import assert_sound
from tests.portal import ROOT

starting = importlib.import_module("db.start")  # `db.start` itself is the function
FIRST = "0001"


class Failed(Exception):
    """What goes wrong at the chosen statement."""


@pytest.fixture(params=["sqlite", "postgresql"])
def earlier(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, own_deployment: Path
) -> Iterator[Database]:
    """A database of the first version with rows in every table."""
    if request.param == "sqlite":
        _as_first()
        yield Database("sqlite", f"sqlite:///{own_deployment / 'quiet-room.db'}", own_deployment)
        return
    server: Server = request.getfixturevalue("postgres")
    with server.copy("template0") as url:
        point_at(monkeypatch, own_deployment, url)
        _as_first()
        yield Database("postgresql", url, own_deployment)


@pytest.mark.timeout(1200)
def test_a_statement_that_fails_leaves_nothing(earlier: Database) -> None:
    """Every migration from the first version on, with one failing statement, at its beginning, in its
    middle and at its end."""
    before = _everything()
    statements = _fail_at(None)
    assert statements > 50
    step = 1 if FULL else statements // 8
    for number in range(1, statements + 1, step):
        assert _fail_at(number) == number
        assert _everything() == before, f"something is left of statement {number}"
    db.start()
    with db.engine().connect() as connection:
        assert_sound(connection)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("earlier", DATABASES, indirect=True)
def test_a_migration_that_is_killed_leaves_nothing_and_the_next_start_does_it_all(earlier: Database) -> None:
    before = _everything()
    statements = _fail_at(None)
    kills = times(1, 25)
    for number in range(kills):
        db.dispose()
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                _KILLED,
                str(1 + number * statements // kills + statements // (2 * kills)),
            ],
            cwd=ROOT,
            env=os.environ | earlier.environment(),
        )
        assert done.returncode == -signal.SIGKILL
        assert _everything() == before
    subprocess.run(
        [sys.executable, "-c", "import db; db.start()"],
        cwd=ROOT,
        env=os.environ | earlier.environment(),
        check=True,
    )
    with db.engine().connect() as connection:
        assert_sound(connection)
    assert _everything() != before


# Starts, and is killed before its nth statement.
_KILLED = """
import os, signal, sys
from sqlalchemy import event
import db
left = int(sys.argv[1])
@event.listens_for(db.engine(), "before_cursor_execute")
def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
db.start()
"""


def _as_first() -> None:
    with alone() as connection:
        starting.migrate(connection, FIRST)
        starting._check_key(connection)
        put(connection, rows_at(FIRST))


def _fail_at(wanted: int | None) -> int:
    """Make everything ready with the statement of this number failing, or after the last one; how many there
    were until then."""
    engine, seen = db.engine(), 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == wanted:
            raise Failed

    event.listen(engine, "before_cursor_execute", count)
    try:
        with alone() as connection:
            starting.make_ready(connection)
            raise Failed
    except Failed:
        pass
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return seen


def _everything() -> tuple[list[str], list[str]]:
    """Every row, and how every table is made."""
    with db.reading_one_moment() as session:
        connection = session.connection()
        metadata = MetaData()
        metadata.reflect(connection)
        tables = [str(CreateTable(table).compile(connection)) for _, table in sorted(metadata.tables.items())]
        return list(lines_of(connection)), tables
