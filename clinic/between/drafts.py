"""What somebody has typed and not sent yet, kept as it is typed. Nobody else reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.between.thread_states import LONGEST_BODY, LONGEST_SUBJECT
from clinic.errors import EditedElsewhere, Elsewhere, InvalidInput, NotFound
from clinic.people.care import clients_in_care_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Account, MessageDraft, MessageThread

CHANGED = (
    "This message was changed in another window since you saw it here. Nothing is lost: both texts are below."
)


@dataclass(frozen=True)
class Draft:
    """`subject` is of a new thread alone. `revision` rises with each keeping; 0: nothing is kept."""

    subject: str
    body: str
    revision: int


@allowed(Permission.MESSAGE_WRITE)
def read_draft(viewer: Viewer, client_id: str, thread_id: str) -> Draft:
    """One's own draft of an answer in a thread, or of a new one with `thread_id` "".

    Raises:
        NotFound: no such client or thread, or not this person's.
    """
    with db.reading() as session:
        return _shown(_row(session, viewer, _client_of(session, viewer, client_id, thread_id), thread_id))


@allowed(Permission.MESSAGE_WRITE)
def keep_draft(
    viewer: Viewer, client_id: str, thread_id: str, subject: str, body: str, revision: int, now: datetime
) -> Draft:
    """Keep it as it stands on the screen. Unchanged, it stays as it is; emptied, it is kept empty.

    Args:
        revision: the one that the person had before them.

    Raises:
        NotFound: no such client or thread, or not this person's.
        InvalidInput: too long.
        EditedElsewhere: another window kept another text since. Nothing was kept; `now` has it.
    """
    if len(body) > LONGEST_BODY or len(subject) > LONGEST_SUBJECT:
        raise InvalidInput({"body": f"This message is too long. Use {LONGEST_BODY:,} characters or fewer."})
    text = _packed(subject, body)
    try:
        with db.unit_of_work() as session:
            owner = _client_of(session, viewer, client_id, thread_id)
            row = _row(session, viewer, owner, thread_id, lock=True)
            if (row.body if row is not None else _packed("", "")) == text:
                return _shown(row)
            if row is not None and row.revision != revision:
                raise _changed(row, viewer)
            if row is None:
                # Sent from another window, it is in the thread: what is typed here is a new one.
                row = MessageDraft(
                    account_id=viewer.account_id, client_id=owner, thread_key=thread_id, revision=revision
                )
                session.add(row)
            row.body, row.revision, row.kept_at = text, row.revision + 1, now
            return _shown(row)
    except IntegrityError:
        # The first keeping, from two windows in the same moment.
        with db.reading() as session:
            owner = _client_of(session, viewer, client_id, thread_id)
            there = _row(session, viewer, owner, thread_id)
            if there is None:
                raise
            raise _changed(there, viewer) from None


def forget_draft(session: Session, viewer: Viewer, client_id: int, thread_id: str, revision: int) -> None:
    """It was sent. Another window's later text stays."""
    row = _row(session, viewer, client_id, thread_id, lock=True)
    if row is not None and row.revision == revision:
        session.delete(row)


def _client_of(session: Session, viewer: Viewer, client_id: str, thread_id: str) -> int:
    """The row id of the client, who is this person's, and whose the thread is."""
    query = clients_in_care_of(viewer).with_only_columns(Account.id).where(Account.public_id == client_id)
    if thread_id:
        query = query.join(MessageThread, MessageThread.client_id == Account.id).where(
            MessageThread.public_id == thread_id
        )
    found = session.scalars(query).first()
    if found is None:
        raise NotFound()
    return found


def _row(
    session: Session, viewer: Viewer, client_id: int, thread_id: str, lock: bool = False
) -> MessageDraft | None:
    query = select(MessageDraft).where(
        MessageDraft.account_id == viewer.account_id,
        MessageDraft.client_id == client_id,
        MessageDraft.thread_key == thread_id,
    )
    return session.scalars(query.with_for_update(key_share=True) if lock else query).first()


def _packed(subject: str, body: str) -> str:
    """Both in one sealed text: the first line is the subject, which has no lines of its own."""
    return f"{' '.join(subject.splitlines())}\n{body}"


def _shown(row: MessageDraft | None) -> Draft:
    if row is None:
        return Draft("", "", 0)
    subject, _, body = (row.body or "").partition("\n")
    return Draft(subject, body, row.revision)


def _changed(row: MessageDraft, viewer: Viewer) -> EditedElsewhere:
    there = _shown(row)
    fields = {"body": CHANGED}
    now = {
        name: Elsewhere(viewer.name, row.kept_at, value, row.revision)
        for name, value in (("subject", there.subject), ("body", there.body))
    }
    return EditedElsewhere(fields, now)
