"""Which times are free, across every kind of clock. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.scheduling.slots import HORIZON, MINIMUM_NOTICE, Span, WeeklyHours, free_spans, instant

WEEKDAYS = [WeeklyHours(day, 9 * 60, 17 * 60) for day in range(5)]
NIGHT = [WeeklyHours(day, 0, 4 * 60) for day in range(7)]
ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


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
    offered = free_spans(WEEKDAYS, zone, length, taken, now)
    for span in offered:
        assert span.ends_at - span.starts_at == timedelta(minutes=length)
        assert now + MINIMUM_NOTICE <= span.starts_at <= now + HORIZON
        assert not any(span.overlaps(other) for other in taken)
        starts, ends = (at.astimezone(ZoneInfo(zone)) for at in (span.starts_at, span.ends_at))
        assert starts.weekday() < 5
        assert starts.hour * 60 + starts.minute >= 9 * 60
        assert ends.hour * 60 + ends.minute <= 17 * 60
    assert len({span.starts_at for span in offered}) == len(offered)
    assert offered == sorted(offered, key=lambda span: span.starts_at)


def test_a_day_of_50_minute_sessions_begins_on_the_hour() -> None:
    first_day = [
        s.starts_at for s in free_spans(WEEKDAYS, "UTC", 50, (), NOW) if s.starts_at.date() == NOW.date()
    ]
    assert [at.strftime("%H:%M") for at in first_day] == [f"{hour:02}:00" for hour in range(9, 17)]


def test_sessions_may_touch_but_not_overlap() -> None:
    taken = [Span(NOW.replace(hour=10), NOW.replace(hour=11))]
    offered = {s.starts_at.strftime("%d %H:%M") for s in free_spans(WEEKDAYS, "UTC", 60, taken, NOW)}
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
    offered = free_spans(NIGHT, zone, 60, (), spring)
    local = [s.starts_at.astimezone(ZoneInfo(zone)) for s in offered]
    on_the_day = [at.hour * 60 for at in local if at.date() == skipped[0]]
    assert skipped[1] not in on_the_day
    assert on_the_day
    autumn = datetime.combine(doubled[0], datetime.min.time(), UTC) - timedelta(days=2)
    offered = free_spans(NIGHT, zone, 60, (), autumn)
    local = [s.starts_at.astimezone(ZoneInfo(zone)) for s in offered]
    on_the_day = [at.hour * 60 for at in local if at.date() == doubled[0]]
    assert on_the_day.count(doubled[1]) == 1


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York"])
@pytest.mark.parametrize("now", [datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 10, 20, tzinfo=UTC)])
def test_nine_stays_nine_across_the_change(zone: str, now: datetime) -> None:
    starts = {
        s.starts_at.astimezone(ZoneInfo(zone)).strftime("%H:%M")
        for s in free_spans(WEEKDAYS, zone, 60, (), now)
    }
    assert starts == {f"{hour:02}:00" for hour in range(9, 17)}
    offsets = {
        s.starts_at.astimezone(ZoneInfo(zone)).utcoffset() for s in free_spans(WEEKDAYS, zone, 60, (), now)
    }
    assert len(offsets) == 2, "the horizon spans the change"


def test_hours_hold_from_and_until_their_days() -> None:
    hours = [WeeklyHours(0, 540, 600, date(2026, 3, 9), date(2026, 3, 16))]
    days = {s.starts_at.date() for s in free_spans(hours, "UTC", 60, (), NOW)}
    assert days == {date(2026, 3, 9), date(2026, 3, 16)}


def test_a_session_longer_than_the_hours_is_never_offered() -> None:
    assert free_spans([WeeklyHours(0, 540, 600)], "UTC", 60, (), NOW)
    assert free_spans([WeeklyHours(0, 540, 600)], "UTC", 61, (), NOW) == []
