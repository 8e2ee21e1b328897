"""A risk answer and its alert are one, and the alert goes on until somebody closes it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

import db
from clinic.errors import AlertChanged, AnsweredTooLate, DraftOutdated, InvalidInput, NotFound
from clinic.measures import questionnaires
from clinic.people import emergency
from clinic.people.viewer import Viewer
from clinic.records.day import day
from clinic.safety import alerts, cases
from clinic.safety.alerts import alert_file, closed_alerts, open_alerts, waiting
from clinic.safety.answering import acknowledge, act, resolve
from clinic.safety.own_help import ask_for_help
from clinic.safety.states import ACTIONS, NEEDS_NOTE, Kind, Stage
from db.tables import AuditEvent, RiskAlert, RiskEvent
from tests.databases import Database
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist
from tests.safety.net import answer, mailed, make_policy, only_alert, rows, trail

MINUTE = timedelta(minutes=1)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor")


def _acknowledged(dana: Viewer) -> str:
    alert = only_alert(dana).public_id
    acknowledge(dana, alert, only_alert(dana).answered_at, NOW)
    return alert


def test_one_answer_on_an_unfinished_form_is_on_the_therapists_first_screen(dana: Viewer) -> None:
    client = make_client("Sam", therapist=dana)
    answer(client, 0)
    assert open_alerts(dana) == []
    kept = questionnaires.keep_answer(client, answer(client, 0), 9, 1, NOW)
    assert kept.at_risk
    alert = only_alert(dana)
    assert (alert.client_name, alert.item, alert.answer_words) == ("Sam", 9, "Several days")
    assert (alert.stage, alert.unseen) == (Stage.RAISED, True)
    assert [a.public_id for a in day(dana, NOW).alerts] == [alert.public_id]
    assert waiting(dana).name == "Sam"


def test_the_same_answer_again_is_one_case_and_a_higher_one_raises_it_anew(dana: Viewer) -> None:
    make_policy(dana, make_therapist("Per"))
    client = make_client("Sam", therapist=dana)
    answer(client, 1)
    answer(client, 1, NOW + MINUTE)
    assert trail() == ["raised", "answered-again"]
    assert mailed() == ["Dana Okafor", "Per"]
    acknowledge(dana, only_alert(dana).public_id, only_alert(dana).answered_at, NOW + 2 * MINUTE)
    assert not only_alert(dana).unseen
    answer(client, 3, NOW + 5 * MINUTE)
    alert = only_alert(dana)
    assert (alert.answer_words, alert.unseen, alert.acknowledged_by) == ("Nearly every day", True, None)
    assert alert.raised_at == NOW + 5 * MINUTE
    assert trail() == ["raised", "answered-again", "acknowledged", "risen"]
    assert mailed(NOW + 5 * MINUTE) == ["Dana Okafor", "Per"]


def test_an_equal_answer_after_it_was_acknowledged_is_shown_as_new_and_mails_nobody(dana: Viewer) -> None:
    client = make_client("Sam", therapist=dana)
    answer(client, 2)
    alert = _acknowledged(dana)
    answer(client, 1, NOW + MINUTE)
    assert (only_alert(dana).unseen, only_alert(dana).answer_words) == (True, "More than half the days")
    assert waiting(dana).unseen == 1
    assert mailed(NOW + MINUTE) == []
    acknowledge(dana, alert, only_alert(dana).answered_at, NOW + 2 * MINUTE)
    assert (waiting(dana).unseen, waiting(dana).unclosed) == (0, 1)


@pytest.mark.parametrize("later", [0, 1, None])
def test_what_was_said_is_not_unsaid(dana: Viewer, later: int | None) -> None:
    client = make_client("Sam", therapist=dana)
    answer(client, 2)
    alert = _acknowledged(dana)
    act(dana, alert, Kind.REACHED, "", NOW)
    answer(client, later)
    assert only_alert(dana).answer_words == "More than half the days"


def test_an_alert_outlives_its_form(dana: Viewer) -> None:
    client = make_client("Sam", therapist=dana)
    answer(client, 1)
    with db.unit_of_work() as session:
        session.scalars(select(RiskAlert)).one().response_id = None
        session.execute(text("DELETE FROM questionnaire_response"))
    file = alert_file(dana, only_alert(dana).public_id, NOW)
    assert (file.form_is_there, file.alert.answer_words) == (False, "Several days")


def test_a_risk_answer_to_a_form_that_was_sent_elsewhere_alerts_all_the_same(dana: Viewer) -> None:
    """Two tabs: the form goes out of one, and the other still shows question 9."""
    client = make_client("Sam", therapist=dana)
    form = answer(client, 0)
    questionnaires.finish(client, form, NOW)
    with pytest.raises(DraftOutdated) as refused:
        questionnaires.keep_answer(client, form, 9, 0, NOW + MINUTE)
    assert refused.type is DraftOutdated
    with pytest.raises(AnsweredTooLate):
        questionnaires.keep_answer(client, form, 9, 3, NOW + MINUTE)
    assert only_alert(dana).answer_words == "Nearly every day"
    assert questionnaires.finish(client, form, NOW + MINUTE).answers[9] == 0, "what was sent stays as it is"
    with pytest.raises(NotFound):
        questionnaires.keep_answer(make_client("Noor"), form, 9, 3, NOW + MINUTE)
    assert len(rows()) == 1


def test_who_is_told_and_who_sees_it(dana: Viewer) -> None:
    """Mails: responder, backup, the client's therapists, each once. Screens: those, and nobody else."""
    per, li, noone = make_therapist("Per"), make_therapist("Li"), make_therapist("No One")
    ada = make_policy(per, li)
    client = make_client("Sam", therapist=dana)
    answer(client, 1)
    assert mailed() == ["Per", "Li", "Dana Okafor"]
    alert = only_alert(dana).public_id
    for viewer in (per, li, dana):
        assert only_alert(viewer).public_id == alert
        assert alert_file(viewer, alert, NOW).alert.public_id == alert
    assert open_alerts(noone) == []
    for viewer in (noone, client, ada):
        for call in (
            lambda v: acknowledge(v, alert, NOW, NOW),
            lambda v: act(v, alert, Kind.CALLED, "", NOW),
            lambda v: resolve(v, alert, "x", NOW),
            lambda v: alert_file(v, alert, NOW),
        ):
            with pytest.raises(NotFound):
                call(viewer)
    for viewer in (client, ada):
        for listing in (open_alerts, closed_alerts, waiting):
            with pytest.raises(NotFound):
                listing(viewer)
    assert trail() == ["raised"]
    acknowledge(per, alert, only_alert(per).answered_at, NOW)


