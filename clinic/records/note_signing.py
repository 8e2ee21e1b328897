"""Signing a note and locking it, and amending it with a reason. Every version stays."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NoteNotSigned, SessionNotBegun
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.note_formats import FREE, Act, Stage, after, as_body, drafted, missing
from clinic.records.notes import (
    Note,
    changed,
    draft_of,
    own_row,
    read_own,
    stage_of,
    versions_of,
    whose,
    write,
)
from clinic.scheduling.appointments import appointment_visible_to
from db.tables import NoteVersion, ProgressNote


@allowed(Permission.NOTE_WRITE)
def sign_note(viewer: Viewer, appointment_id: str, revision: int, now: datetime) -> Note:
    """Sign the note, or the amendment, as it was kept, and lock it. Pressed twice it is signed once.

    Raises:
        NotFound: missing, or somebody else's.
        SessionNotBegun: there is nothing to sign for yet.
        InvalidInput: empty; or an amendment without a reason or without a change.
        EditedElsewhere: the text is no longer the one that the person saw. Nothing was signed.
    """
    with db.unit_of_work() as session:
        _, client_id = whose(session, viewer, appointment_id)
        if now < appointment_visible_to(session, viewer, appointment_id).starts_at:
            raise SessionNotBegun()
        row = own_row(session, viewer, appointment_id, lock=True)
        if row is None:
            raise InvalidInput(missing(Stage.DRAFT, drafted(FREE, {}), None))
        stage, signed = stage_of(row), versions_of(session, row, viewer)
        if stage is Stage.SIGNED and row.revision == revision + 1:
            return read_own(session, viewer, appointment_id)
        if row.revision != revision or after(stage, Act.SIGN) is None:
            raise changed(row, viewer, signed)
        draft = draft_of(row)
        if wrong := missing(stage, draft, signed[-1].draft if signed else None):
            raise InvalidInput(wrong)
        version = NoteVersion(
            note_id=row.id, version=len(signed) + 1, format=draft.format, signed_at=now, body=as_body(draft)
        )
        version.reason = draft.reason.strip() if signed else None
        session.add(version)
        row.body, row.reason, row.signed_at = None, None, row.signed_at or now
        row.revision, row.kept_at = row.revision + 1, now
        session.flush()
        record(session, now, viewer.account_id, "note.sign", client_id=client_id, object_id=row.public_id)
        return read_own(session, viewer, appointment_id)


@allowed(Permission.NOTE_WRITE)
def amend_note(viewer: Viewer, appointment_id: str, now: datetime) -> Note:
    """Begin to change a signed note: its text becomes a draft beside what was signed. Begun, it goes on.

    Raises:
        NotFound: missing, or somebody else's.
        NoteNotSigned: it can be changed as it is.
    """
    with db.unit_of_work() as session:
        row, client_id = _signed(session, viewer, appointment_id)
        if after(stage_of(row), Act.AMEND) is not None:
            write(row, versions_of(session, row, viewer)[-1].draft, now)
            row.reason = None
            session.flush()
            record(
                session, now, viewer.account_id, "note.amend", client_id=client_id, object_id=row.public_id
            )
        return read_own(session, viewer, appointment_id)


@allowed(Permission.NOTE_WRITE)
def drop_amendment(viewer: Viewer, appointment_id: str, revision: int, now: datetime) -> Note:
    """Leave a signed note as it was signed after all.

    Raises:
        NotFound: missing, or somebody else's.
        NoteNotSigned: there is no amendment to drop.
        EditedElsewhere: more was typed in another window since.
    """
    with db.unit_of_work() as session:
        row, client_id = _signed(session, viewer, appointment_id)
        if after(stage_of(row), Act.DROP) is not None:
            if row.revision != revision:
                raise changed(row, viewer)
            row.body = row.reason = None
            row.revision, row.kept_at = row.revision + 1, now
            session.flush()
            record(session, now, viewer.account_id, "note.drop", client_id=client_id, object_id=row.public_id)
        return read_own(session, viewer, appointment_id)


def _signed(session: Session, viewer: Viewer, appointment_id: str) -> tuple[ProgressNote, int]:
    """The viewer's own signed note, held, and its client."""
    _, client_id = whose(session, viewer, appointment_id)
    row = own_row(session, viewer, appointment_id, lock=True)
    if row is None or stage_of(row) is Stage.DRAFT:
        raise NoteNotSigned()
    return row, client_id
