"""A therapist's note on a session, kept as it is typed; and the sessions that have no signed one yet.

Nobody but its author writes it, or reads it before it is signed. What may be done when is in
`note_formats.py`, signing in `note_signing.py`; who else reads what was signed is in `note_list.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import (
    EditedElsewhere,
    Elsewhere,
    InvalidInput,
    NoteSigned,
    NotFound,
)
from clinic.oversight.audit import record, record_look
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.note_formats import (
    FREE,
    Act,
    Draft,
    Stage,
    after,
    as_body,
    as_words,
    drafted,
    from_body,
)
from clinic.scheduling.appointments import appointments_visible_to, read_views
from clinic.video.attendance import Attendance
from db.tables import Appointment, NoteVersion, ProgressNote, Visit

LONGEST_NOTE = 20_000
LONGEST_REASON = 500
# A session without any note is asked about for so long; a note that was begun, until it is signed.
CHASED_FOR = timedelta(days=30)
CHANGED = (
    "This note was changed in another window since you saw it here. Nothing is lost: both texts are below."
)


@dataclass(frozen=True)
class Version:
    """The note as it was signed. `draft.reason` says why it was changed, "" for the first."""

    number: int
    draft: Draft
    signed_by: str
    signed_at: datetime


@dataclass(frozen=True)
class Note:
    """`draft` is what is typed; of a signed note, what was signed last. `revision` rises with each change;
    0: none yet. `versions` are the oldest first."""

    draft: Draft
    revision: int
    kept_at: datetime | None
    stage: Stage = Stage.DRAFT
    versions: tuple[Version, ...] = ()


@dataclass(frozen=True)
class Unsigned:
    """A session of one's own that is over and has no signed note. `begun`: something is written."""

    appointment_id: str
    client_id: str
    client_name: str
    starts_at: datetime
    begun: bool


@allowed(Permission.NOTE_WRITE)
def read_note(viewer: Viewer, appointment_id: str, now: datetime) -> Note:
    """One's own note on an appointment of one's own.

    Raises:
        NotFound: missing, or somebody else's.
    """
    with db.unit_of_work() as session:
        _, client_id = whose(session, viewer, appointment_id)
        record_look(
            session, now, viewer.account_id, "note.open", client_id=client_id, object_id=appointment_id
        )
        return read_own(session, viewer, appointment_id)


@allowed(Permission.NOTE_WRITE)
def keep_note(viewer: Viewer, appointment_id: str, draft: Draft, revision: int, now: datetime) -> Note:
    """Keep the note as it stands on the screen. Unchanged, it stays as it is.

    Args:
        revision: the one that the person had before them. Sending the same text twice is once.

    Raises:
        NotFound: missing, or somebody else's.
        InvalidInput: too long.
        NoteSigned: it is locked. Nothing was kept.
        EditedElsewhere: another window kept another text since. Nothing was kept; `now["note"]` has it.
    """
    _check(draft)
    try:
        with db.unit_of_work() as session:
            appointment_row, client_id = whose(session, viewer, appointment_id)
            row = own_row(session, viewer, appointment_id, lock=True)
            if row is not None and after(stage_of(row), Act.KEEP) is None:
                raise NoteSigned()
            before = draft_of(row) if row is not None else _unwritten(session, viewer)
            if before == draft:
                return Note(before, 0, None) if row is None else _view(session, row, viewer)
            if (row.revision if row is not None else 0) != revision:
                raise changed(row, viewer)
            if row is None:
                row = ProgressNote(
                    appointment_id=appointment_row,
                    client_id=client_id,
                    author_id=viewer.account_id,
                    revision=0,
                    started_at=now,
                )
                session.add(row)
            write(row, draft, now)
            session.flush()
            record(session, now, viewer.account_id, "note.keep", client_id=client_id, object_id=row.public_id)
            return _view(session, row, viewer)
    except IntegrityError:
        # The first keeping, from two windows in the same moment.
        with db.reading() as session:
            raise changed(own_row(session, viewer, appointment_id), viewer) from None


def read_own(session: Session, viewer: Viewer, appointment_id: str) -> Note:
    """The viewer's own note on an appointment, inside the caller's transaction."""
    row = own_row(session, viewer, appointment_id)
    return Note(_unwritten(session, viewer), 0, None) if row is None else _view(session, row, viewer)


def _view(session: Session, row: ProgressNote, author: Viewer) -> Note:
    signed = versions_of(session, row, author) if row.signed_at is not None else ()
    stage = stage_of(row)
    shown = signed[-1].draft if stage is Stage.SIGNED else draft_of(row)
    return Note(shown, row.revision, row.kept_at, stage, signed)


