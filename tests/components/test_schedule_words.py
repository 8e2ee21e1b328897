"""Hours and lengths of time, in words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from clinic.scheduling.hours import Stretch
from components.schedule_words import minute_words, minutes_words, span_words, stretch_words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 minutes"),
        (1, "1 minute"),
        (45, "45 minutes"),
        (60, "1 hour"),
        (90, "90 minutes"),
        (120, "2 hours"),
        (1440, "1 day"),
        (10080, "7 days"),
        (1500, "25 hours"),
    ],
)
def test_a_length_is_said_in_the_largest_unit_that_is_whole(minutes: int, words: str) -> None:
    assert minutes_words(minutes) == words


def test_a_minute_of_the_day_is_said_as_a_clock_does() -> None:
    assert [minute_words(each) for each in (0, 545, 720, 1439, 1440)] == [
        "midnight",
        "9:05 am",
        "12 noon",
        "11:59 pm",
        "midnight",
    ]


def test_hours_say_their_day_and_how_long_they_hold() -> None:
    always = Stretch("x", 0, 540, 720, None, None)
    assert stretch_words(always) == "Monday, 9:00 am to 12 noon"
    some = Stretch("x", 6, 540, 1440, date(2026, 5, 1), date(2026, 6, 1))
    assert stretch_words(some) == "Sunday, 9:00 am to midnight, from Fri 1 May 2026, until Mon 1 Jun 2026"


def test_whole_days_are_said_as_days_also_when_the_clocks_change() -> None:
    vienna = "Europe/Vienna"
    begins = datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert span_words(begins, datetime(2026, 3, 29, 22, tzinfo=UTC), vienna) == (
        "Saturday 28 March 2026 to Sunday 29 March 2026"
    )
    assert span_words(begins, datetime(2026, 3, 28, 23, tzinfo=UTC), vienna) == "Saturday 28 March 2026"
    assert span_words(
        datetime(2026, 3, 28, 9, tzinfo=UTC), datetime(2026, 3, 28, 11, tzinfo=UTC), vienna
    ) == ("Saturday 28 March 2026, 10:00 am to 12 noon")
    assert span_words(datetime(2026, 3, 28, 9, tzinfo=UTC), datetime(2026, 3, 29, 9, tzinfo=UTC), vienna) == (
        "Saturday 28 March 2026, 10:00 am to Sunday 29 March 2026, 11:00 am"
    )
