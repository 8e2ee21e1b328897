"""The room's screens in a call: what each of the two has, and what each state says and offers."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, update
from streamlit.testing.v1 import AppTest

import db
from clinic.records.note_formats import free
from clinic.records.notes import keep_note, read_note
from clinic.video import calls, gate, visits
from clinic.video.by_phone import go_on_by_phone
from clinic.video.relay import Leg, Relay
from clinic.video.rooms import Seat
from components import video
from components.connection import MOST_TRIES
from db.tables import Appointment, QuestionnaireResponse, Visit
from tests.pages.conftest import Practice, links_of, text_of

WHEREABOUTS = visits.Whereabouts("At home", "07700 900482", "Lena, 07700 900111", True)


@pytest.fixture(autouse=True)
def around(monkeypatch: pytest.MonkeyPatch) -> None:
    """No calls of other tests. AppTest has no browser and no server for the video library's frame."""
    monkeypatch.setattr(calls, "relay", Relay())
    monkeypatch.setattr(video, "webrtc_streamer", lambda **given: None)


def _admitted(practice: Practice) -> None:
    now = datetime.now(UTC)
    gate.confirm(practice.client, practice.appointment, WHEREABOUTS, now)
    visits.enter(practice.client, practice.appointment, now)
    visits.admit(practice.therapist, practice.appointment, now)


def _open(practice: Practice, seat: Seat) -> AppTest:
    viewer = practice.client if seat is Seat.CLIENT else practice.therapist
    app = practice.open("room", viewer, appointment=practice.appointment)
    assert not app.exception
    return app


def _leg(app: AppTest, practice: Practice) -> Leg:
    line: calls.Line = app.session_state[f"room:line:{practice.appointment}"]
    return line.leg


def _labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def _press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def test_the_call_says_that_nothing_is_recorded_and_how_long_it_lasts(practice: Practice) -> None:
    _admitted(practice)
    app = _open(practice, Seat.CLIENT)
    words = text_of(app)
    assert "Nothing is recorded." in words
    assert "45 minutes left" in words
    assert "Kept nowhere, and gone when the call ends." in words
    assert "Leave" in _labels(app)
    assert "Your notes on this session" not in [area.label for area in app.text_area]


def test_the_therapist_has_place_number_notes_and_measures_beside_the_picture(practice: Practice) -> None:
    _admitted(practice)
    app = _open(practice, Seat.THERAPIST)
    words = text_of(app)
    assert "At home" in words
    assert "07700 900482" in words
    assert "Your notes on this session" in [area.label for area in app.text_area]
    assert "Measures, filled in together" in [box.label for box in app.expander]
    assert "Help now" not in [box.label for box in app.expander]


def test_crisis_help_is_on_the_clients_own_page(practice: Practice) -> None:
    _admitted(practice)
    app = _open(practice, Seat.CLIENT)
    assert "Help now" in [box.label for box in app.expander]


def test_a_note_is_kept_as_it_is_typed_and_a_second_window_is_told(practice: Practice) -> None:
    _admitted(practice)
    app = _open(practice, Seat.THERAPIST)
    now = datetime.now(UTC)
    app.text_area[0].set_value("Slept badly").run()
    assert read_note(practice.therapist, practice.appointment, now).draft.texts["text"] == "Slept badly"
    keep_note(practice.therapist, practice.appointment, free("From elsewhere"), 1, now)
    app.text_area[0].set_value("Slept badly all week").run()
    assert "changed in another window" in text_of(app)
    assert "From elsewhere" in text_of(app)
    assert app.text_area[0].value == "Slept badly all week", "nothing typed is lost"
    _press(app, "Keep what I typed here")
    assert (
        read_note(practice.therapist, practice.appointment, now).draft.texts["text"] == "Slept badly all week"
    )
    assert "From elsewhere" not in text_of(app)