def test_the_alert_of_a_client_nobody_looks_after_is_seen_by_every_therapist(dana: Viewer) -> None:
    per, ada = make_therapist("Per"), make_administrator("Ada")
    answer(make_client("Sam"), 1)
    assert len(open_alerts(dana)) == len(open_alerts(per)) == 1
    assert mailed() == [ada.name], "nobody else is there to be told"


def test_who_opened_a_record_in_an_emergency_sees_its_alert_and_answers_it_while_that_holds(
    dana: Viewer,
) -> None:
    """They may fill in a form with the client, whose answer raises it, and are told that they see it."""
    per = make_therapist("Per")
    sam = make_client("Sam", therapist=dana, email="sam@example.org")
    form = answer(sam, 0)
    emergency.open_anyway(per, "sam@example.org", "Sam rang the clinic and Dana is away.", NOW)
    questionnaires.keep_answer(per, form, 9, 2, NOW, sam.public_id)
    per = replace(per, asked_at=NOW)
    alert = only_alert(per)
    assert waiting(per).unseen == 1
    assert alert_file(per, alert.public_id, NOW).contact is not None
    acknowledge(per, alert.public_id, alert.answered_at, NOW)
    act(per, alert.public_id, Kind.REACHED, "", NOW)
    later = replace(per, asked_at=NOW + emergency.LASTS)
    assert open_alerts(later) == []
    assert len(open_alerts(dana)) == 1
    with pytest.raises(NotFound):
        resolve(later, alert.public_id, "Done", NOW + emergency.LASTS)


def test_acknowledging_twice_is_once_and_the_first_person_stays(dana: Viewer) -> None:
    per = make_therapist("Per")
    make_policy(dana, per)
    answer(make_client("Sam"), 1)
    alert = _acknowledged(dana)
    acknowledge(per, alert, only_alert(per).answered_at, NOW + timedelta(hours=1))
    assert trail() == ["raised", "acknowledged"]
    assert only_alert(dana).acknowledged_by == "Dana Okafor"


