"""Messages between a client and whoever looks after them now.

A thread belongs to the client: a new therapist reads what was written before, who no longer looks after them
does not. Supervisors and administrators read none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.between import message_mail
from clinic.between.drafts import forget_draft
from clinic.between.thread_states import (
    READING,
    Refusal,
    Standing,
    may_close,
    may_open_again,
    may_write,
    wrong_text,
)
from clinic.between.threads import (
    Conversation,
    ThreadRow,
    count_unread,
    read_conversation,
    read_mark,
    read_rows,
)
from clinic.errors import CareEnded, InvalidInput, NobodyReads, NotFound, ThreadClosed
from clinic.oversight.audit import record, record_look
from clinic.people.care import clients_in_care_of, therapists_of
from clinic.people.discharged import discharged_among, require_in_care
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from db.errors import NoRoom
from db.tables import Account, Message, MessageRead, MessageThread

_TICK = timedelta(microseconds=1)
_ENDED = "Your care here has ended, so nobody reads new messages. Call the clinic if you need to reach it."


@dataclass(frozen=True)
class Correspondent:
    """A client to whom this therapist can write."""

    client_id: str
    name: str


@allowed(Permission.MESSAGE_WRITE)
def threads(viewer: Viewer, now: datetime) -> tuple[ThreadRow, ...]:
    """One's own threads, or those of all clients one looks after now: unread first, then the newest."""
    with db.unit_of_work() as session:
        if viewer.role is not Role.CLIENT:
            record_look(session, now, viewer.account_id, "message.list")
        return read_rows(session, viewer, _visible(viewer))


@allowed(Permission.MESSAGE_WRITE)
def unread(viewer: Viewer) -> int:
    """How many messages this person has not read, of all threads that are theirs to read."""
    with db.reading() as session:
        return count_unread(session, viewer, _visible(viewer).with_only_columns(MessageThread.id))


@allowed(Permission.MESSAGE_WRITE)
def correspondents(viewer: Viewer) -> tuple[Correspondent, ...]:
    """Whom a therapist can write to, by name; for a client, themselves."""
    with db.reading() as session:
        found = session.execute(
            clients_in_care_of(viewer)
            .with_only_columns(Account.id, Account.public_id, Account.name)
            .where(Account.disabled_at.is_(None))
            .order_by(Account.name, Account.id)
        ).all()
        gone = discharged_among(session, [row.id for row in found])
        return tuple(Correspondent(row.public_id, row.name) for row in found if row.id not in gone)


@allowed(Permission.MESSAGE_WRITE)
def read_thread(viewer: Viewer, thread_id: str, now: datetime) -> Conversation:
    """One thread, oldest message first; what is shown counts as read from now on.

    Raises:
        NotFound: no such thread, or not of a client this person looks after.
    """
    with db.reading() as session:
        thread = _thread(session, viewer, thread_id)
        mark = read_mark(session, thread.id, viewer.account_id)
        fresh = mark is not None and mark.read_at is not None and now - mark.read_at < READING / 3
        if fresh and mark is not None and mark.read_at is not None and mark.read_at >= thread.last_at:
            # Asked again every few seconds while it is on a screen: then nothing is written.
            return read_conversation(session, viewer, thread)
    try:
        return _marked_as_read(viewer, thread_id, now)
    except NoRoom:
        if viewer.role is not Role.CLIENT:
            raise  # that somebody looked at a client's words is written down, or they do not look
    with db.reading() as session:
        return read_conversation(session, viewer, _thread(session, viewer, thread_id))


def _marked_as_read(viewer: Viewer, thread_id: str, now: datetime) -> Conversation:
    with db.unit_of_work() as session:
        # Held while it is marked, so that no message comes between what is seen and what counts as read.
        thread = _thread(session, viewer, thread_id, lock=True)
        mark = read_mark(session, thread.id, viewer.account_id, make=True)
        assert mark is not None
        mark.read_at = max(now, thread.last_at)
        if viewer.role is not Role.CLIENT:
            record_look(
                session,
                now,
                viewer.account_id,
                "message.read",
                client_id=thread.client_id,
                object_id=thread.public_id,
            )
        session.flush()
        return read_conversation(session, viewer, thread)


@allowed(Permission.MESSAGE_WRITE)
def begin(
    viewer: Viewer,
    client_id: str,
    subject: str,
    body: str,
    submit_key: str,
    now: datetime,
    *,
    draft_revision: int = 0,
) -> str:
    """Begin a thread with its first message; returns the thread's public id. The same key again is once.

    Raises:
        NotFound: no such client, or not this person's to write to.
        InvalidInput: no subject, no text, or too long.
        CareEnded, NobodyReads: nobody would read it.
    """
    if wrong := wrong_text(subject, body):
        raise InvalidInput(wrong)
    try:
        with db.unit_of_work() as session:
            client = _client(session, viewer, client_id)
            if (done := _sent(session, viewer, submit_key)) is not None:
                return done
            _require_readers(session, viewer, client.id)
            thread = MessageThread(
                client_id=client.id, begun_by_id=viewer.account_id, begun_at=now, last_at=now - _TICK
            )
            thread.subject = subject.strip()
            session.add(thread)
            session.flush()
            record(
                session,
                now,
                viewer.account_id,
                "thread.begin",
                client_id=client.id,
                object_id=thread.public_id,
            )
            _add(session, viewer, thread, body, submit_key, now)
            forget_draft(session, viewer, client.id, "", draft_revision)
            return thread.public_id
    except IntegrityError:
        return _already(viewer, submit_key)


