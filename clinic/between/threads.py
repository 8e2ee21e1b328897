"""Reading threads, inside the caller's transaction; the caller has decided permission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from clinic.between.thread_states import Standing, may_write
from clinic.people.discharged import discharged_among
from clinic.people.viewer import Viewer
from db.tables import Account, Message, MessageRead, MessageThread


@dataclass(frozen=True)
class ThreadRow:
    """A thread in a list. `last_at` is UTC."""

    public_id: str
    client_name: str
    subject: str
    last_at: datetime
    unread: int
    closed: bool


@dataclass(frozen=True)
class Said:
    """One message as typed; `own`: by whoever reads it."""

    by: str
    own: bool
    sent_at: datetime
    body: str


@dataclass(frozen=True)
class Conversation:
    """A thread, oldest message first."""

    public_id: str
    client_id: str
    client_name: str
    subject: str
    closed: bool
    care_ended: bool
    said: tuple[Said, ...]

    @property
    def may_write(self) -> bool:
        return may_write(Standing(self.closed, not self.care_ended)) is None


def read_rows(session: Session, viewer: Viewer, visible: Select[MessageThread]) -> tuple[ThreadRow, ...]:
    ids = visible.with_only_columns(MessageThread.id)
    counted = session.execute(
        unread_in(viewer, ids).with_only_columns(Message.thread_id, func.count()).group_by(Message.thread_id)
    )
    unread: dict[int, int] = dict(counted.all())
    found = session.execute(
        select(MessageThread, Account.name)
        .join(Account, Account.id == MessageThread.client_id)
        .where(MessageThread.id.in_(ids))
    )
    rows = [
        ThreadRow(
            thread.public_id,
            name,
            thread.subject or "",
            thread.last_at,
            unread.get(thread.id, 0),
            thread.closed_at is not None,
        )
        for thread, name in found
    ]
    return tuple(sorted(rows, key=lambda row: (row.unread > 0, row.last_at), reverse=True))


def unread_in(viewer: Viewer, thread_ids: Select[int]) -> Select[int]:
    """The ids of what others wrote in these threads and the viewer has not read."""
    mark = and_(MessageRead.thread_id == Message.thread_id, MessageRead.account_id == viewer.account_id)
    return (
        select(Message.id)
        .outerjoin(MessageRead, mark)
        .where(
            Message.thread_id.in_(thread_ids),
            Message.by_id != viewer.account_id,
            or_(MessageRead.read_at.is_(None), Message.sent_at > MessageRead.read_at),
        )
    )


def count_unread(session: Session, viewer: Viewer, thread_ids: Select[int]) -> int:
    return session.scalar(select(func.count()).select_from(unread_in(viewer, thread_ids).subquery())) or 0


def read_conversation(session: Session, viewer: Viewer, thread: MessageThread) -> Conversation:
    client = session.get_one(Account, thread.client_id)
    said = session.execute(
        select(Message, Account.name)
        .join(Account, Account.id == Message.by_id)
        .where(Message.thread_id == thread.id)
        .order_by(Message.sent_at, Message.id)
    )
    return Conversation(
        thread.public_id,
        client.public_id,
        client.name,
        thread.subject or "",
        thread.closed_at is not None,
        bool(discharged_among(session, [thread.client_id])),
        tuple(Said(name, row.by_id == viewer.account_id, row.sent_at, row.body or "") for row, name in said),
    )


def read_mark(session: Session, thread_id: int, account_id: int, *, make: bool = False) -> MessageRead | None:
    """How far somebody has read. With `make`, a new mark where there is none; the thread is held then."""
    found = session.scalars(
        select(MessageRead).where(MessageRead.thread_id == thread_id, MessageRead.account_id == account_id)
    ).first()
    if found is None and make:
        found = MessageRead(thread_id=thread_id, account_id=account_id)
        session.add(found)
    return found
