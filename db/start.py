"""Making the store ready: migrations under a lock, then the key's check. Safe to call twice."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.engine import engine
from db.errors import WrongKey
from db.keys import key_file, make_first_ring, read_ring
from db.tables import KeyCheck
from db.work import reachable, reading

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
        with reachable(), alone() as connection:
            make_ready(connection)
        _ready_for = url


@contextmanager
def alone(target: Engine | None = None) -> Iterator[Connection]:
    """One write transaction around everything, held by one process at a time; on another database where
    `target` says so. References are looked at as a whole at its end."""
    with (target or engine()).connect() as connection:
        if connection.dialect.name == "postgresql":
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _MIGRATION_LOCK})
                yield connection
            return
        # SQLite changes a table by copying it, which its references would forbid; they are looked at as a
        # whole before anything is kept. The switch works only outside a transaction.
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():  # BEGIN IMMEDIATE: the lock
                yield connection
                broken = connection.execute(text("PRAGMA foreign_key_check")).all()
                if broken:
                    raise IntegrityError("foreign_key_check", None, ValueError(f"{len(broken)} rows"))
        finally:
            raw.execute("PRAGMA foreign_keys = ON")


def forget() -> None:
    """Let `start` run again for a database of the same address: for tests."""
    global _ready_for
    _ready_for = None


def migrate(connection: Connection, revision: str = "head") -> None:
    """Run the migrations inside the caller's transaction: a failing one leaves nothing behind."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def head_revision() -> str | None:
    """The migration that this version's tables are of."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def check_key() -> None:
    """Raises WrongKey where the records were written with a key that is not in the ring."""
    with reading() as session:
        check = session.scalars(select(KeyCheck)).first()
        if check is not None:
            _require_opens(check)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def make_ready(connection: Connection) -> None:
    """This version's tables, and the right key, inside the caller's transaction.

    Raises:
        WrongKey: the records were written with another key.
    """
    migrate(connection)
    _check_key(connection)


def _check_key(connection: Connection) -> None:
    with Session(connection, join_transaction_mode="rollback_only") as session:
        check = session.scalars(select(KeyCheck)).first()
        if check is None:
            make_first_ring()
            fresh = KeyCheck()
            fresh.word = _CHECK_WORD
            session.add(fresh)
            session.commit()  # into the caller's transaction, which stays open
            return
        _require_opens(check)


def _require_opens(check: KeyCheck) -> None:
    read_ring()  # what is wrong with the ring itself is said in its own words
    if not _opens(check):
        raise WrongKey(
            "This database was written with other keys. Put back the QUIET_ROOM_KEYS, or the file "
            f"{key_file()}, that it was written with. Nothing was changed."
        )


def _opens(check: KeyCheck) -> bool:
    try:
        return check.word == _CHECK_WORD
    except WrongKey:
        return False
