"""Each earlier version with something in every table comes up to this one with everything that was in it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import db
from db.dump import lines_of, put_back
from db.start import alone, make_ready
from db.tables import Base
from tests.databases import Server, point_at
from tests.faults.filler import EACH, Held, held, put, rows_at
from tests.faults.how_often import FULL
from tests.faults.whole import assert_sound
from tests.portal import ROOT

starting = importlib.import_module("db.start")  # `db.start` itself is the function
# What a migration means to change in rows that are there: table to columns, and the version that does it.
CHANGED: dict[tuple[str, str], set[str]] = {}
# Columns that a later version has no use for.
GONE = {"intake": {"form_version"}}


def _revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "db" / "migrations"))
    return [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()][::-1]


REVISIONS = _revisions()
# In the short form the oldest one and the one before this: all that is in between is passed through.
TRIED = REVISIONS if FULL else [REVISIONS[0], REVISIONS[-2]]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, own_deployment: Path
) -> Iterator[None]:
    """A database without any table."""
    if request.param == "sqlite":
        yield
        return
    server: Server = request.getfixturevalue("postgres")
    with server.copy("template0") as url:
        point_at(monkeypatch, own_deployment, url)
        yield


def as_of(revision: str) -> dict[str, set[str]]:
    """Bring the database to an earlier version with rows in every table; its tables and columns."""
    rows = rows_at(revision)
    with alone() as connection:
        starting.migrate(connection, revision)
        starting._check_key(connection)
        put(connection, rows)
    return {name: {column for row in made for column in row} for name, made in rows.items()}


def test_there_is_something_in_every_table() -> None:
    rows = rows_at("head")
    assert set(rows) == {table.name for table in Base.metadata.sorted_tables} - {"key_check"}
    assert all(len(made) in (1, EACH) for made in rows.values())
    filled = {(name, column) for name, made in rows.items() for row in made for column in row}
    missing = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if table.name in rows and (table.name, column.name) not in filled
    }
    assert len(missing) < len(filled) / 20, sorted(missing)


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("revision", TRIED)
def test_everything_is_carried_over(revision: str) -> None:
    names = as_of(revision)
    with db.engine().connect() as connection:
        before = held(connection, names)
    db.start()
    with db.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    _assert_carried_over(before, names, revision)


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
@pytest.mark.parametrize("revision", TRIED)
def test_a_backup_of_an_earlier_version_comes_back_and_up(
    empty: None, revision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = as_of(revision)
    with db.reading_one_moment() as session:
        before = held(session.connection(), names)
        lines = list(lines_of(session.connection()))
    point_at(monkeypatch, tmp_path / "elsewhere")
    with alone() as connection:
        put_back(connection, lines)
        make_ready(connection)
    _assert_carried_over(before, names, revision)


def _assert_carried_over(before: Held, names: dict[str, set[str]], revision: str) -> None:
    with db.engine().connect() as connection:
        assert_sound(connection)
        after = held(connection, names)
    assert set(after) == set(before), "no table went away with what was in it"
    for name, rows in before.items():
        meant = {
            column
            for (since, table), columns in CHANGED.items()
            if table == name and since > revision
            for column in columns
        }
        for number, row in rows.items():
            kept = after[name][number]
            assert {column for column in row if column not in kept} <= GONE.get(name, set())
            same = {column: value for column, value in row.items() if column in kept and column not in meant}
            assert {column: kept[column] for column in same} == same, (name, number)
