"""When a check-in reminder is due: a minute of the client's own day, also where the clocks change. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.records.reminder_time import LATE, Asked, due_on

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]


def _asked(minute: int, since_at: datetime = LONG_AGO, asked_on: date | None = None, **more) -> Asked:
    return Asked(minute, since_at, more.get("paused", False), more.get("until"), asked_on)


def _local(day: str, clock: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def _sent(asked: Asked, zone: str, start: datetime, hours: int) -> list[datetime]:
    """When it goes out, looked at every five minutes by a portal that writes down the day it asked."""
    sent, asked_on = [], asked.asked_on
    for step in range(hours * 12):
        now = start + timedelta(minutes=5 * step)
        day = due_on(
            Asked(asked.minute, asked.since_at, asked.paused, asked.paused_until_on, asked_on), zone, now
        )
        if day is not None:
            asked_on = day
            sent.append(now)
    return sent


def test_it_stays_the_same_time_of_day_when_the_clocks_change() -> None:
    zone = "Europe/London"
    for first in ("2026-03-27", "2026-10-23"):  # the clocks change on the Sunday after
        start = _local(first, "12:00:00", zone)
        sent = _sent(_asked(20 * 60), zone, start, 24 * 4)
        assert [at.astimezone(ZoneInfo(zone)).strftime("%H:%M") for at in sent] == ["20:00"] * 4


@pytest.mark.parametrize(
    ("zone", "day", "skip"),
    [
        ("Europe/London", "2026-03-29", "01:00:00"),
        ("America/New_York", "2026-03-08", "02:00:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:00:00"),  # by half an hour
    ],
)
def test_a_minute_that_the_clocks_skip_is_sent_as_they_do(zone: str, day: str, skip: str) -> None:
    hour = int(skip[:2])
    start = _local(day, f"{hour - 1:02d}:00:00", zone)
    [at] = _sent(_asked(hour * 60 + 15), zone, start, 12)
    assert at == start + timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "day", "clock"),
    [("Europe/London", "2026-10-25", "01:30:00"), ("America/New_York", "2026-11-01", "01:30:00")],
)
def test_a_minute_that_comes_twice_is_sent_the_first_time_alone(zone: str, day: str, clock: str) -> None:
    first = _local(day, clock, zone)
    assert _local(day, clock, zone, fold=1) == first + timedelta(hours=1)
    assert _sent(_asked(90), zone, first - timedelta(hours=3), 12) == [first]


def test_a_minute_that_comes_twice_is_still_caught_up_while_it_comes_again() -> None:
    again = _local("2026-10-25", "01:10:00", "Europe/London", fold=1)  # 1:50 was 20 minutes ago
    assert due_on(_asked(110), "Europe/London", again) == date(2026, 10, 25)


def test_after_a_stop_it_is_sent_within_two_hours_and_then_not_at_all() -> None:
    zone, at = "Europe/London", _local("2026-03-02", "22:30:00", "Europe/London")
    asked = _asked(22 * 60 + 30)
    assert due_on(asked, zone, at - timedelta(seconds=1)) is None
    assert due_on(asked, zone, at) == date(2026, 3, 2)
    assert due_on(asked, zone, at + LATE) == date(2026, 3, 2)  # half past midnight: still that evening's
    assert due_on(asked, zone, at + LATE + timedelta(seconds=1)) is None


def test_a_day_is_asked_once_and_never_before_it_was_wanted() -> None:
    zone, at = "Europe/London", _local("2026-03-02", "20:00:00", "Europe/London")
    assert due_on(_asked(1200, asked_on=date(2026, 3, 2)), zone, at) is None
    assert due_on(_asked(1200, asked_on=date(2026, 3, 1)), zone, at) == date(2026, 3, 2)
    assert due_on(_asked(1200, since_at=at + timedelta(seconds=1)), zone, at + timedelta(minutes=1)) is None


def test_a_pause_ends_as_its_day_begins() -> None:
    zone, at = "Europe/London", _local("2026-03-02", "20:00:00", "Europe/London")
    assert due_on(_asked(1200, paused=True), zone, at) is None
    assert due_on(_asked(1200, paused=True, until=date(2026, 3, 3)), zone, at) is None
    assert due_on(_asked(1200, paused=True, until=date(2026, 3, 2)), zone, at) == date(2026, 3, 2)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(0, 1439),
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_within_a_day_and_its_night_it_is_due_once_a_local_day(
    zone: str, minute: int, start: datetime
) -> None:
    sent = _sent(_asked(minute), zone, start, 48)
    days = [at.astimezone(ZoneInfo(zone)).date() for at in sent]
    assert 1 <= len(sent) <= 3
    assert days == sorted(days)
