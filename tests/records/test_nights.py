"""What a night in the sleep diary adds up to. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.records.better_days import FEWEST, Along, DayOf, along
from clinic.records.check_in import TAGS
from clinic.records.nights import LONGEST_AWAKE, Night, night_from, problems_with, span
from clinic.records.periods import Period, by_week, period_from, since
from clinic.records.progress_words import (
    TO_STAFF,
    Value,
    along_sentence,
    goal_sentence,
    mood_sentence,
    night_sentence,
    sleep_sentence,
    span_words,
)

MINUTES = st.integers(0, 1439)


def _at(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


@pytest.mark.parametrize(
    ("tried", "woke", "up", "asleep", "efficiency"),
    [
        ("23:00", "7:00", "7:30", 435, 85),  # over midnight
        ("0:00", "7:00", "7:00", 375, 89),
        ("23:59", "6:59", "7:59", 375, 78),
        ("1:30", "9:00", "9:30", 405, 84),
        ("8:00", "15:00", "15:00", 375, 89),  # after a night's work
        ("22:00", "7:00", "7:00", 495, 92),  # a night in which the clocks change is read as any other
    ],
)
def test_a_night_adds_up_by_the_clock_by_the_bed(
    tried: str, woke: str, up: str, asleep: int, efficiency: int
) -> None:
    night = Night(_at(tried), 30, 15, _at(woke), _at(up), 3)
    assert not problems_with(night)
    assert (night.asleep, night.efficiency) == (asleep, efficiency)


@pytest.mark.parametrize("name", ["tried", "latency", "awake", "woke"])
def test_what_was_left_out_is_never_made_up(name: str) -> None:
    whole: dict[str, Any] = {"tried": 1380, "latency": 0, "awake": 0, "woke": 420, "up": 420}
    assert Night(**whole).efficiency == 100
    partly = Night(**(whole | {name: None}))
    assert partly.asleep is None
    assert partly.efficiency is None
    assert night_sentence(partly) == ""
    assert Night(**(whole | {"up": None})).asleep == 480
    assert Night(**(whole | {"up": None})).efficiency is None


@pytest.mark.parametrize(
    ("night", "field"),
    [
        (Night(tried=1440), "tried"),
        (Night(woke=-1), "woke"),
        (Night(up=7.5), "up"),  # type: ignore[arg-type]
        (Night(latency=LONGEST_AWAKE + 1), "latency"),
        (Night(awake=-5), "awake"),
        (Night(quality=0), "quality"),
        (Night(quality=True), "quality"),
        (Night(tried=1380, woke=420, latency=300, awake=200), "awake"),  # longer awake than the night
        (Night(tried=1380, woke=420, up=400), "up"),  # up before waking
        (Night(tried=660, woke=420), "woke"),  # eleven in the morning for eleven at night
        (Night(tried=660, up=420), "up"),
    ],
)
def test_a_night_that_cannot_be_is_told(night: Night, field: str) -> None:
    assert set(problems_with(night)) == {field}


@settings(max_examples=60, deadline=None)
@given(MINUTES, st.integers(0, 720), st.integers(0, 720), MINUTES, MINUTES)
def test_no_night_that_is_kept_is_slept_longer_than_it_was(
    tried: int, latency: int, awake: int, woke: int, up: int
) -> None:
    night = Night(tried, latency, awake, woke, up)
    if problems_with(night):
        return
    assert night.asleep is not None
    assert night.in_bed is not None
    assert 0 <= night.asleep <= night.in_bed == span(tried, up)
    assert night.efficiency is None or 0 <= night.efficiency <= 100
    assert night.asleep + latency + awake == span(tried, woke)
    assert night_from({**vars(night), "more": 1}) == night


def test_a_draft_keeps_of_a_night_what_it_can() -> None:
    assert night_from({"tried": 1380, "woke": "7", "quality": 9, "awake": None}) == Night(tried=1380)


def _days(with_good: int, with_bad: int, without_good: int, without_bad: int) -> list[DayOf]:
    made = [("walk", 4)] * with_good + [("walk", 3)] * with_bad
    made += [("work", 5)] * without_good + [("work", 1)] * without_bad
    return [DayOf(mood, (tag,)) for tag, mood in made]


def test_what_went_along_is_counted_and_nothing_more() -> None:
    found = along([*_days(6, 2, 5, 9), DayOf(5, ())])  # on a day of which nothing is said, nobody knows
    assert found == [Along("walk", 8, 6, 14, 5), Along("work", 14, 5, 8, 6)]
    assert along_sentence(found[0]) == (
        "On 6 of the 8 days with a walk or exercise you chose good or very good; on 5 of 14 without."
    )


def test_too_few_days_on_either_side_say_nothing() -> None:
    assert along(_days(FEWEST - 1, 0, 20, 0)) == []
    assert along(_days(20, 0, 0, FEWEST - 1)) == []
    assert len(along(_days(FEWEST, 0, FEWEST, 0))) == 2
    assert along([]) == []


def test_every_tag_can_be_said() -> None:
    for tag in TAGS:
        assert "without" in along_sentence(Along(tag, 5, 1, 5, 1))


def test_a_period_has_its_days_and_a_forged_one_is_three_months() -> None:
    today = date(2026, 3, 2)
    assert since(Period.WEEKS, today) == date(2026, 2, 3)
    assert since(Period.ALL, today) is None
    assert period_from("year") is Period.YEAR
    assert period_from("'; DROP TABLE") is Period.MONTHS
    assert not by_week(today - timedelta(days=366), today)
    assert by_week(today - timedelta(days=367), today)
    assert not by_week(None, today)


def test_sentences_say_what_was_chosen_and_nothing_of_what_it_means() -> None:
    day = date(2026, 3, 2)
    moods = [Value(day - timedelta(days=n), mood) for n, mood in ((9, 2), (3, 4), (0, 5))]
    assert mood_sentence(moods, weekly=False) == (
        "Your latest mood, on 2 March 2026, was very good. You chose one on 3 days since 21 February: good "
        "or very good on 2 of them."
    )
    assert mood_sentence([], weekly=False) == "There are no check-ins with a mood in this time."
    assert mood_sentence([Value(day, 3.25)], weekly=True) == (
        "In the week of 2 March 2026 your mood was 3.2 in the mean, on a scale of 1 (very low) to 5 "
        "(very good)."
    )
    assert goal_sentence([Value(day, 2), Value(day + timedelta(days=7), 5)], weekly=False) == (
        "5 of 10 on 9 March 2026. It was 2 on 2 March."
    )
    assert sleep_sentence([Value(day, 420), Value(day, 450)], weekly=False) == (
        "Over 2 nights you slept 7 h 15 min in the mean: 7 h in the shortest, 7 h 30 min in the longest."
    )
    assert mood_sentence(moods, weekly=False, voice=TO_STAFF) == (
        "Their latest mood, on 2 March 2026, was very good. They chose one on 3 days since 21 February: good "
        "or very good on 2 of them."
    )
    assert sleep_sentence([Value(day, 420)], weekly=False, voice=TO_STAFF) == (
        "They slept 7 h in the night to 2 March 2026."
    )
    assert (span_words(0), span_words(59), span_words(60)) == ("0 min", "59 min", "1 h")
    assert night_sentence(Night(1380, 30, 30, 420, 450)) == (
        "You slept 7 h. That is 82 of every 100 minutes from trying to sleep to getting up (8 h 30 min)."
    )
