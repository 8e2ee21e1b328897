"""How long a session lasts, and when sound alone or the picture is offered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clinic.video.quality import Quality, Word
from clinic.video.rooms import Seat
from clinic.video.visits import VisitState, Whereabouts
from components.call_words import time_left, why_not
from components.connection import MOST_TRIES, Course
from tests.factories import NOW

HERE = VisitState(
    appointment_id="A" * 22,
    seat=Seat.CLIENT,
    other_name="Dana",
    starts_at=NOW,
    ends_at=NOW + timedelta(minutes=50),
    client_waiting_since=None,
    whereabouts=Whereabouts("", "", "", None),
    confirmed_at=None,
    gate_passed_at=None,
    admitted_at=NOW,
    other_present=True,
    open=True,
    clinic_phone=None,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "50 minutes left."),
        (1, "50 minutes left."),
        (38 * 60, "12 minutes left."),
        (49 * 60, "1 minute left."),
        (50 * 60 - 1, "1 minute left."),
        (50 * 60, "The session time is over. Nobody is cut off."),
        (70 * 60, "The session time is over. Nobody is cut off."),
    ],
)
def test_time_left_is_said_in_whole_minutes(seconds: int, words: str) -> None:
    assert time_left(HERE, NOW + timedelta(seconds=seconds), "Europe/Vienna") == words


def test_before_it_begins_its_time_is_said() -> None:
    assert "The session starts at" in time_left(HERE, NOW - timedelta(minutes=3), "Europe/Vienna")


def _seen(course: Course, *looks: tuple[float, Word]) -> None:
    for at, word in looks:
        course.saw(Quality(word, 100.0, 0.0), at)


def test_sound_alone_is_offered_after_ten_seconds_without_a_better_one() -> None:
    course = Course()
    _seen(course, (100, "poor"), (105, "good"), (106, "poor"), (115, "poor"))
    assert not course.is_poor(115)
    assert course.is_poor(116)


def test_the_picture_is_offered_again_only_where_sound_alone_was() -> None:
    course = Course()
    _seen(course, (100, "good"), (130, "good"))
    assert not course.is_better(130)
    course.offered = True
    assert course.is_better(130)
    _seen(course, (131, "poor"), (132, "good"))
    assert not course.is_better(140)


def test_tries_are_forgotten_once_it_has_held_for_half_a_minute() -> None:
    course = Course(tries=MOST_TRIES)
    assert not course.given_up
    _seen(course, (100, "good"), (129, "good"))
    assert course.tries == MOST_TRIES
    _seen(course, (130, "good"))
    assert course.tries == 0


@pytest.mark.parametrize(("tries", "seconds"), [(0, 0), (1, 5), (2, 10), (3, 10)])
def test_each_try_waits_longer_before_it_is_begun_anew(tries: int, seconds: int) -> None:
    course = Course(tries=tries)
    _seen(course, (100, "frozen"))
    assert course.is_stuck(100 + seconds)
    assert not course.is_stuck(100 + seconds - 1)
    _seen(course, (101, "good"), (102, "frozen"))
    assert course.is_stuck(101 + seconds) is False, "it came back in between"


def test_why_there_is_no_video_differs_with_whether_there_ever_was() -> None:
    assert "network" in why_not(began=False, tries=4)
    assert "stopped carrying" in why_not(began=True, tries=1)
