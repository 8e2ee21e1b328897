"""Reading notes: a client's, beside the one that is written, and by the words in them.

What is signed belongs to the record: whoever may open the record reads it. A draft is its author's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

import db
from clinic.errors import InvalidInput
from clinic.measures.ends import Span
from clinic.measures.instrument import load_instruments
from clinic.measures.results import read_points
from clinic.oversight.audit import record, record_look
from clinic.people.care import client_visible_to
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.note_formats import Draft, Stage, as_words, from_body
from clinic.records.note_words import has_all, snippet, wanted
from clinic.records.notes import Note, Version, as_version, read_own, stage_of
from clinic.scheduling.appointments import AppointmentView, appointment_visible_to
from clinic.scheduling.spoken import day_of, long_day
from db.tables import Account, Appointment, CareAssignment, NoteVersion, ProgressNote

MOST_LISTED = 100
MOST_SEARCHED = 500
LONGEST_QUERY = 100


@dataclass(frozen=True)
class Entry:
    """A note in a list. `versions` are what was signed, the oldest first; `draft` what its author is writing,
    None for everybody else and where nothing is being written."""

    appointment_id: str
    client_id: str
    client_name: str
    starts_at: datetime
    author: str
    own: bool
    draft: Draft | None
    versions: tuple[Version, ...]

    @property
    def words(self) -> str:
        """What is read of it: what was signed last, and what the author is writing."""
        shown = [*(version.draft for version in self.versions[-1:]), *([self.draft] if self.draft else [])]
        return "\n\n".join(map(as_words, shown))


@dataclass(frozen=True)
class ClientNotes:
    """A client's notes, the newest session first. `more`: there are older ones than these."""

    client_id: str
    client_name: str
    notes: tuple[Entry, ...]
    more: bool


@dataclass(frozen=True)
class Hit:
    """A note that has all the words. `around` is the text around the first of them."""

    note: Entry
    around: str


@dataclass(frozen=True)
class Search:
    """`more`: there are older notes that were not looked at."""

    hits: tuple[Hit, ...]
    more: bool


@dataclass(frozen=True)
class NoteDesk:
    """What the screen of one note needs. `scores` is a line of the measures finished on the session's day, ""
    where none were; `last` the viewer's last signed note on an earlier session with this client."""

    appointment: AppointmentView
    note: Note
    scores: str
    last: Entry | None


@allowed(Permission.NOTE_WRITE)
def note_desk(viewer: Viewer, appointment_id: str, now: datetime) -> NoteDesk:
    """One's own note on a session, and what is read beside it.

    Raises:
        NotFound: missing, or somebody else's.
    """
    with db.unit_of_work() as session:
        booked = appointment_visible_to(session, viewer, appointment_id)
        client = _client_of(session, appointment_id)
        record_look(session, now, viewer.account_id, "note.open", client_id=client, object_id=appointment_id)
        earlier = _notes(viewer).where(
            ProgressNote.client_id == client,
            ProgressNote.author_id == viewer.account_id,
            ProgressNote.signed_at.is_not(None),
            Appointment.starts_at < booked.starts_at,
        )
        last, _ = _entries(session, viewer, earlier, 1)
        return NoteDesk(
            booked,
            read_own(session, viewer, appointment_id),
            _scores(session, viewer, client, booked.starts_at),
            last[0] if last else None,
        )


@allowed(Permission.NOTE_WRITE)
def scores_line(viewer: Viewer, appointment_id: str, now: datetime) -> str:
    """The measures that the client finished on the session's day, as one line to put into a note: each
    total with its range and nothing made of it. "" where there are none.

    Raises:
        NotFound: missing, or somebody else's.
    """
    with db.unit_of_work() as session:
        booked = appointment_visible_to(session, viewer, appointment_id)
        client = _client_of(session, appointment_id)
        record_look(
            session, now, viewer.account_id, "note.scores", client_id=client, object_id=appointment_id
        )
        return _scores(session, viewer, client, booked.starts_at)


@allowed(Permission.CLIENT_READ)
def client_notes(viewer: Viewer, client_id: str, now: datetime) -> ClientNotes:
    """The notes of a client's record: what was signed, by whomever, and one's own drafts.

    Raises:
        NotFound: no such client, or not one whose record the viewer may open.
    """
    with db.unit_of_work() as session:
        client = client_visible_to(session, viewer, client_id, now)
        record_look(
            session, now, viewer.account_id, "notes.open", client_id=client.id, object_id=client.public_id
        )
        theirs = _notes(viewer).where(ProgressNote.client_id == client.id)
        found, more = _entries(session, viewer, theirs, MOST_LISTED)
        return ClientNotes(client.public_id, client.name, found, more)


