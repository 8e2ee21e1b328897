"""Instants as people read them, on screens and in mails: in their own zone, with the zone said. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def day_of(at: datetime, zone: str) -> date:
    """The local day an instant falls on."""
    return at.astimezone(ZoneInfo(zone)).date()


def clock(at: datetime, zone: str) -> str:
    """ "2:30 pm"; noon and midnight by name, because 12 am and 12 pm are mixed up."""
    local = at.astimezone(ZoneInfo(zone))
    if local.minute == 0 and local.hour in (0, 12):
        return "midnight" if local.hour == 0 else "12 noon"
    return f"{local.hour % 12 or 12}:{local.minute:02d} {'am' if local.hour < 12 else 'pm'}"


def minute_of_day(minute: int) -> str:
    """The same for a minute of a local day, 0 to 1440."""
    return clock(datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minute), "UTC")


def long_day(day: date) -> str:
    """ "Thursday 12 November 2026"."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def short_day(day: date) -> str:
    """ "Thu 12 Nov"."""
    return f"{day:%a} {day.day} {day:%b}"


def moment(at: datetime, zone: str) -> str:
    """ "Thursday 12 November 2026, 2:30 pm"."""
    return f"{long_day(day_of(at, zone))}, {clock(at, zone)}"


def zone_words(zone: str) -> str:
    """ "London time" for Europe/London."""
    return f"{zone.rsplit('/', 1)[-1].replace('_', ' ')} time"
