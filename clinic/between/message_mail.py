"""The mail that says there is a message, and nothing of it: written with the message, in its transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.between.thread_states import is_mailed
from clinic.between.threads import read_mark
from clinic.people import mail
from clinic.people.care import therapists_of
from clinic.people.viewer import Role, Viewer
from db.tables import Account, MessageThread


def tell(session: Session, thread: MessageThread, sender: Viewer, sent_at: datetime, now: datetime) -> None:
    """The other side, as far as they are not reading and were not told already. The thread is held."""
    for person in _other_side(session, thread, sender):
        mark = read_mark(session, thread.id, person.id, make=True)
        assert mark is not None
        if is_mailed(mark.mailed_at, mark.read_at, now):
            mail.write(session, person, mail.new_message(session), now)
            mark.mailed_at = sent_at


def _other_side(session: Session, thread: MessageThread, sender: Viewer) -> list[Account]:
    if sender.role is Role.CLIENT:
        return therapists_of(session, thread.client_id)
    client = session.get_one(Account, thread.client_id)
    return [client] if client.disabled_at is None else []
