"""The first screens: what a client has to do, what a therapist's day holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from clinic.errors import NotFound
from clinic.intake import consent, intake
from clinic.records.day import day
from clinic.records.home import client_home
from clinic.records.mood import log_mood
from clinic.video.visits import admit, enter
from tests.databases import Database
from tests.factories import (
    NOW,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
)
from tests.intake.test_intake_service import WHOLE


def test_a_new_clients_home_shows_what_is_left_one_thing_after_another(database: Database) -> None:
    make_clinic()
    sam = make_client("Sam", consented=False)
    home = client_home(sam, NOW)
    assert (home.consent_signed, home.intake_begun, home.intake_sent) == (False, False, False)
    assert (home.next_session, home.mood_today) == (None, None)
    shown = consent.current_consent(sam)
    consent.sign(sam, shown.body_hash, "Sam", True, NOW)
    intake.keep_answers(sam, {"brings": "x"}, NOW)
    home = client_home(sam, NOW)
    assert (home.consent_signed, home.intake_begun, home.intake_sent) == (True, True, False)
    intake.keep_answers(sam, WHOLE, NOW)
    intake.submit(sam, NOW)
    log_mood(sam, 4, "", NOW)
    home = client_home(sam, NOW)
    assert home.intake_sent
    assert [due.instrument.id for due in home.due] == ["phq-9", "gad-7"]
    assert home.mood_today is not None


def test_the_next_session_stays_until_its_room_closes(database: Database) -> None:
    make_clinic()
    dana = make_therapist()
    sam = make_client(therapist=dana)
    now = make_appointment(sam, dana, NOW)
    later = make_appointment(sam, dana, NOW + timedelta(days=7))
    make_appointment(sam, dana, NOW - timedelta(days=1), cancelled=True)

    def shown(after: timedelta) -> str | None:
        session = client_home(sam, NOW + after).next_session
        return session.public_id if session else None

    assert shown(timedelta(minutes=109)) == now
    assert shown(timedelta(minutes=110)) == later
    assert shown(timedelta(days=8)) is None


def test_a_day_says_who_waits_and_who_is_not_ready(database: Database) -> None:
    make_clinic()
    dana = make_therapist()
    ready, unready = make_client("Ready", therapist=dana), make_client("New", therapist=dana, consented=False)
    intake.keep_answers(ready, WHOLE, NOW)
    intake.submit(ready, NOW)
    meeting = make_appointment(ready, dana, NOW + timedelta(minutes=5))
    make_appointment(unready, dana, NOW + timedelta(hours=2))
    make_appointment(ready, dana, NOW + timedelta(days=1))
    enter(ready, meeting, NOW)
    today = day(dana, NOW + timedelta(seconds=10))
    assert [(e.appointment.client_name, e.missing) for e in today.sessions] == [
        ("Ready", ()),
        ("New", ("consent", "intake")),
    ]
    assert [e.waiting_since for e in today.sessions] == [NOW, None]
    admit(dana, meeting, NOW + timedelta(seconds=12))
    assert day(dana, NOW + timedelta(seconds=13)).sessions[0].waiting_since is None


def test_a_day_is_the_therapists_own(database: Database) -> None:
    make_clinic()
    lou = make_therapist(zone="America/New_York")
    sam = make_client(therapist=lou)
    evening = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)  # 3 March, 10 pm in New York
    make_appointment(sam, lou, evening)
    assert day(lou, evening).on == date(2026, 3, 3)
    assert len(day(lou, evening).sessions) == 1
    assert day(lou, evening + timedelta(hours=3)).sessions == ()


def test_first_screens_are_ones_own(database: Database) -> None:
    make_clinic()
    dana = make_therapist()
    sam = make_client(therapist=dana)
    make_appointment(sam, dana, NOW)
    assert day(make_therapist("Per"), NOW).sessions == ()
    assert client_home(make_client("Noor"), NOW).next_session is None
    for viewer in (sam, make_administrator()):
        with pytest.raises(NotFound):
            day(viewer, NOW)
    for viewer in (dana, make_administrator()):
        with pytest.raises(NotFound):
            client_home(viewer, NOW)
