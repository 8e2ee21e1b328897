"""Check-ins: one a day, every answer optional, kept with its history. What is asked is in `check_in.py`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.check_in import (
    MOODS,
    Answers,
    Item,
    answers_from,
    day_to_keep,
    is_empty,
    merged,
    problems_with,
    tidy,
    today_in,
)
from clinic.records.check_in_items import read_items
from clinic.records.drafts import Form, forget_draft, read_draft
from db.tables import MoodEntry

NOTHING_GIVEN = "Answer at least one thing. Any one will do."


@dataclass(frozen=True)
class Mood:
    """A day's check-in in this clinic's own words, not a validated scale; what was left out is None.

    `mood` goes from 1 (very low) to 5 (very good). `late`: entered after its day was over.
    """

    day_on: date
    mood: int | None
    note: str | None
    entered_at: datetime
    anxiety: int | None = None
    energy: int | None = None
    sleep_minutes: int | None = None
    sleep_quality: int | None = None
    medication: str | None = None
    tags: tuple[str, ...] = ()
    late: bool = False

    @property
    def word(self) -> str:
        """ "Very good"; empty where the mood was left out."""
        return "" if self.mood is None else MOODS[self.mood]

    @property
    def answers(self) -> Answers:
        return Answers(
            self.mood,
            self.anxiety,
            self.energy,
            self.sleep_minutes,
            self.sleep_quality,
            self.medication,
            self.tags,
            self.note or "",
        )


@dataclass(frozen=True)
class CheckInDay:
    """What the check-in's screen shows of a day. `kept` is what counts for it now; `changed`: an earlier one
    was replaced; `draft` has what was typed and not saved."""

    day_on: date
    today: date
    items: tuple[Item, ...]
    kept: Mood | None
    changed: bool
    draft: Answers | None


@allowed(Permission.MOOD_LOG)
def check_in(viewer: Viewer, given: Answers, now: datetime, day_on: date | None = None) -> Mood:
    """Keep a check-in for today, in the client's own zone, or for one of the seven days before.

    A later one for the same day replaces the earlier, which stays on record; the same answers again change
    nothing. What this client is not asked is not taken; what they said of it earlier that day stays.

    Raises:
        InvalidInput: nothing answered, an answer off its list, a day to come or too far back.
    """
    day_on = day_to_keep(day_on, today_in(viewer.zone, now))
    problems = problems_with(given)
    if problems:
        raise InvalidInput(problems)
    try:
        return _replace(viewer, day_on, tidy(given), now)
    except IntegrityError:
        # A second device saved the same day in between: now there is a row to replace.
        return _replace(viewer, day_on, tidy(given), now)


@allowed(Permission.MOOD_LOG)
def check_in_day(viewer: Viewer, now: datetime, day_on: date | None = None) -> CheckInDay:
    """The day's check-in, what is asked, and what was typed and not saved.

    Raises:
        InvalidInput: a day to come or too far back.
    """
    today = today_in(viewer.zone, now)
    day_on = day_to_keep(day_on, today)
    with db.reading() as session:
        draft = read_draft(session, viewer.account_id, Form.CHECK_IN)
        replaced = exists().where(
            MoodEntry.client_id == viewer.account_id,
            MoodEntry.day_on == day_on,
            MoodEntry.replaced_at.is_not(None),
        )
        return CheckInDay(
            day_on,
            today,
            read_items(session, viewer.account_id),
            read_mood_on(session, viewer.account_id, day_on),
            bool(session.scalar(select(replaced))),
            answers_from(draft.answers) if draft and draft.day_on == day_on else None,
        )


def read_mood_on(session: Session, client_id: int, day_on: date) -> Mood | None:
    row = session.scalars(_current(client_id).where(MoodEntry.day_on == day_on)).first()
    return _mood(row) if row else None


def read_moods(session: Session, client_id: int, since_on: date, notes: bool = True) -> list[Mood]:
    """Check-ins from a day on, oldest first, inside the caller's transaction; the caller has decided
    permission.

    Without `notes` they and the tags are left sealed: opening a year of them costs more than the chart.
    """
    rows = session.scalars(_current(client_id).where(MoodEntry.day_on >= since_on).order_by(MoodEntry.day_on))
    return [_mood(row, notes) for row in rows]


def count_moods(session: Session, client_id: int) -> int:
    """On how many days this client checked in."""
    return session.scalar(select(func.count()).select_from(_current(client_id).subquery())) or 0


def read_newest_moods(session: Session, client_id: int, skip: int, most: int) -> list[Mood]:
    """The newest check-ins first, with notes and tags, after `skip` newer ones; inside the caller's
    transaction, who has decided permission. No other is opened."""
    newest = _current(client_id).order_by(MoodEntry.day_on.desc()).offset(skip).limit(most)
    return [_mood(row) for row in session.scalars(newest)]


def tags_from(row: MoodEntry) -> tuple[str, ...]:
    return tuple(json.loads(row.tags_json or "[]"))


def _current(client_id: int) -> Select[MoodEntry]:
    return select(MoodEntry).where(MoodEntry.client_id == client_id, MoodEntry.replaced_at.is_(None))


def _mood(row: MoodEntry, notes: bool = True) -> Mood:
    return Mood(
        row.day_on,
        row.mood,
        row.note if notes else None,
        row.entered_at,
        row.anxiety,
        row.energy,
        row.sleep_minutes,
        row.sleep_quality,
        row.medication,
        tags_from(row) if notes else (),
        row.late,
    )


def _replace(viewer: Viewer, day_on: date, given: Answers, now: datetime) -> Mood:
    with db.unit_of_work() as session:
        before = session.scalars(
            _current(viewer.account_id).where(MoodEntry.day_on == day_on).with_for_update(key_share=True)
        ).first()
        earlier = _mood(before).answers if before else Answers()
        asked = read_items(session, viewer.account_id)
        if is_empty(merged(given, Answers(), asked)):
            raise InvalidInput({"form": NOTHING_GIVEN})
        answers = merged(given, earlier, asked)
        forget_draft(session, viewer.account_id, Form.CHECK_IN)
        if before is not None:
            if answers == earlier:
                return _mood(before)
            before.replaced_at = now
            session.flush()  # one current check-in a day
        entry = MoodEntry(
            client_id=viewer.account_id,
            day_on=day_on,
            mood=answers.mood,
            anxiety=answers.anxiety,
            energy=answers.energy,
            sleep_minutes=answers.sleep_minutes,
            sleep_quality=answers.sleep_quality,
            medication=answers.medication,
            late=day_on < today_in(viewer.zone, now),
            entered_at=now,
        )
        entry.tags_json = json.dumps(answers.tags) if answers.tags else None
        entry.note = answers.note or None
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
