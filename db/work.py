"""A unit of work: one transaction, whole or not at all."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import Session

from db.engine import engine, unchanging
from db.errors import DatabaseUnreachable, NoRoom

_DISK_FULL = "53100"  # PostgreSQL's name for it: Appendix A of its documentation
_TELL_EVERY = 60.0
_told_at: float | None = None
_log = logging.getLogger("quietroom.db")


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """A session whose changes are committed together when the block ends, or not at all.

    On SQLite the write lock is taken at once (BEGIN IMMEDIATE). Never call Streamlit inside:
    a stopped script would leave between two statements.

    Raises:
        DatabaseUnreachable: the database does not answer.
    """
    with reachable(), Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A session for queries only: it takes no write lock, and nothing it does is kept.

    Raises:
        DatabaseUnreachable: the database does not answer.
    """
    with reachable():
        connection = engine().connect().execution_options(read_only=True)
        with connection, Session(connection, expire_on_commit=False, autoflush=False) as session:
            yield session


@contextmanager
def reading_one_moment() -> Iterator[Session]:
    """As `reading`, and everything is as it was at the first query, however long it takes.

    Raises:
        DatabaseUnreachable: the database does not answer.
    """
    with (
        reachable(),
        unchanging(engine().connect()) as connection,
        Session(connection, autoflush=False) as session,
    ):
        yield session


@contextmanager
def reachable() -> Iterator[None]:
    """What the database's driver says in the block, as facts of ours.

    Raises:
        NoRoom: nothing can be kept.
        DatabaseUnreachable: the database does not answer.
    """
    try:
        yield
    except (OperationalError, InterfaceError, TimeoutError) as error:
        # The driver's text may hold a host name or a statement; it stays in the chained cause.
        if _is_full(error):
            _tell_of_no_room()
            raise NoRoom("the database has no room left") from error
        raise DatabaseUnreachable("the database does not answer") from error


def _is_full(error: BaseException) -> bool:
    said = getattr(error, "orig", None)
    return (
        getattr(said, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(said, "sqlstate", None) == _DISK_FULL
    )


def _tell_of_no_room() -> None:
    """Whoever runs the server reads it, once a minute and not once for each press."""
    global _told_at
    if _told_at is None or time.monotonic() - _told_at > _TELL_EVERY:
        _told_at = time.monotonic()
        _log.error("The disk is full. Nothing can be saved until there is room; what is saved can be read.")
