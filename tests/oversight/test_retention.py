"""How long a record is kept: by years, by age, and by what else keeps it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.errors import InvalidInput
from clinic.intake.age import age_on
from clinic.oversight.retention import (
    Case,
    Rules,
    Why,
    kept_until,
    require_rules,
    standing,
    years_after,
)

ENDED, TODAY = date(2016, 3, 1), date(2026, 3, 2)
DAYS = st.dates(date(1930, 1, 1), date(2090, 1, 1))


def case(
    ended_on: date | None = ENDED, born: date | None = date(1980, 5, 5), held: bool = False, alerts: int = 0
) -> Case:
    return Case(ended_on, born, held, alerts)


def test_ten_years_after_the_end_of_care_and_not_a_day_earlier() -> None:
    assert kept_until(ENDED, None, Rules()) == date(2026, 3, 1)
    assert standing(case(), Rules(), date(2026, 3, 1)).why_not == (Why.TIME,)
    assert standing(case(), Rules(), TODAY).erasable
    assert standing(case(), Rules(years=11), TODAY).kept_until_on == date(2027, 3, 1)


def test_a_young_clients_record_is_kept_until_some_years_after_their_18th_birthday() -> None:
    born = date(2009, 7, 1)
    assert kept_until(ENDED, born, Rules()) == date(2030, 7, 1)
    assert standing(case(born=born), Rules(), TODAY).why_not == (Why.TIME,)
    assert standing(case(born=born), Rules(), date(2030, 7, 2)).erasable
    assert kept_until(ENDED, date(1999, 7, 1), Rules()) == date(2026, 3, 1), "the later of the two"


@pytest.mark.parametrize(
    ("of", "why"),
    [
        (case(ended_on=None), (Why.CARE,)),
        (case(held=True), (Why.HOLD,)),
        (case(alerts=1), (Why.ALERT,)),
        (case(ended_on=None, held=True, alerts=2), (Why.CARE, Why.HOLD, Why.ALERT)),
        (case(ended_on=TODAY, held=True), (Why.HOLD, Why.TIME)),
        (case(), ()),
    ],
)
def test_everything_that_keeps_a_record_is_said(of: Case, why: tuple[Why, ...]) -> None:
    assert standing(of, Rules(), TODAY).why_not == why


def test_a_29th_of_february_is_followed_by_a_1st_of_march() -> None:
    assert years_after(date(2016, 2, 29), 10) == date(2026, 3, 1)
    assert years_after(date(2016, 2, 29), 4) == date(2020, 2, 29)
    assert years_after(date(9990, 1, 1), 99) == date(9999, 1, 1)


@given(DAYS, st.none() | DAYS, st.integers(1, 99), st.integers(0, 99))
def test_nobody_is_erased_before_either_time_is_over(
    ended_on: date, born: date | None, years: int, after_18: int
) -> None:
    rules = Rules(years, after_18)
    until = kept_until(ended_on, born, rules)
    assert age_on(ended_on, until) == years or born is not None
    assert age_on(ended_on, until) >= years
    if born is not None:
        assert age_on(born, until) >= 18 + after_18
    assert not standing(Case(ended_on, born, False, 0), rules, until).erasable
    assert standing(Case(ended_on, born, False, 0), rules, until + timedelta(days=1)).erasable


@pytest.mark.parametrize(
    ("years", "after_18", "wrong"),
    [
        (0, 3, {"years"}),
        (100, 3, {"years"}),
        (10, -1, {"after_18"}),
        (True, 3.5, {"years", "after_18"}),
        (None, "3", {"years", "after_18"}),
    ],
)
def test_years_that_no_clinic_can_mean_are_refused(years: object, after_18: object, wrong: set[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_rules(years, after_18)
    assert set(refused.value.fields) == wrong
    assert require_rules(1, 0) == Rules(1, 0)
