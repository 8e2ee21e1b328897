"""Time off and extra hours of a therapist, and the clinic's closures. Where several are said, closed wins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NotFound
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.appointments import AppointmentView, read_coming
from clinic.scheduling.intervals import Span
from clinic.scheduling.wall_clock import reached
from db.tables import Account, HoursException

LONGEST_DAYS = 366
LONGEST_NOTE = 200


class Kind(StrEnum):
    """What differs from the weekly hours. Where both are said, time off wins."""

    OFF = "off"
    EXTRA = "extra"


@dataclass(frozen=True)
class Special:
    """Time off or extra hours, UTC. `note` is the therapist's own."""

    public_id: str
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    note: str


@dataclass(frozen=True)
class SpecialDraft:
    """Time off or extra hours as typed. Without minutes: whole days, both included."""

    kind: Kind
    first_on: date | None
    last_on: date | None
    start_minute: int | None = None
    end_minute: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Closure:
    """The clinic is closed, UTC."""

    public_id: str
    name: str
    starts_at: datetime
    ends_at: datetime


@allowed(Permission.HOURS_MANAGE)
def sessions_in(viewer: Viewer, draft: SpecialDraft, now: datetime) -> list[AppointmentView]:
    """The viewer's booked sessions that new time off would meet. Said before saving; none is cancelled.

    Raises:
        InvalidInput: a field to put right.
    """
    span = _span(viewer, draft, now)
    if draft.kind is not Kind.OFF:
        return []
    with db.reading() as session:
        coming = read_coming(session, viewer, now)
    return [booked for booked in coming if span.overlaps(Span(booked.starts_at, booked.ends_at))]


@allowed(Permission.HOURS_MANAGE)
def add_special(viewer: Viewer, draft: SpecialDraft, now: datetime) -> None:
    """Add time off or extra hours. The very same again is once.

    Raises:
        InvalidInput: a field to put right; nothing was added.
    """
    span = _span(viewer, draft, now)
    with db.unit_of_work() as session:
        lock_hours(session, viewer)
        same = select(HoursException.id).where(
            HoursException.therapist_id == viewer.account_id,
            HoursException.kind == draft.kind.value,
            HoursException.starts_at == span.starts_at,
            HoursException.ends_at == span.ends_at,
        )
        if session.scalars(same).first() is not None:
            return
        added = HoursException(
            therapist_id=viewer.account_id,
            kind=draft.kind.value,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
        )
        added.note = draft.note.strip() or None
        session.add(added)
        record(session, now, viewer.account_id, f"hours.{draft.kind.value}", object_id=added.public_id)


@allowed(Permission.HOURS_MANAGE)
def remove_special(viewer: Viewer, special_id: str, now: datetime) -> None:
    """Take time off or extra hours back.

    Raises:
        NotFound: missing, somebody else's, or a closure of the clinic.
    """
    with db.unit_of_work() as session:
        row = session.scalars(
            select(HoursException).where(
                HoursException.public_id == special_id, HoursException.therapist_id == viewer.account_id
            )
        ).first()
        if row is None:
            raise NotFound()
        session.delete(row)
        record(session, now, viewer.account_id, "hours.take-back", object_id=special_id)


def closure_of(row: HoursException) -> Closure:
    return Closure(row.public_id, row.note or "Closed", row.starts_at, row.ends_at)


def whole_days(first_on: date, last_on: date, zone: str) -> Span:
    """From the first local midnight to the last one, both days included, UTC."""
    return Span(reached(first_on, 0, zone), reached(last_on + timedelta(days=1), 0, zone))


def problems_with_days(first_on: date | None, last_on: date | None, today: date) -> dict[str, str]:
    """Field name to sentence, for days that cannot be kept."""
    if first_on is None:
        return {"first_on": "Enter the first day."}
    if last_on is None:
        return {"last_on": "Enter the last day."}
    if last_on < first_on:
        return {"last_on": "The last day is before the first. Choose the same day or a later one."}
    if last_on < today:
        return {"last_on": "That is over already. Choose a day from today on."}
    if (last_on - first_on).days >= LONGEST_DAYS:
        return {"last_on": f"That is more than {LONGEST_DAYS} days. Choose an earlier last day."}
    return {}


def _span(viewer: Viewer, draft: SpecialDraft, now: datetime) -> Span:
    """The draft's instants.

    Raises:
        InvalidInput: a field to put right.
    """
    zone = own_zone(viewer)
    problems = problems_with_days(draft.first_on, draft.last_on, now.astimezone(zone).date())
    if len(draft.note) > LONGEST_NOTE:
        problems["note"] = f"The note is too long. Use {LONGEST_NOTE} characters or fewer."
    if problems or draft.first_on is None or draft.last_on is None:
        raise InvalidInput(problems)
    if draft.start_minute is None and draft.end_minute is None and draft.kind is Kind.OFF:
        return whole_days(draft.first_on, draft.last_on, zone.key)
    if draft.start_minute is None:
        raise InvalidInput({"start": "Enter the time it begins."})
    if draft.end_minute is None:
        raise InvalidInput({"end": "Enter the time it ends."})
    span = Span(
        reached(draft.first_on, draft.start_minute, zone.key),
        reached(draft.last_on, draft.end_minute, zone.key),
    )
    if draft.first_on == draft.last_on and draft.end_minute <= draft.start_minute:
        raise InvalidInput({"end": "The end is not after the start. Choose a later end."})
    if span.starts_at >= span.ends_at:
        raise InvalidInput({"start": "The clocks go forward then: there is no such time. Choose another."})
    if span.ends_at <= now:
        raise InvalidInput({"end": "That is over already. Choose a later time."})
    if draft.kind is Kind.EXTRA and span.ends_at - span.starts_at > timedelta(days=1):
        raise InvalidInput({"last_on": "Extra hours end within a day. Add each day by itself."})
    return span


def special_of(row: HoursException) -> Special:
    return Special(row.public_id, Kind(row.kind), row.starts_at, row.ends_at, row.note or "")


def lock_hours(session: Session, viewer: Viewer) -> None:
    """One change of somebody's hours after the other: two tabs at once add the same hours once."""
    session.execute(select(Account.id).where(Account.id == viewer.account_id).with_for_update(key_share=True))


def own_zone(viewer: Viewer) -> ZoneInfo:
    if viewer.zone not in available_timezones():
        raise InvalidInput({"zone": "Your time zone is not known. Choose another one under My account."})
    return ZoneInfo(viewer.zone)
