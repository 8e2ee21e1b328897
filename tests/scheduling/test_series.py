"""The dates of a series: the same time on the wall, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.errors import InvalidInput
from clinic.scheduling.series import MOST, Occurrence, occurrences
from tests.scheduling.test_slots_against_every_clock import ZONES, changes

VIENNA = ZoneInfo("Europe/Vienna")


def test_nine_oclock_stays_nine_oclock_across_both_changes_of_the_year() -> None:
    first = datetime(2026, 3, 17, 9, 0, tzinfo=VIENNA)
    found = occurrences(first, "Europe/Vienna", 1, times=35)
    assert {one.starts_at.astimezone(VIENNA).strftime("%a %H:%M") for one in found if one.starts_at} == {
        "Tue 09:00"
    }
    hours = [one.starts_at.hour for one in found if one.starts_at]
    assert (hours[0], hours[2], hours[-1]) == (8, 7, 8), "UTC, as the clocks change"


def test_a_time_that_the_clocks_skip_is_a_date_without_an_instant() -> None:
    first = datetime(2026, 3, 22, 2, 30, tzinfo=VIENNA)
    found = occurrences(first, "Europe/Vienna", 1, times=3)
    assert [one.starts_at is None for one in found] == [False, True, False]
    assert found[1] == Occurrence(date(2026, 3, 29), None)


def test_a_time_that_the_clocks_repeat_is_its_first() -> None:
    first = datetime(2026, 10, 18, 2, 30, tzinfo=VIENNA)
    found = occurrences(first, "Europe/Vienna", 1, times=2)
    assert found[1].starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "until", "count"),
    [(1, date(2026, 3, 24), 2), (1, date(2026, 3, 23), 1), (2, date(2026, 4, 14), 3)],
)
def test_until_a_day_holds_that_day(every: int, until: date, count: int) -> None:
    first = datetime(2026, 3, 17, 9, 0, tzinfo=VIENNA)
    assert len(occurrences(first, "Europe/Vienna", every, until_on=until)) == count


@pytest.mark.parametrize(
    ("every", "times", "until", "field"),
    [
        (0, 5, None, "every_weeks"),
        (13, 5, None, "every_weeks"),
        (1, 0, None, "times"),
        (1, MOST + 1, None, "times"),
        (1, None, None, "times"),
        (1, 5, date(2026, 5, 1), "times"),
        (1, None, date(2026, 3, 16), "until_on"),
        (1, None, date(2027, 3, 16), "until_on"),
        (12, None, date(9999, 12, 31), "until_on"),
    ],
)
def test_what_is_no_series_is_said_at_its_field(
    every: int, times: int | None, until: date | None, field: str
) -> None:
    first = datetime(2026, 3, 17, 9, 0, tzinfo=VIENNA)
    with pytest.raises(InvalidInput) as wrong:
        occurrences(first, "Europe/Vienna", every, times=times, until_on=until)
    assert list(wrong.value.fields) == [field]
    assert len(occurrences(first, "Europe/Vienna", 1, until_on=date(2027, 3, 9))) == MOST


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_in_every_zone_each_date_shows_the_first_ones_time_or_is_skipped(data: st.DataObject) -> None:
    zone = data.draw(st.sampled_from(ZONES))
    tz = ZoneInfo(zone)
    change = data.draw(st.sampled_from(changes(zone)))
    first = change - timedelta(weeks=2) + timedelta(minutes=data.draw(st.integers(0, 48 * 60)))
    wall = first.astimezone(tz)
    found = occurrences(first, zone, data.draw(st.integers(1, 3)), times=6)
    for one in found:
        if one.starts_at is None:
            asked = datetime.combine(one.on, wall.time(), tz)
            shown = asked.astimezone(UTC).astimezone(tz)
            assert shown.replace(tzinfo=None) != asked.replace(tzinfo=None), "only what is not there"
            continue
        local = one.starts_at.astimezone(tz)
        assert (local.date(), local.hour, local.minute) == (one.on, wall.hour, wall.minute)
        assert local.fold == 0, "the first of two"
