"""The daily check-in: one mood a day, kept with its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import MoodEntry

MOODS = {1: "Very low", 2: "Low", 3: "OK", 4: "Good", 5: "Very good"}
LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Mood:
    """A day's check-in: 1 (very low) to 5 (very good), own words of this clinic, not a validated scale."""

    day_on: date
    mood: int
    note: str | None
    entered_at: datetime

    @property
    def word(self) -> str:
        return MOODS[self.mood]


@allowed(Permission.MOOD_LOG)
def log_mood(viewer: Viewer, mood: int | None, note: str, now: datetime) -> Mood:
    """Keep today's mood (today in the client's own zone). Saved again, it replaces today's earlier one.

    Raises:
        InvalidInput: no mood chosen, one that is not on the scale, or a note that is too long.
    """
    problems = {}
    if mood not in MOODS:
        problems["mood"] = "Choose how you feel today."
    if len(note) > LONGEST_NOTE:
        problems["note"] = f"Use {LONGEST_NOTE:,} characters or fewer for the note."
    if mood is None or problems:
        raise InvalidInput(problems)
    day_on = _today(viewer, now)
    try:
        return _replace(viewer, day_on, mood, note.strip(), now)
    except IntegrityError:
        # A second device saved the same day in between: now there is a row to replace.
        return _replace(viewer, day_on, mood, note.strip(), now)


@allowed(Permission.MOOD_LOG)
def mood_today(viewer: Viewer, now: datetime) -> Mood | None:
    """What the client has logged today, if anything."""
    with db.reading() as session:
        return read_mood_on(session, viewer.account_id, _today(viewer, now))


@allowed(Permission.PROGRESS_OWN)
def mood_since(viewer: Viewer, since_on: date) -> list[Mood]:
    """The client's own check-ins from a day on, oldest first."""
    with db.reading() as session:
        return read_moods(session, viewer.account_id, since_on)


def read_mood_on(session: Session, client_id: int, day_on: date) -> Mood | None:
    row = session.scalars(_current(client_id).where(MoodEntry.day_on == day_on)).first()
    return _mood(row) if row else None


def read_moods(session: Session, client_id: int, since_on: date, notes: bool = True) -> list[Mood]:
    """Check-ins inside the caller's transaction; the caller has decided permission.

    Without `notes` they are left sealed: opening a year of them costs more than the chart.
    """
    rows = session.scalars(_current(client_id).where(MoodEntry.day_on >= since_on).order_by(MoodEntry.day_on))
    return [_mood(row, notes) for row in rows]


def _current(client_id: int) -> Select[MoodEntry]:
    return select(MoodEntry).where(MoodEntry.client_id == client_id, MoodEntry.replaced_at.is_(None))


def _mood(row: MoodEntry, notes: bool = True) -> Mood:
    return Mood(row.day_on, row.mood, row.note if notes else None, row.entered_at)


def _replace(viewer: Viewer, day_on: date, mood: int, note: str, now: datetime) -> Mood:
    with db.unit_of_work() as session:
        session.execute(
            update(MoodEntry)
            .where(
                MoodEntry.client_id == viewer.account_id,
                MoodEntry.day_on == day_on,
                MoodEntry.replaced_at.is_(None),
            )
            .values(replaced_at=now)
        )
        entry = MoodEntry(client_id=viewer.account_id, day_on=day_on, mood=mood, entered_at=now)
        entry.note = note or None
        session.add(entry)
        record(
            session,
            now,
            viewer.account_id,
            "mood.log",
            client_id=viewer.account_id,
            object_id=entry.public_id,
        )
        return _mood(entry)


def _today(viewer: Viewer, now: datetime) -> date:
    return now.astimezone(ZoneInfo(viewer.zone)).date()
