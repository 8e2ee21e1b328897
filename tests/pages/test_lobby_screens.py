"""Before and after the call: the waiting room, letting in, attendance, the device check, as their people see
them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from streamlit.testing.v1 import AppTest

from clinic.records.note_formats import free
from clinic.records.notes import keep_note, read_note
from clinic.scheduling import catalog
from clinic.scheduling.rules import Rules
from clinic.video import attended, visits
from clinic.video.attendance import Attendance
from clinic.video.device_checks import keep_check
from tests.factories import AT_HOME, make_appointment, say_where
from tests.pages.conftest import Practice, links_of, text_of

FINE: dict[str, object] = {"camera": "ok", "microphone": "ok", "sound": "heard", "network": "ok"}


def _press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def _links(app: AppTest) -> set[str]:
    return {link.page for link in links_of(app)}


def test_a_client_says_where_they_are_with_what_is_missing_said_beside_it(practice: Practice) -> None:
    app = practice.open("room", practice.client, appointment=practice.appointment)
    assert "Where you are today" in text_of(app)
    _press(app, "Yes, this is right")
    words = text_of(app)
    assert "There is a problem" in words
    assert words.count("Choose whether you are alone.") == 2
    for part in ("place", "call_back", "contact"):
        key = f"room:where:{part}:{practice.appointment}"
        app.text_input(key=key).set_value(getattr(AT_HOME, part)).run()
    assert visits.state(practice.therapist, practice.appointment, datetime.now(UTC)).whereabouts.place
    app.radio(key=f"room:where:alone:{practice.appointment}").set_value(False).run()
    _press(app, "Yes, this is right")
    assert "Somebody is with you, or can hear you." in text_of(app)
    assert not app.exception
    _press(app, "Change this")
    assert app.text_input(key=f"room:where:place:{practice.appointment}").value == AT_HOME.place
    here = visits.state(practice.therapist, practice.appointment, datetime.now(UTC))
    assert (here.whereabouts.alone, here.confirmed_at is not None) == (False, True)


def test_the_last_place_is_suggested_to_be_confirmed(practice: Practice) -> None:
    now = datetime.now(UTC)
    before = make_appointment(practice.client, practice.therapist, now - timedelta(days=7), now=now)
    say_where(practice.client, before, now - timedelta(days=7))
    app = practice.open("room", practice.client, appointment=practice.appointment)
    assert app.text_input(key=f"room:where:place:{practice.appointment}").value == AT_HOME.place
    assert visits.state(practice.client, practice.appointment, now).confirmed_at is None


def test_who_waits_is_on_each_screen_of_their_therapist_and_of_nobody_else(practice: Practice) -> None:
    for name in ("clients", "calendar", "alerts", "today"):
        assert "Sam Rivera is waiting" not in text_of(practice.open(name, practice.therapist))
        visits.enter(practice.client, practice.appointment, datetime.now(UTC))
        assert "Sam Rivera is waiting** since" in text_of(practice.open(name, practice.therapist)), name
        visits.leave(practice.client, practice.appointment, datetime.now(UTC))
    visits.enter(practice.client, practice.appointment, datetime.now(UTC))
    assert "is waiting" not in text_of(practice.open("clients", practice.other_therapist))
    assert "is waiting" not in text_of(practice.open("clinic", practice.administrator))
    in_the_room = practice.open("room", practice.therapist, appointment=practice.appointment)
    assert "is waiting" not in text_of(in_the_room)


def test_a_therapist_sees_where_a_client_is_and_lets_them_in(practice: Practice) -> None:
    now = datetime.now(UTC)
    visits.enter(practice.client, practice.appointment, now)
    app = practice.open("room", practice.therapist, appointment=practice.appointment)
    assert "has not said where they are" in text_of(app)
    assert next(b for b in app.button if b.label == "Let Sam Rivera in").disabled
    say_where(practice.client, practice.appointment, now)
    app = practice.open("room", practice.therapist, appointment=practice.appointment)
    words = text_of(app)
    assert "At home, 5 Elm Road" in words
    assert "(tel:02079460100)" in words
    assert "They are alone." in words
    _press(app, "Let Sam Rivera in")
    assert visits.state(practice.client, practice.appointment, datetime.now(UTC)).may_talk


def test_after_a_session_each_sees_what_is_theirs(practice: Practice) -> None:
    now = datetime.now(UTC)
    make_appointment(practice.client, practice.therapist, now + timedelta(days=7), now=now)
    for viewer in (practice.client, practice.therapist):
        app = practice.open("room", viewer, appointment=practice.appointment)
        app.session_state[f"room:left:{practice.appointment}"] = "Other"
        app.run()
        words = text_of(app)
        assert "You left the session" in words
        assert "Next session" in words
        assert "by video." in words
        assert ("How the session was" in words) == (viewer is practice.therapist)
        assert ("Missed session" in [b.label for b in app.button]) == (viewer is practice.therapist)
        if viewer is practice.client:
            app.radio(key=f"room:feedback:{practice.appointment}").set_value("mostly").run()
            assert "Thank you. Saved." in text_of(app)
        else:
            assert "could see and hear well: mostly." in words
            _press(app, "Cut short")
            assert "You said: **cut short**." in text_of(app)


def test_sessions_to_confirm_are_counted_on_today_and_confirmed_one_by_one(practice: Practice) -> None:
    now = datetime.now(UTC)
    for days in (1, 2):
        make_appointment(practice.client, practice.therapist, now - timedelta(days=days), now=now)
    today = practice.open("today", practice.therapist)
    assert "2 sessions to confirm" in [link.label for link in links_of(today)]
    app = practice.open("attendance", practice.therapist)
    assert [b.label for b in app.button][:3] == ["Attended", "Cut short", "Missed session"]
    app.button[2].click().run()
    assert len(attended.to_confirm(practice.therapist, now)) == 1
    app.button[0].click().run()
    assert "Nothing to confirm." in text_of(app)
    record = practice.open("client_record", practice.therapist, client=practice.client.public_id)
    assert not record.exception
    # A client never reads of it.
    for name in ("sessions", "client_home"):
        words = text_of(practice.open(name, practice.client)).lower()
        assert "missed" not in words
        assert "no-show" not in words


def test_one_session_can_be_said_differently_later_and_nobody_elses(practice: Practice) -> None:
    attended.confirm_attendance(
        practice.therapist, practice.appointment, Attendance.ATTENDED.value, datetime.now(UTC)
    )
    app = practice.open("attendance", practice.therapist, session=practice.appointment)
    assert "You said: **attended**." in text_of(app)
    _press(app, "Missed session")
    assert "You said: **missed session**." in text_of(app)
    stranger = practice.open("attendance", practice.other_therapist, session=practice.appointment)
    assert "We can't find that page." in text_of(stranger)


def test_what_was_noted_in_a_session_is_read_and_gone_on_with_afterwards(practice: Practice) -> None:
    now = datetime.now(UTC)
    keep_note(practice.therapist, practice.appointment, free("Slept badly"), 0, now)
    app = practice.open("attendance", practice.therapist, session=practice.appointment)
    assert app.text_area[0].value == "Slept badly"
    app.text_area[0].set_value("Slept badly all week").run()
    assert (
        read_note(practice.therapist, practice.appointment, now).draft.texts["text"] == "Slept badly all week"
    )
    stranger = practice.open("attendance", practice.other_therapist, session=practice.appointment)
    assert not stranger.text_area


def test_the_last_device_check_is_said_to_its_person_and_their_therapist(practice: Practice) -> None:
    for name in ("client_home", "account"):
        assert any("device_check" in page for page in _links(practice.open(name, practice.client))), name
    for name in ("today", "account"):
        assert any("device_check" in page for page in _links(practice.open(name, practice.therapist))), name
    assert "not tried yet" in text_of(practice.open("today", practice.therapist))
    keep_check(practice.client, FINE, datetime.now(UTC))
    assert "Camera and sound worked on" in text_of(practice.open("device_check", practice.client))
    assert "Camera and sound worked on" in text_of(practice.open("today", practice.therapist))
    record = practice.open("client_record", practice.therapist, client=practice.client.public_id)
    assert "Camera and sound worked on" in text_of(record)
    assert "worked on" not in text_of(practice.open("device_check", practice.therapist))


def test_the_administrator_says_when_rooms_open(practice: Practice) -> None:
    app = practice.open("booking_rules", practice.administrator)
    assert "15 minutes before" in str([table.value for table in app.table])
    catalog.save_rules(practice.administrator, Rules(room_opens_minutes=0), datetime.now(UTC))
    app = practice.open("booking_rules", practice.administrator)
    assert "When the session starts" in str([table.value for table in app.table])
