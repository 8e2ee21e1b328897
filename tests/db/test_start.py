"""Migrations: once, whole, by one process, and to exactly the tables that the code has."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

import db
from db.tables import Base
from tests.databases import KEYS, Database, Server, point_at

ROOT = Path(__file__).resolve().parents[2]
starting = importlib.import_module("db.start")  # `db.start` itself is the function


def test_the_migrations_make_the_tables_the_code_has(database: Database) -> None:
    with db.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_starting_again_changes_nothing(database: Database) -> None:
    with db.engine().connect() as connection:
        before = connection.execute(text("SELECT version_num FROM alembic_version")).all()
    starting.forget()
    db.start()
    with db.engine().connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).all() == before
        assert connection.execute(text("SELECT count(*) FROM key_check")).scalar_one() == 1


def _start_at_once(environment: dict[str, str]) -> None:
    # Not multiprocessing: its children run this process' main module again, and after a test of a page that
    # is the page.
    whole = os.environ | environment
    processes = [
        subprocess.Popen([sys.executable, "-c", "import db; db.start()"], cwd=ROOT, env=whole)
        for _ in range(4)
    ]
    # Of the test's 120 seconds, on a busy machine.
    assert [process.wait(100) for process in processes] == [0, 0, 0, 0]
    with db.engine().connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
        assert connection.execute(text("SELECT count(*) FROM key_check")).scalar_one() == 1


def test_four_processes_that_start_at_once_migrate_once_on_sqlite(
    own_deployment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, own_deployment)
    _start_at_once({"QUIET_ROOM_VAR": str(own_deployment), "QUIET_ROOM_KEYS": KEYS})


def test_four_processes_that_start_at_once_migrate_once_on_postgresql(
    own_deployment: Path, monkeypatch: pytest.MonkeyPatch, postgres: Server
) -> None:
    with postgres.copy("template0") as url:
        point_at(monkeypatch, own_deployment, url)
        _start_at_once({"QUIET_ROOM_VAR": str(own_deployment), "QUIET_ROOM_KEYS": KEYS, "DATABASE_URL": url})


def test_a_migration_that_fails_leaves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(connection, revision: str = "head") -> None:
        connection.execute(text("CREATE TABLE half_made (id INTEGER PRIMARY KEY)"))
        raise RuntimeError("the second statement of a migration")

    monkeypatch.setattr(starting, "migrate", failing)
    starting.forget()
    with pytest.raises(RuntimeError):
        db.start()
    assert "half_made" not in inspect(db.engine()).get_table_names()
    monkeypatch.undo()
