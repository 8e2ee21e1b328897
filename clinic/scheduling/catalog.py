"""What can be booked and by which rules, as the administrator keeps it: session types and rules.

A change holds for what is booked from then on; sessions that are booked keep what they were booked with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NotFound
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.reminders import remake_reminders
from clinic.scheduling.rules import Rules, read_rules
from db.tables import BookingRules, Clinic, SessionType

LONGEST_NAME = 60
MOST_REMINDERS = 4
DAY = 24 * 60
# Field to its least, its most, and what is said of anything else. The database holds the same.
_LENGTHS = {
    "length_minutes": (5, 480, "Enter a length from 5 to 480 minutes."),
    "before_minutes": (0, 120, "Enter 0 to 120 minutes to keep free before."),
    "after_minutes": (0, 120, "Enter 0 to 120 minutes to keep free after."),
}
LIMITS = {
    "notice_minutes": (0, 30 * DAY, "Enter a notice from 0 minutes to 30 days."),
    "horizon_days": (1, 366, "Enter how far ahead, from 1 to 366 days."),
    "daily_limit": (1, 50, "Enter 1 to 50 sessions a day, or leave it empty."),
    "change_until_minutes": (0, 30 * DAY, "Enter a time from 0 minutes to 30 days."),
    "offer_minutes": (5, 2 * DAY, "Enter how long an offer is kept, from 5 minutes to 2 days."),
    "room_opens_minutes": (0, 60, "Enter when video rooms open, from 0 to 60 minutes before."),
}


class Modality(StrEnum):
    VIDEO = "video"
    PHONE = "phone"
    IN_PERSON = "in_person"


class BookableBy(StrEnum):
    ANYONE = "anyone"
    OWN_CLIENTS = "own_clients"
    STAFF = "staff"


@dataclass(frozen=True)
class TypeDraft:
    """A session type as typed. None: no number entered."""

    name: str
    length_minutes: int | None
    before_minutes: int | None = 0
    after_minutes: int | None = 0
    modality: Modality = Modality.VIDEO
    bookable_by: BookableBy = BookableBy.ANYONE


@dataclass(frozen=True)
class KeptType:
    """A session type. Once `ended` nobody books it; what is booked stays."""

    public_id: str
    name: str
    length_minutes: int
    before_minutes: int
    after_minutes: int
    modality: Modality
    bookable_by: BookableBy
    ended: bool


@allowed(Permission.CLINIC_MANAGE)
def session_types(viewer: Viewer) -> list[KeptType]:
    """Every session type, those that can be booked first, the first made first."""
    with db.reading() as session:
        return read_types(session)


@allowed(Permission.CLINIC_MANAGE)
def add_type(viewer: Viewer, draft: TypeDraft, now: datetime) -> None:
    """A new session type. One of the same name that can be booked is refused, so the same sent twice is once.

    Raises:
        InvalidInput: a field to put right; nothing was added.
    """
    problems = _problems_with_type(draft)
    with db.unit_of_work() as session:
        lock_catalog(session)
        if "name" not in problems:
            problems |= _name_taken(session, draft.name, "")
        if problems:
            raise InvalidInput(problems)
        added = SessionType(**_columns(draft))
        session.add(added)
        record(session, now, viewer.account_id, "session-type.add", object_id=added.public_id)


@allowed(Permission.CLINIC_MANAGE)
def change_type(viewer: Viewer, type_id: str, draft: TypeDraft, now: datetime) -> None:
    """Change a session type for what is booked from now on.

    Raises:
        NotFound: no such type.
        InvalidInput: a field to put right; nothing changed.
    """
    problems = _problems_with_type(draft)
    with db.unit_of_work() as session:
        lock_catalog(session)
        row = _type(session, type_id)
        if "name" not in problems:
            problems |= _name_taken(session, draft.name, type_id)
        if problems:
            raise InvalidInput(problems)
        for name, value in _columns(draft).items():
            setattr(row, name, value)
        record(session, now, viewer.account_id, "session-type.change", object_id=type_id)


@allowed(Permission.CLINIC_MANAGE)
def end_type(viewer: Viewer, type_id: str, now: datetime) -> None:
    """Nobody books it any more; booked sessions stay. Twice is once.

    Raises:
        NotFound: no such type.
    """
    with db.unit_of_work() as session:
        row = _type(session, type_id)
        if row.ended_at is None:
            row.ended_at = now
            record(session, now, viewer.account_id, "session-type.end", object_id=type_id)


@allowed(Permission.CLINIC_MANAGE)
def resume_type(viewer: Viewer, type_id: str, now: datetime) -> None:
    """It can be booked again. Twice is once.

    Raises:
        NotFound: no such type.
        InvalidInput: another one has its name by now.
    """
    with db.unit_of_work() as session:
        lock_catalog(session)
        row = _type(session, type_id)
        if row.ended_at is not None:
            if problems := _name_taken(session, row.name, type_id):
                raise InvalidInput(problems)
            row.ended_at = None
            record(session, now, viewer.account_id, "session-type.resume", object_id=type_id)


@allowed(Permission.CLINIC_MANAGE)
def booking_rules(viewer: Viewer) -> Rules:
    """The clinic's rules, as they hold now."""
    with db.reading() as session:
        return read_rules(session)


