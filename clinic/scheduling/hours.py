"""A therapist's weekly hours, as they keep them themselves.

All wall-clock times are of the therapist's own zone. Stretches of hours may touch but not overlap while
both hold: two that did would say the same twice, and one taken away would not change when one works.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, or_, select

import db
from clinic.errors import InvalidInput, NotFound
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.time_off import Closure, Special, closure_of, lock_hours, own_zone, special_of
from clinic.scheduling.wall_clock import DAY_MINUTES
from db.tables import Availability, HoursException

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Stretch:
    """Hours on one weekday (0 Monday), in minutes of the local day; both dates are included."""

    public_id: str
    weekday: int
    start_minute: int
    end_minute: int
    valid_from_on: date | None
    valid_until_on: date | None


@dataclass(frozen=True)
class StretchDraft:
    """Hours as typed: the same on each of `weekdays`. None: nothing entered."""

    weekdays: tuple[int, ...]
    start_minute: int | None
    end_minute: int | None
    valid_from_on: date | None = None
    valid_until_on: date | None = None


@dataclass(frozen=True)
class OwnHours:
    """Everything that says when this therapist works; what is over is left out."""

    weekly: tuple[Stretch, ...]
    special: tuple[Special, ...]
    closures: tuple[Closure, ...]


@allowed(Permission.HOURS_MANAGE)
def own_hours(viewer: Viewer, now: datetime) -> OwnHours:
    """The viewer's hours by weekday, their time off and extra hours, and the clinic's closures, by time."""
    today = now.astimezone(own_zone(viewer)).date()
    still = or_(Availability.valid_until_on.is_(None), Availability.valid_until_on >= today)
    with db.reading() as session:
        rows = session.scalars(_own(viewer).where(still)).all()
        exceptions = session.scalars(
            select(HoursException)
            .where(
                or_(HoursException.therapist_id == viewer.account_id, HoursException.therapist_id.is_(None)),
                HoursException.ends_at > now,
            )
            .order_by(HoursException.starts_at, HoursException.id)
        ).all()
        return OwnHours(
            weekly=tuple(_stretch(row) for row in rows),
            special=tuple(special_of(row) for row in exceptions if row.therapist_id is not None),
            closures=tuple(closure_of(row) for row in exceptions if row.therapist_id is None),
        )


@allowed(Permission.HOURS_MANAGE)
def add_hours(viewer: Viewer, draft: StretchDraft, now: datetime) -> None:
    """Add the same hours to each of the weekdays. The very same again is once.

    Raises:
        InvalidInput: a field to put right; no day was added.
    """
    problems = _problems_with_stretch(draft, now.astimezone(own_zone(viewer)).date())
    if not draft.weekdays:
        problems["weekdays"] = "Choose one day or more."
    if problems:
        raise InvalidInput(problems)
    with db.unit_of_work() as session:
        lock_hours(session, viewer)
        kept = [_stretch(row) for row in session.scalars(_own(viewer))]
        for weekday in sorted(set(draft.weekdays)):
            wanted = _as_kept(draft, weekday)
            if any(_same(wanted, other) for other in kept):
                continue
            _refuse_overlap(wanted, kept)
            added = Availability(therapist_id=viewer.account_id, **_columns(wanted))
            session.add(added)
            record(session, now, viewer.account_id, "hours.add", object_id=added.public_id)


@allowed(Permission.HOURS_MANAGE)
def change_hours(viewer: Viewer, hours_id: str, draft: StretchDraft, now: datetime) -> None:
    """Give one stretch of hours other times or dates; its weekday stays. Booked sessions stay.

    Raises:
        NotFound: missing, or somebody else's.
        InvalidInput: a field to put right; nothing changed.
    """
    problems = _problems_with_stretch(draft, now.astimezone(own_zone(viewer)).date())
    with db.unit_of_work() as session:
        lock_hours(session, viewer)
        rows = session.scalars(_own(viewer)).all()
        row = next((row for row in rows if row.public_id == hours_id), None)
        if row is None:
            raise NotFound()
        if problems:
            raise InvalidInput(problems)
        wanted = _as_kept(draft, row.weekday)
        _refuse_overlap(wanted, [_stretch(other) for other in rows if other is not row])
        for name, value in _columns(wanted).items():
            setattr(row, name, value)
        record(session, now, viewer.account_id, "hours.change", object_id=hours_id)


@allowed(Permission.HOURS_MANAGE)
def remove_hours(viewer: Viewer, hours_id: str, now: datetime) -> None:
    """Take one stretch of hours away. Booked sessions stay.

    Raises:
        NotFound: missing, or somebody else's.
    """
    with db.unit_of_work() as session:
        row = session.scalars(_own(viewer).where(Availability.public_id == hours_id)).first()
        if row is None:
            raise NotFound()
        session.delete(row)
        record(session, now, viewer.account_id, "hours.remove", object_id=hours_id)


def _problems_with_stretch(draft: StretchDraft, today: date) -> dict[str, str]:
    problems: dict[str, str] = {}
    begins, ends = draft.start_minute, draft.end_minute
    if begins is None or not 0 <= begins < DAY_MINUTES:
        problems["start"] = "Enter the time the hours begin."
    if ends is None or not 0 < ends <= DAY_MINUTES:
        problems["end"] = "Enter the time the hours end."
    if not problems and begins is not None and ends is not None and ends <= begins:
        problems["end"] = (
            "The end is not after the start. For hours past midnight, add the second day by itself."
        )
    if any(day not in range(7) for day in draft.weekdays):
        problems["weekdays"] = "Choose days from Monday to Sunday."
    first, last = draft.valid_from_on, draft.valid_until_on
    if first is not None and last is not None and last < first:
        problems["valid_until_on"] = "The last day is before the first. Choose a later last day."
    elif last is not None and last < today:
        problems["valid_until_on"] = "That day is over. Choose a day from today on, or leave it empty."
    return problems


def _refuse_overlap(wanted: Stretch, kept: list[Stretch]) -> None:
    for other in kept:
        both_hold = _first(wanted) <= _last(other) and _first(other) <= _last(wanted)
        meet = wanted.start_minute < other.end_minute and other.start_minute < wanted.end_minute
        if wanted.weekday == other.weekday and both_hold and meet:
            raise InvalidInput(
                {
                    "start": f"You have hours on {WEEKDAYS[other.weekday]} from {typed(other.start_minute)} "
                    f"to {typed(other.end_minute)} already. Change those, or choose times beside them."
                }
            )


def typed(minute: int) -> str:
    """A minute of the day as one types it: "9:00", "24:00"."""
    return f"{minute // 60}:{minute % 60:02d}"


def _first(stretch: Stretch) -> date:
    return stretch.valid_from_on or date.min


def _last(stretch: Stretch) -> date:
    return stretch.valid_until_on or date.max


def _same(one: Stretch, other: Stretch) -> bool:
    return _columns(one) == _columns(other)


def _as_kept(draft: StretchDraft, weekday: int) -> Stretch:
    assert draft.start_minute is not None
    assert draft.end_minute is not None
    return Stretch(
        "", weekday, draft.start_minute, draft.end_minute, draft.valid_from_on, draft.valid_until_on
    )


def _columns(stretch: Stretch) -> dict[str, object]:
    return {name: value for name, value in vars(stretch).items() if name != "public_id"}


def _stretch(row: Availability) -> Stretch:
    return Stretch(
        row.public_id, row.weekday, row.start_minute, row.end_minute, row.valid_from_on, row.valid_until_on
    )


def _own(viewer: Viewer) -> Select[Availability]:
    return (
        select(Availability)
        .where(Availability.therapist_id == viewer.account_id)
        .order_by(Availability.weekday, Availability.start_minute, Availability.valid_from_on)
    )
