"""Busy times from a therapist's other calendar: the events of an uploaded .ics file, as time off.

Only when they are is read: not what they are called, nor where, nor with whom.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event, vRecur
from icalendar.error import InvalidCalendar
from sqlalchemy import select

import db
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.intervals import Span
from clinic.scheduling.spoken import day_of, long_day
from clinic.scheduling.wall_clock import reached
from db.tables import Account, HoursException

LARGEST_BYTES = 200_000
MOST_EVENTS = 500
_DAY = timedelta(days=1)
# A file's own definition of a zone is not used: what it calls Vienna would be anybody's Vienna from then on.
_ZONES = re.compile(
    r"^BEGIN:VTIMEZONE\b.*?^END:VTIMEZONE\b[^\n]*\n?", re.MULTILINE | re.DOTALL | re.IGNORECASE
)


class _Unreadable(Exception):
    """An event that cannot be time off, with the sentence that says why."""


def read_calendar(data: bytes, zone: str, first_on: date, last_on: date) -> tuple[list[Span], list[str]]:
    """The busy times from one local day of `zone` to another, both included, in order; and a sentence for
    each event that cannot be read. Pure.

    Times without a zone are of `zone`; whole days are its days. Events marked as free or cancelled are no
    busy time.
    """
    if len(data) > LARGEST_BYTES:
        return [], [
            f"This file is larger than {LARGEST_BYTES // 1000} KB. Export a shorter time and try again."
        ]
    events = _events(data)
    if events is None:
        return [], ["This is not a calendar file. Choose one whose name ends in .ics."]
    if len(events) > MOST_EVENTS:
        return [], [f"This file has more than {MOST_EVENTS} events. Export a shorter time and try again."]
    wanted = Span(reached(first_on, 0, zone), reached(last_on + _DAY, 0, zone))
    spans, problems = set(), []
    for number, event in enumerate(events, start=1):
        if str(event.get("transp", "")).upper() == "TRANSPARENT" or event.get("status") == "CANCELLED":
            continue
        try:
            span = _span(event, zone, wanted)
        except _Unreadable as error:
            problems.append(f"Event {number}{error}")
            continue
        if span is not None:
            spans.add(span)
    return sorted(spans), problems


@allowed(Permission.HOURS_MANAGE)
def add_time_off_from(viewer: Viewer, data: bytes, first_on: date, last_on: date, now: datetime) -> int:
    """Add the busy times that `read_calendar` finds as the viewer's own time off, all or none; returns how
    many are new. What is there already is not added again. What cannot be read is left out: the preview
    said so."""
    spans, _ = read_calendar(data, viewer.zone, first_on, last_on)
    with db.unit_of_work() as session:
        # One import after the other: the same file in two tabs is added once.
        session.execute(
            select(Account.id).where(Account.id == viewer.account_id).with_for_update(key_share=True)
        )
        rows = session.execute(
            select(HoursException.starts_at, HoursException.ends_at).where(
                HoursException.therapist_id == viewer.account_id, HoursException.kind == "off"
            )
        )
        known = {Span(starts_at, ends_at) for starts_at, ends_at in rows}
        new = [span for span in spans if span not in known]
        for span in new:
            session.add(
                HoursException(
                    therapist_id=viewer.account_id, kind="off", starts_at=span.starts_at, ends_at=span.ends_at
                )
            )
        if new:
            record(session, now, viewer.account_id, "hours.import", object_id=viewer.public_id)
    return len(new)


def _events(data: bytes) -> list[Event] | None:
    """The file's events; None where it is no calendar."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        calendars = Calendar.from_ical(_ZONES.sub("", text), multiple=True)
    except (ValueError, IndexError, InvalidCalendar):
        return None
    if not calendars or any(not isinstance(calendar, Calendar) for calendar in calendars):
        return None
    return [event for calendar in calendars for event in calendar.walk("VEVENT") if isinstance(event, Event)]


def _span(event: Event, zone: str, wanted: Span) -> Span | None:
    """When the event is; None where that is outside `wanted`.

    Raises:
        _Unreadable: it cannot be said.
    """
    starts = _value(event, "dtstart")
    if starts is None:
        raise _Unreadable(" has no start that can be read.")
    starts_at = _instant(starts, event, "dtstart", zone, "")
    on = f", {long_day(day_of(starts_at, zone))},"
    if event.get("rrule") or event.get("rdate"):
        if _ended_before(event, wanted.starts_at):
            return None
        raise _Unreadable(f"{on} repeats. Only single events are read: add this one by hand.")
    ends_at = _end(event, starts, starts_at, zone, on)
    if ends_at <= starts_at:
        raise _Unreadable(f"{on} does not end after it begins.")
    span = Span(starts_at, ends_at)
    return span if span.overlaps(wanted) else None


def _end(event: Event, starts: date, starts_at: datetime, zone: str, on: str) -> datetime:
    ends, lasts = _value(event, "dtend"), _value(event, "duration")
    if ends is not None:
        return _instant(ends, event, "dtend", zone, on)
    if isinstance(lasts, timedelta):
        return starts_at + lasts
    if event.get("dtend") is None and not isinstance(starts, datetime):
        return reached(starts + _DAY, 0, zone)  # a day alone is the whole of it (RFC 5545, 3.6.1)
    raise _Unreadable(f"{on} has no end.")


def _instant(said: date, event: Event, name: str, zone: str, on: str) -> datetime:
    """UTC."""
    if not isinstance(said, datetime):
        return reached(said, 0, zone)
    if said.tzinfo is not None:
        return said.astimezone(UTC)
    if "TZID" in event[name].params:
        raise _Unreadable(f"{on or f', {long_day(said.date())},'} is in a time zone that we don't know.")
    return reached(said.date(), said.hour * 60 + said.minute, zone)


def _value(event: Event, name: str) -> Any:
    """The date, instant or length of a property; None where it is not there, not readable or there twice."""
    return getattr(event.get(name), "dt", None) if name not in _broken(event) else None


def _broken(event: Event) -> set[str]:
    return {str(name).lower() for name, _ in event.errors if name}


def _ended_before(event: Event, moment: datetime) -> bool:
    """Whether a repeating event says that it ended before."""
    rule = event.get("rrule")
    until = rule.get("UNTIL") if isinstance(rule, vRecur) else None
    last = until[0] if until else None
    day = last.date() if isinstance(last, datetime) else last
    # Whatever its zone: two days before is over.
    return isinstance(day, date) and day < moment.date() - 2 * _DAY
