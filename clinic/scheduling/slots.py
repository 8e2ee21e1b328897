"""Which times are free. Pure: weekly hours in a zone, busy spans in UTC, offers in UTC.

Weekly hours are wall-clock times in the therapist's zone, so "9:00" stays 9:00 across a clock
change; lengths are real minutes. A wall time that the clocks skip is not offered, and of one that
happens twice only the first is.

    open   = weekly hours + extra hours - time off - closures
    offers = starts on the grid whose session lies in one open span, whose session and buffers
             meet nothing busy, between notice and horizon, on a day that has room
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from clinic.scheduling.intervals import Span, tidied, without
from clinic.scheduling.wall_clock import DAY_MINUTES, instant, reached

GRID_MINUTES = 15
_MINUTES = [timedelta(minutes=minute) for minute in range(DAY_MINUTES + 1)]


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
class Hours:
    """When a therapist works. `extra` and `off` are UTC spans; closures of the clinic are among `off`."""

    zone: str
    weekly: Sequence[WeeklyHours]
    extra: Sequence[Span] = ()
    off: Sequence[Span] = ()


@dataclass(frozen=True)
class Length:
    """How long a session is, and how long its therapist stays free before and after it; real minutes."""

    minutes: int
    before_minutes: int = 0
    after_minutes: int = 0

    @property
    def step_minutes(self) -> int:
        """From one start on the grid to the next: the session and its buffers, up to the quarter hour."""
        whole = self.before_minutes + self.minutes + self.after_minutes
        return -(-whole // GRID_MINUTES) * GRID_MINUTES

    def session(self, starts_at: datetime) -> Span:
        return Span(starts_at, starts_at + timedelta(minutes=self.minutes))

    def blocks(self, starts_at: datetime) -> Span:
        """The session with its buffers: what nothing else of the therapist's may meet."""
        before, after = timedelta(minutes=self.before_minutes), timedelta(minutes=self.after_minutes)
        return self.session(starts_at).widened(before, after)


@dataclass(frozen=True)
class Limits:
    """How soon and how far ahead one may book, and how many sessions a local day holds (None: any)."""

    notice: timedelta = timedelta(hours=1)
    horizon: timedelta = timedelta(days=28)
    daily: int | None = None


def open_spans(hours: Hours, first: date, last: date) -> list[Span]:
    """When the therapist works from one local day to another, both included, tidy, UTC."""
    weekly = (
        Span(_reached(day, held.start_minute, hours.zone), _reached(day, held.end_minute, hours.zone))
        for day in _days(first, last)
        for held in hours.weekly
        if held.holds_on(day)
    )
    return without([*weekly, *hours.extra], hours.off)


def free_spans(
    hours: Hours,
    length: Length,
    limits: Limits,
    now: datetime,
    *,
    busy: Iterable[Span] = (),
    sessions: Iterable[datetime] = (),
) -> list[Span]:
    """Every session that can be offered, in order of time.

    Args:
        busy: what the therapist's session and its buffers may not meet: their appointments with the
            buffers of those, held offers, and the client's own sessions.
        sessions: starts of the therapist's booked sessions, for the daily limit.
    """
    tz = ZoneInfo(hours.zone)
    earliest, latest = now + limits.notice, now + limits.horizon
    first, last = earliest.astimezone(tz).date(), latest.astimezone(tz).date()
    opened, taken = open_spans(hours, first, last + timedelta(days=1)), tidied(busy)
    booked = Counter(at.astimezone(tz).date() for at in sessions) if limits.daily is not None else Counter()
    lasts, before, after = (
        timedelta(minutes=minutes)
        for minutes in (length.minutes, length.before_minutes, length.after_minutes)
    )
    found = []
    # Starts come in order of time, so each list is gone through once.
    in_open, in_taken = 0, 0
    for day, starts_at in _grid(hours, length, first, last):
        if not earliest <= starts_at <= latest or (limits.daily is not None and booked[day] >= limits.daily):
            continue
        ends_at = starts_at + lasts
        while in_open < len(opened) and opened[in_open].ends_at < ends_at:
            in_open += 1
        while in_taken < len(taken) and taken[in_taken].ends_at <= starts_at - before:
            in_taken += 1
        is_open = in_open < len(opened) and opened[in_open].starts_at <= starts_at
        if is_open and (in_taken == len(taken) or ends_at + after <= taken[in_taken].starts_at):
            found.append(Span(starts_at, ends_at))
    return found


def _grid(hours: Hours, length: Length, first: date, last: date) -> Iterator[tuple[date, datetime]]:
    """(local day, start) in order, each start once: steps from the beginning of each stretch of hours."""
    tz, step = ZoneInfo(hours.zone), length.step_minutes
    extra: dict[date, list[int]] = {}
    for span in hours.extra:
        local = span.starts_at.astimezone(tz)
        until = -(-(span.ends_at - span.starts_at) // timedelta(minutes=1))
        begins = local.hour * 60 + local.minute
        extra.setdefault(local.date(), []).extend(range(begins, min(begins + until, DAY_MINUTES), step))
    for day in _days(first, last):
        minutes = set(extra.get(day, ()))
        for held in hours.weekly:
            if held.holds_on(day):
                minutes.update(range(held.start_minute, held.end_minute, step))
        if not minutes:
            continue
        midnight = _even_day(day, tz)
        for minute in sorted(minutes):
            starts_at = instant(day, minute, hours.zone) if midnight is None else midnight + _MINUTES[minute]
            if starts_at is not None:
                yield day, starts_at


def _reached(day: date, minute: int, zone: str) -> datetime:
    midnight = _even_day(day, ZoneInfo(zone))
    return midnight + _MINUTES[minute] if midnight is not None else reached(day, minute, zone)


@lru_cache(maxsize=8192)  # years of days in a few zones
def _even_day(day: date, tz: ZoneInfo) -> datetime | None:
    """The instant a local day of 24 even hours begins; None for a day on which the clocks change."""
    begins, ends = (
        datetime.combine(each, time(), tz).astimezone(UTC) for each in (day, day + timedelta(days=1))
    )
    return begins if ends - begins == timedelta(days=1) else None


def _days(first: date, last: date) -> Iterator[date]:
    for back in range((last - first).days + 1):
        yield first + timedelta(days=back)
