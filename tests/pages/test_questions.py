"""The screens around measures: what is due first, two screens on one form, plans, reminders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from streamlit.testing.v1 import AppTest

import db
from clinic.measures import asking, plans
from clinic.measures.instrument import load_instruments
from clinic.measures.questionnaires import keep_answer, open_response
from clinic.safety.alerts import open_alerts
from clinic.video.device_checks import keep_check
from db.tables import Appointment, CareAssignment, Intake, IntakeForm, OutboxMail
from tests.pages.conftest import Practice, answer_all, links_of, text_of
from tests.video.test_device_checks import FINE


def _button(app: AppTest, label: str):
    return next(button for button in app.button if button.label.startswith(label))


def _buttons(app: AppTest, kind: str) -> list[str]:
    return [button.label for button in app.button if button.proto.type == kind]


def _intake_sent(practice: Practice) -> None:
    with db.unit_of_work() as session:
        form = session.scalars(select(IntakeForm.id)).one()
        now = datetime.now(UTC)
        session.add(
            Intake(client_id=practice.client.account_id, form_id=form, started_at=now, submitted_at=now)
        )


def test_what_is_due_is_the_first_thing_unless_the_room_is_open(practice: Practice) -> None:
    _intake_sent(practice)
    app = practice.open("client_home", practice.client)
    assert _buttons(app, "primary") == ["Join session"]
    assert [heading.value for heading in app.header] == ["Your next session", "To do", "Today"]
    with db.unit_of_work() as session:
        later = datetime.now(UTC) + timedelta(days=2)
        session.execute(
            update(Appointment).values(
                starts_at=later,
                ends_at=later + timedelta(minutes=50),
                blocks_from=later,
                blocks_until=later + timedelta(minutes=50),
            )
        )
    app = practice.open("client_home", practice.client)
    assert [heading.value for heading in app.header] == ["To do", "Your next session", "Today"]
    assert _buttons(app, "primary") == ["Answer: questions about mood"]
    for name in ("phq-9", "gad-7"):
        answer_all(practice.client, name, 0, datetime.now(UTC))
    app = practice.open("client_home", practice.client)
    assert _buttons(app, "primary") == ["Check your camera and sound"], "the session in two days is by video"
    keep_check(practice.client, FINE, datetime.now(UTC))
    app = practice.open("client_home", practice.client)
    assert _buttons(app, "primary") == ["Book a session"]
    assert "To do" not in text_of(app)


def test_no_address_says_which_measure_is_answered(practice: Practice) -> None:
    _intake_sent(practice)
    plans.ask_now(practice.therapist, practice.client.public_id, "audit-c", datetime.now(UTC))
    with db.unit_of_work() as session:
        session.execute(delete(Appointment))
    app = practice.open("client_home", practice.client)
    links = [link.query_string for link in links_of(app) if link.page == "questionnaire"]
    assert len(links) == 2
    _button(app, "Answer: questions about mood").click().run()
    assert app.title[0].value == "Questions about mood"
    links += [value for values in app.query_params.values() for value in values]
    for name in load_instruments():
        assert not [link for link in links if name in link]


def test_without_a_measure_the_address_opens_the_first_due_and_then_says_that_all_is_done(
    practice: Practice,
) -> None:
    app = practice.open("questionnaire", practice.client)
    assert app.title[0].value == "Questions about mood"
    assert "9 questions, about 2 minutes." in text_of(app)
    assert "not watched around the clock" in text_of(app)
    _intake_sent(practice)
    for name in ("phq-9", "gad-7"):
        answer_all(practice.client, name, 0, datetime.now(UTC))
    app = practice.open("questionnaire", practice.client)
    assert app.title[0].value == "Nothing to answer now"
    assert not app.button


def test_a_question_can_be_left_out_and_the_choice_taken_back(practice: Practice) -> None:
    app = practice.open("questionnaire", practice.client, measure="gad-7", step="1")
    app.radio[0].set_value(2).run()
    _button(app, "Leave this one out").click().run()
    assert "Question 2 of 7" in text_of(app)
    assert open_response(practice.client, "gad-7", datetime.now(UTC)).answers == {}
    _button(app, "Back").click().run()
    assert app.radio[0].value is None


def test_an_answer_changed_on_another_screen_is_shown_and_said(practice: Practice) -> None:
    app = practice.open("questionnaire", practice.client, measure="gad-7", step="1")
    app.radio[0].set_value(1).run()
    assert "another screen" not in text_of(app)
    form = open_response(practice.client, "gad-7", datetime.now(UTC)).public_id
    keep_answer(practice.therapist, form, 1, 3, datetime.now(UTC), practice.client.public_id)
    app.run()
    assert app.radio[0].value == 3
    assert "This answer was changed on another screen." in text_of(app)
    app.run()
    assert "another screen" not in text_of(app)
    app.radio[0].set_value(0).run()
    assert open_response(practice.client, "gad-7", datetime.now(UTC)).answers == {1: 0}


def test_a_form_sent_elsewhere_is_said_in_a_sentence(practice: Practice) -> None:
    app = practice.open("questionnaire", practice.client, measure="gad-7", step="7")
    app.radio[0].set_value(1).run()
    answer_all(practice.client, "gad-7", 1, datetime.now(UTC))
    app.radio[0].set_value(2).run()
    assert not app.exception
    assert "These questions are not open now." in text_of(app)


def test_a_risk_answer_to_a_form_sent_elsewhere_brings_help_and_alerts(practice: Practice) -> None:
    app = practice.open("questionnaire", practice.client, measure="phq-9", step="9")
    answer_all(practice.client, "phq-9", 0, datetime.now(UTC))
    app.radio[0].set_value(3).run()
    assert "Thank you for telling us." in text_of(app)
    assert "112" in text_of(app)
    assert "Dana Okafor will see your answer" in text_of(app)
    [alert] = open_alerts(practice.therapist)
    assert alert.answer_words == "Nearly every day"
    app.switch_page("pages/help_now.py").run()
    assert not app.exception
    assert "Thank you for telling us." not in text_of(app)


def test_a_risk_answer_of_somebody_whose_session_has_ended_brings_help(practice: Practice) -> None:
    app = practice.open("questionnaire", practice.client, measure="phq-9", step="9")
    practice.sign_in(None)
    app.radio[0].set_value(1).run()
    app.switch_page("pages/sign_in.py").run()  # what the router shows in the page's place
    assert app.text_input(key="email")
    assert "so nobody here has been told." in text_of(app)
    assert "112" in text_of(app)
    assert open_alerts(practice.therapist) == []


def test_a_therapist_who_no_longer_may_is_told_what_to_do_and_that_nobody_was_told(
    practice: Practice,
) -> None:
    whom = practice.client.public_id
    app = practice.open("questionnaire", practice.therapist, client=whom, measure="phq-9", step="9")
    with db.unit_of_work() as session:
        session.execute(update(CareAssignment).values(therapist_id=practice.other_therapist.account_id))
    app.radio[0].set_value(2).run()
    assert "Stay with this answer now" in text_of(app)
    assert "This answer could not be saved, so no alert is open." in text_of(app)


def test_an_answer_to_one_measure_never_stands_under_anothers_question(practice: Practice) -> None:
    """The browser's own way back leads from one question to another, with nothing between."""
    app = practice.open("questionnaire", practice.client, measure="phq-9", step="1")
    app.radio[0].set_value(3).run()
    app.query_params["measure"] = "gad-7"
    app.run()
    assert app.title[0].value == "Questions about worry"
    assert app.radio[0].value is None


