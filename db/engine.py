"""One engine a process, and what each database is told when a connection opens."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from db.settings import settings

_lock = threading.Lock()
_engine: Engine | None = None


def engine() -> Engine:
    """The process's engine, made at the first call."""
    global _engine
    with _lock:
        if _engine is None:
            _engine = make_engine(settings().database_url)
        return _engine


def dispose() -> None:
    """Close every connection and forget the engine: for tests, and for the end of the process."""
    global _engine
    with _lock:
        if _engine is not None:
            _engine.dispose()
        _engine = None


def make_engine(url: str) -> Engine:
    """An engine for `url`, SQLite or PostgreSQL, with this project's durability and locking."""
    if url.startswith("sqlite"):
        settings().var.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = create_engine(url, connect_args={"timeout": 15}, hide_parameters=True)
        event.listen(made, "connect", _open_sqlite)
        event.listen(made, "begin", _begin_sqlite)
        return made
    # pre_ping: a restarted server must cost one reconnect, not one failed visit.
    return create_engine(
        url,
        # An error's text ends up in a log, and a row's values never may.
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        connect_args={"connect_timeout": 5, "options": "-c timezone=utc"},
    )


def unchanging(connection: Connection) -> Connection:
    """Before its first statement: what this connection reads is one moment, whatever others write."""
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ")
    return connection.execution_options(read_only=True)


def _open_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    raw: Any = connection
    # SQLAlchemy, not the driver, says when a transaction begins (see _begin_sqlite).
    raw.isolation_level = None
    cursor = raw.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # NORMAL may lose commits when the power goes; an acknowledged answer must stay.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # IMMEDIATE takes the write lock before the first read, so check-then-write cannot race;
    # plain readers say so with the execution option and take no lock.
    mode = "DEFERRED" if connection.get_execution_options().get("read_only") else "IMMEDIATE"
    connection.exec_driver_sql(f"BEGIN {mode}")
