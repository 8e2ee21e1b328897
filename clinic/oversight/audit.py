"""The audit log: one event for each act on a client's data, in the act's own transaction.

Each event carries a digest of itself and of the event before it, under a key that is not in the
database: a changed, removed, added or moved row breaks the chain. The newest digest is also kept in a
file apart from the database, so that rows cut off at the end are missed. `clinic/oversight/verify.py`
checks both.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import logging
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from db.keys import derived
from db.settings import settings
from db.tables import AuditEvent

DONE, DENIED = "done", "denied"
# Looking at the same record again within this time is the same look: a rerun is not a second one.
SAME_LOOK = timedelta(minutes=5)
BEGINNING = b"\0" * 32
# Where the person of this run comes from: an address, or "" where the server does not know.
coming_from: ContextVar[str] = ContextVar("coming_from", default="")
# Any number serves, as long as every version of the portal uses the same one.
_CHAIN_LOCK = 7_305_003
_head_lock = threading.Lock()
_log = logging.getLogger("quietroom.audit")


def record(
    session: Session,
    now: datetime,
    actor_id: int | None,
    action: str,
    *,
    client_id: int | None = None,
    object_id: str | None = None,
    outcome: str = DONE,
) -> None:
    """Add an event to the caller's transaction. `action` and `object_id` never hold clinical content."""
    if session.get_bind().dialect.name == "postgresql":
        # One link after the other: held until the caller commits. SQLite has one writer anyway.
        session.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _CHAIN_LOCK})
    added = AuditEvent(
        at=now,
        actor_id=actor_id,
        action=action,
        client_id=client_id,
        object_id=object_id,
        outcome=outcome,
        remote=coming_from.get()[:45],
    )
    before = session.scalars(select(AuditEvent.digest).order_by(AuditEvent.id.desc()).limit(1)).first()
    added.digest = digest_of(added, before or BEGINNING)
    session.add(added)
    session.flush()
    _keep_head_after(session, added.id, added.digest)


def record_look(
    session: Session,
    now: datetime,
    actor_id: int,
    action: str,
    *,
    client_id: int | None = None,
    object_id: str | None = None,
) -> None:
    """As `record`, for reading: once while the same person keeps looking at the same thing."""
    looked = (
        select(AuditEvent.id)
        .where(
            AuditEvent.actor_id == actor_id,
            AuditEvent.action == action,
            AuditEvent.object_id.is_(None) if object_id is None else AuditEvent.object_id == object_id,
            AuditEvent.at > now - SAME_LOOK,
        )
        .limit(1)
    )
    if session.scalars(looked).first() is None:
        record(session, now, actor_id, action, client_id=client_id, object_id=object_id)


def digest_of(row: AuditEvent, before: bytes) -> bytes:
    """The link from `before` to this event: HMAC-SHA-256 over everything it says."""
    said = [
        row.at.astimezone(UTC).isoformat(),
        row.actor_id,
        row.action,
        row.client_id,
        row.object_id,
        row.outcome,
        row.remote,
    ]
    return hmac.digest(derived("audit"), before + json.dumps(said).encode(), "sha256")


def head_file() -> Path:
    """Where the newest digest is kept, apart from the database."""
    return settings().var / "audit-head.json"


def _keep_head_after(session: Session, event_id: int, digest: bytes) -> None:
    newest: list[tuple[int, bytes]] | None = session.info.get("audit-head")
    if newest is not None:
        newest.append((event_id, digest))
        return
    session.info["audit-head"] = [(event_id, digest)]

    @event.listens_for(session, "after_commit", once=True)
    def committed(done: Session) -> None:
        _write_head(*done.info.pop("audit-head")[-1])


def _write_head(event_id: int, digest: bytes) -> None:
    try:
        with _alone():
            if not _is_later(event_id):
                _put_head(event_id, digest)
    except OSError as error:
        # The act is done and stays done. The next event's head covers this one.
        _log.error("The audit log's head could not be written (%s).", error.strerror)


def _is_later(event_id: int) -> bool:
    """Whether the head is another thread's later event already."""
    try:
        return bool(json.loads(head_file().read_text(encoding="utf-8"))["id"] >= event_id)
    except (OSError, ValueError, KeyError):
        return False  # the first one, or unreadable: verify says so before it is written over


def restart_at(event_id: int, digest: bytes) -> None:
    """The log was restored and ends here, whatever came after it before."""
    with _alone():
        _put_head(event_id, digest)


@contextmanager
def _alone() -> Iterator[None]:
    """No other thread, and no other process with this folder, writes the head meanwhile."""
    folder = head_file().parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _head_lock, (folder / "audit-head.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _put_head(event_id: int, digest: bytes) -> None:
    path = head_file()
    partial = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        partial.write_text(json.dumps({"id": event_id, "digest": digest.hex()}), encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
