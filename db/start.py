"""Making the store ready: migrations under a lock, then the key's check. Safe to call twice."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from db.engine import engine
from db.errors import DatabaseUnreachable
from db.tables import KeyCheck

# Any number serves, as long as every version of the portal uses the same one.
_MIGRATION_LOCK = 7_305_001
_CHECK_WORD = "quiet room"
_log = logging.getLogger("quietroom.db")
_lock = threading.Lock()
_ready_for: str | None = None


def start() -> None:
    """Bring the database to this version's tables and prove that the key is the right one.

    Several processes may start at once: one migrates, the others wait.

    Raises:
        DatabaseUnreachable: it cannot be opened.
        WrongKey: the records were written with another key.
    """
    global _ready_for
    with _lock:
        url = engine().url.render_as_string(hide_password=False)
        if _ready_for == url:
            return
        try:
            # One write transaction around everything: SQLite's BEGIN IMMEDIATE is the lock there.
            with engine().begin() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _MIGRATION_LOCK})
                migrate(connection)
                _check_key(connection)
        except (OperationalError, InterfaceError) as error:
            raise DatabaseUnreachable("the database does not answer") from error
        _ready_for = url


def forget() -> None:
    """Let `start` run again for a database of the same address: for tests."""
    global _ready_for
    _ready_for = None


def migrate(connection: Connection, revision: str = "head") -> None:
    """Run the migrations inside the caller's transaction: a failing one leaves nothing behind."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _check_key(connection: Connection) -> None:
    with Session(connection, join_transaction_mode="rollback_only") as session:
        check = session.scalars(select(KeyCheck)).first()
        if check is None:
            fresh = KeyCheck()
            fresh.word = _CHECK_WORD
            session.add(fresh)
            session.commit()  # into the caller's transaction, which stays open
        else:
            assert check.word == _CHECK_WORD
