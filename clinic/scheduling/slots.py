"""Which times are free. Pure: weekly hours in a zone, busy spans in UTC, offers in UTC.

Weekly hours are wall-clock times in the therapist's zone, so "9:00" stays 9:00 across a clock
change; lengths are real minutes. A wall time that the clocks skip is not offered, and of one that
happens twice only the first is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINIMUM_NOTICE = timedelta(hours=1)  # a therapist needs to see a booking before it begins
HORIZON = timedelta(days=28)
GRID_MINUTES = 15


@dataclass(frozen=True)
class WeeklyHours:
    """Hours on one weekday (0 Monday) from `start_minute` to `end_minute` of the local day (0-1440)."""

    weekday: int
    start_minute: int
    end_minute: int
    valid_from_on: date | None = None
    valid_until_on: date | None = None

    def holds_on(self, day: date) -> bool:
        return (
            day.weekday() == self.weekday
            and (self.valid_from_on is None or self.valid_from_on <= day)
            and (self.valid_until_on is None or day <= self.valid_until_on)
        )


@dataclass(frozen=True)
class Span:
    """A stretch of time, UTC, end not included."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: Span) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def free_spans(
    hours: Sequence[WeeklyHours], zone: str, length_minutes: int, busy: Iterable[Span], now: datetime
) -> list[Span]:
    """Every bookable span of `length_minutes` between the notice and the horizon, in order of time.

    Starts lie on a grid from the beginning of the hours: the length, rounded up to a quarter hour.
    """
    earliest, latest = now + MINIMUM_NOTICE, now + HORIZON
    taken = sorted(busy, key=lambda span: span.starts_at)
    step = -(-length_minutes // GRID_MINUTES) * GRID_MINUTES
    found: dict[datetime, Span] = {}
    day, last = earliest.astimezone(ZoneInfo(zone)).date(), latest.astimezone(ZoneInfo(zone)).date()
    while day <= last:
        for held in hours:
            if not held.holds_on(day):
                continue
            closes_at = instant(day, held.end_minute, zone)
            for minute in range(held.start_minute, held.end_minute, step):
                starts_at = instant(day, minute, zone)
                if starts_at is None or not earliest <= starts_at <= latest:
                    continue
                span = Span(starts_at, starts_at + timedelta(minutes=length_minutes))
                # A close that the clocks skip: fall back to the wall-clock length of the hours.
                ends = closes_at or starts_at + timedelta(minutes=held.end_minute - minute)
                if span.ends_at <= ends and not any(span.overlaps(other) for other in taken):
                    found[starts_at] = span
        day += timedelta(days=1)
    return [found[start] for start in sorted(found)]


def instant(day: date, minute: int, zone: str) -> datetime | None:
    """The UTC instant of a wall-clock minute (0-1440) of a local day; None where the clocks skip it."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    at = local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    # A skipped time does not come back as itself.
    return at if at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local else None
