"""Hours, kinds of session and lengths of time, in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from clinic.scheduling.catalog import BookableBy, Modality
from clinic.scheduling.hours import WEEKDAYS, Stretch
from clinic.scheduling.wall_clock import DAY_MINUTES
from components.times import clock, day_of, long_day, short_day
from components.words import how

MODALITIES = {modality: how(modality).capitalize() for modality in Modality}
BOOKABLE_BY = {
    BookableBy.ANYONE: "Anyone",
    BookableBy.OWN_CLIENTS: "Clients, with their own therapist",
    BookableBy.STAFF: "Only staff, for a client",
}
MINUTES_OF = {"minutes": 1, "hours": 60, "days": DAY_MINUTES}


def minute_words(minute: int) -> str:
    """ "2:30 pm" for 870; the end of the day is midnight."""
    return clock(datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minute), "UTC")


def stretch_words(stretch: Stretch) -> str:
    """ "Monday, 9:00 am to 12 noon, until Fri 1 May"."""
    hours = f"{minute_words(stretch.start_minute)} to {minute_words(stretch.end_minute)}"
    words = f"{WEEKDAYS[stretch.weekday]}, {hours}"
    if stretch.valid_from_on is not None:
        words += f", from {dated(stretch.valid_from_on)}"
    return words if stretch.valid_until_on is None else f"{words}, until {dated(stretch.valid_until_on)}"


def dated(day: date) -> str:
    """ "Fri 1 May 2026"."""
    return f"{short_day(day)} {day.year}"


def span_words(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    """ "Monday 2 March 2026", "… to …" for whole days; else with the times."""
    first, last = day_of(starts_at, zone), day_of(ends_at - timedelta(microseconds=1), zone)
    whole = clock(starts_at, zone) == clock(ends_at, zone) == "midnight"
    if whole:
        return long_day(first) if first == last else f"{long_day(first)} to {long_day(last)}"
    end = clock(ends_at, zone) if first == last else f"{long_day(last)}, {clock(ends_at, zone)}"
    return f"{long_day(first)}, {clock(starts_at, zone)} to {end}"


def minutes_words(minutes: int) -> str:
    """ "2 days", "90 minutes", "1 hour": in the largest unit that is whole."""
    for unit in reversed(MINUTES_OF):
        size = MINUTES_OF[unit]
        if minutes and minutes % size == 0:
            count = minutes // size
            return f"{count} {unit[:-1] if count == 1 else unit}"
    return "0 minutes"
