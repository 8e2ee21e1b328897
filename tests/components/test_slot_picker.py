"""The days of a month to choose from, at its end too."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from components.slot_picker import FEW_DAYS, _month_words, by_month

DAYS = st.sets(st.dates(date(2026, 1, 1), date(2026, 6, 30)), min_size=1)


def _workdays(first: date, number: int) -> list[date]:
    return [day for n in range(number) if (day := first + timedelta(days=n)).weekday() < 5]


def test_on_the_thirtieth_the_next_month_is_there_too() -> None:
    months = by_month(_workdays(date(2026, 11, 30), 60))
    assert list(months) == [date(2026, 11, 30), date(2027, 1, 1)]
    assert _month_words(months[date(2026, 11, 30)]) == "November and December 2026"
    assert _month_words(months[date(2027, 1, 1)]) == "January 2027"


def test_over_the_end_of_a_year_both_years_are_named() -> None:
    [days] = by_month(_workdays(date(2026, 12, 30), 30)).values()
    assert _month_words(days) == "December 2026 and January 2027"


def test_a_month_with_days_enough_stands_alone() -> None:
    assert list(by_month(_workdays(date(2026, 11, 2), 40))) == [date(2026, 11, 2), date(2026, 12, 1)]


@given(DAYS)
def test_each_day_is_there_once_in_order_and_the_first_choice_is_not_a_short_one(days: set[date]) -> None:
    months = by_month(days)
    assert [day for month in months.values() for day in month] == sorted(days)
    first = next(iter(months.values()))
    assert len(months) == 1 or len(first) >= FEW_DAYS or first[0].month != first[-1].month