@allowed(Permission.NOTE_WRITE)
def search_notes(viewer: Viewer, query: str, now: datetime) -> Search:
    """The notes on one's own clients that have all these words, the newest session first. The texts are
    opened here, one after the other: no index of them is kept. What is looked for is not written down.

    Raises:
        InvalidInput: no word, or too many.
    """
    words = wanted(query)
    if not words:
        raise InvalidInput({"query": "Type a word to look for."})
    if len(query) > LONGEST_QUERY:
        raise InvalidInput({"query": f"Use {LONGEST_QUERY} characters or fewer."})
    in_care = select(CareAssignment.client_id).where(
        CareAssignment.therapist_id == viewer.account_id,
        CareAssignment.until_at.is_(None),
        CareAssignment.supervises.is_(False),
    )
    with db.unit_of_work() as session:
        record(session, now, viewer.account_id, "notes.search")
        own_clients = _notes(viewer).where(ProgressNote.client_id.in_(in_care))
        found, more = _entries(session, viewer, own_clients, MOST_SEARCHED)
    hits = (Hit(entry, snippet(entry.words, words)) for entry in found if has_all(entry.words, words))
    return Search(tuple(hits), more)


_author, _client = aliased(Account), aliased(Account)


def _notes(viewer: Viewer) -> Select[ProgressNote, str, str, str, datetime, str]:
    """Notes that are signed or one's own, the newest session first; the caller says on whom."""
    return (
        select(
            ProgressNote,
            Appointment.public_id,
            _client.public_id,
            _client.name,
            Appointment.starts_at,
            _author.name,
        )
        .join(Appointment, Appointment.id == ProgressNote.appointment_id)
        .join(_client, _client.id == ProgressNote.client_id)
        .join(_author, _author.id == ProgressNote.author_id)
        .where(or_(ProgressNote.signed_at.is_not(None), ProgressNote.author_id == viewer.account_id))
        .order_by(Appointment.starts_at.desc(), ProgressNote.id.desc())
    )


def _entries(
    session: Session,
    viewer: Viewer,
    query: Select[ProgressNote, str, str, str, datetime, str],
    most: int,
) -> tuple[tuple[Entry, ...], bool]:
    """`most` at the most, and whether there are more."""
    rows = session.execute(query.limit(most + 1)).all()
    more, rows = len(rows) > most, rows[:most]
    signed = _signed(session, [note.id for note, *_ in rows])
    found = []
    for note, appointment, client, client_name, starts_at, author in rows:
        own = note.author_id == viewer.account_id
        writing = own and stage_of(note) is not Stage.SIGNED
        draft = from_body(note.format, note.body, note.reason) if writing else None
        versions = tuple(as_version(one, author) for one in signed.get(note.id, ()))
        entry = Entry(appointment, client, client_name, starts_at, author, own, draft, versions)
        if versions or (draft is not None and not draft.empty):
            found.append(entry)
    return tuple(found), more


def _signed(session: Session, notes: Iterable[int]) -> dict[int, list[NoteVersion]]:
    found: dict[int, list[NoteVersion]] = {}
    query = select(NoteVersion).where(NoteVersion.note_id.in_(list(notes))).order_by(NoteVersion.version)
    for row in session.scalars(query):
        found.setdefault(row.note_id, []).append(row)
    return found


def _client_of(session: Session, appointment_id: str) -> int:
    return session.scalars(select(Appointment.client_id).where(Appointment.public_id == appointment_id)).one()


def _scores(session: Session, viewer: Viewer, client_id: int, at: datetime) -> str:
    """Of the day on which the session began, in the therapist's own zone."""
    day = day_of(at, viewer.zone)
    zone = ZoneInfo(viewer.zone)
    start = datetime.combine(day, datetime.min.time(), zone)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    measures, said = load_instruments(), []
    for name, points in read_points(session, client_id, Span(start, end)).items():
        measure, total = measures.get(name), points[-1].total
        if measure is not None and measure.has_total:
            score = "no total, items were skipped" if total is None else str(total)
            said.append(f"{measure.name} {score} (range {measure.lowest} to {measure.highest})")
    return f"Scores of {long_day(day)}: {'; '.join(said)}." if said else ""
