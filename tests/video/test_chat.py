"""A few lines during a call: said to the other alone, kept nowhere, gone with the room."""

from __future__ import annotations

import gc
from datetime import timedelta

import pytest
from sqlalchemy import func, select

import db
from clinic.errors import InvalidInput, NotAdmitted, NotFound
from clinic.people.viewer import Viewer
from clinic.video import calls, chat, gate, visits
from clinic.video.relay import Relay
from clinic.video.rooms import Seat
from db.tables import AuditEvent
from tests.databases import Database
from tests.factories import (
    NOW,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
)

WHEREABOUTS = visits.Whereabouts("At home", "07700 900482", "Lena, 07700 900111", True)


@pytest.fixture(autouse=True)
def an_empty_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room that earlier tests left keeps its place for a while."""
    monkeypatch.setattr(calls, "relay", Relay())


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", therapist=dana)


@pytest.fixture
def room(dana: Viewer, sam: Viewer) -> str:
    booked = make_appointment(sam, dana, NOW)
    gate.confirm(sam, booked, WHEREABOUTS, NOW)
    visits.admit(dana, booked, NOW)
    return booked


def test_what_one_writes_the_other_reads(dana: Viewer, sam: Viewer, room: str) -> None:
    lines = calls.connect(dana, room, NOW), calls.connect(sam, room, NOW)
    chat.say(sam, room, "  I can't hear you ", NOW)
    chat.say(dana, room, "One moment", NOW + timedelta(seconds=1))
    expected = [(Seat.CLIENT, "I can't hear you"), (Seat.THERAPIST, "One moment")]
    for viewer in (dana, sam):
        found = calls.call_state(viewer, room, NOW).chat
        assert [(line.by, line.text) for line in found] == expected
    assert lines


def test_it_is_gone_with_the_room_and_was_never_written_down(dana: Viewer, sam: Viewer, room: str) -> None:
    line = calls.connect(dana, room, NOW)
    visits.state(dana, room, NOW)
    with db.reading() as session:
        before = session.scalars(select(func.count()).select_from(AuditEvent)).one()
    chat.say(dana, room, "A word that nobody keeps", NOW)
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(AuditEvent)).one() == before
    assert len(calls.call_state(dana, room, NOW).chat) == 1
    line.leg.close()
    del line
    gc.collect()
    assert calls.call_state(dana, room, NOW).chat == ()
    with pytest.raises(NotFound):
        chat.say(dana, room, "Still there?", NOW)


def test_lines_are_bounded_in_length_and_number(dana: Viewer, sam: Viewer, room: str) -> None:
    line = calls.connect(dana, room, NOW)
    for wrong in ("", "   ", "x" * (chat.LONGEST + 1)):
        with pytest.raises(InvalidInput):
            chat.say(dana, room, wrong, NOW)
    for number in range(chat.MOST + 3):
        chat.say(dana, room, str(number), NOW)
    assert [said.text for said in line.chat.lines] == [str(n) for n in range(3, chat.MOST + 3)]


def test_nobody_else_writes_or_reads(dana: Viewer, sam: Viewer, room: str) -> None:
    line = calls.connect(dana, room, NOW)
    for viewer in (make_client("Noor"), make_therapist("Per"), make_administrator()):
        with pytest.raises(NotFound):
            chat.say(viewer, room, "Hello", NOW)
        with pytest.raises(NotFound):
            calls.call_state(viewer, room, NOW)
    assert line.chat.lines == ()
    chat.say(sam, room, "Hello", NOW)
    assert len(line.chat.lines) == 1


def test_a_client_who_waits_neither_writes_nor_reads(dana: Viewer, sam: Viewer) -> None:
    booked = make_appointment(sam, dana, NOW + timedelta(hours=2))
    at = NOW + timedelta(hours=2)
    line = calls.connect(dana, booked, at)
    chat.say(dana, booked, "Nobody is here yet", at)
    with pytest.raises(NotAdmitted):
        chat.say(sam, booked, "Hello", at)
    assert calls.call_state(sam, booked, at).chat == ()
    assert len(line.chat.lines) == 1
