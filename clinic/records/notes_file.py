"""A client's signed notes, all of them: to give the record on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.documents.pdf import Document
from clinic.records.note_formats import as_words
from clinic.records.notes import Version, as_version
from clinic.scheduling.spoken import long_day
from db.tables import Account, Appointment, NoteVersion, ProgressNote


@dataclass(frozen=True)
class SignedNote:
    """A note of the record: everything that was signed, the oldest first."""

    starts_at: datetime
    author: str
    versions: tuple[Version, ...]

    def as_row(self) -> dict[str, object]:
        versions = [
            {
                "version": one.number,
                "format": one.draft.format,
                "signed_at": one.signed_at.isoformat(),
                "reason": one.draft.reason,
                "text": dict(one.draft.texts),
            }
            for one in self.versions
        ]
        return {"session": self.starts_at.isoformat(), "author": self.author, "versions": versions}


def read_signed_notes(session: Session, client_id: int) -> list[SignedNote]:
    """By session, the oldest first; the caller has decided permission."""
    query = (
        select(ProgressNote.id, Appointment.starts_at, Account.name, NoteVersion)
        .join(Appointment, Appointment.id == ProgressNote.appointment_id)
        .join(Account, Account.id == ProgressNote.author_id)
        .join(NoteVersion, NoteVersion.note_id == ProgressNote.id)
        .where(ProgressNote.client_id == client_id)
        .order_by(Appointment.starts_at, ProgressNote.id, NoteVersion.version)
    )
    found: dict[int, SignedNote] = {}
    for note, starts_at, author, version in session.execute(query):
        before = found.get(note, SignedNote(starts_at, author, ()))
        found[note] = SignedNote(starts_at, author, (*before.versions, as_version(version, author)))
    return list(found.values())


def notes_page(notes: list[SignedNote], client: Account, clinic: str, now: datetime) -> bytes:
    """Each note as it was signed and as it was amended, for whoever goes on with the client."""
    page = Document("Notes on sessions", f"{clinic}: notes, {client.name}", now)
    page.facts([("Clinic", clinic), ("Client", client.name)])
    for note in notes:
        page.keep_together(30)
        page.heading(f"Session of {_day(note.starts_at, client.zone)}")
        for version in note.versions:
            signed = f"Signed by {version.signed_by} on {_day(version.signed_at, client.zone)}"
            reason = f", because: {version.draft.reason}" if version.draft.reason else ""
            page.small(f"{'Amended. ' if version.number > 1 else ''}{signed}{reason}")
            page.paragraph(as_words(version.draft))
    if not page.complete:
        page.small("A box stands for a letter that this file's font does not have. record.json has all.")
    return page.content()


def _day(at: datetime, zone: str) -> str:
    return long_day(at.astimezone(ZoneInfo(zone)).date())
