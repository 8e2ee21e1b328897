"""Several processes: a room is carried by one, whose people come to it; a silent one keeps none."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

import db
from clinic.errors import NotFound, RoomElsewhere
from clinic.people.viewer import Viewer
from clinic.video import calls, capacity, processes, visits
from db.settings import settings
from db.tables import Visit
from tests.databases import Database
from tests.factories import (
    NOW,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
)

SECOND = timedelta(seconds=1)


class Being:
    """This test is one process after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, name: str, at: datetime | None = NOW, *, calls: int = 0, limit: int = 16) -> None:
        self._monkeypatch.setenv("QUIET_ROOM_PROCESS", name)
        settings.cache_clear()
        if at is not None:
            processes.say(calls, limit, at)


@pytest.fixture
def being(monkeypatch: pytest.MonkeyPatch, database: Database) -> Being:
    make_clinic()
    return Being(monkeypatch)


@pytest.fixture
def dana(being: Being) -> Viewer:
    return make_therapist("Dana Okafor")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", therapist=dana)


@pytest.fixture
def room(dana: Viewer, sam: Viewer) -> str:
    return make_appointment(sam, dana, NOW)


def carried_by(room: str) -> str | None:
    with db.reading() as session:
        return session.scalars(select(Visit.carried_by)).one()


def is_over(line: calls.Line) -> bool:
    return line.leg.closed


def test_whoever_comes_first_gives_the_room_to_their_process(
    being: Being, dana: Viewer, sam: Viewer, room: str
) -> None:
    being("b")
    being("a")
    assert visits.enter(sam, room, NOW).elsewhere == ""
    assert carried_by(room) == "a"
    being("b", NOW + SECOND)
    assert visits.enter(dana, room, NOW + SECOND).elsewhere == "a"
    with pytest.raises(RoomElsewhere):
        calls.connect(dana, room, NOW + SECOND)
    being("a", NOW + SECOND)
    assert visits.state(dana, room, NOW + 2 * SECOND).elsewhere == ""
    line = calls.connect(dana, room, NOW + 2 * SECOND)
    line.hang_up()


def test_a_process_that_is_not_heard_of_keeps_no_room(
    being: Being, dana: Viewer, sam: Viewer, room: str
) -> None:
    being("a")
    visits.enter(sam, room, NOW)
    later = NOW + processes.GONE
    being("b", later - SECOND)
    assert visits.enter(dana, room, later - SECOND).elsewhere == "a", "it may come back any moment"
    assert visits.state(dana, room, later).elsewhere == "", "now it may not"
    assert carried_by(room) == "b"
    being("a", later + SECOND)
    assert visits.state(sam, room, later + SECOND).elsewhere == "b", "and when it does, the room has moved"


def test_a_process_that_ends_gives_its_rooms_back_at_once(
    being: Being, dana: Viewer, sam: Viewer, room: str
) -> None:
    being("a")
    visits.enter(sam, room, NOW)
    processes.say_goodbye()
    being("b", NOW + SECOND)
    assert visits.enter(dana, room, NOW + SECOND).elsewhere == ""
    assert carried_by(room) == "b"


def test_a_room_goes_to_where_there_is_place(being: Being, dana: Viewer, sam: Viewer, room: str) -> None:
    being("b", limit=1)
    being("a", limit=1)
    visits.enter(sam, room, NOW)
    other = make_client("Noor Haddad", therapist=dana)
    second = make_appointment(other, dana, NOW + timedelta(hours=1))
    soon = NOW + timedelta(minutes=50)
    being("b", soon, limit=1)
    being("a", soon, limit=1)
    visits.state(sam, room, soon)
    assert visits.enter(other, second, soon).elsewhere == "b", "this one is full, and that one is not"
    third_client = make_client("Mia Lund", therapist=dana)
    per = make_therapist("Per Lind")
    third = make_appointment(third_client, per, NOW + timedelta(hours=1))
    assert visits.enter(third_client, third, soon).elsewhere == "", "full everywhere: here, with a sentence"


def test_of_two_that_come_at_once_the_second_to_write_learns_whose_it_is(
    being: Being, dana: Viewer, sam: Viewer, room: str, database: Database
) -> None:
    visits.enter(sam, room, NOW)
    being("b")
    being("a")
    with db.unit_of_work() as session:
        session.execute(update(Visit).values(carried_by=None))

    def taken_by_the_other() -> None:
        with db.unit_of_work() as session:
            session.execute(update(Visit).values(carried_by="b"))

    if database.kind == "sqlite":
        taken_by_the_other()  # it lets one after the other in
    with db.unit_of_work() as session:
        visit = session.scalars(select(Visit)).one()
        if database.kind == "postgresql":
            assert visit.carried_by is None, "it looked free"
            taken_by_the_other()
        processes.take(session, visit, NOW)
        assert visit.carried_by == "b"
    assert carried_by(room) == "b"


def test_alone_no_room_is_anybody_s(being: Being, dana: Viewer, sam: Viewer, room: str) -> None:
    being("", None)
    processes.say(0, 16, NOW)
    processes.say_goodbye()
    visits.enter(sam, room, NOW)
    assert visits.enter(dana, room, NOW).elsewhere == ""
    assert carried_by(room) is None
    with db.reading() as session:
        assert processes.known(session) == []


def test_a_clinic_that_goes_back_to_one_process_finds_every_room_here(
    being: Being, dana: Viewer, sam: Viewer, room: str
) -> None:
    being("a")
    visits.enter(sam, room, NOW)
    being("", None)
    assert visits.enter(dana, room, NOW + SECOND).elsewhere == ""


def test_a_stranger_does_not_learn_where_a_room_is(being: Being, sam: Viewer, room: str) -> None:
    being("a")
    visits.enter(sam, room, NOW)
    being("b")
    for stranger in (make_client("Noor Haddad"), make_therapist("Per Lind")):
        with pytest.raises(NotFound):
            visits.state(stranger, room, NOW)
    assert visits.state(sam, room, NOW).elsewhere == "a"


def test_the_administrator_sees_every_process_and_which_is_silent(being: Being) -> None:
    ada = make_administrator()
    being("old", NOW - timedelta(days=2))
    being("b", NOW - timedelta(minutes=1), calls=2)
    being("a")
    being("c", calls=3, limit=8)
    seen = capacity.capacity(ada, NOW)
    assert [each.name for each in seen.processes] == ["a", "c"]
    assert [each.name for each in seen.silent] == ["b"], "and a name of long ago is forgotten"
    assert seen.limit == 16 + 16
    being("", None)
    assert capacity.capacity(ada, NOW).processes == ()


def test_a_process_that_was_only_slow_ends_its_part_of_a_call_that_moved(
    being: Being, dana: Viewer, sam: Viewer, room: str
) -> None:
    being("a")
    visits.enter(sam, room, NOW)
    line = calls.connect(dana, room, NOW)
    assert calls.close_ended(NOW) == 0
    assert not is_over(line)
    with db.unit_of_work() as session:
        session.execute(update(Visit).values(carried_by="b"))
    assert calls.close_ended(NOW + SECOND) == 1
    assert is_over(line)
    being("", None)
    again = calls.connect(dana, room, NOW + SECOND)
    assert calls.close_ended(NOW + SECOND) == 0, "alone, a name of before means nothing"
    again.hang_up()