def test_a_frozen_connection_is_begun_anew_a_few_times_and_then_the_phone_is_offered(
    practice: Practice,
) -> None:
    _admitted(practice)
    app = _open(practice, Seat.THERAPIST)
    seen: list[Leg] = []
    for _ in range(MOST_TRIES + 1):
        leg = _leg(app, practice)
        assert leg not in seen, "each try is a connection of its own"
        seen.append(leg)
        now = time.monotonic()
        leg._heard(now - 6)
        assert leg.quality().word == "frozen"
        # A later try is given longer; as if it had been.
        app.session_state[f"room:course:{practice.appointment}"].frozen_since = now - 10
        app.run()
        app.run()
        assert leg.closed
    words = text_of(app)
    assert "stopped carrying picture and sound" in words
    assert {"Call by phone instead", "Try the video again"} <= set(_labels(app))
    assert [button.label for button in app.button if button.proto.type == "primary"] == [
        "Call by phone instead"
    ]
    _press(app, "Call by phone instead")
    assert "You go on by phone: 07700 900482" in text_of(app).replace("[", "").replace("]", "")
    with db.reading() as session:
        assert session.scalars(select(Visit.by_phone_at)).one() is not None
    _press(app, "Try the video again")
    assert not _leg(app, practice).closed


def test_a_client_is_told_of_a_drop_and_of_the_phone(practice: Practice) -> None:
    _admitted(practice)
    app = _open(practice, Seat.CLIENT)
    _leg(app, practice).close()
    app.run()
    app.run()
    assert "Connecting takes longer than usual. We are trying again." in text_of(app)
    _leg(app, practice)._heard(time.monotonic())
    app.run()
    _leg(app, practice).close()
    app.run()
    app.run()
    assert "The connection dropped. We are trying again." in text_of(app)
    assert "Dana Okafor will phone you on the number ending 482." in text_of(app)
    go_on_by_phone(practice.therapist, practice.appointment, datetime.now(UTC))
    app.run()
    assert "goes on by phone and calls you on the number ending 482" in text_of(app)


def test_sound_alone_is_one_tap_and_the_picture_comes_back(practice: Practice) -> None:
    _admitted(practice)
    app = _open(practice, Seat.CLIENT)
    _leg(app, practice)._heard(time.monotonic())
    _press(app, "Sound only")
    assert _leg(app, practice).sound_only
    assert "Sound only." in text_of(app)
    assert "Sam Rivera is here, with sound only." in text_of(_open(practice, Seat.THERAPIST))
    practice.sign_in(practice.client)
    _press(app, "Turn the picture on")
    assert not _leg(app, practice).sound_only


def test_sound_alone_is_offered_once_it_has_been_poor_for_a_while(practice: Practice) -> None:
    _admitted(practice)
    app = _open(practice, Seat.CLIENT)
    course = app.session_state[f"room:course:{practice.appointment}"]
    course.poor_since = time.monotonic() - 11
    assert course.is_poor(time.monotonic())
    assert not course.is_poor(time.monotonic() - 2)


def test_messages_reach_the_other(practice: Practice) -> None:
    _admitted(practice)
    theirs = _open(practice, Seat.THERAPIST)
    app = _open(practice, Seat.CLIENT)
    app.text_input[0].set_value("I can't hear you")
    _press(app, "Send")
    app.run()
    assert "I can't hear you" in text_of(app)
    practice.sign_in(practice.therapist)
    theirs.run()
    theirs.run()
    assert "I can't hear you" in text_of(theirs)


