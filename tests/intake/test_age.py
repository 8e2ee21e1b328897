"""Ages are counted in whole years, on the day itself."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.intake.age import age_on, as_kept, born_or_problem


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        (date(2008, 3, 2), date(2026, 3, 1), 17),
        (date(2008, 3, 2), date(2026, 3, 2), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2026, 3, 2), date(2026, 3, 2), 0),
    ],
)
def test_an_age_changes_on_the_birthday(born: date, today: date, age: int) -> None:
    assert age_on(born, today) == age


@given(st.dates(date(1900, 1, 1), date(2026, 3, 2)))
def test_a_date_of_birth_survives_being_kept(born: date) -> None:
    assert born_or_problem(as_kept(born), date(2026, 3, 2)) == (born, "")


def test_tomorrow_is_no_date_of_birth_and_today_is() -> None:
    today = date(2026, 3, 2)
    assert born_or_problem("2/3/2026", today) == (today, "")
    found, problem = born_or_problem("3/3/2026", today)
    assert found is None
    assert "future" in problem
