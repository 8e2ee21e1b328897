"""Where the client is, said before they are let in; what is suggested; and the way past it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

import db
from clinic.errors import InvalidInput, NotConfirmed, NotFound, RoomNotOpen
from clinic.people.viewer import Viewer
from clinic.video import gate, visits
from clinic.video.visits import Whereabouts
from db.tables import AuditEvent, Visit
from tests.databases import Database
from tests.factories import (
    AT_HOME,
    NOW,
    keep_intake,
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


def _with(part: str, value: Any) -> Whereabouts:
    """At home, but for one part."""
    return replace(AT_HOME, **{part: value})


def test_a_client_who_has_not_said_where_they_are_is_not_let_in(dana: Viewer, sam: Viewer, room: str) -> None:
    visits.enter(sam, room, NOW)
    with pytest.raises(NotConfirmed):
        visits.admit(dana, room, NOW)
    assert not visits.state(sam, room, NOW).may_talk
    said = gate.confirm(sam, room, AT_HOME, NOW + SECOND)
    assert (said.whereabouts, said.confirmed_at) == (AT_HOME, NOW + SECOND)
    seen = visits.state(dana, room, NOW + SECOND)
    assert (seen.whereabouts, seen.confirmed_at) == (AT_HOME, NOW + SECOND)
    assert visits.admit(dana, room, NOW + SECOND).admitted_at == NOW + SECOND


def test_what_was_typed_is_kept_and_counts_once_confirmed(dana: Viewer, sam: Viewer, room: str) -> None:
    gate.keep(sam, room, "place", "At my sister's", NOW)
    gate.keep(sam, room, "alone", "not_alone", NOW)
    assert gate.suggested(sam, room, NOW) == Whereabouts("At my sister's", "", "", alone=False)
    assert visits.state(dana, room, NOW).confirmed_at is None
    with pytest.raises(NotConfirmed):
        visits.admit(dana, room, NOW)
    gate.confirm(sam, room, AT_HOME, NOW)
    gate.keep(sam, room, "place", AT_HOME.place, NOW)
    assert visits.state(dana, room, NOW).confirmed_at == NOW, "the same words change nothing"
    gate.keep(sam, room, "place", "On a train", NOW)
    assert visits.state(dana, room, NOW).confirmed_at is None


def test_the_last_session_and_the_intake_are_suggested_and_never_confirmed(dana: Viewer, sam: Viewer) -> None:
    keep_intake(
        sam,
        {
            "phone": "01 555",
            "emergency_name": "Lena",
            "emergency_relation": "Sister",
            "emergency_phone": "01 556",
        },
    )
    before = make_appointment(sam, dana, NOW - timedelta(days=7))
    now_room = make_appointment(sam, dana, NOW)
    assert gate.suggested(sam, now_room, NOW) == Whereabouts("", "01 555", "Lena (Sister), 01 556", None)
    gate.confirm(sam, before, AT_HOME, NOW - timedelta(days=7))
    assert gate.suggested(sam, now_room, NOW) == replace(AT_HOME, alone=None)
    assert visits.enter(sam, now_room, NOW).confirmed_at is None
    with pytest.raises(NotConfirmed):
        visits.admit(dana, now_room, NOW)


def test_another_clients_last_place_is_never_suggested(dana: Viewer, sam: Viewer, room: str) -> None:
    gate.confirm(sam, room, AT_HOME, NOW)
    noor = make_client("Noor", therapist=dana)
    theirs = make_appointment(noor, dana, NOW + timedelta(minutes=55))
    assert gate.suggested(noor, theirs, NOW + timedelta(minutes=50)) == Whereabouts("", "", "", None)


@pytest.mark.parametrize("part", gate.PARTS)
def test_each_part_is_needed_and_has_a_longest_length(sam: Viewer, room: str, part: str) -> None:
    longest = gate.LONGEST[part]
    wrongs: tuple[Any, ...] = ("", "   ", "x" * (longest + 1), "\ud800", None, 5)
    for wrong in wrongs:
        with pytest.raises(InvalidInput) as refused:
            gate.confirm(sam, room, _with(part, wrong), NOW)
        assert list(refused.value.fields) == [part]
    with pytest.raises(InvalidInput):
        gate.keep(sam, room, part, "x" * (longest + 1), NOW)
    gate.keep(sam, room, part, "x" * longest, NOW)
    assert gate.confirm(sam, room, _with(part, "x" * longest), NOW).confirmed_at == NOW


@pytest.mark.parametrize("alone", [None, "alone", 1, "yes"])
def test_it_is_said_whether_one_is_alone(sam: Viewer, room: str, alone: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        gate.confirm(sam, room, replace(AT_HOME, alone=alone), NOW)
    assert list(refused.value.fields) == ["alone"]


@pytest.mark.parametrize(
    ("part", "value"), [("alone", "perhaps"), ("admitted_at", "x"), ("", ""), ("place", 5)]
)
def test_nothing_else_can_be_kept(sam: Viewer, room: str, part: str, value: Any) -> None:
    with pytest.raises(InvalidInput):
        gate.keep(sam, room, part, value, NOW)
    assert not visits.enter(sam, room, NOW).may_talk


def test_nobody_else_says_or_reads_where_a_client_is(dana: Viewer, sam: Viewer, room: str) -> None:
    gate.confirm(sam, room, AT_HOME, NOW)
    acts = (
        lambda v: gate.suggested(v, room, NOW),
        lambda v: gate.keep(v, room, "place", "Elsewhere", NOW),
        lambda v: gate.confirm(v, room, AT_HOME, NOW),
        lambda v: gate.pass_gate(v, room, "In danger now", NOW),
    )
    for viewer in (make_client("Noor"), make_therapist("Per"), make_administrator()):
        for act in acts:
            with pytest.raises(NotFound):
                act(viewer)
    for act in acts[:3]:
        with pytest.raises(NotFound):
            act(dana)
    with pytest.raises(NotFound):
        gate.pass_gate(sam, room, "In danger now", NOW)
    assert visits.state(dana, room, NOW).whereabouts == AT_HOME


def test_it_is_said_while_the_room_is_open_and_not_before(sam: Viewer, room: str) -> None:
    early = NOW - timedelta(minutes=16)
    for act in (
        lambda at: gate.suggested(sam, room, at),
        lambda at: gate.keep(sam, room, "place", "x", at),
        lambda at: gate.confirm(sam, room, AT_HOME, at),
    ):
        with pytest.raises(RoomNotOpen):
            act(early)
        act(NOW)


def test_the_gate_is_passed_with_a_reason_which_is_sealed(dana: Viewer, sam: Viewer, room: str) -> None:
    visits.enter(sam, room, NOW)
    for reason in ("", "too short", " " * 20, "x" * 501):
        with pytest.raises(InvalidInput):
            gate.pass_gate(dana, room, reason, NOW)
    assert not visits.state(sam, room, NOW).may_talk
    reason = "In distress, will not say where"
    assert gate.pass_gate(dana, room, reason, NOW).gate_passed_at == NOW
    assert visits.state(sam, room, NOW).may_talk
    gate.pass_gate(dana, room, "Another reason altogether", NOW + SECOND)
    with db.reading() as session:
        visit = session.scalars(select(Visit)).one()
        gone = session.scalars(select(AuditEvent).where(AuditEvent.action == "room.gate")).all()
    assert (visit.gate_reason, visit.gate_passed_at) == (reason, NOW)
    assert reason.encode() not in (visit.gate_reason_sealed or b"")
    assert [event.client_id for event in gone] == [sam.account_id]
    assert reason not in str(vars(gone[0]))


def test_whoever_was_let_in_is_not_asked_again(dana: Viewer, sam: Viewer, room: str) -> None:
    say_where(sam, room)
    visits.admit(dana, room, NOW)
    visits.leave(sam, room, NOW)
    assert visits.enter(sam, room, NOW + timedelta(minutes=5)).may_talk
