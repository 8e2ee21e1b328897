"""A connection is given to whoever may talk, and is taken from whoever may not any more."""

from __future__ import annotations

import gc
import time
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import event, select, update

import db
from clinic.errors import CallsFull, NotAdmitted, NotFound, NotSignedIn
from clinic.people import accounts, sign_in
from clinic.people.viewer import Viewer
from clinic.video import calls, gate, visits
from clinic.video.relay import Leg, Relay
from clinic.video.rooms import Seat, closes_at
from db.tables import Appointment, VisitSpell
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

WHEREABOUTS = visits.Whereabouts("At home", "07700 900482", "Lena, 07700 900111", True)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def nobody_else_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections of earlier tests' databases are no part of this one's round."""
    monkeypatch.setattr(calls, "_calls", WeakKeyDictionary())
    monkeypatch.setattr(calls, "_open", {})
    monkeypatch.setattr(calls, "relay", Relay())


def _admit(client: Viewer, therapist: Viewer, room: str) -> None:
    gate.confirm(client, room, WHEREABOUTS, NOW)
    visits.enter(client, room, NOW)
    visits.admit(therapist, room, NOW)


def _speaks(leg: Leg) -> None:
    """Media comes from this person, as it does once their browser is connected."""
    leg._heard(time.monotonic())


def _spells() -> list[tuple[str, datetime, datetime, datetime | None, str | None]]:
    with db.reading() as session:
        rows = session.scalars(select(VisitSpell).order_by(VisitSpell.id))
        return [(row.seat, row.began_at, row.seen_at, row.ended_at, row.ending) for row in rows]


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


def test_a_client_gets_a_connection_once_they_are_let_in(dana: Viewer, sam: Viewer, room: str) -> None:
    visits.enter(sam, room, NOW)
    with pytest.raises(NotAdmitted):
        calls.connect(sam, room, NOW)
    assert calls.connect(dana, room, NOW).leg.seat is Seat.THERAPIST
    _admit(sam, dana, room)
    assert calls.connect(sam, room, NOW).leg.seat is Seat.CLIENT


def test_nobody_else_gets_one(dana: Viewer, sam: Viewer, room: str) -> None:
    _admit(sam, dana, room)
    for viewer in (make_client("Noor"), make_therapist("Per"), make_administrator()):
        with pytest.raises(NotFound):
            calls.connect(viewer, room, NOW)
    assert calls.connect(sam, room, NOW)


@pytest.mark.parametrize("how", ["signed out", "closed", "cancelled", "over"])
def test_a_call_ends_for_whoever_may_not_be_in_it_any_more(database: Database, how: str) -> None:
    make_clinic()
    dana = make_therapist("Dana")
    sam = make_client("Sam", therapist=dana)
    meeting = make_appointment(sam, dana, NOW)
    _admit(sam, dana, meeting)
    theirs, other = calls.connect(sam, meeting, NOW).leg, calls.connect(dana, meeting, NOW).leg
    assert calls.close_ended(NOW) == 0
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
    assert calls.close_ended(at) == (2 if both else 1)
    assert theirs.closed
    assert other.closed == both
    assert calls.close_ended(at) == 0


def test_whoever_is_in_a_call_is_not_signed_out_for_being_idle(database: Database) -> None:
    make_clinic()
    dana = make_therapist("Dana")
    meeting = make_appointment(make_client("Sam", therapist=dana), dana, NOW)
    token = cookie_of(dana, NOW)
    line = calls.connect(sign_in.viewer_for(token, NOW), meeting, NOW)
    for minutes in range(0, 50, 5):
        calls.close_ended(NOW + timedelta(minutes=minutes))
    assert not line.leg.closed
    assert sign_in.viewer_for(token, NOW + timedelta(minutes=55))
    line.leg.close()
    with pytest.raises(NotSignedIn):
        sign_in.viewer_for(token, NOW + timedelta(minutes=75))


def test_a_full_house_is_said_in_words(
    dana: Viewer, sam: Viewer, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "relay", Relay(limit=0))
    with pytest.raises(CallsFull) as refused:
        calls.connect(dana, room, NOW)
    assert "by phone" in refused.value.sentence
    monkeypatch.setattr(calls, "relay", Relay(limit=1))
    assert calls.connect(dana, room, NOW)


def test_a_spell_begins_with_the_first_media_and_says_again_that_it_goes_on(
    dana: Viewer, sam: Viewer, room: str
) -> None:
    line = calls.connect(dana, room, NOW)
    calls.close_ended(NOW)
    assert _spells() == [], "a page that never got a picture across was not in the call"
    _speaks(line.leg)
    for seconds in (2, 4, 16, 17, 33):
        calls.close_ended(NOW + seconds * SECOND)
        [(seat, began, seen, ended, _)] = _spells()
        assert (seat, ended) == ("therapist", None)
        assert abs(began - NOW) < 3 * SECOND
        assert seen == NOW + (2 if seconds < 17 else 17 if seconds < 32 else 33) * SECOND
    line.hang_up(left=True)
    calls.close_ended(NOW + 35 * SECOND)
    assert _spells()[0][4] == "left"


@pytest.mark.parametrize("how", ["left", "lost", "replaced", "closed"])
def test_how_a_spell_ended_is_written_down(dana: Viewer, sam: Viewer, room: str, how: str) -> None:
    line = calls.connect(dana, room, NOW)
    _speaks(line.leg)
    calls.close_ended(NOW)
    if how == "replaced":
        other = calls.connect(dana, room, NOW)
        _speaks(other.leg)
    elif how == "closed":
        sign_in.sign_out(dana, NOW)
    else:
        line.hang_up(left=how == "left")
    calls.close_ended(NOW + 2 * SECOND)
    found = _spells()
    assert found[0][4] == how
    assert found[0][3] is not None
    assert len(found) == (2 if how == "replaced" else 1)
    calls.close_ended(NOW + 20 * SECOND)
    assert _spells()[0] == found[0], "once it is written it stays"


def test_the_end_is_when_they_fell_silent_and_not_when_that_was_noticed(
    dana: Viewer, sam: Viewer, room: str
) -> None:
    line = calls.connect(dana, room, NOW)
    _speaks(line.leg)
    line.leg.began_at = time.monotonic() - 100
    line.leg.heard_at = time.monotonic() - 28
    calls.close_ended(NOW)
    line.leg.close()
    calls.close_ended(NOW)
    [(_, began, _, ended, ending)] = _spells()
    assert ended is not None
    assert abs(began - (NOW - 100 * SECOND)) < SECOND
    assert abs(ended - (NOW - 28 * SECOND)) < SECOND
    assert ending == "lost"


def test_a_spell_is_ended_although_nobody_keeps_its_connection(dana: Viewer, room: str, sam: Viewer) -> None:
    line = calls.connect(dana, room, NOW)
    _speaks(line.leg)
    calls.close_ended(NOW)
    line.leg.close()
    del line
    gc.collect()
    calls.close_ended(NOW + SECOND)
    assert _spells()[0][4] == "lost"
    assert not calls._open


def test_spells_of_a_killed_process_end_when_they_were_last_seen(
    dana: Viewer, sam: Viewer, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = calls.connect(dana, room, NOW)
    _speaks(line.leg)
    calls.close_ended(NOW)
    # Another process starts; it knows nothing of the first one's connections.
    monkeypatch.setattr(calls, "_calls", WeakKeyDictionary())
    monkeypatch.setattr(calls, "_open", {})
    assert calls.end_abandoned(NOW + timedelta(minutes=1)) == 0, "it may still be going on elsewhere"
    assert calls.end_abandoned(NOW + timedelta(minutes=1, seconds=1)) == 1
    [(_, _, seen, ended, ending)] = _spells()
    assert (seen, ended, ending) == (NOW, NOW, "lost")
    assert calls.end_abandoned(NOW + timedelta(minutes=5)) == 0


def test_a_round_in_which_nothing_changes_writes_nothing(dana: Viewer, sam: Viewer, room: str) -> None:
    line = calls.connect(dana, room, NOW)
    _speaks(line.leg)
    calls.close_ended(NOW)
    said: list[str] = []

    def listen(*given: object) -> None:
        said.append(str(given[2]))

    event.listen(db.engine(), "before_cursor_execute", listen)
    try:
        calls.close_ended(NOW + 2 * SECOND)
        assert len([one for one in said if one.startswith("SELECT")]) == 2
        assert not [one for one in said if one.startswith(("INSERT", "UPDATE", "DELETE"))]
        said.clear()
        calls.close_ended(NOW + 20 * SECOND)
        assert [one for one in said if one.startswith("UPDATE")]
    finally:
        event.remove(db.engine(), "before_cursor_execute", listen)
        line.leg.close()


def test_each_is_told_what_becomes_of_the_other(dana: Viewer, sam: Viewer, room: str) -> None:
    assert calls.call_state(dana, room, NOW).other == "away"
    _admit(sam, dana, room)
    assert calls.call_state(dana, room, NOW).other == "connecting"
    line = calls.connect(sam, room, NOW)
    assert calls.call_state(dana, room, NOW).other == "connecting"
    _speaks(line.leg)
    found = calls.call_state(dana, room, NOW)
    assert (found.other, found.other_sound_only) == ("here", False)
    line.leg.sound_only = True
    assert calls.call_state(dana, room, NOW).other_sound_only
    line.leg.heard_at = time.monotonic() - 6
    assert calls.call_state(dana, room, NOW).other == "dropped"
    calls.close_ended(NOW)
    line.leg.close()
    calls.close_ended(NOW)
    assert calls.call_state(dana, room, NOW + SECOND).other == "dropped"
    assert calls.call_state(dana, room, NOW + timedelta(minutes=5)).other == "away"


def test_somebody_who_left_is_not_said_to_be_coming_back(dana: Viewer, sam: Viewer, room: str) -> None:
    _admit(sam, dana, room)
    line = calls.connect(sam, room, NOW)
    _speaks(line.leg)
    calls.close_ended(NOW)
    line.hang_up(left=True)
    visits.leave(sam, room, NOW)
    assert calls.call_state(dana, room, NOW).other == "away"
    calls.close_ended(NOW)
    assert calls.call_state(dana, room, NOW).other == "away"