def test_a_full_house_is_said_with_the_clinics_phone(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    _admitted(practice)
    monkeypatch.setattr(calls, "relay", Relay(limit=0))
    app = _open(practice, Seat.CLIENT)
    assert "As many video calls as this portal can carry" in text_of(app)
    assert "The clinic's phone:" in text_of(app)
    theirs = _open(practice, Seat.THERAPIST)
    assert "07700 900482" in text_of(theirs)
    assert "At home" in text_of(theirs)
    _press(theirs, "Call by phone instead")
    assert "You go on by phone:" in text_of(theirs)
    assert "Call by phone instead" not in _labels(theirs)
    practice.sign_in(practice.client)
    app.run()
    assert "Dana Okafor goes on by phone and calls you on the number ending 482." in text_of(app)


def test_whoever_waits_is_told_that_the_therapist_phones(practice: Practice) -> None:
    gate.confirm(practice.client, practice.appointment, WHEREABOUTS, datetime.now(UTC))
    app = _open(practice, Seat.CLIENT)
    assert "goes on by phone" not in text_of(app)
    go_on_by_phone(practice.therapist, practice.appointment, datetime.now(UTC))
    app.run()
    assert "Dana Okafor goes on by phone and calls you on the number ending 482." in text_of(app)


def test_a_session_by_phone_has_the_number_and_the_notes_and_no_video(practice: Practice) -> None:
    _admitted(practice)
    with db.unit_of_work() as session:
        session.execute(update(Appointment).values(modality="phone"))
    theirs = _open(practice, Seat.THERAPIST)
    assert "07700 900482" in text_of(theirs)
    assert "Your notes on this session" in [area.label for area in theirs.text_area]
    app = _open(practice, Seat.CLIENT)
    assert "calls you on the number ending 482" in text_of(app)
    for one in (app, theirs):
        assert f"room:line:{practice.appointment}" not in one.session_state
        assert "Leave" not in _labels(one)


def test_a_measure_is_filled_in_beside_the_picture(practice: Practice) -> None:
    _admitted(practice)
    app = _open(practice, Seat.THERAPIST)
    leg = _leg(app, practice)
    next(box for box in app.expander if box.label == "Measures, filled in together")
    app.session_state[f"disclosure:measures:{practice.appointment}"] = True
    app.run()
    label = next(one for one in _labels(app) if one.startswith("Fill in together: PHQ-9"))
    _press(app, label)
    app.radio[0].set_value(app.radio[0].options and 1).run()
    with db.reading() as session:
        row = session.scalars(select(QuestionnaireResponse)).one()
        assert (row.answers_json or "") != "{}"
        assert row.entered_by_id == practice.therapist.account_id
    assert _leg(app, practice) is leg, "the call goes on"


def test_a_poll_asks_the_database_little(practice: Practice) -> None:
    _admitted(practice)
    now = datetime.now(UTC)
    calls.call_state(practice.client, practice.appointment, now)
    said: list[str] = []

    def listen(*given: object) -> None:
        said.append(str(given[2]))

    event.listen(db.engine(), "before_cursor_execute", listen)
    try:
        calls.call_state(practice.client, practice.appointment, now + timedelta(seconds=2))
    finally:
        event.remove(db.engine(), "before_cursor_execute", listen)
    assert len([one for one in said if one.startswith("SELECT")]) <= 5, said
    assert not [one for one in said if one.startswith(("INSERT", "UPDATE"))]


def _by_phone(practice: Practice, begins_in: timedelta) -> None:
    starts_at = datetime.now(UTC) + begins_in
    ends_at = starts_at + timedelta(minutes=50)
    with db.unit_of_work() as session:
        session.execute(
            update(Appointment).values(
                modality="phone",
                starts_at=starts_at,
                ends_at=ends_at,
                blocks_from=starts_at,
                blocks_until=ends_at,
            )
        )


def test_the_way_to_a_session_by_phone_is_where_a_video_rooms_would_be(practice: Practice) -> None:
    _by_phone(practice, timedelta(minutes=10))
    client = {"client": practice.client.public_id}
    home = practice.open("client_home", practice.client)
    assert "Dana Okafor calls you then." in text_of(home)
    assert "Open session" in _labels(home)
    assert "Open session" in [link.label for link in links_of(practice.open("sessions", practice.client))]
    assert "Start session: Sam Rivera" in _labels(practice.open("today", practice.therapist))
    assert "Start session" in _labels(practice.open("client_record", practice.therapist, **client))

    _by_phone(practice, timedelta(minutes=20))
    assert "Open session" not in _labels(practice.open("client_home", practice.client))
    today = practice.open("today", practice.therapist)
    assert "Start session: Sam Rivera" not in _labels(today)
    assert "By phone. The number is here from" in text_of(today)
    assert "Start session" not in _labels(practice.open("client_record", practice.therapist, **client))


@pytest.mark.parametrize(
    ("begins_in", "words"),
    [
        (timedelta(minutes=20), "This session is by phone. This page opens 15 minutes before the session."),
        (timedelta(minutes=-111), "This session is over."),
    ],
)
def test_a_number_is_shown_only_while_its_session_by_phone_is_on(
    practice: Practice, begins_in: timedelta, words: str
) -> None:
    _admitted(practice)
    _by_phone(practice, begins_in)
    for seat in Seat:
        app = _open(practice, seat)
        assert words in text_of(app)
        assert "482" not in text_of(app)
