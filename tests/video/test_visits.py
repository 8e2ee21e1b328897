"""The appointment's two people come, wait, are let in, leave; nobody else is there at all."""

from __future__ import annotations

import threading
from datetime import timedelta
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import func, select, update

import db
from clinic.errors import ConsentMissing, NotAdmitted, NotFound, NotSignedIn, RoomNotOpen
from clinic.people import accounts, sign_in
from clinic.people.viewer import Viewer
from clinic.video import visits
from clinic.video.rooms import Seat, closes_at
from db.tables import Appointment, AuditEvent, Visit
from tests.databases import Database
from tests.factories import (
    NOW,
    cookie_of,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
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
    with pytest.raises(NotAdmitted):
        visits.connect(sam, room, NOW + 2 * SECOND)
    visits.admit(dana, room, NOW + 3 * SECOND)
    assert visits.state(sam, room, NOW + 4 * SECOND).may_talk
    assert visits.connect(sam, room, NOW + 4 * SECOND).leg.seat is Seat.CLIENT
    assert visits.connect(dana, room, NOW + 4 * SECOND).leg.seat is Seat.THERAPIST


def test_one_is_let_in_once_whoever_refreshes(dana: Viewer, sam: Viewer, room: str) -> None:
    visits.enter(sam, room, NOW)
    visits.admit(dana, room, NOW)
    visits.leave(sam, room, NOW + SECOND)
    assert visits.enter(sam, room, NOW + timedelta(minutes=20)).may_talk
    assert visits.admit(dana, room, NOW + timedelta(minutes=21)).admitted_at == NOW


def test_nobody_else_enters(dana: Viewer, sam: Viewer, room: str) -> None:
    strangers = (make_client("Noor"), make_therapist("Per"), make_administrator())
    acts = (visits.enter, visits.state, visits.connect, visits.leave, visits.admit)
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


@pytest.mark.parametrize("how", ["signed out", "closed", "cancelled", "over"])
def test_a_call_ends_for_whoever_may_not_be_in_it_any_more(
    database: Database, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(visits, "_calls", WeakKeyDictionary())
    make_clinic()
    dana = make_therapist("Dana")
    sam = make_client("Sam", therapist=dana)
    meeting = make_appointment(sam, dana, NOW)
    visits.enter(sam, meeting, NOW)
    visits.admit(dana, meeting, NOW)
    theirs, other = visits.connect(sam, meeting, NOW).leg, visits.connect(dana, meeting, NOW).leg
    assert visits.close_ended(NOW) == 0
    at = NOW
    if how == "signed out":
        sign_in.sign_out(sam, NOW)
    elif how == "closed":
        accounts.disable(make_administrator(), sam.public_id, NOW)
    elif how == "cancelled":
        with db.unit_of_work() as session:
            session.execute(update(Appointment).values(status="cancelled", cancelled_at=NOW))
    else:
        at = closes_at(NOW + timedelta(minutes=50))
    both = how in ("cancelled", "over")
    assert visits.close_ended(at) == (2 if both else 1)
    assert theirs.closed
    assert other.closed == both
    assert visits.close_ended(at) == 0


def test_whoever_is_in_a_call_is_not_signed_out_for_being_idle(database: Database) -> None:
    make_clinic()
    dana = make_therapist("Dana")
    meeting = make_appointment(make_client("Sam", therapist=dana), dana, NOW)
    token = cookie_of(dana, NOW)
    line = visits.connect(sign_in.viewer_for(token, NOW), meeting, NOW)
    for minutes in range(0, 50, 5):
        visits.close_ended(NOW + timedelta(minutes=minutes))
    assert not line.leg.closed
    assert sign_in.viewer_for(token, NOW + timedelta(minutes=55))
    line.leg.close()
    with pytest.raises(NotSignedIn):
        sign_in.viewer_for(token, NOW + timedelta(minutes=75))
