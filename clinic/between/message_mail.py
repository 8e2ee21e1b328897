"""The mail that says there is a message or a document, and nothing of it: written with it, in its
transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from clinic.between.folder import by_client
from clinic.between.thread_states import is_mailed
from clinic.between.threads import read_mark
from clinic.people import mail
from clinic.people.care import therapists_of
from clinic.people.viewer import Role, Viewer
from db.tables import Account, Document, MessageThread

# Somebody who adds and withdraws all day sends one mail of it.
_WITHDRAWN_LATELY = timedelta(days=1)


def tell(session: Session, thread: MessageThread, sender: Viewer, sent_at: datetime, now: datetime) -> None:
    """The other side, as far as they are not reading and were not told already. The thread is held."""
    for person in _other_side(session, thread.client_id, sender):
        mark = read_mark(session, thread.id, person.id, make=True)
        assert mark is not None
        if is_mailed(mark.mailed_at, mark.read_at, now):
            mail.write(session, person, mail.new_message(session), now)
            mark.mailed_at = sent_at


def tell_of_document(session: Session, document: Document, sender: Viewer, now: datetime) -> None:
    """The other side, unless something else was added since they last opened one: then they were told
    already. The client is held, so that of two at once the second sees the first."""
    same_side = (
        Document.client_id == document.client_id,
        by_client() if sender.role is Role.CLIENT else ~by_client(),
        Document.id != document.id,
    )
    opened_at = session.scalar(select(func.max(Document.seen_at)).where(*same_side))
    told = select(Document.id).where(
        *same_side,
        Document.seen_at.is_(None),
        or_(Document.withdrawn_at.is_(None), Document.withdrawn_at > now - _WITHDRAWN_LATELY),
    )
    if opened_at is not None:
        told = told.where(Document.added_at > opened_at)
    if session.scalars(told.limit(1)).first() is None:
        for person in _other_side(session, document.client_id, sender):
            mail.write(session, person, mail.new_document(session), now)


def _other_side(session: Session, client_id: int, sender: Viewer) -> list[Account]:
    if sender.role is Role.CLIENT:
        return therapists_of(session, client_id)
    client = session.get_one(Account, client_id)
    return [client] if client.disabled_at is None else []
