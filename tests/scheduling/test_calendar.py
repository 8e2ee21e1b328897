"""A therapist's week and the administrator's list of who is booked when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

import db
from clinic.errors import NotFound
from clinic.people.viewer import Viewer
from clinic.scheduling.booking import book_for
from clinic.scheduling.calendar import booked_on, week
from clinic.scheduling.intervals import Span
from db.tables import HoursException
from tests.databases import Database
from tests.factories import (
    NOW,
    first_kind,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_kind,
    make_room,
    make_therapist,
)

MONDAY = date(2026, 3, 2)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana")


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def test_a_week_holds_appointments_with_buffers_free_time_and_time_off(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    buffered = make_kind(before=10, after=20)
    made = book_for(dana, sam.public_id, buffered, _at(3, 10), "k", NOW)
    make_appointment(sam, dana, _at(10, 10))
    make_appointment(sam, dana, _at(4, 10), cancelled=True)
    with db.unit_of_work() as session:
        off = HoursException(therapist_id=dana.account_id, kind="off", starts_at=_at(5, 0), ends_at=_at(6, 0))
        off.note = "Training"
        closed = HoursException(therapist_id=None, kind="off", starts_at=_at(8, 12), ends_at=_at(9, 12))
        session.add_all([off, closed])
    found = week(dana, MONDAY, NOW)
    assert [a.public_id for a in found.appointments] == [made.public_id]
    # 9:00 to 17:00 in Vienna is an hour earlier in UTC.
    assert found.free == (
        Span(_at(2, 8), _at(2, 16)),
        Span(_at(3, 8), _at(3, 9, 50)),
        Span(_at(3, 11, 10), _at(3, 16)),
        Span(_at(4, 8), _at(4, 16)),
        Span(_at(6, 8), _at(6, 16)),
    )
    assert [(o.span, o.is_closure, o.note) for o in found.off] == [
        (Span(_at(5, 0), _at(6, 0)), False, "Training"),
        (Span(_at(8, 12), _at(8, 23)), True, ""),
    ]
    assert week(dana, MONDAY + timedelta(days=6), NOW) == found, "any day of it names the week"


def test_a_week_of_a_clock_change_has_as_many_hours_as_it_has(dana: Viewer) -> None:
    lou = make_therapist("Lou", zone="America/New_York")
    spans = week(lou, date(2026, 3, 2), NOW).free, week(lou, date(2026, 3, 9), NOW).free
    assert [span.starts_at.hour for span in spans[0]] == [14] * 5
    assert [span.starts_at.hour for span in spans[1]] == [13] * 5


def test_a_week_is_ones_own(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    make_appointment(sam, dana, _at(3, 10))
    assert week(make_therapist("Per"), MONDAY, NOW).appointments == ()
    for viewer in (sam, make_administrator()):
        with pytest.raises(NotFound):
            week(viewer, MONDAY, NOW)
    assert len(week(dana, MONDAY, NOW).appointments) == 1


def test_the_administrator_sees_who_is_booked_when_and_where(dana: Viewer) -> None:
    sam, ada = make_client("Sam", therapist=dana), make_administrator("Ada")
    kind = make_kind("Talk", modality="in_person")
    make_room("Oak")
    book_for(dana, sam.public_id, kind, _at(3, 10), "k", NOW)
    book_for(dana, sam.public_id, first_kind(), _at(4, 10), "l", NOW)
    make_appointment(sam, dana, _at(3, 12), cancelled=True)
    found = booked_on(ada, date(2026, 3, 3), date(2026, 3, 3))
    assert [(b.starts_at, b.therapist_name, b.client_name) for b in found] == [(_at(3, 10), "Dana", "Sam")]
    assert (found[0].session_type_name, found[0].modality, found[0].room_name) == ("Talk", "in_person", "Oak")
    assert len(booked_on(ada, date(2026, 3, 3), date(2026, 3, 4))) == 2
    for viewer in (dana, sam):
        with pytest.raises(NotFound):
            booked_on(viewer, date(2026, 3, 3), date(2026, 3, 3))