@pytest.mark.parametrize("later", [1, 2, 3])
def test_acknowledging_covers_what_stood_on_the_screen_and_nothing_after_it(dana: Viewer, later: int) -> None:
    """The button of a screen that was drawn before the client's next answer."""
    client = make_client("Sam", therapist=dana)
    answer(client, 2)
    shown = only_alert(dana)
    answer(client, later, NOW + MINUTE)
    with pytest.raises(AlertChanged):
        acknowledge(dana, shown.public_id, shown.answered_at, NOW + 2 * MINUTE)
    assert only_alert(dana).unseen
    acknowledge(dana, shown.public_id, only_alert(dana).answered_at, NOW + 2 * MINUTE)
    assert not only_alert(dana).unseen


def test_acknowledging_does_not_cover_a_call_for_help_that_came_since(dana: Viewer) -> None:
    client = make_client("Sam", therapist=dana)
    answer(client, 2)
    shown = only_alert(dana)
    ask_for_help(client, NOW)
    with pytest.raises(AlertChanged):
        acknowledge(dana, shown.public_id, shown.answered_at, NOW)
    assert waiting(dana).unseen == 1


def test_each_action_is_recorded_with_its_note_and_the_alert_is_closed_by_a_person(dana: Viewer) -> None:
    answer(make_client("Sam", therapist=dana), 1)
    alert = _acknowledged(dana)
    for n, kind in enumerate(ACTIONS, 1):
        act(dana, alert, kind, f"Note {n}", NOW + n * MINUTE)
    resolve(dana, alert, "Safe at home, session tomorrow", NOW + timedelta(hours=1))
    assert open_alerts(dana) == []
    [closed] = closed_alerts(dana)
    assert (closed.stage, closed.resolved_by) == (Stage.RESOLVED, "Dana Okafor")
    notes = [event.note for event in alert_file(dana, alert, NOW).events]
    assert notes == ["", "", *(f"Note {n}" for n in range(1, 8)), "Safe at home, session tomorrow"]
    answered = [(event.kind, event.value) for event in alert_file(dana, alert, NOW).events if event.value]
    assert answered == [(Kind.RAISED, 1)]


def test_pressed_twice_a_step_is_recorded_once(dana: Viewer) -> None:
    answer(make_client("Sam", therapist=dana), 1)
    alert = _acknowledged(dana)
    act(dana, alert, Kind.CALLED, "No answer", NOW)
    act(dana, alert, Kind.CALLED, "No answer", NOW)
    act(dana, alert, Kind.CALLED, "", NOW + timedelta(seconds=1))  # the field was emptied between the two
    act(dana, alert, Kind.CALLED, "Called her sister's number", NOW + timedelta(seconds=2))
    act(dana, alert, Kind.CALLED, "Called her sister's number", NOW + timedelta(hours=1))
    resolve(dana, alert, "Done", NOW + timedelta(hours=2))
    resolve(dana, alert, "Done", NOW + timedelta(hours=2))
    assert trail() == ["raised", "acknowledged", "called", "called", "called", "resolved"]


@pytest.mark.parametrize(
    ("kind", "note", "field"),
    [
        ("prayed", "", "kind"),
        ("resolved", "", "kind"),
        ("", "", "kind"),
        *((kind.value, "  ", "note") for kind in NEEDS_NOTE),
        ("called", "x" * 100_000, "note"),
    ],
)
def test_an_action_that_cannot_be_kept_says_why(dana: Viewer, kind: str, note: str, field: str) -> None:
    answer(make_client("Sam", therapist=dana), 1)
    alert = _acknowledged(dana)
    with pytest.raises(InvalidInput) as refused:
        act(dana, alert, kind, note, NOW)
    assert list(refused.value.fields) == [field]
    assert trail() == ["raised", "acknowledged"]


def test_an_alert_is_not_acted_on_before_it_is_read_nor_closed_before_it_is_acted_on(dana: Viewer) -> None:
    answer(make_client("Sam", therapist=dana), 1)
    alert = only_alert(dana).public_id
    for too_early in (
        lambda: act(dana, alert, Kind.CALLED, "", NOW),
        lambda: resolve(dana, alert, "Done", NOW),
    ):
        with pytest.raises(InvalidInput):
            too_early()
    acknowledge(dana, alert, only_alert(dana).answered_at, NOW)
    for note in ("Done", "", "x" * 100_000):
        with pytest.raises(InvalidInput):
            resolve(dana, alert, note, NOW)
    act(dana, alert, Kind.CALLED, "", NOW)
    for note in ("", "x" * 100_000):
        with pytest.raises(InvalidInput):
            resolve(dana, alert, note, NOW)
    resolve(dana, alert, "Done", NOW)
    with pytest.raises(InvalidInput):
        act(dana, alert, Kind.REACHED, "", NOW)
    assert trail() == ["raised", "acknowledged", "called", "resolved"]


