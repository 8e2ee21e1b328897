"""Who waits for which times: wall-clock wishes against instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.scheduling.intervals import Span
from clinic.scheduling.waiting import OfferState, Wish, problems_with, state_of, suits

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _at(text: str, zone: str = "Europe/Vienna", minutes: int = 50) -> Span:
    starts_at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return Span(starts_at, starts_at + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ("2026-03-03T09:00", True),
        ("2026-03-03T11:10", True),
        ("2026-03-03T11:11", False),
        ("2026-03-03T08:59", False),
        ("2026-03-02T10:00", False),
        ("2026-03-05T10:00", True),
    ],
)
def test_the_whole_session_lies_within_the_wish(when: str, fits: bool) -> None:
    tuesdays_and_thursdays = Wish("13", 9 * 60, 12 * 60, "Europe/Vienna")
    assert suits(tuesdays_and_thursdays, _at(when)) is fits


def test_the_day_and_the_hour_are_the_clients_own() -> None:
    """Tuesday 4:00 in Vienna is Monday 10 pm in New York."""
    span = _at("2026-03-03T04:00")
    assert suits(Wish("0", 22 * 60, 24 * 60, "America/New_York"), span)
    assert not suits(Wish("1", 0, 24 * 60, "America/New_York"), span)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-10-25"])
def test_a_wish_stays_at_its_wall_clock_time_across_a_clock_change(day: str) -> None:
    wish = Wish("56", 9 * 60, 10 * 60, "Europe/Vienna")
    assert suits(wish, _at(f"{day}T09:00"))
    assert not suits(wish, _at(f"{day}T08:00"))
    assert not suits(wish, _at(f"{day}T10:00"))


def test_a_session_over_the_skipped_hour_is_judged_by_its_end() -> None:
    """1:30 to 3:20 on the clock, fifty minutes in truth."""
    over = _at("2026-03-29T01:30")
    assert not suits(Wish("6", 60, 3 * 60, "Europe/Vienna"), over)
    assert suits(Wish("6", 60, 3 * 60 + 20, "Europe/Vienna"), over)


@given(
    zone=st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})),
    day=st.dates(date(2025, 1, 1), date(2028, 12, 31)),
    minute=st.integers(0, 23 * 60),
    length=st.integers(5, 60),
)
def test_all_day_suits_every_session_that_ends_that_day(
    zone: str, day: date, minute: int, length: int
) -> None:
    tz = ZoneInfo(zone)
    starts_at = datetime.combine(day, time(minute // 60, minute % 60), tz).astimezone(UTC)
    span = Span(starts_at, starts_at + timedelta(minutes=length))
    begins, last = (at.astimezone(tz) for at in (starts_at, span.ends_at - timedelta(seconds=1)))
    wish = Wish(str(begins.weekday()), 0, 24 * 60, zone)
    assert suits(wish, span) is (begins.date() == last.date())
    assert not suits(Wish(str((begins.weekday() + 1) % 7), 0, 24 * 60, zone), span)


def test_an_offer_is_open_until_it_is_taken_or_over() -> None:
    until = NOW + timedelta(hours=2)
    assert state_of(until, None, False, until - timedelta(seconds=1)) is OfferState.OPEN
    assert state_of(until, None, False, until) is OfferState.PAST
    assert state_of(until, NOW, True, NOW) is OfferState.YOURS
    assert state_of(until, NOW, False, until) is OfferState.TAKEN


@pytest.mark.parametrize(
    ("weekdays", "begins", "ends", "field"),
    [
        ("", 540, 720, "weekdays"),
        ("07", 540, 720, "weekdays"),
        ("0", 720, 720, "until"),
        ("0", 720, 540, "until"),
        ("0", -1, 540, "until"),
        ("0", 540, 1441, "until"),
        ("0", 540, 589, "until"),
    ],
)
def test_a_wish_that_no_session_meets_is_said(weekdays: str, begins: int, ends: int, field: str) -> None:
    assert list(problems_with(weekdays, begins, ends, 50)) == [field]
    assert problems_with("0", 540, 590, 50) == {}
