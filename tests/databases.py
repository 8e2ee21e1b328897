"""The two databases every service test runs on, and how a test gets a fresh one cheaply.

Migrations run once a session into a template. On SQLite a test gets a copy of its file; on PostgreSQL,
where a copy takes a tenth of a second, one database is put back to how it was. The server is a cluster of
the tests' own (tests/clusters.py). TEST_DATABASE_URL names another server instead; its role must be a
superuser.
"""

from __future__ import annotations

import base64
import importlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import make_url

import db
import db.keys
import db.settings
from db.start import forget as forget_start
from tests.clusters import CARELESS, running_cluster

# One key for the whole session: the template's key check must open in every copy of it.
KEYS = ":".join(base64.urlsafe_b64encode(half * 32).decode() for half in (b"k", b"p"))
# What a deployment may say (db/settings.py); a test says what it needs and inherits nothing.
_SETTINGS = (
    "DATABASE_URL",
    "QUIET_ROOM_DEMO",
    "QUIET_ROOM_HTTPS",
    "QUIET_ROOM_KEYS",
    "QUIET_ROOM_MEASURES",
    "QUIET_ROOM_ORIGINS",
    "QUIET_ROOM_SETUP_CODE",
    "QUIET_ROOM_TURN_SECRET",
    "QUIET_ROOM_TURN_URLS",
    "QUIET_ROOM_VAR",
)


@dataclass(frozen=True)
class Database:
    """A migrated, empty database. `kind` is "sqlite" or "postgresql"; `var` the folder of its files."""

    kind: str
    url: str
    var: Path

    def environment(self) -> dict[str, str]:
        """What a portal started as another process needs to use this database."""
        return {"DATABASE_URL": self.url, "QUIET_ROOM_VAR": str(self.var), "QUIET_ROOM_KEYS": KEYS}


def point_at(monkeypatch: pytest.MonkeyPatch, var: Path, url: str | None = None) -> None:
    """Make this process a deployment of its own: `var` for files, `url` (or SQLite in `var`) for rows."""
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(db.settings, "SECRETS", var / "no-secrets.toml")
    monkeypatch.setenv("QUIET_ROOM_VAR", str(var))
    monkeypatch.setenv("QUIET_ROOM_KEYS", KEYS)
    if url is not None:
        monkeypatch.setenv("DATABASE_URL", url)
    forget()


def forget() -> None:
    """Drop everything this process remembers of a deployment: settings, key, engine, readiness."""
    db.dispose()
    db.settings.settings.cache_clear()
    db.keys.forget()
    forget_start()


def started() -> None:
    """Say that the database was made ready, because its template was: to ask takes 50 ms."""
    starting: Any = importlib.import_module("db.start")  # `db.start` itself is the function
    starting._ready_for = db.engine().url.render_as_string(hide_password=False)


def migrated_file(folder: Path) -> Path:
    """A migrated SQLite file in `folder`."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        point_at(monkeypatch, folder)
        db.start()
        db.dispose()  # the last connection folds the write-ahead log into the file
    forget()
    made = folder / "quiet-room.db"
    assert not made.with_name("quiet-room.db-wal").exists()
    return made


def until_somebody_waits() -> None:
    """PostgreSQL: until a transaction waits for a lock that another one holds."""
    with db.engine().connect() as connection:
        for _ in range(1000):
            if connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
                return
            connection.execute(text("SELECT pg_sleep(0.01)"))  # between two questions
    raise AssertionError("nobody waits")


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server, by the address of a database to issue commands from."""

    url: str

    def of(self, name: str) -> str:
        """The address of one of its databases."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def do(self, statement: str, *names: str) -> None:
        """One statement outside a transaction; each {} is an identifier."""
        address = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    @contextmanager
    def template(self, var: Path) -> Iterator[str]:
        """The name of a migrated database to copy from, gone at the end."""
        name = f"quiet_room_template_{secrets.token_hex(4)}"
        self.do("CREATE DATABASE {}", name)
        try:
            with pytest.MonkeyPatch.context() as monkeypatch:
                point_at(monkeypatch, var, self.of(name))
                db.start()
                db.dispose()  # a database with connections cannot be a template
            forget()
            yield name
        finally:
            self.do("DROP DATABASE {} WITH (FORCE)", name)

    @contextmanager
    def copy(self, template: str) -> Iterator[str]:
        """The address of a fresh copy of `template`, gone at the end."""
        name = f"quiet_room_test_{secrets.token_hex(6)}"
        self.do("CREATE DATABASE {} TEMPLATE {}", name, template)
        try:
            yield self.of(name)
        finally:
            db.dispose()
            self.do("DROP DATABASE {} WITH (FORCE)", name)


@dataclass(frozen=True)
class Contents:
    """What is in a database: of each table that has any, its rows as PostgreSQL writes them; and how far each
    number was counted."""

    rows: dict[str, bytes]
    counted: list[tuple[Any, ...]]


class Reused:
    """One PostgreSQL database for test after test."""

    def __init__(self, url: str) -> None:
        self.url = url
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        # Kept open: a new connection would look every table up again.
        self._connection = psycopg.connect(address, autocommit=True)
        # No trigger and no foreign key is in the way: what was published may go too.
        self._connection.execute("SET session_replication_role = replica")
        names = self._rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        self._tables = {name: sql.Identifier(name) for (name,) in names}
        # What migrations and the first start left.
        self._before = self.contents()

    def contents(self) -> Contents:
        """As it is now."""
        rows = {name: self._copy(table) for name, table in self._tables.items() if self._has_any(table)}
        sequences = "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences"
        return Contents(rows, self._rows(f"{sequences} WHERE last_value IS NOT NULL"))

    def put_back(self, contents: Contents | None = None) -> None:
        """Every table as it was then (without: as the migrations left it), every number counted on from
        there, and nobody else connected."""
        wanted = contents or self._before
        self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        deletes = [sql.SQL("DELETE FROM {}").format(table) for table in self._tables.values()]
        self._connection.execute(sql.SQL(";").join(deletes))
        self._connection.execute(
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) "
            "FROM pg_sequences WHERE last_value IS NOT NULL"
        )
        with self._connection.cursor() as cursor:
            for name, rows in wanted.rows.items():
                with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(self._tables[name])) as copy:
                    copy.write(rows)
            cursor.executemany("SELECT setval(%s::regclass, %s)", wanted.counted)

    def close(self) -> None:
        self._connection.close()

    def _has_any(self, table: sql.Identifier) -> bool:
        return bool(self._rows(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(table)))

    def _copy(self, table: sql.Identifier) -> bytes:
        with self._connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(table)) as copy:
            return b"".join(bytes(part) for part in copy)

    def _rows(self, query: LiteralString | sql.Composed) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()


@contextmanager
def running_server() -> Iterator[Server]:
    """A PostgreSQL server for this test session: TEST_DATABASE_URL's, or one of our own."""
    if existing := os.environ.get("TEST_DATABASE_URL"):
        yield Server(make_url(existing).set(drivername="postgresql+psycopg").render_as_string(False))
        return
    with running_cluster(CARELESS) as cluster:
        yield Server(cluster.url)
