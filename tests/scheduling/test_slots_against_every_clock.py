"""The slots beside an oracle that looks at every minute, over all zones and both kinds of clock change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.scheduling.intervals import Span
from clinic.scheduling.slots import Hours, Length, Limits, WeeklyHours, free_spans

MINUTE = timedelta(minutes=1)
ZONES = sorted(zone for zone in available_timezones() if zone not in ("localtime", "Factory"))
YEARS = range(2010, 2031)


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """The days, as UTC midnights, in which the zone's clocks change; one ordinary day where none do."""
    tz = ZoneInfo(zone)
    days = (datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=n) for year in YEARS for n in range(365))
    found = [
        day
        for day in days
        if day.astimezone(tz).utcoffset() != (day + timedelta(days=1)).astimezone(tz).utcoffset()
    ]
    return tuple(found) or (datetime(2026, 3, 2, tzinfo=UTC),)


def oracle(
    hours: Hours, length: Length, limits: Limits, now: datetime, busy: Iterable[Span], booked: list[datetime]
) -> list[datetime]:
    """Starts, found by asking each minute by itself what the clock on the wall says."""
    tz = ZoneInfo(hours.zone)
    begin = now - timedelta(days=3)
    count = int((limits.horizon + timedelta(days=7)) / MINUTE)
    minutes = [begin + n * MINUTE for n in range(count)]
    walls = [minute.astimezone(tz) for minute in minutes]
    naive = [wall.replace(tzinfo=None) for wall in walls]

    def first_showing(day: date, minute: int) -> int:
        target = datetime.combine(day, time()) + timedelta(minutes=minute)
        # Clocks may go back: the first minute of all that shows the time or a later one.
        return next((n for n, shown in enumerate(naive) if shown >= target), count)

    is_open = [False] * count
    days = sorted({shown.date() for shown in naive})
    for day in days[1:-1]:
        for held in hours.weekly:
            if held.holds_on(day):
                for n in range(first_showing(day, held.start_minute), first_showing(day, held.end_minute)):
                    is_open[n] = True
    for n, minute in enumerate(minutes):
        is_open[n] |= any(span.starts_at <= minute < span.ends_at for span in hours.extra)
        is_open[n] &= not any(span.starts_at <= minute < span.ends_at for span in hours.off)
    taken = [any(span.starts_at <= minute < span.ends_at for span in busy) for minute in minutes]
    found = []
    for n, minute in enumerate(minutes):
        if not now + limits.notice <= minute <= now + limits.horizon or walls[n].fold:
            continue
        wall = walls[n].hour * 60 + walls[n].minute
        day = walls[n].date()
        on_grid = any(
            held.holds_on(day)
            and held.start_minute <= wall < held.end_minute
            and (wall - held.start_minute) % length.step_minutes == 0
            for held in hours.weekly
        ) or any(
            (extra := span.starts_at.astimezone(tz)).date() == day
            and span.starts_at <= minute < span.ends_at
            and (wall - extra.hour * 60 - extra.minute) % length.step_minutes == 0
            for span in hours.extra
        )
        if not on_grid or not all(is_open[n : n + length.minutes]):
            continue
        if any(taken[n - length.before_minutes : n + length.minutes + length.after_minutes]):
            continue
        same_day = sum(at.astimezone(tz).date() == day for at in booked)
        if limits.daily is None or same_day < limits.daily:
            found.append(minute)
    return found


@st.composite
def cases(draw: st.DrawFn) -> tuple[Hours, Length, Limits, datetime, list[Span], list[datetime]]:
    zone = draw(st.sampled_from(ZONES))
    change = draw(st.sampled_from(changes(zone)))
    now = change - timedelta(minutes=draw(st.integers(0, 36 * 60)))

    def spans(most: int, longest: int) -> list[Span]:
        pairs = draw(
            st.lists(st.tuples(st.integers(-12 * 60, 4 * 24 * 60), st.integers(1, longest)), max_size=most)
        )
        return [Span(now + start * MINUTE, now + (start + minutes) * MINUTE) for start, minutes in pairs]

    weekly = []
    for weekday in range(7):
        if draw(st.booleans()):
            start = draw(st.integers(0, 23 * 60))
            weekly.append(WeeklyHours(weekday, start, draw(st.integers(start + 1, 24 * 60))))
    length = Length(
        draw(st.integers(5, 120)), draw(st.sampled_from([0, 0, 5, 15])), draw(st.sampled_from([0, 0, 10, 30]))
    )
    limits = Limits(
        timedelta(minutes=draw(st.integers(0, 24 * 60))),
        timedelta(hours=draw(st.integers(1, 72))),
        draw(st.sampled_from([None, None, 1, 2])),
    )
    booked = [span.starts_at for span in spans(4, 60)]
    return Hours(zone, weekly, (), spans(2, 600)), length, limits, now, spans(5, 300), booked


@settings(max_examples=120, deadline=None)
@given(cases())
def test_the_slots_are_those_that_a_look_at_every_minute_finds(
    case: tuple[Hours, Length, Limits, datetime, list[Span], list[datetime]],
) -> None:
    hours, length, limits, now, busy, booked = case
    offered = free_spans(hours, length, limits, now, busy=busy, sessions=booked)
    assert [span.starts_at for span in offered] == oracle(hours, length, limits, now, busy, booked)
    assert {span.ends_at - span.starts_at for span in offered} <= {timedelta(minutes=length.minutes)}