@pytest.mark.parametrize("name", ["audit-c", "ons4", "pc-ptsd-5", "pcl-5", "pswq"])
def test_each_kind_of_question_is_shown_with_its_own_words(practice: Practice, name: str) -> None:
    plans.ask_now(practice.therapist, practice.client.public_id, name, datetime.now(UTC))
    app = practice.open("questionnaire", practice.client, measure=name)
    measure = open_response(practice.client, name, datetime.now(UTC)).instrument
    assert measure.instructions in text_of(app)
    _button(app, "Begin").click().run()
    first = measure.gate or measure.items[0]
    assert app.radio[0].label == first.text
    assert app.radio[0].options == [option.label for option in first.options]


def test_a_therapist_fills_it_in_with_the_client_and_is_told_what_to_do(practice: Practice) -> None:
    whom = practice.client.public_id
    app = practice.open("questionnaire", practice.therapist, client=whom, measure="phq-9", step="9")
    assert app.title[0].value == "PHQ-9 with Sam Rivera"
    app.radio[0].set_value(1).run()
    assert "Stay with this answer now" in text_of(app)
    assert "112" in text_of(app)
    assert len(open_alerts(practice.therapist)) == 1
    _button(app, "Continue").click().run()
    app.radio[0].set_value(1).run()
    _button(app, "Send").click().run()
    assert app.title[0].value == "Sent"
    assert "Stay with this answer now" in text_of(app)
    assert _buttons(app, "primary") == ["Go on: GAD-7"]
    for other in (practice.other_therapist, practice.administrator, practice.other_client):
        app = practice.open("questionnaire", other, client=whom, measure="phq-9", step="9")
        assert "Sam Rivera" not in text_of(app)
        assert not app.radio


def test_a_plan_is_set_and_stopped_by_screen(practice: Practice) -> None:
    now, whom = datetime.now(UTC), practice.client.public_id
    app = practice.open("measure_plan", practice.therapist, client=whom)
    assert "This client is asked what everyone is." in text_of(app)
    app.selectbox(key="cadence:pcl-5").set_value("days").run()
    app.number_input(key="days:pcl-5").set_value(28).run()
    app.selectbox(key="cadence:gad-7").set_value("").run()
    _button(app, "Ask AUDIT-C now").click().run()
    assert app.selectbox(key="cadence:audit-c").value == "once"
    lines = {line.instrument.id: line for line in plans.plan(practice.therapist, whom, now).lines}
    pcl = lines["pcl-5"].planned
    assert pcl is not None
    assert pcl.every_days == 28
    assert lines["gad-7"].planned is None
    assert [one.instrument.id for one in asking.due(practice.client, now)] == ["phq-9", "audit-c", "pcl-5"]
    app = practice.open("measure_plan", practice.other_therapist, client=whom)
    assert "We can't find that page." in text_of(app)
    assert not app.selectbox


def test_a_reminder_is_one_click_and_says_when_it_went(practice: Practice) -> None:
    app = practice.open("clients", practice.therapist)
    assert "Not done yet: intake and 2 sets of questions." in text_of(app)
    app = practice.open("today", practice.therapist)
    assert "▲ Not ready:**] intake, 2 sets of questions, camera and sound not tried yet" in text_of(app)
    _button(app, "Send a reminder: Sam Rivera").click().run()
    _button(app, "Reminder sent").click().run()
    assert "One a day is enough." in text_of(app)
    with db.reading() as session:
        assert len(session.scalars(select(OutboxMail)).all()) == 1
    with db.unit_of_work() as session:
        session.execute(delete(Appointment))
    app = practice.open("clients", practice.therapist)
    assert any(button.label.startswith("Reminder sent") for button in app.button)