@allowed(Permission.MESSAGE_WRITE)
def send(
    viewer: Viewer, thread_id: str, body: str, submit_key: str, now: datetime, *, draft_revision: int = 0
) -> None:
    """Add a message. The same key again is once. The draft that was sent goes with it; one that another
    window has kept since (`draft_revision` is not its own) stays.

    Raises:
        NotFound: no such thread, or not of a client this person looks after.
        InvalidInput: no text, or too long.
        ThreadClosed, CareEnded, NobodyReads: nobody adds to it, or nobody would read it.
    """
    if wrong := wrong_text(None, body):
        raise InvalidInput(wrong)
    try:
        with db.unit_of_work() as session:
            thread = _thread(session, viewer, thread_id, lock=True)
            if _sent(session, viewer, submit_key) is not None:
                return
            if may_write(_standing(session, thread)) is Refusal.CLOSED:
                raise ThreadClosed()
            _require_readers(session, viewer, thread.client_id)
            _add(session, viewer, thread, body, submit_key, now)
            forget_draft(session, viewer, thread.client_id, thread.public_id, draft_revision)
    except IntegrityError:
        _already(viewer, submit_key)


@allowed(Permission.MESSAGE_CLOSE)
def close(viewer: Viewer, thread_id: str, now: datetime) -> None:
    """Nobody adds to it any more. Closing it twice is once."""
    with db.unit_of_work() as session:
        thread = _thread(session, viewer, thread_id, lock=True)
        if may_close(viewer.role) is None and thread.closed_at is None:
            thread.closed_at, thread.closed_by_id = now, viewer.account_id
            _note(session, viewer, thread, "thread.close", now)


@allowed(Permission.MESSAGE_CLOSE)
def open_again(viewer: Viewer, thread_id: str, now: datetime) -> None:
    """It goes on.

    Raises:
        CareEnded: nothing goes on with a client whose care has ended.
    """
    with db.unit_of_work() as session:
        thread = _thread(session, viewer, thread_id, lock=True)
        if may_open_again(viewer.role, _standing(session, thread)) is Refusal.CARE_ENDED:
            raise CareEnded()
        if thread.closed_at is not None:
            thread.closed_at = thread.closed_by_id = None
            _note(session, viewer, thread, "thread.open-again", now)


def _visible(viewer: Viewer) -> Select[MessageThread]:
    clients = clients_in_care_of(viewer).with_only_columns(Account.id)
    return select(MessageThread).where(MessageThread.client_id.in_(clients))


def _thread(session: Session, viewer: Viewer, thread_id: str, lock: bool = False) -> MessageThread:
    query = _visible(viewer).where(MessageThread.public_id == thread_id)
    locked = query.with_for_update(of=MessageThread, key_share=True)
    found = session.scalars(locked if lock else query).first()
    if found is None:
        raise NotFound()
    return found


def _client(session: Session, viewer: Viewer, client_id: str) -> Account:
    """Without what an emergency opens: that is a record to read, and its threads would not be."""
    found = session.scalars(clients_in_care_of(viewer).where(Account.public_id == client_id)).first()
    if found is None:
        raise NotFound()
    return found


def _standing(session: Session, thread: MessageThread) -> Standing:
    ended = bool(discharged_among(session, [thread.client_id]))
    return Standing(closed=thread.closed_at is not None, cared_for=not ended)


def _require_readers(session: Session, viewer: Viewer, client_id: int) -> None:
    """Nobody writes where no one would read it."""
    if viewer.role is not Role.CLIENT:
        return require_in_care(session, client_id)
    if discharged_among(session, [client_id]):
        raise CareEnded(_ENDED)
    if not therapists_of(session, client_id):
        raise NobodyReads()


def _add(
    session: Session, viewer: Viewer, thread: MessageThread, body: str, submit_key: str, now: datetime
) -> None:
    """The message, later than anything sent or read in its thread, and the mail that follows from it."""
    seen_at = session.scalar(select(func.max(MessageRead.read_at)).where(MessageRead.thread_id == thread.id))
    sent_at = max(moment for moment in (now, thread.last_at + _TICK, seen_at) if moment is not None)
    if sent_at == seen_at:
        sent_at += _TICK
    row = Message(thread_id=thread.id, by_id=viewer.account_id, submit_key=submit_key, sent_at=sent_at)
    row.body = body.strip()
    session.add(row)
    thread.last_at = sent_at
    session.flush()
    record(
        session, now, viewer.account_id, "message.send", client_id=thread.client_id, object_id=row.public_id
    )
    message_mail.tell(session, thread, viewer, sent_at, now)


def _sent(session: Session, viewer: Viewer, submit_key: str) -> str | None:
    """The thread that this very submission is in already."""
    return session.scalars(
        select(MessageThread.public_id)
        .join(Message, Message.thread_id == MessageThread.id)
        .where(Message.submit_key == submit_key, Message.by_id == viewer.account_id)
    ).first()


def _already(viewer: Viewer, submit_key: str) -> str:
    """The same submission arrived twice in one moment: the other one was first."""
    with db.reading() as session:
        done = _sent(session, viewer, submit_key)
    if done is None:
        raise NotFound()  # somebody else's key
    return done


def _note(session: Session, viewer: Viewer, thread: MessageThread, act: str, now: datetime) -> None:
    record(session, now, viewer.account_id, act, client_id=thread.client_id, object_id=thread.public_id)
