"""Screens that write: what is wrong is said where it is, what was typed stays, what is right is kept."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from streamlit.testing.v1 import AppTest

import db
from clinic.intake.intake import draft
from clinic.measures.questionnaires import open_response
from clinic.people import setup
from clinic.people.accounts import people
from clinic.people.details import LABELS, clinic_details
from clinic.safety.alerts import open_alerts
from clinic.scheduling.appointments import coming
from db.settings import settings
from db.tables import Account, Appointment
from tests.factories import DETAILS, PASSWORD
from tests.pages.conftest import ROOT, Practice, links_of, text_of


def _button(app: AppTest, label: str):
    return next(button for button in app.button if button.label.startswith(label))


def test_an_empty_portal_is_set_up_by_screen(
    own_deployment: Path, sqlite_template: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (own_deployment / "quiet-room.db").write_bytes(sqlite_template.read_bytes())
    with caplog.at_level(logging.WARNING, "quietroom.setup"):
        setup.offer_code(datetime.now(UTC))
    code = caplog.records[-1].getMessage().split("administrator: ")[1].split()[0]
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=20).switch_page("pages/set_up.py").run()
    _button(app, "Create the clinic").click().run()
    assert "Enter the clinic name." in text_of(app)
    for name in LABELS:
        if name != "zone":
            app.text_input(key=f"details:{name}").set_value(getattr(DETAILS, name))
    app.selectbox(key="details:zone").set_value(DETAILS.zone)
    app.text_input(key="code").set_value("0000")
    app.text_input(key="account:name").set_value("Ada Min")
    app.text_input(key="account:email").set_value("ada@example.org")
    app.text_input(key="account:password").set_value(PASSWORD)
    _button(app, "Create the clinic").click().run()
    assert "Enter the set-up code from the server's log." in text_of(app)
    assert app.text_input(key="details:name").value == DETAILS.name
    assert clinic_details() is None
    app.text_input(key="code").set_value(code)
    _button(app, "Create the clinic").click().run()
    assert app.title[0].value == "Your clinic is ready"
    assert clinic_details() == DETAILS


def test_a_country_fills_in_its_crisis_numbers_and_leaves_what_was_typed(
    own_deployment: Path, sqlite_template: Path
) -> None:
    def numbers() -> list[str | None]:
        names = ("emergency_number", "crisis_line_name", "crisis_line_number")
        return [app.text_input(key=f"details:{name}").value for name in names]

    (own_deployment / "quiet-room.db").write_bytes(sqlite_template.read_bytes())
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=20).switch_page("pages/set_up.py").run()
    app.selectbox(key="country").set_value("United States").run()
    assert numbers() == ["911", "988 Suicide and Crisis Lifeline", "988"]
    app.selectbox(key="country").set_value("Ireland").run()
    assert numbers() == ["", "Samaritans", "116 123"], "no number is shown that has no source"
    app.text_input(key="details:emergency_number").set_value("112")
    _button(app, "Create the clinic").click().run()
    app.selectbox(key="country").set_value("Canada").run()
    assert numbers() == ["112", "9-8-8 Suicide Crisis Helpline", "988"]
    assert not app.warning


def test_the_administrator_adds_people_and_changes_details(practice: Practice) -> None:
    app = practice.open("clinic", practice.administrator)
    _button(app, "Invite a person").click().run()
    app.radio(key="account:role").set_value(1)
    app.text_input(key="account:name").set_value("Bo *Ek*")
    app.text_input(key="account:email").set_value("bo at example.org")
    _button(app, "Invite").click().run()
    assert "Enter an email address in the format name@example.com." in text_of(app)
    assert app.text_input(key="account:name").value == "Bo *Ek*"
    app.text_input(key="account:email").set_value("bo@example.org")
    _button(app, "Invite").click().run()
    assert app.title[0].value == "Clinic"
    assert "/welcome?link=" in app.code[0].value
    assert "Bo *Ek*" in [person.name for person in people(practice.administrator)]
    _button(app, "Change the clinic's details").click().run()
    app.text_input(key="details:emergency_number").set_value("")
    _button(app, "Save").click().run()
    assert "Enter the emergency number." in text_of(app)
    app.text_input(key="details:emergency_number").set_value("911")
    _button(app, "Save").click().run()
    details = clinic_details()
    assert details is not None
    assert details.emergency_number == "911"


def test_a_time_somebody_took_is_said_and_another_can_be_chosen(practice: Practice) -> None:
    app = practice.open("book", practice.client)
    _button(app, "Continue").click().run()
    assert "Choose a time." in text_of(app)
    app.radio(key="time").set_value(0)
    _button(app, "Continue").click().run()
    assert app.title[0].value == "Check your booking"
    with db.unit_of_work() as session:  # somebody else is faster
        offer = app.session_state["book:chosen"]
        row = session.scalars(select(Appointment)).one()
        other = session.scalars(select(Account.id).where(Account.name == "Noor Haddad")).one()
        session.add(
            Appointment(
                client_id=other,
                therapist_id=row.therapist_id,
                session_type_id=row.session_type_id,
                starts_at=offer.starts_at,
                ends_at=offer.ends_at,
                status="booked",
                submit_key="faster",
                booked_at=row.booked_at,
            )
        )
    _button(app, "Book").click().run()
    assert "That time was just taken. You have not been booked." in text_of(app)
    app.radio(key="time").set_value(0)
    _button(app, "Continue").click().run()
    _button(app, "Book").click().run()
    assert app.title[0].value == "Your session is booked"
    assert len(coming(practice.client, datetime.now(UTC))) == 2


def test_cancelling_asks_once(practice: Practice) -> None:
    app = practice.open("book", practice.client)
    app.radio(key="time").set_value(0)
    _button(app, "Continue").click().run()
    _button(app, "Book").click().run()
    app = practice.open("sessions", practice.client)
    _button(app, "Cancel ").click().run()
    _button(app, "Keep session").click().run()
    assert len(coming(practice.client, datetime.now(UTC))) == 2
    _button(app, "Cancel ").click().run()
    _button(app, "Cancel session").click().run()
    assert "is cancelled" in text_of(app)
    assert len(coming(practice.client, datetime.now(UTC))) == 1


def test_a_risk_answer_brings_help_even_if_it_cannot_be_saved(practice: Practice) -> None:
    app = practice.open("questionnaire", practice.client, measure="phq-9", step="9")
    app.radio[0].set_value(1).run()
    assert "Thank you for telling us." in text_of(app)
    assert "112" in text_of(app)
    assert "Dana Okafor will see your answer" in text_of(app)
    assert len(open_alerts(practice.therapist)) == 1
    app = practice.open("questionnaire", practice.client, measure="phq-9", step="9")
    with db.engine().begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE UPDATE ON questionnaire_response "
            "BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    app.radio[0].set_value(3).run()
    words = text_of(app)
    assert "We could not save this answer, so nobody here has been told." in words
    assert "112" in words
    assert "broken" not in words


def test_a_measure_is_answered_to_its_end_with_the_unscored_question(practice: Practice) -> None:
    response = open_response(practice.client, "phq-9", datetime.now(UTC))
    app = practice.open("questionnaire", practice.client, measure="phq-9", step="1")
    for number in range(1, 10):
        app.radio[0].set_value(1 if number < 9 else 0).run()
        _button(app, "Continue").click().run()
    app.radio[0].set_value(2).run()
    assert not app.error
    _button(app, "Send my answers").click().run()
    assert app.title[0].value == "Thank you"
    assert not app.error
    from clinic.measures.questionnaires import finish

    assert finish(practice.client, response.public_id, datetime.now(UTC)).answers[0] == 2


@pytest.mark.parametrize("step", ["99", "-1", "x", "", "²"])
@pytest.mark.parametrize("measure", ["phq-9", "no-such", ""])
def test_an_address_of_ones_own_making_is_no_error(practice: Practice, measure: str, step: str) -> None:
    app = practice.open("questionnaire", practice.client, measure=measure, step=step)
    assert not app.exception
    assert not app.error
    assert ("We can't find that page" in text_of(app)) == (measure == "no-such")


def test_the_intake_keeps_what_is_typed_and_says_what_is_missing(practice: Practice) -> None:
    app = practice.open("intake", practice.other_client, part="about-you")
    app.text_input(key="intake:preferred_name").set_value("Noor").run()
    assert draft(practice.other_client, datetime.now(UTC)).answers == {"preferred_name": "Noor"}
    _button(app, "Save and continue").click().run()
    assert "Enter your full name." in text_of(app)
    assert app.text_input(key="intake:preferred_name").value == "Noor"
    app.text_input(key="intake:full_name").set_value("Noor").run()
    assert "There is a problem" in text_of(app), "typing does not sweep the summary away"


def test_an_alert_is_acknowledged_by_screen_and_stays_until_it_is_closed(practice: Practice) -> None:
    app = practice.open("questionnaire", practice.client, measure="phq-9", step="9")
    app.radio[0].set_value(2).run()
    app = practice.open("today", practice.therapist)
    assert "More than half the days" in text_of(app)
    assert "1 answer needs you now" in text_of(app)
    _button(app, "Acknowledge: Sam Rivera").click().run()
    [alert] = open_alerts(practice.therapist)
    assert not alert.unseen
    assert "It stays here until you close it." in text_of(app)
    assert "1 alert is not closed yet." in text_of(practice.open("clients", practice.therapist))


def test_a_clinics_measure_that_is_left_out_is_said_to_the_administrator(
    practice: Practice, own_deployment: Path
) -> None:
    assert "measures" not in text_of(practice.open("clinic", practice.administrator))
    folder = own_deployment / "measures"
    folder.mkdir()
    (folder / "ours.toml").write_text('id = "ours"\nname = 7\n')
    practice.monkeypatch.setenv("QUIET_ROOM_MEASURES", str(folder))
    settings.cache_clear()
    said = text_of(practice.open("clinic", practice.administrator))
    assert "1 of your clinic's own measures is left out" in said
    assert "ours.toml, line 1: direction is missing" in said


def test_the_safety_plan_is_one_tap_from_home(practice: Practice) -> None:
    app = practice.open("client_home", practice.client)
    assert "My safety plan" in [link.label for link in links_of(app)]


def test_a_strangers_record_is_a_sentence(practice: Practice) -> None:
    app = practice.open("client_record", practice.other_therapist, client=practice.client.public_id)
    assert "Sam Rivera" not in text_of(app)
    assert "We can't find that page." in text_of(app)
    app = practice.open("client_record", practice.therapist, client=practice.client.public_id)
    assert app.title[0].value == "Sam Rivera"


def test_first_screens_with_nothing_yet(practice: Practice) -> None:
    with db.unit_of_work() as session:
        session.execute(delete(Appointment))
    for name, viewer, words in (
        ("client_home", practice.client, "No session booked"),
        ("sessions", practice.client, "No past sessions."),
        ("progress", practice.client, "After two you see your chart here."),
        ("today", practice.therapist, "No sessions today."),
        ("clients", practice.other_therapist, "No measures answered"),
    ):
        app = practice.open(name, viewer)
        assert words in text_of(app), name
