"""The appointment's two people come, wait, are let in, leave; nobody else is there at all."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update

import db
from clinic.errors import (
    ConsentMissing,
    InvalidInput,
    NotFound,
    RoomNotOpen,
)
from clinic.people.viewer import Viewer
from clinic.scheduling import catalog
from clinic.scheduling.rules import Rules
from clinic.video import gate, visits
from clinic.video.rooms import Seat
from db.engine import engine
from db.tables import Appointment, AuditEvent, Visit
from tests.databases import Database
from tests.factories import (
    AT_HOME,
    NOW,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
    say_where,
)

SECOND = timedelta(seconds=1)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", therapist=dana)


@pytest.fixture
def room(dana: Viewer, sam: Viewer) -> str:
    return make_appointment(sam, dana, NOW)


def test_waiting_being_let_in_and_talking(dana: Viewer, sam: Viewer, room: str) -> None:
    waiting = visits.enter(sam, room, NOW)
    assert (waiting.seat, waiting.other_name, waiting.may_talk) == (Seat.CLIENT, "Dana Okafor", False)
    assert not waiting.other_present
    there = visits.enter(dana, room, NOW + SECOND)
    assert (there.seat, there.may_talk, there.client_waiting_since) == (Seat.THERAPIST, True, NOW)
    assert visits.state(sam, room, NOW + 2 * SECOND).other_present
    say_where(sam, room)
    visits.admit(dana, room, NOW + 3 * SECOND)
    assert visits.state(sam, room, NOW + 4 * SECOND).may_talk


def test_one_is_let_in_once_whoever_refreshes(dana: Viewer, sam: Viewer, room: str) -> None:
    visits.enter(sam, room, NOW)
    say_where(sam, room)
    visits.admit(dana, room, NOW)
    visits.leave(sam, room, NOW + SECOND)
    assert visits.enter(sam, room, NOW + timedelta(minutes=20)).may_talk
    assert visits.admit(dana, room, NOW + timedelta(minutes=21)).admitted_at == NOW


def test_nobody_else_enters(dana: Viewer, sam: Viewer, room: str) -> None:
    strangers = (make_client("Noor"), make_therapist("Per"), make_administrator())
    acts = (visits.enter, visits.state, visits.leave, visits.admit)
    for viewer in strangers:
        for act in acts:
            with pytest.raises(NotFound):
                act(viewer, room, NOW)
    with pytest.raises(NotFound):
        visits.admit(sam, room, NOW)
    for act in acts:
        with pytest.raises(NotFound):
            act(dana, "no-such-room", NOW)
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(Visit)).one() == 0
    visits.enter(sam, room, NOW)
    say_where(sam, room)
    visits.admit(dana, room, NOW)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (timedelta(minutes=-15) - SECOND, "opens 15 minutes before"),
        (timedelta(minutes=110), "is over"),
    ],
)
def test_a_closed_room_says_when_it_opens(
    dana: Viewer, sam: Viewer, room: str, at: timedelta, words: str
) -> None:
    for viewer in (dana, sam):
        with pytest.raises(RoomNotOpen) as refused:
            visits.enter(viewer, room, NOW + at)
        assert words in refused.value.sentence
    inside = SECOND if at < timedelta() else -SECOND
    assert visits.enter(sam, room, NOW + at + inside)


def test_a_cancelled_session_has_no_room(dana: Viewer, sam: Viewer) -> None:
    gone = make_appointment(sam, dana, NOW, cancelled=True)
    for viewer in (dana, sam):
        with pytest.raises(NotFound):
            visits.enter(viewer, gone, NOW)


def test_a_client_signs_the_consent_before_entering(dana: Viewer) -> None:
    noor = make_client("Noor", therapist=dana, consented=False)
    room = make_appointment(noor, dana, NOW)
    with pytest.raises(ConsentMissing):
        visits.enter(noor, room, NOW)
    assert visits.enter(dana, room, NOW)


def test_somebody_silent_for_twenty_seconds_is_gone(dana: Viewer, sam: Viewer, room: str) -> None:
    visits.enter(sam, room, NOW)
    assert visits.state(dana, room, NOW + timedelta(seconds=19)).client_waiting_since == NOW
    assert visits.state(dana, room, NOW + timedelta(seconds=20)).client_waiting_since is None
    back = NOW + timedelta(minutes=2)
    visits.state(sam, room, back)
    assert visits.state(dana, room, back).client_waiting_since == back


def test_leaving_is_seen_at_once(dana: Viewer, sam: Viewer, room: str) -> None:
    visits.enter(sam, room, NOW)
    visits.enter(dana, room, NOW)
    assert visits.state(sam, room, NOW + SECOND).other_present
    visits.leave(dana, room, NOW + SECOND)
    assert not visits.state(sam, room, NOW + SECOND).other_present


def test_asking_again_writes_no_event_and_seldom_anything(dana: Viewer, sam: Viewer, room: str) -> None:
    visits.enter(sam, room, NOW)
    with db.reading() as session:
        before = session.scalars(select(func.count()).select_from(AuditEvent)).one()
    for second in range(1, 5):
        visits.state(sam, room, NOW + second * SECOND)
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(AuditEvent)).one() == before
        assert session.scalars(select(Visit.client_seen_at)).one() == NOW
    visits.state(sam, room, NOW + 5 * SECOND)
    with db.reading() as session:
        assert session.scalars(select(Visit.client_seen_at)).one() == NOW + 5 * SECOND


def test_both_may_come_in_the_same_moment(dana: Viewer, sam: Viewer, room: str) -> None:
    failed: list[BaseException] = []

    def come(viewer: Viewer) -> None:
        try:
            visits.enter(viewer, room, NOW)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=come, args=(viewer,)) for viewer in (dana, sam) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(Visit)).one() == 1


# Who waits, on every screen


def test_a_therapist_sees_who_waits_and_since_when(dana: Viewer, sam: Viewer, room: str) -> None:
    noor = make_client("Noor", therapist=dana)
    theirs = make_appointment(noor, dana, NOW + timedelta(minutes=55))
    make_appointment(sam, dana, NOW - timedelta(days=3))
    assert visits.at_the_door(dana, NOW) == []
    visits.enter(noor, theirs, NOW + timedelta(minutes=45))
    visits.enter(sam, room, NOW + timedelta(minutes=45, seconds=1))
    say_where(sam, room, NOW + timedelta(minutes=45, seconds=2))
    at = NOW + timedelta(minutes=45, seconds=3)
    assert visits.at_the_door(dana, at) == [
        visits.AtTheDoor(theirs, "Noor", NOW + timedelta(minutes=45), confirmed=False),
        visits.AtTheDoor(room, "Sam Rivera", NOW + timedelta(minutes=45, seconds=1), confirmed=True),
    ]
    assert visits.at_the_door(make_therapist("Per"), at) == []
    for viewer in (sam, make_administrator()):
        with pytest.raises(NotFound):
            visits.at_the_door(viewer, at)
    visits.admit(dana, room, at)
    assert [one.client_name for one in visits.at_the_door(dana, at)] == ["Noor"]
    visits.leave(noor, theirs, at)
    assert visits.at_the_door(dana, at) == []


def test_who_waits_is_one_query(dana: Viewer, sam: Viewer, room: str) -> None:
    visits.enter(sam, room, NOW)
    asked: list[str] = []
    listener = lambda *given: asked.append(given[2])  # noqa: E731
    event.listen(engine(), "before_cursor_execute", listener)
    try:
        assert visits.at_the_door(dana, NOW)
    finally:
        event.remove(engine(), "before_cursor_execute", listener)
    assert len([text for text in asked if text.lstrip().startswith("SELECT")]) == 1


# When rooms open


def test_the_clinic_chooses_when_its_rooms_open(dana: Viewer, sam: Viewer, room: str) -> None:
    early = NOW - timedelta(minutes=5)
    assert visits.enter(sam, room, early)
    catalog.save_rules(make_administrator(), Rules(room_opens_minutes=0), NOW)
    with pytest.raises(RoomNotOpen) as refused:
        visits.enter(sam, room, early)
    assert refused.value.sentence == "The video room opens when the session starts."
    catalog.save_rules(make_administrator(), Rules(room_opens_minutes=60), NOW)
    assert visits.enter(sam, room, NOW - timedelta(minutes=60))
    for minutes in (-1, 61):
        with pytest.raises(InvalidInput):
            catalog.save_rules(make_administrator(), Rules(room_opens_minutes=minutes), NOW)
    assert catalog.booking_rules(make_administrator()).room_opens_minutes == 60


@pytest.mark.parametrize("modality", ["phone", "in_person"])
def test_a_session_that_is_not_by_video_has_no_room(
    dana: Viewer, sam: Viewer, room: str, modality: str
) -> None:
    with db.unit_of_work() as session:
        session.execute(update(Appointment).values(modality=modality))
    for act in (
        lambda: visits.enter(sam, room, NOW),
        lambda: gate.confirm(sam, room, AT_HOME, NOW),
        lambda: gate.pass_gate(dana, room, "In danger now", NOW),
    ):
        with pytest.raises(RoomNotOpen):
            act()
