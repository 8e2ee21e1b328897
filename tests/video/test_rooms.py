"""When a room is open and whose picture goes where. Pure."""

from __future__ import annotations

from datetime import timedelta

from clinic.people.viewer import Role
from clinic.video.rooms import (
    Seat,
    closes_at,
    may_be_admitted,
    may_talk,
    opens_at,
    opens_words,
    seat_of,
)
from tests.factories import NOW


def test_a_room_opens_a_quarter_hour_before_and_closes_an_hour_after() -> None:
    assert opens_at(NOW) == NOW - timedelta(minutes=15)
    assert closes_at(NOW) == NOW + timedelta(hours=1)
    assert opens_at(NOW, 0) == NOW
    assert opens_at(NOW, 60) == NOW - timedelta(hours=1)


def test_when_a_room_opens_is_a_sentence() -> None:
    assert opens_words(15) == "The video room opens 15 minutes before the session."
    assert opens_words(1) == "The video room opens 1 minute before the session."
    assert opens_words(0) == "The video room opens when the session starts."


def test_a_client_is_let_in_once_they_said_where_they_are_or_for_a_reason() -> None:
    assert not may_be_admitted(None, None)
    assert may_be_admitted(NOW, None)
    assert may_be_admitted(None, NOW)


def test_each_role_has_its_seat_opposite_the_other() -> None:
    assert seat_of(Role.CLIENT) is Seat.CLIENT
    assert seat_of(Role.THERAPIST) is Seat.THERAPIST
    assert all(seat.other.other is seat and seat.other is not seat for seat in Seat)


def test_a_client_talks_once_let_in() -> None:
    assert may_talk(Seat.THERAPIST, None)
    assert not may_talk(Seat.CLIENT, None)
    assert may_talk(Seat.CLIENT, NOW)
