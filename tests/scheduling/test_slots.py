"""Which times are free, across every kind of clock. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.scheduling.intervals import Span, clear_of, tidied, within, without
from clinic.scheduling.slots import Hours, Length, Limits, WeeklyHours, free_spans
from clinic.scheduling.wall_clock import instant, reached

WEEKDAYS = [WeeklyHours(day, 9 * 60, 17 * 60) for day in range(5)]
NIGHT = [WeeklyHours(day, 0, 4 * 60) for day in range(7)]
ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
LIMITS = Limits()


def free(
    weekly: list[WeeklyHours], zone: str, minutes: int, busy: Iterable[Span], now: datetime
) -> list[Span]:
    """What is offered under the ordinary limits, without buffers."""
    return free_spans(Hours(zone, weekly), Length(minutes), LIMITS, now, busy=busy)


@settings(max_examples=60, deadline=None)
@given(
    now=st.integers(0, 2 * 365 * 24 * 60).map(lambda minute: NOW + timedelta(minutes=minute)),
    zone=st.sampled_from(ZONES),
    length=st.integers(5, 120),
    busy=st.lists(st.tuples(st.integers(0, 28 * 24 * 60), st.integers(5, 300)), max_size=12),
)
def test_what_is_offered_is_inside_the_hours_free_and_in_time(
    now: datetime, zone: str, length: int, busy: list[tuple[int, int]]
) -> None:
    taken = [
        Span(now + timedelta(minutes=start), now + timedelta(minutes=start + minutes))
        for start, minutes in busy
    ]
    offered = free(WEEKDAYS, zone, length, taken, now)
    for span in offered:
        assert span.ends_at - span.starts_at == timedelta(minutes=length)
        assert now + LIMITS.notice <= span.starts_at <= now + LIMITS.horizon
        assert not any(span.overlaps(other) for other in taken)
        starts, ends = (at.astimezone(ZoneInfo(zone)) for at in (span.starts_at, span.ends_at))
        assert starts.weekday() < 5
        assert starts.hour * 60 + starts.minute >= 9 * 60
        assert ends.hour * 60 + ends.minute <= 17 * 60
    assert len({span.starts_at for span in offered}) == len(offered)
    assert offered == sorted(offered, key=lambda span: span.starts_at)


def test_a_day_of_50_minute_sessions_begins_on_the_hour() -> None:
    first_day = [s.starts_at for s in free(WEEKDAYS, "UTC", 50, (), NOW) if s.starts_at.date() == NOW.date()]
    assert [at.strftime("%H:%M") for at in first_day] == [f"{hour:02}:00" for hour in range(9, 17)]


def test_sessions_may_touch_but_not_overlap() -> None:
    taken = [Span(NOW.replace(hour=10), NOW.replace(hour=11))]
    offered = {s.starts_at.strftime("%d %H:%M") for s in free(WEEKDAYS, "UTC", 60, taken, NOW)}
    assert {"02 09:00", "02 11:00"} <= offered
    assert "02 10:00" not in offered


@pytest.mark.parametrize(
    ("zone", "skipped", "doubled"),
    [
        ("Europe/London", (date(2026, 3, 29), 60), (date(2026, 10, 25), 60)),
        ("America/New_York", (date(2026, 3, 8), 120), (date(2026, 11, 1), 60)),
    ],
)
def test_a_clock_change_skips_or_doubles_an_hour_and_neither_fools_it(
    zone: str, skipped: tuple[date, int], doubled: tuple[date, int]
) -> None:
    assert instant(*skipped, zone) is None
    spring = datetime.combine(skipped[0], datetime.min.time(), UTC) - timedelta(days=2)
    offered = free(NIGHT, zone, 60, (), spring)
    local = [s.starts_at.astimezone(ZoneInfo(zone)) for s in offered]
    on_the_day = [at.hour * 60 for at in local if at.date() == skipped[0]]
    assert skipped[1] not in on_the_day
    assert on_the_day
    autumn = datetime.combine(doubled[0], datetime.min.time(), UTC) - timedelta(days=2)
    offered = free(NIGHT, zone, 60, (), autumn)
    local = [s.starts_at.astimezone(ZoneInfo(zone)) for s in offered]
    on_the_day = [at.hour * 60 for at in local if at.date() == doubled[0]]
    assert on_the_day.count(doubled[1]) == 1


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York"])
@pytest.mark.parametrize("now", [datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 10, 20, tzinfo=UTC)])
def test_nine_stays_nine_across_the_change(zone: str, now: datetime) -> None:
    starts = {
        s.starts_at.astimezone(ZoneInfo(zone)).strftime("%H:%M") for s in free(WEEKDAYS, zone, 60, (), now)
    }
    assert starts == {f"{hour:02}:00" for hour in range(9, 17)}
    offsets = {s.starts_at.astimezone(ZoneInfo(zone)).utcoffset() for s in free(WEEKDAYS, zone, 60, (), now)}
    assert len(offsets) == 2, "the horizon spans the change"


def test_hours_hold_from_and_until_their_days() -> None:
    hours = [WeeklyHours(0, 540, 600, date(2026, 3, 9), date(2026, 3, 16))]
    days = {s.starts_at.date() for s in free(hours, "UTC", 60, (), NOW)}
    assert days == {date(2026, 3, 9), date(2026, 3, 16)}


def test_a_session_longer_than_the_hours_is_never_offered() -> None:
    assert free([WeeklyHours(0, 540, 600)], "UTC", 60, (), NOW)
    assert free([WeeklyHours(0, 540, 600)], "UTC", 61, (), NOW) == []


# Minutes of one hour as points: what the interval operations must agree with.
_POINTS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6)


def _spans(pairs: list[tuple[int, int]]) -> list[Span]:
    return [Span(NOW + timedelta(minutes=a), NOW + timedelta(minutes=b)) for a, b in pairs]


def _minutes(spans: list[Span]) -> set[int]:
    held: set[int] = set()
    for span in spans:
        held.update(
            range(
                int((span.starts_at - NOW) / timedelta(minutes=1)),
                int((span.ends_at - NOW) / timedelta(minutes=1)),
            )
        )
    return held


@given(_POINTS, _POINTS)
def test_interval_operations_are_those_of_sets_of_minutes(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    a, b = _spans(one), _spans(other)
    bounds = Span(NOW + timedelta(minutes=10), NOW + timedelta(minutes=40))
    for made, meant in (
        (tidied(a), _minutes(a)),
        (without(a, b), _minutes(a) - _minutes(b)),
        (within(a, bounds), _minutes(a) & _minutes([bounds])),
    ):
        assert _minutes(made) == meant
        # Tidy: in order, and apart from each other.
        assert all(x.ends_at < y.starts_at for x, y in pairwise(made))
    whole = [span for span in a if span.starts_at < span.ends_at]
    assert clear_of(whole, b) == sorted(span for span in whole if not _minutes([span]) & _minutes(b)), (
        "whole spans, each for itself"
    )


def test_hours_that_end_in_a_skipped_time_end_when_the_clocks_jump() -> None:
    # London, 29 March 2026: 1:00 becomes 2:00, at 1:00 UTC.
    jump = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert reached(date(2026, 3, 29), 90, "Europe/London") == jump
    assert reached(date(2026, 3, 29), 120, "Europe/London") == jump
    assert reached(date(2026, 3, 29), 59, "Europe/London") == jump - timedelta(minutes=1)


def test_buffers_keep_sessions_apart_and_a_full_day_offers_nothing() -> None:
    hours, length = Hours("UTC", WEEKDAYS), Length(50, before_minutes=5, after_minutes=5)
    booked = NOW.replace(hour=11)
    offered = [
        span.starts_at
        for span in free_spans(hours, length, LIMITS, NOW, busy=[length.blocks(booked)])
        if span.starts_at.date() == NOW.date()
    ]
    assert [at.hour for at in offered] == [9, 10, 12, 13, 14, 15, 16]
    narrow = Length(50, before_minutes=20)
    assert booked.replace(minute=15) not in [
        span.starts_at for span in free_spans(hours, narrow, LIMITS, NOW, busy=[length.blocks(booked)])
    ]
    full = free_spans(hours, length, Limits(daily=1), NOW, sessions=[booked])
    assert NOW.date() not in {span.starts_at.date() for span in full}
    assert full


def test_time_off_and_closures_close_and_extra_hours_open() -> None:
    sunday = datetime(2026, 3, 8, 10, 0, tzinfo=UTC)
    extra = Span(sunday, sunday + timedelta(hours=2))
    off = Span(NOW.replace(hour=9), NOW.replace(hour=12))
    hours = Hours("UTC", WEEKDAYS, extra=[extra], off=[off])
    offered = {span.starts_at for span in free_spans(hours, Length(60), LIMITS, NOW)}
    assert {sunday, sunday + timedelta(hours=1)} <= offered
    assert sunday + timedelta(hours=2) not in offered
    assert not {NOW.replace(hour=hour) for hour in (9, 10, 11)} & offered
    assert NOW.replace(hour=12) in offered
