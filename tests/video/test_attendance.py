"""What attendance a session's spells suggest. Pure, at the boundaries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clinic.video.attendance import Attendance, Booked, Happened, Reason, Spell, happened
from clinic.video.rooms import Seat
from tests.factories import NOW

MINUTE = timedelta(minutes=1)
OVER = NOW + 50 * MINUTE
CLIENT, THERAPIST = Seat.CLIENT, Seat.THERAPIST


def _spell(seat: Seat, start: float, end: float, ending: str | None = "left") -> Spell:
    return Spell(seat, NOW + start * MINUTE, NOW + end * MINUTE, ending)


def _happened(
    *spells: Spell,
    came: bool = False,
    therapist_came: bool = False,
    by_phone: bool = False,
    at: float = 60,
    minutes: int = 50,
) -> Happened:
    booked = Booked(NOW, NOW + minutes * MINUTE, came, therapist_came, by_phone)
    return happened(booked, spells, NOW + at * MINUTE)


@pytest.mark.parametrize(
    ("minutes", "suggestion"),
    [(20, Attendance.ATTENDED), (19.99, Attendance.CUT_SHORT), (30, Attendance.ATTENDED)],
)
def test_two_thirds_of_the_booked_time_together_is_enough(minutes: float, suggestion: Attendance) -> None:
    found = _happened(_spell(CLIENT, 0, minutes), _spell(THERAPIST, 0, minutes), came=True, minutes=30)
    assert found.suggestion is suggestion


def test_minutes_together_are_those_in_which_both_were_there() -> None:
    found = _happened(_spell(CLIENT, -5, 48.5), _spell(THERAPIST, 3, 50), came=True)
    assert found.minutes == {CLIENT: 53, THERAPIST: 47}
    assert (found.together_minutes, found.booked_minutes) == (45, 50)
    assert found.joined_at == {CLIENT: NOW - 5 * MINUTE, THERAPIST: NOW + 3 * MINUTE}
    assert (found.suggestion, found.reason) == (Attendance.ATTENDED, Reason.LONG_ENOUGH)


def test_a_rejoin_and_two_windows_at_once_are_not_counted_twice() -> None:
    found = _happened(
        _spell(CLIENT, 0, 20, "lost"),
        _spell(CLIENT, 22, 40, "lost"),
        _spell(CLIENT, 39, 50, None),
        _spell(THERAPIST, 0, 50, None),
        came=True,
    )
    assert (found.minutes[CLIENT], found.together_minutes, found.lost) == (48, 48, 2)


def test_together_for_a_short_time_is_cut_short() -> None:
    found = _happened(_spell(CLIENT, 0, 12, "lost"), _spell(THERAPIST, 0, 50), came=True)
    assert (found.suggestion, found.reason, found.lost) == (Attendance.CUT_SHORT, Reason.TOO_SHORT, 1)


def test_one_after_the_other_is_not_together() -> None:
    found = _happened(_spell(CLIENT, 0, 10), _spell(THERAPIST, 10, 30), came=True)
    assert (found.together_minutes, found.suggestion, found.reason) == (0, None, Reason.WAITED_IN_VAIN)


@pytest.mark.parametrize(
    ("at", "suggestion"), [(14.99, None), (15, Attendance.NO_SHOW), (600, Attendance.NO_SHOW)]
)
def test_a_client_who_never_came_is_missing_a_quarter_hour_after_the_start(
    at: float, suggestion: Attendance | None
) -> None:
    for found in (_happened(_spell(THERAPIST, 0, 12), at=at), _happened(therapist_came=True, at=at)):
        assert found.suggestion is suggestion
        assert found.reason is (Reason.NEVER_CAME if suggestion else Reason.STILL_TIME)


def test_a_session_of_ten_minutes_is_over_before_the_quarter_hour() -> None:
    assert _happened(_spell(THERAPIST, 0, 10), minutes=10, at=9.99).suggestion is None
    assert _happened(_spell(THERAPIST, 0, 10), minutes=10, at=10).suggestion is Attendance.NO_SHOW


def test_whoever_waited_is_not_taken_for_missing() -> None:
    for therapist_came in (False, True):
        found = _happened(came=True, therapist_came=therapist_came)
        assert (found.suggestion, found.reason) == (None, Reason.WAITED_IN_VAIN)


def test_where_nobody_was_nothing_is_suggested() -> None:
    assert (_happened().suggestion, _happened().reason) == (None, Reason.NOBODY)


def test_by_phone_nothing_is_suggested_unless_the_video_was_long_enough() -> None:
    assert (_happened(by_phone=True).suggestion, _happened(by_phone=True).reason) == (
        None,
        Reason.NOT_BY_VIDEO,
    )
    short = (_spell(CLIENT, 0, 5, "lost"), _spell(THERAPIST, 0, 5))
    assert _happened(*short, came=True, by_phone=True).suggestion is None
    long = (_spell(CLIENT, 0, 40, "lost"), _spell(THERAPIST, 0, 40))
    assert _happened(*long, came=True, by_phone=True).suggestion is Attendance.ATTENDED


def test_a_spell_that_ends_when_it_begins_counts_for_nothing() -> None:
    found = _happened(_spell(CLIENT, 5, 5, "lost"), _spell(THERAPIST, 0, 50), came=True)
    assert (found.minutes[CLIENT], found.together_minutes, found.lost) == (0, 0, 1)