def read_unsigned(session: Session, viewer: Viewer, now: datetime) -> tuple[Unsigned, ...]:
    """The viewer's sessions that took place and have no signed note, the oldest first, inside the caller's
    transaction. One whose client did not come needs none, unless something is written of it."""
    own = and_(ProgressNote.appointment_id == Appointment.id, ProgressNote.author_id == viewer.account_id)
    asked_for = and_(
        Appointment.starts_at > now - CHASED_FOR,
        or_(Visit.attendance.is_(None), Visit.attendance != Attendance.NO_SHOW.value),
    )
    query = (
        select(Appointment.public_id, asked_for.label("asked"), ProgressNote)
        .outerjoin(Visit, Visit.appointment_id == Appointment.id)
        .outerjoin(ProgressNote, own)
        .where(
            Appointment.therapist_id == viewer.account_id,
            Appointment.status == "booked",
            Appointment.ends_at <= now,
            ProgressNote.signed_at.is_(None),
            or_(ProgressNote.id.is_not(None), asked_for),
        )
    )
    begun = {
        public_id: written
        for public_id, asked, row in session.execute(query)
        if (written := row is not None and not draft_of(row).empty) or asked
    }
    views = read_views(session, appointments_visible_to(viewer), Appointment.public_id.in_(list(begun)))
    return tuple(
        Unsigned(view.public_id, view.client_id, view.client_name, view.starts_at, begun[view.public_id])
        for view in views
    )


def stage_of(row: ProgressNote) -> Stage:
    """How far a note is."""
    if row.signed_at is None:
        return Stage.DRAFT
    return Stage.SIGNED if row.body_sealed is None else Stage.AMENDING


def _check(draft: Draft) -> None:
    wrong: dict[str, str] = {}
    if draft.length > LONGEST_NOTE:
        wrong["note"] = f"This note is too long. Use {LONGEST_NOTE:,} characters or fewer."
    if len(draft.reason) > LONGEST_REASON:
        wrong["reason"] = f"This reason is too long. Use {LONGEST_REASON} characters or fewer."
    if wrong:
        raise InvalidInput(wrong)


def whose(session: Session, viewer: Viewer, appointment_id: str) -> tuple[int, int]:
    """The row ids of the viewer's own appointment, as its therapist, and of its client.

    Raises:
        NotFound: missing, or somebody else's.
    """
    # A note is kept twice a second while one types: this is asked of two columns, not of the whole view.
    found = session.execute(
        select(Appointment.id, Appointment.client_id).where(
            Appointment.public_id == appointment_id, Appointment.therapist_id == viewer.account_id
        )
    ).first()
    if found is None:
        raise NotFound()
    return found.id, found.client_id


def own_row(session: Session, viewer: Viewer, appointment_id: str, lock: bool = False) -> ProgressNote | None:
    """The row of the viewer's own note; `lock` holds it."""
    query = (
        select(ProgressNote)
        .join(Appointment, Appointment.id == ProgressNote.appointment_id)
        .where(Appointment.public_id == appointment_id, ProgressNote.author_id == viewer.account_id)
    )
    locked = query.with_for_update(of=ProgressNote, key_share=True)
    return session.scalars(locked if lock else query).first()


def draft_of(row: ProgressNote) -> Draft:
    """What is being typed."""
    return from_body(row.format, row.body, row.reason)


def write(row: ProgressNote, draft: Draft, now: datetime) -> None:
    """Put the draft into the row as its next revision."""
    row.format, row.body = draft.format, as_body(draft)
    row.reason = draft.reason or None
    row.revision, row.kept_at = row.revision + 1, now


def _unwritten(session: Session, viewer: Viewer) -> Draft:
    """An empty note in the format that its author used last."""
    newest = (
        select(ProgressNote.format)
        .where(ProgressNote.author_id == viewer.account_id)
        .order_by(ProgressNote.id.desc())
        .limit(1)
    )
    return drafted(session.scalars(newest).first() or FREE, {})


def versions_of(session: Session, row: ProgressNote, author: Viewer) -> tuple[Version, ...]:
    """What was signed, the oldest first."""
    found = session.scalars(
        select(NoteVersion).where(NoteVersion.note_id == row.id).order_by(NoteVersion.version)
    )
    return tuple(as_version(one, author.name) for one in found)


def as_version(row: NoteVersion, author: str) -> Version:
    """A row as what it says."""
    return Version(row.version, from_body(row.format, row.body, row.reason), author, row.signed_at)


def changed(row: ProgressNote | None, viewer: Viewer, signed: tuple[Version, ...] = ()) -> EditedElsewhere:
    """Says what stands there now."""
    assert row is not None  # a revision that is not 0, or a row that was in the way
    draft = signed[-1].draft if signed and stage_of(row) is Stage.SIGNED else draft_of(row)
    now = Elsewhere(viewer.name, row.kept_at, as_words(draft), row.revision)
    return EditedElsewhere({"note": CHANGED}, {"note": now})
