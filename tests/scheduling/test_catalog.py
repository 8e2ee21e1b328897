"""What the administrator keeps: session types, rules, rooms, closures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

import db
from clinic.errors import InvalidInput, NotFound
from clinic.people.viewer import Viewer
from clinic.scheduling.appointments import coming
from clinic.scheduling.catalog import (
    BookableBy,
    Modality,
    TypeDraft,
    add_type,
    booking_rules,
    change_type,
    end_type,
    resume_type,
    save_rules,
    session_types,
)
from clinic.scheduling.clinic_rooms import add_room, end_room, rooms
from clinic.scheduling.closures import add_closure, closures, remove_closure, sessions_on
from clinic.scheduling.rules import Rules
from clinic.scheduling.time_off import Kind, SpecialDraft, add_special
from db.tables import Reminder
from tests.databases import Database
from tests.factories import (
    NOW,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
)

FIRST = TypeDraft("First talk", 25, 5, 10, Modality.PHONE, BookableBy.ANYONE)


@pytest.fixture
def ada(database: Database) -> Viewer:
    make_clinic()
    return make_administrator("Ada Min")


def _wrong(act, *args: object) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        act(*args)
    return caught.value.fields


def test_a_session_type_is_added_changed_ended_and_used_again(ada: Viewer) -> None:
    add_type(ada, FIRST, NOW)
    video, phone = session_types(ada)
    assert (video.name, video.length_minutes, video.ended) == ("Video session", 50, False)
    assert (phone.before_minutes, phone.after_minutes, phone.modality) == (5, 10, Modality.PHONE)
    change_type(ada, phone.public_id, replace(FIRST, name="Phone call", length_minutes=30), NOW)
    end_type(ada, video.public_id, NOW)
    end_type(ada, video.public_id, NOW + timedelta(days=1))
    assert [(t.name, t.ended) for t in session_types(ada)] == [("Phone call", False), ("Video session", True)]
    resume_type(ada, video.public_id, NOW)
    assert not any(t.ended for t in session_types(ada))


def test_a_type_that_ends_or_changes_leaves_booked_sessions_as_they_are(ada: Viewer) -> None:
    dana = make_therapist("Dana")
    booked = make_appointment(make_client("Sam", therapist=dana), dana, NOW + timedelta(days=1))
    kept = session_types(ada)[0]
    change_type(ada, kept.public_id, replace(FIRST, name="Video session"), NOW)
    end_type(ada, kept.public_id, NOW)
    (still,) = coming(dana, NOW)
    assert still.public_id == booked
    assert still.ends_at - still.starts_at == timedelta(minutes=50)


def test_two_types_of_one_name_are_refused_while_both_can_be_booked(ada: Viewer) -> None:
    add_type(ada, FIRST, NOW)
    assert list(_wrong(add_type, ada, FIRST, NOW)) == ["name"]
    video, phone = session_types(ada)
    assert list(_wrong(change_type, ada, video.public_id, FIRST, NOW)) == ["name"]
    end_type(ada, phone.public_id, NOW)
    add_type(ada, FIRST, NOW)
    assert list(_wrong(resume_type, ada, phone.public_id, NOW)) == ["name"]
    assert len(session_types(ada)) == 3


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (replace(FIRST, name=" "), "name"),
        (replace(FIRST, name="x" * 61), "name"),
        (replace(FIRST, name="a\x00b"), "name"),
        (replace(FIRST, length_minutes=None), "length_minutes"),
        (replace(FIRST, length_minutes=4), "length_minutes"),
        (replace(FIRST, length_minutes=481), "length_minutes"),
        (replace(FIRST, before_minutes=-1), "before_minutes"),
        (replace(FIRST, after_minutes=121), "after_minutes"),
    ],
)
def test_a_type_that_makes_no_sense_is_said_and_not_kept(ada: Viewer, draft: TypeDraft, field: str) -> None:
    assert list(_wrong(add_type, ada, draft, NOW)) == [field]
    kept = session_types(ada)
    assert list(_wrong(change_type, ada, kept[0].public_id, draft, NOW)) == [field]
    assert session_types(ada) == kept


def test_the_clinics_rules_are_kept_and_read_back(ada: Viewer) -> None:
    assert booking_rules(ada) == Rules()
    wanted = Rules(120, 60, 6, 2880, (60, 10080, 60), 30, True)
    save_rules(ada, wanted, NOW)
    assert booking_rules(ada) == replace(wanted, reminder_minutes=(10080, 60))
    save_rules(ada, replace(wanted, daily_limit=None, reminder_minutes=()), NOW)
    assert booking_rules(ada) == replace(wanted, daily_limit=None, reminder_minutes=())


def test_coming_sessions_get_the_reminders_of_the_new_rules(ada: Viewer) -> None:
    dana = make_therapist("Dana")
    starts_at = NOW + timedelta(days=2)
    make_appointment(make_client("Sam", therapist=dana), dana, starts_at)
    save_rules(ada, Rules(reminder_minutes=(90,)), NOW)
    with db.reading() as session:
        due = set(session.scalars(select(Reminder.due_at)))
    assert due == {starts_at - timedelta(minutes=90)}


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (Rules(notice_minutes=-1), "notice_minutes"),
        (Rules(notice_minutes=43201), "notice_minutes"),
        (Rules(horizon_days=0), "horizon_days"),
        (Rules(horizon_days=367), "horizon_days"),
        (Rules(daily_limit=0), "daily_limit"),
        (Rules(change_until_minutes=-5), "change_until_minutes"),
        (Rules(offer_minutes=4), "offer_minutes"),
        (Rules(reminder_minutes=(1,)), "reminder_minutes"),
        (Rules(reminder_minutes=(10, 20, 30, 40, 50)), "reminder_minutes"),
    ],
)
def test_rules_outside_their_limits_are_said_and_not_kept(ada: Viewer, rules: Rules, field: str) -> None:
    assert list(_wrong(save_rules, ada, rules, NOW)) == [field]
    assert booking_rules(ada) == Rules()


def test_a_room_is_added_ended_and_used_again_under_its_name(ada: Viewer) -> None:
    add_room(ada, " Green room ", NOW)
    assert "room" in _wrong(add_room, ada, "Green room", NOW)
    assert "room" in _wrong(add_room, ada, "  ", NOW)
    (green,) = rooms(ada)
    end_room(ada, green.public_id, NOW)
    assert [(room.name, room.ended) for room in rooms(ada)] == [("Green room", True)]
    add_room(ada, "Green room", NOW)
    assert [(room.public_id, room.ended) for room in rooms(ada)] == [(green.public_id, False)]


def test_a_closure_is_whole_days_of_the_clinics_zone(ada: Viewer) -> None:
    add_closure(ada, "Easter", date(2026, 3, 28), date(2026, 3, 29), NOW)
    add_closure(ada, "Easter", date(2026, 3, 28), date(2026, 3, 29), NOW)
    (easter,) = closures(ada, NOW)
    assert easter.name == "Easter"
    assert easter.starts_at == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert easter.ends_at == datetime(2026, 3, 29, 22, tzinfo=UTC)  # the clocks go forward on the 29th
    assert closures(ada, easter.ends_at) == []
    remove_closure(ada, easter.public_id, NOW)
    assert closures(ada, NOW) == []


def test_a_closure_says_how_many_sessions_it_meets_and_cancels_none(ada: Viewer) -> None:
    dana = make_therapist("Dana")
    sam = make_client("Sam", therapist=dana)
    make_appointment(sam, dana, NOW + timedelta(days=1))
    make_appointment(sam, dana, NOW + timedelta(days=1, hours=2), cancelled=True)
    make_appointment(sam, dana, NOW + timedelta(days=3))
    tuesday = NOW.date() + timedelta(days=1)
    assert sessions_on(ada, tuesday, tuesday, NOW) == 1
    add_closure(ada, "Works", tuesday, tuesday, NOW)
    assert len(coming(dana, NOW)) == 2


def test_a_closure_that_makes_no_sense_is_said_and_not_kept(ada: Viewer) -> None:
    day = NOW.date()
    assert list(_wrong(add_closure, ada, "", None, day, NOW)) == ["closure", "first_on"]
    assert list(_wrong(add_closure, ada, "x", day, day - timedelta(days=1), NOW)) == ["last_on"]
    assert list(_wrong(add_closure, ada, "x", day - timedelta(days=2), day - timedelta(days=1), NOW)) == [
        "last_on"
    ]
    assert list(_wrong(add_closure, ada, "x" * 61, day, day, NOW)) == ["closure"]
    assert closures(ada, NOW) == []
    add_closure(ada, "x", day, day, NOW)
    assert len(closures(ada, NOW)) == 1


def test_a_therapists_time_off_is_no_closure(ada: Viewer) -> None:
    from clinic.scheduling.hours import own_hours

    dana = make_therapist("Dana")
    add_special(dana, SpecialDraft(Kind.OFF, NOW.date(), NOW.date()), NOW)
    off = own_hours(dana, NOW).special[0].public_id
    assert closures(ada, NOW) == []
    with pytest.raises(NotFound):
        remove_closure(ada, off, NOW)
    assert len(own_hours(dana, NOW).special) == 1
