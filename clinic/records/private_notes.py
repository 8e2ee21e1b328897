"""Psychotherapy notes: what a therapist keeps for themselves about a client, apart from the record.

Nobody but the author reads one: no colleague, no supervisor, nobody who opens the record in an emergency.
They are in no export.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

import db
from clinic.errors import EditedElsewhere, Elsewhere, InvalidInput, NotFound
from clinic.oversight.audit import record, record_look
from clinic.people.care import clients_in_care_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.records.notes import CHANGED, LONGEST_NOTE
from db.tables import Account, PrivateNote


@dataclass(frozen=True)
class Private:
    """One private note as it is kept. `revision` rises with each keeping."""

    public_id: str
    text: str
    revision: int
    started_at: datetime
    kept_at: datetime


@dataclass(frozen=True)
class PrivateNotes:
    """The viewer's own on one client, the newest first."""

    client_id: str
    client_name: str
    notes: tuple[Private, ...]


@allowed(Permission.NOTE_WRITE)
def private_notes(viewer: Viewer, client_id: str, now: datetime) -> PrivateNotes:
    """One's own private notes on a client of one's own, or on one of whom one has some.

    Raises:
        NotFound: no such client, or neither.
    """
    with db.unit_of_work() as session:
        client = _client(session, viewer, client_id, written_is_enough=True)
        record_look(
            session, now, viewer.account_id, "private-note.open", client_id=client.id, object_id=client_id
        )
        rows = session.scalars(
            select(PrivateNote)
            .where(PrivateNote.client_id == client.id, PrivateNote.author_id == viewer.account_id)
            .order_by(PrivateNote.started_at.desc(), PrivateNote.id.desc())
        )
        return PrivateNotes(client.public_id, client.name, tuple(map(_view, rows)))


@allowed(Permission.NOTE_WRITE)
def begin_private_note(viewer: Viewer, client_id: str, now: datetime) -> Private:
    """A new, empty private note on a client in one's care; one that is still empty is gone on with.

    Raises:
        NotFound: no such client, or not in the viewer's care.
    """
    with db.unit_of_work() as session:
        client = _client(session, viewer, client_id, written_is_enough=False)
        empty = select(PrivateNote).where(
            PrivateNote.client_id == client.id,
            PrivateNote.author_id == viewer.account_id,
            PrivateNote.body_sealed.is_(None),
        )
        row = session.scalars(empty).first()
        if row is None:
            row = PrivateNote(
                client_id=client.id, author_id=viewer.account_id, revision=0, started_at=now, kept_at=now
            )
            session.add(row)
            session.flush()
            record(
                session,
                now,
                viewer.account_id,
                "private-note.begin",
                client_id=client.id,
                object_id=row.public_id,
            )
        return _view(row)


@allowed(Permission.NOTE_WRITE)
def keep_private_note(viewer: Viewer, note_id: str, text: str, revision: int, now: datetime) -> Private:
    """Keep it as it stands on the screen. Unchanged, it stays as it is.

    Raises:
        NotFound: missing, or somebody else's.
        InvalidInput: too long.
        EditedElsewhere: another window kept another text since. Nothing was kept; `now["private"]` has it.
    """
    if len(text) > LONGEST_NOTE:
        raise InvalidInput({"private": f"This note is too long. Use {LONGEST_NOTE:,} characters or fewer."})
    with db.unit_of_work() as session:
        row = session.scalars(
            select(PrivateNote)
            .where(PrivateNote.public_id == note_id, PrivateNote.author_id == viewer.account_id)
            .with_for_update(key_share=True)
        ).first()
        if row is None:
            raise NotFound()
        if (row.body or "") == text:
            return _view(row)
        if row.revision != revision:
            there = Elsewhere(viewer.name, row.kept_at, row.body or "", row.revision)
            raise EditedElsewhere({"private": CHANGED}, {"private": there})
        # Emptied again it is as if it had not been written: the next new one takes its place.
        row.body, row.revision, row.kept_at = text or None, row.revision + 1, now
        record(
            session,
            now,
            viewer.account_id,
            "private-note.keep",
            client_id=row.client_id,
            object_id=row.public_id,
        )
        return _view(row)


def _client(session: Session, viewer: Viewer, client_id: str, *, written_is_enough: bool) -> Account:
    """Not `client_in_care_of`: a record that is open in an emergency opens no private notes."""
    wanted = (Account.public_id == client_id, Account.role == Role.CLIENT.value)
    in_care = Account.id.in_(clients_in_care_of(viewer).with_only_columns(Account.id))
    written = Account.id.in_(select(PrivateNote.client_id).where(PrivateNote.author_id == viewer.account_id))
    may = or_(in_care, written) if written_is_enough else in_care
    found = session.scalars(select(Account).where(*wanted, may)).first()
    if found is None:
        raise NotFound()
    return found


def _view(row: PrivateNote) -> Private:
    return Private(row.public_id, row.body or "", row.revision, row.started_at, row.kept_at)
