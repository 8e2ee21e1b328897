"""The private calendar address: what it shows, to whom, and that it can be taken back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select

import db
from clinic.errors import NotFound, PasswordNeeded
from clinic.oversight.own_data import own_data
from clinic.people import accounts
from clinic.people.viewer import Viewer
from clinic.scheduling.booking import book, cancel, move
from clinic.scheduling.feed import appointment_file, make_feed, own_feed, read_feed, revoke_feed
from db.tables import AuditEvent, CalendarFeed
from tests.databases import Database
from tests.factories import (
    NOW,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
)

AT = datetime(2026, 3, 5, 13, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor", email="dana@example.org")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", email="sam@example.org", therapist=dana)


def _events(content: bytes) -> dict[str, Any]:
    """By UID."""
    calendar: Any = Calendar.from_ical(content)
    assert str(calendar["METHOD"]) == "PUBLISH"
    return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


def test_the_address_shows_coming_and_past_appointments_of_its_person(dana: Viewer, sam: Viewer) -> None:
    noor = make_client("Noor", therapist=make_therapist("Per"))
    coming = book(sam, dana.public_id, AT, "k", NOW).public_id
    past = make_appointment(sam, dana, NOW - 89 * DAY)
    make_appointment(sam, dana, NOW - 91 * DAY)
    gone = make_appointment(sam, dana, AT + DAY, cancelled=True)
    for viewer in (sam, dana):
        events = _events(read_feed(make_feed(viewer, NOW), NOW))
        assert set(events) == {f"{one}@quiet-room" for one in (coming, past, gone)}
        assert events[f"{coming}@quiet-room"]["DTSTART"].dt == AT
        assert str(events[f"{gone}@quiet-room"]["STATUS"]) == "CANCELLED"
        assert str(events[f"{past}@quiet-room"]["STATUS"]) == "CONFIRMED"
    assert _events(read_feed(make_feed(noor, NOW), NOW)) == {}


def test_it_names_nobody_and_says_nothing_but_when(dana: Viewer, sam: Viewer) -> None:
    book(sam, dana.public_id, AT, "k", NOW)
    for viewer in (sam, dana):
        content = read_feed(make_feed(viewer, NOW), NOW)
        assert {str(event["SUMMARY"]) for event in _events(content).values()} == {"Appointment"}
        for word in (b"Sam", b"Rivera", b"Dana", b"Okafor", b"example.org", b"Linden", b"ideo", b"ession"):
            assert word not in content


def test_a_move_and_a_cancellation_change_the_same_entry(dana: Viewer, sam: Viewer) -> None:
    token = make_feed(sam, NOW)
    made = book(sam, dana.public_id, AT, "k", NOW)
    uid = f"{made.public_id}@quiet-room"
    before = read_feed(token, NOW)
    assert read_feed(token, NOW + timedelta(hours=1)) == before, "unchanged, to the letter"
    move(dana, made.public_id, AT + DAY, "m", NOW + timedelta(minutes=1))
    moved = _events(read_feed(token, NOW))[uid]
    cancel(sam, made.public_id, NOW + timedelta(minutes=2))
    gone = _events(read_feed(token, NOW))[uid]
    assert (moved["DTSTART"].dt, int(moved["SEQUENCE"])) == (AT + DAY, 1)
    assert moved["DTSTAMP"].dt == NOW + timedelta(minutes=1)
    assert (str(gone["STATUS"]), int(gone["SEQUENCE"])) == ("CANCELLED", 2)


def test_only_the_newest_address_opens_and_none_once_it_is_revoked(dana: Viewer, sam: Viewer) -> None:
    assert own_feed(sam) is None
    first = make_feed(sam, NOW)
    second = make_feed(sam, NOW + timedelta(minutes=5))
    read_feed(second, NOW)
    feed = own_feed(sam)
    assert feed is not None
    assert feed.made_at == NOW + timedelta(minutes=5)
    for nothing in (first, "", "x" * 32, "\ud800", second + "x"):
        with pytest.raises(NotFound):
            read_feed(nothing, NOW)
    revoke_feed(sam, NOW)
    revoke_feed(sam, NOW)
    assert own_feed(sam) is None
    with pytest.raises(NotFound):
        read_feed(second, NOW)


def test_a_closed_accounts_address_opens_nothing(dana: Viewer, sam: Viewer) -> None:
    token, ada = make_feed(sam, NOW), make_administrator()
    accounts.disable(ada, sam.public_id, NOW)
    with pytest.raises(NotFound):
        read_feed(token, NOW)
    accounts.enable(ada, sam.public_id, NOW)
    read_feed(token, NOW)


def test_making_one_asks_for_the_password_again(dana: Viewer, sam: Viewer) -> None:
    long_ago = replace(sam, password_at=NOW - timedelta(minutes=11))
    with pytest.raises(PasswordNeeded):
        make_feed(long_ago, NOW)
    revoke_feed(long_ago, NOW)
    assert make_feed(sam, NOW)


def test_the_token_is_random_and_kept_nowhere(dana: Viewer, sam: Viewer) -> None:
    tokens = {make_feed(sam, NOW) for _ in range(5)}
    assert len(tokens) == 5
    assert all(len(token) == 32 for token in tokens), "192 bits"
    with db.reading() as session:
        rows = session.scalars(select(CalendarFeed)).all()
        said = {row.object_id for row in session.scalars(select(AuditEvent))}
    assert {row.token_hash for row in rows} == {hashlib.sha256(t.encode()).hexdigest() for t in tokens}
    assert not said & tokens
    exported = own_data(sam, NOW)[2].decode()
    assert json.loads(exported)["calendar_feed"]
    assert not any(token in exported for token in tokens)


def test_one_appointment_is_a_file_for_its_people_alone(dana: Viewer, sam: Viewer) -> None:
    made = book(sam, dana.public_id, AT, "k", NOW)
    for viewer in (sam, dana):
        name, kind, content = appointment_file(viewer, made.public_id, NOW)
        assert (name, kind) == ("appointment.ics", "text/calendar; charset=utf-8")
        assert list(_events(content)) == [f"{made.public_id}@quiet-room"]
    for stranger in (make_client("Noor"), make_therapist("Per")):
        for asked in (made.public_id, "missing", ""):
            with pytest.raises(NotFound):
                appointment_file(stranger, asked, NOW)
