"""What has come in for somebody and waits to be looked at, for their first screen. A few numbers in a fixed
number of queries, inside the caller's transaction; the caller has decided permission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from clinic.between.folder import by_client
from clinic.between.threads import count_unread
from clinic.people.care import clients_in_care_of
from clinic.people.viewer import Role, Viewer
from db.tables import Account, Document, MessageThread, Task


@dataclass(frozen=True)
class News:
    """How many messages are unread, documents unopened, and (for staff) finished tasks not looked at."""

    messages: int
    documents: int
    tasks: int


def read_news(session: Session, viewer: Viewer) -> News:
    clients = clients_in_care_of(viewer).with_only_columns(Account.id)
    threads = select(MessageThread.id).where(MessageThread.client_id.in_(clients))
    return News(
        messages=count_unread(session, viewer, threads),
        documents=_count(
            session,
            select(Document.id).where(
                Document.client_id.in_(clients),
                by_client() if viewer.role is not Role.CLIENT else ~by_client(),
                Document.seen_at.is_(None),
                Document.withdrawn_at.is_(None),
            ),
        ),
        tasks=0
        if viewer.role is Role.CLIENT
        else _count(
            session,
            select(Task.id).where(
                Task.client_id.in_(clients), Task.done_at.is_not(None), Task.looked_at.is_(None)
            ),
        ),
    )


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0
