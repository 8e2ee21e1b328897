"""A unit of work: one transaction, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from db.engine import engine, unchanging
from db.errors import DatabaseUnreachable


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """A session whose changes are committed together when the block ends, or not at all.

    On SQLite the write lock is taken at once (BEGIN IMMEDIATE). Never call Streamlit inside:
    a stopped script would leave between two statements.

    Raises:
        DatabaseUnreachable: the database does not answer.
    """
    with _reachable(), Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A session for queries only: it takes no write lock, and nothing it does is kept.

    Raises:
        DatabaseUnreachable: the database does not answer.
    """
    with _reachable():
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
        _reachable(),
        unchanging(engine().connect()) as connection,
        Session(connection, autoflush=False) as session,
    ):
        yield session


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        # The driver's text may hold a host name or a statement; it stays in the chained cause.
        raise DatabaseUnreachable("the database does not answer") from error
