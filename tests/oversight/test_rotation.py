"""Which backups are kept: enough near ones, and some from long ago."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.oversight.rotation import DAYS, MONTHS, WEEKS, kept

TODAY = date(2026, 11, 30)
DATES = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def _every_day(number: int) -> list[date]:
    return [TODAY - timedelta(days=n) for n in range(number)]


def test_of_two_years_of_days_the_near_ones_and_each_months_last_are_kept() -> None:
    left = sorted(kept(_every_day(730)), reverse=True)
    assert left[:DAYS] == _every_day(DAYS)
    assert date(2026, 10, 31) in left
    assert date(2025, 12, 31) in left, "the last of the twelfth month"
    assert date(2025, 11, 30) not in left
    # 30 November is a Monday: the weeks before it end on these Sundays.
    assert {date(2026, 11, 29), date(2026, 11, 22), date(2026, 11, 15)} <= set(left)
    assert len(left) <= DAYS + WEEKS + MONTHS


def test_nothing_is_kept_of_nothing_and_one_of_one() -> None:
    assert kept([]) == set()
    assert kept([TODAY]) == {TODAY}


@given(st.sets(DATES, max_size=60))
def test_only_what_is_there_is_kept_and_always_the_newest(days: set[date]) -> None:
    left = kept(days)
    assert left <= days
    assert not days or max(days) in left
    assert kept(left) == left, "throwing away again throws nothing more away"


@given(st.sets(DATES, min_size=1, max_size=60), DATES)
def test_an_older_one_never_pushes_a_newer_one_out(days: set[date], older: date) -> None:
    if older < min(days):
        assert kept(days) <= kept({*days, older})
