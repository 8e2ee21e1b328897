"""What a chart is drawn from. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from components.series import scored, trailing_means
from tests.factories import NOW


@dataclass(frozen=True)
class Filled:
    at: datetime
    total: int | None
    version: str = "1"
    entered_by: str = ""


@dataclass(frozen=True)
class Day:
    day_on: date
    mood: int


def _days(*moods: int | None) -> list[Day]:
    first = date(2026, 3, 1)
    return [Day(first + timedelta(days=n), mood) for n, mood in enumerate(moods) if mood is not None]


def test_totals_come_in_order_and_a_form_without_one_is_left_out() -> None:
    week = timedelta(weeks=1)
    forms = [Filled(NOW + week, 5), Filled(NOW, 9), Filled(NOW + 2 * week, None)]
    assert scored(forms) == [(NOW, 9), (NOW + week, 5)]


def test_a_mean_needs_four_of_its_seven_days() -> None:
    means = [mean for _, mean in trailing_means(_days(1, 2, 3, None, 4))]
    assert means == [None, None, None, None, 2.5]
    assert [mean for _, mean in trailing_means(_days(5, 5, 5, 5, None, None, None, 1))][-1] == (5 * 3 + 1) / 4


def test_a_missed_day_is_never_filled_in() -> None:
    means = trailing_means(_days(*([3] * 7), *([None] * 10), 3))
    assert len(means) == 18
    assert [mean for _, mean in means[11:]] == [None] * 7
    assert trailing_means([]) == []