def test_after_it_is_closed_the_next_answer_begins_a_case_of_its_own(dana: Viewer) -> None:
    client = make_client("Sam", therapist=dana)
    answer(client, 2)
    alert = _acknowledged(dana)
    act(dana, alert, Kind.CALLED, "", NOW)
    resolve(dana, alert, "Done", NOW)
    answer(client, 1, NOW + MINUTE)
    assert only_alert(dana).answer_words == "Several days"
    assert len(rows()) == 2


def test_the_audit_log_has_every_step_and_nothing_of_what_it_was_about(dana: Viewer) -> None:
    client = make_client("Sam", therapist=dana)
    answer(client, 1)
    alert = _acknowledged(dana)
    act(dana, alert, Kind.OTHER, "A secret note", NOW)
    resolve(dana, alert, "Another secret", NOW)
    with db.reading() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action.like("alert.%"))).all()
    assert [event.action.partition(".")[2] for event in events] == trail()
    for event in events:
        assert event.object_id == alert
        assert event.client_id is None, "administrators read the log, and not whose alert it is"
        assert event.actor_id in (None, dana.account_id)


def test_notes_are_sealed(dana: Viewer) -> None:
    answer(make_client("Sam", therapist=dana), 1)
    act(dana, _acknowledged(dana), Kind.OTHER, "A secret note", NOW)
    with db.reading() as session:
        kept = session.scalars(select(RiskEvent.detail_sealed).order_by(RiskEvent.id.desc())).first()
    assert kept is not None
    assert b"secret" not in kept


def test_two_answers_in_the_same_moment_are_one_case_with_both(dana: Viewer) -> None:
    client = make_client("Sam", therapist=dana)
    together = threading.Barrier(8)

    def once(value: int) -> None:
        together.wait()
        with db.unit_of_work() as session:
            cases.answer(
                session,
                client_id=client.account_id,
                actor_id=client.account_id,
                response_id=None,
                instrument="phq-9",
                item=9,
                value=value,
                now=NOW,
            )

    threads = [threading.Thread(target=once, args=(n % 3 + 1,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(RiskAlert)).one() == 1
    assert len(trail()) == 8
    assert trail().count("raised") == 1
    assert only_alert(dana).answer_words == "Nearly every day"


def test_an_answer_is_not_kept_when_its_alert_cannot_be(dana: Viewer, database: Database) -> None:
    client = make_client("Sam", therapist=dana)
    public_id = answer(client, 0)
    with db.engine().begin() as connection:
        if database.kind == "sqlite":
            connection.execute(
                text(
                    "CREATE TRIGGER broken BEFORE INSERT ON risk_event "
                    "BEGIN SELECT RAISE(ABORT, 'broken'); END"
                )
            )
        else:
            connection.execute(text("ALTER TABLE risk_event ADD CONSTRAINT broken CHECK (kind = 'never')"))
    with pytest.raises(DBAPIError):
        questionnaires.keep_answer(client, public_id, 9, 1, NOW)
    assert questionnaires.open_response(client, "phq-9", NOW).answers == {9: 0}
    assert open_alerts(dana) == []
    assert mailed() == []
    with db.engine().begin() as connection:
        if database.kind == "sqlite":
            connection.execute(text("DROP TRIGGER broken"))
        else:
            connection.execute(text("ALTER TABLE risk_event DROP CONSTRAINT broken"))
    questionnaires.keep_answer(client, public_id, 9, 1, NOW)
    assert len(open_alerts(dana)) == 1


def test_the_alert_of_a_measure_that_was_taken_away_is_still_an_alert(dana: Viewer) -> None:
    answer(make_client("Sam", therapist=dana), 2)
    with db.unit_of_work() as session:
        session.scalars(select(RiskAlert)).one().instrument = "gone-1"
    alert = only_alert(dana)
    assert (alert.measure, alert.item_text, alert.answer_words) == ("GONE-1", "Question 9", "2")
    assert alerts.alert_file(dana, alert.public_id, NOW).answer_labels[2] == "2"
