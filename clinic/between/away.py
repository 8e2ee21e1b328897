"""What a therapist's clients read above their messages while the therapist is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record
from clinic.people.care import therapists_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import AwayText

LONGEST_AWAY = 500


@dataclass(frozen=True)
class Away:
    """The therapist's words, and the local days, both included, on which they hold."""

    name: str
    words: str
    from_on: date
    until_on: date


@allowed(Permission.AWAY_MANAGE)
def own_away(viewer: Viewer) -> Away | None:
    """One's own away text, whether it holds now or not."""
    with db.reading() as session:
        row = session.scalars(select(AwayText).where(AwayText.account_id == viewer.account_id)).first()
        return Away(viewer.name, row.words, row.from_on, row.until_on) if row is not None else None


@allowed(Permission.AWAY_MANAGE)
def set_away(viewer: Viewer, words: str, from_on: date | None, until_on: date | None, now: datetime) -> None:
    """Say it from one local day to another, instead of what was said before.

    Raises:
        InvalidInput: no words, too many, or days that do not follow each other.
    """
    today = now.astimezone(ZoneInfo(viewer.zone)).date()
    wrong = {}
    if not words.strip():
        wrong["words"] = "Write what your clients read while you are away."
    elif len(words.strip()) > LONGEST_AWAY:
        wrong["words"] = f"Use {LONGEST_AWAY} characters or fewer."
    if from_on is None:
        wrong["from_on"] = "Choose the first day you are away."
    if until_on is None or until_on < (from_on or today) or until_on < today:
        wrong["until_on"] = "Choose a last day that is today or later, and not before the first."
    if wrong or from_on is None or until_on is None:
        raise InvalidInput(wrong)
    with db.unit_of_work() as session:
        row = session.scalars(
            select(AwayText).where(AwayText.account_id == viewer.account_id).with_for_update(key_share=True)
        ).first()
        if row is None:
            row = AwayText(account_id=viewer.account_id)
            session.add(row)
        row.words, row.from_on, row.until_on, row.saved_at = words.strip(), from_on, until_on, now
        record(session, now, viewer.account_id, "away.set")


@allowed(Permission.AWAY_MANAGE)
def end_away(viewer: Viewer, now: datetime) -> None:
    """Back again: the text is taken away."""
    with db.unit_of_work() as session:
        row = session.scalars(select(AwayText).where(AwayText.account_id == viewer.account_id)).first()
        if row is not None:
            session.delete(row)
            record(session, now, viewer.account_id, "away.end")


@allowed(Permission.HOME_OWN)
def away_now(viewer: Viewer, now: datetime) -> tuple[Away, ...]:
    """Of the client's own therapists, those who are away today, each in the therapist's own zone."""
    with db.reading() as session:
        people = {person.id: person for person in therapists_of(session, viewer.account_id)}
        rows = session.scalars(select(AwayText).where(AwayText.account_id.in_(people))).all()
        return tuple(
            Away(people[row.account_id].name, row.words, row.from_on, row.until_on)
            for row in rows
            if row.from_on <= now.astimezone(ZoneInfo(people[row.account_id].zone)).date() <= row.until_on
        )