@allowed(Permission.CLINIC_MANAGE)
def save_rules(viewer: Viewer, rules: Rules, now: datetime) -> None:
    """Keep the clinic's rules.

    Raises:
        InvalidInput: a field to put right; nothing changed.
    """
    problems = problems_with_numbers(asdict(rules), LIMITS, optional=("daily_limit",))
    if said := _problem_with_reminders(rules.reminder_minutes):
        problems["reminder_minutes"] = said
    if problems:
        raise InvalidInput(problems)
    values = asdict(rules)
    opens = values.pop("room_opens_minutes")
    latest_first = sorted(set(rules.reminder_minutes), reverse=True)
    values["reminder_minutes"] = ",".join(str(minutes) for minutes in latest_first)
    with db.unit_of_work() as session:
        lock_catalog(session)
        if session.get(BookingRules, 1) is None:
            session.add(BookingRules(id=1, **values))
        else:
            session.execute(update(BookingRules).values(**values))
        session.execute(update(Clinic).values(room_opens_minutes=opens))
        remake_reminders(session, now)
        record(session, now, viewer.account_id, "booking-rules.change")


def read_types(session: Session, *, ended: bool = True) -> list[KeptType]:
    """Session types, those that can be booked first; `ended`: the others too."""
    rows = session.scalars(select(SessionType).order_by(SessionType.id)).all()
    kept = [
        KeptType(
            row.public_id,
            row.name,
            row.length_minutes,
            row.before_minutes,
            row.after_minutes,
            Modality(row.modality),
            BookableBy(row.bookable_by),
            row.ended_at is not None,
        )
        for row in rows
        if ended or row.ended_at is None
    ]
    return sorted(kept, key=lambda one: one.ended)


def problems_with_numbers(
    values: dict[str, object], limits: dict[str, tuple[int, int, str]], *, optional: Sequence[str] = ()
) -> dict[str, str]:
    """Field name to sentence, for each number outside its limits; `optional` ones may be None."""
    problems = {}
    for name, (least, most, sentence) in limits.items():
        value = values[name]
        if value is None and name in optional:
            continue
        if not isinstance(value, int) or not least <= value <= most:
            problems[name] = sentence
    return problems


def _problems_with_type(draft: TypeDraft) -> dict[str, str]:
    problems = problems_with_numbers(asdict(draft), _LENGTHS)
    if said := problem_with_name(draft.name):
        problems["name"] = said
    return problems


def problem_with_name(name: str) -> str | None:
    if not name.strip():
        return "Enter a name."
    if len(name.strip()) > LONGEST_NAME:
        return f"The name is too long. Use {LONGEST_NAME} characters or fewer."
    return None if name.strip().isprintable() else "The name has signs in it that cannot be shown."


def _problem_with_reminders(minutes: Sequence[int]) -> str | None:
    if len(set(minutes)) > MOST_REMINDERS:
        return f"Choose {MOST_REMINDERS} reminders at the most."
    if any(not 5 <= each <= 30 * DAY for each in minutes):
        return "Reminders go out from 5 minutes to 30 days before a session."
    return None


def _name_taken(session: Session, name: str, but: str) -> dict[str, str]:
    same = select(SessionType.id).where(
        SessionType.name == name.strip(), SessionType.ended_at.is_(None), SessionType.public_id != but
    )
    taken = session.scalars(same).first() is not None
    return {"name": "There is a session type with this name. Choose another name."} if taken else {}


def _type(session: Session, type_id: str) -> SessionType:
    row = session.scalars(select(SessionType).where(SessionType.public_id == type_id)).first()
    if row is None:
        raise NotFound()
    return row


def _columns(draft: TypeDraft) -> dict[str, object]:
    return {**asdict(draft), "name": draft.name.strip()}


def lock_catalog(session: Session) -> None:
    """One after the other, until the transaction ends: SQLite has one writer anyway."""
    session.execute(select(Clinic.id).with_for_update(key_share=True))
