"""A therapist decides what a client is asked: each change is the client's whole plan, and only theirs."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, func, select

import db
from clinic.errors import InvalidInput, NotAsked, NotFound
from clinic.measures import asking, plans, questionnaires
from clinic.measures.plans import PlanLine
from clinic.people.viewer import Viewer
from db.tables import Account, AuditEvent, MeasurePlan, QuestionnaireResponse, ResponsePolicy
from tests.databases import Database
from tests.factories import (
    NOW,
    keep_intake,
    make_appointment,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
)

DAY = timedelta(days=1)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    make_policy()
    return make_therapist("Dana")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", therapist=dana)


def _answer(client: Viewer, name: str, at: datetime) -> None:
    form = questionnaires.open_response(client, name, at).public_id
    questionnaires.keep_answer(client, form, 1, 1, at)
    questionnaires.finish(client, form, at)


def _due(client: Viewer, at: datetime = NOW) -> list[str]:
    return [one.instrument.id for one in asking.due(client, at)]


def _line(dana: Viewer, sam: Viewer, name: str, at: datetime = NOW) -> PlanLine:
    lines = plans.plan(dana, sam.public_id, at).lines
    return next(line for line in lines if line.instrument.id == name)


def _rows(current: bool = True) -> list[tuple[str, str, int | None]]:
    with db.reading() as session:
        rows = session.scalars(
            select(MeasurePlan)
            .where(MeasurePlan.ended_at.is_(None) if current else MeasurePlan.ended_at.is_not(None))
            .order_by(MeasurePlan.instrument)
        )
        return [(row.instrument, row.cadence, row.every_days) for row in rows]


def test_without_a_plan_of_their_own_a_client_is_asked_what_everyone_is(dana: Viewer, sam: Viewer) -> None:
    assert _due(sam) == ["phq-9", "gad-7"]
    shown = plans.plan(dana, sam.public_id, NOW)
    assert (shown.client_name, shown.of_their_own) == ("Sam Rivera", False)
    assert [line.instrument.id for line in shown.lines[:2]] == ["phq-9", "gad-7"]
    assert [line.planned is None for line in shown.lines] == [False, False] + [True] * (len(shown.lines) - 2)
    assert _rows() == []


def test_setting_one_measure_writes_the_whole_plan_down(dana: Viewer, sam: Viewer) -> None:
    plans.set_plan(dana, sam.public_id, "pcl-5", "days", 28, NOW)
    assert _rows() == [("gad-7", "days", 7), ("pcl-5", "days", 28), ("phq-9", "days", 7)]
    assert _due(sam) == ["phq-9", "gad-7", "pcl-5"]
    plans.set_plan(dana, sam.public_id, "gad-7", "days", 14, NOW + DAY)
    assert _rows() == [("gad-7", "days", 14), ("pcl-5", "days", 28), ("phq-9", "days", 7)]
    assert _rows(current=False) == [("gad-7", "days", 7)]
    assert _due(make_client("Noor", therapist=dana)) == ["phq-9", "gad-7"], "nobody else's plan changed"


def test_changing_how_often_does_not_ask_at_once(dana: Viewer, sam: Viewer) -> None:
    _answer(sam, "gad-7", NOW)
    plans.set_plan(dana, sam.public_id, "gad-7", "days", 14, NOW + DAY)
    assert "gad-7" not in _due(sam, NOW + 13 * DAY)
    assert "gad-7" in _due(sam, NOW + 14 * DAY)


def test_a_plan_whose_every_measure_was_stopped_asks_nothing(dana: Viewer, sam: Viewer) -> None:
    form = questionnaires.open_response(sam, "gad-7", NOW)
    questionnaires.keep_answer(sam, form.public_id, 1, 1, NOW)
    plans.stop(dana, sam.public_id, "phq-9", NOW)
    assert _due(sam) == ["gad-7"]
    plans.stop(dana, sam.public_id, "gad-7", NOW)
    plans.stop(dana, sam.public_id, "gad-7", NOW)
    assert _due(sam, NOW + 99 * DAY) == []
    assert plans.plan(dana, sam.public_id, NOW).of_their_own
    plans.set_plan(dana, sam.public_id, "gad-7", "days", 7, NOW)
    assert questionnaires.open_response(sam, "gad-7", NOW).answers == {1: 1}, "it went on waiting"


def test_before_each_session_follows_the_booked_ones(dana: Viewer, sam: Viewer) -> None:
    plans.stop(dana, sam.public_id, "phq-9", NOW)
    plans.set_plan(dana, sam.public_id, "gad-7", "session", None, NOW)
    assert _due(sam) == []
    make_appointment(sam, dana, NOW + 4 * DAY, cancelled=True)
    make_appointment(make_client("Noor"), dana, NOW + DAY)
    assert _due(sam) == []
    make_appointment(sam, dana, NOW + 5 * DAY)
    assert _due(sam, NOW + DAY) == []
    assert _due(sam, NOW + 2 * DAY) == ["gad-7"]
    _answer(sam, "gad-7", NOW + 3 * DAY)
    assert _due(sam, NOW + 5 * DAY) == []


def test_asking_now_leaves_the_cadence_as_it_is(dana: Viewer, sam: Viewer) -> None:
    for name in ("phq-9", "gad-7"):
        _answer(sam, name, NOW)
    with pytest.raises(NotAsked) as refused:
        plans.ask_now(dana, sam.public_id, "gad-7", NOW + timedelta(hours=1))
    assert "today already" in refused.value.sentence
    assert _due(sam, NOW + DAY) == []
    assert plans.ask_now(dana, sam.public_id, "gad-7", NOW + DAY) == "gad-7"
    assert plans.ask_now(dana, sam.public_id, "gad-7", NOW + DAY) == "gad-7"
    assert _due(sam, NOW + DAY) == ["gad-7"]
    assert _line(dana, sam, "gad-7", NOW + DAY).due
    _answer(sam, "gad-7", NOW + DAY)
    assert _due(sam, NOW + 7 * DAY) == ["phq-9"]
    assert _due(sam, NOW + 8 * DAY) == ["phq-9", "gad-7"]
    assert _rows() == []


def test_what_is_not_planned_is_asked_once(dana: Viewer, sam: Viewer) -> None:
    plans.ask_now(dana, sam.public_id, "audit-c", NOW)
    assert "audit-c" in _due(sam)
    _answer(sam, "audit-c", NOW)
    assert "audit-c" not in _due(sam, NOW + 300 * DAY)
    plans.ask_now(dana, sam.public_id, "audit-c", NOW + 365 * DAY)
    assert "audit-c" in _due(sam, NOW + 365 * DAY)
    assert _rows()[0] == ("audit-c", "once", None)


def test_without_a_response_policy_the_phq_8_stands_in(dana: Viewer, sam: Viewer) -> None:
    form = questionnaires.open_response(sam, "phq-9", NOW)
    with db.unit_of_work() as session:
        session.execute(delete(ResponsePolicy))
    assert _due(sam) == ["phq-9", "gad-7"], "what was begun is finished"
    assert questionnaires.keep_answer(sam, form.public_id, 9, 1, NOW).at_risk
    questionnaires.finish(sam, form.public_id, NOW)
    assert _due(sam, NOW + 7 * DAY) == ["phq-8", "gad-7"]
    with pytest.raises(NotFound):
        questionnaires.open_response(sam, "phq-9", NOW + 7 * DAY)
    assert plans.ask_now(dana, sam.public_id, "phq-9", NOW + DAY) == "phq-8"
    line = _line(dana, sam, "phq-9", NOW + DAY)
    assert line.asked_as is not None
    assert (line.asked_as.id, line.last_at, line.due) == ("phq-8", NOW, True)


def test_a_measure_and_its_stand_in_are_not_both_planned(dana: Viewer, sam: Viewer) -> None:
    plans.set_plan(dana, sam.public_id, "phq-8", "days", 7, NOW)
    assert _rows() == [("gad-7", "days", 7), ("phq-8", "days", 7)]
    assert _due(sam) == ["gad-7", "phq-8"]
    plans.set_plan(dana, sam.public_id, "phq-9", "once", None, NOW)
    assert _rows() == [("gad-7", "days", 7), ("phq-9", "once", None)]


@pytest.mark.parametrize(
    ("cadence", "days"),
    [
        ("weekly", None),
        ("", 7),
        ("days", None),
        ("days", 0),
        ("days", 367),
        ("days", True),
        ("days", 7.0),
        ("days", "7"),
        ("once", 7),
        ("session", 1),
    ],
)
def test_no_other_cadence_is_kept(dana: Viewer, sam: Viewer, cadence: str, days: int | None) -> None:
    with pytest.raises(InvalidInput):
        plans.set_plan(dana, sam.public_id, "pswq", cadence, days, NOW)
    assert _rows() == []
    for good in (1, 366):
        plans.set_plan(dana, sam.public_id, "pswq", "days", good, NOW)
        assert ("pswq", "days", good) in _rows()


def test_adults_questions_are_not_planned_for_a_child(dana: Viewer, sam: Viewer) -> None:
    with db.unit_of_work() as session:  # not said with the consent; the intake says so, sent or not
        session.get_one(Account, sam.account_id).born = None
    keep_intake(sam, {"born": "1/1/2015"}, NOW)
    for act in (
        lambda: plans.set_plan(dana, sam.public_id, "pcl-5", "once", None, NOW),
        lambda: plans.ask_now(dana, sam.public_id, "pcl-5", NOW),
    ):
        with pytest.raises(NotAsked) as refused:
            act()
        assert refused.value.sentence == plans.ADULTS_ONLY
    assert _line(dana, sam, "pcl-5").why_not == plans.ADULTS_ONLY
    with db.unit_of_work() as session:  # what the account says counts before the form
        session.get_one(Account, sam.account_id).born = "1/1/1990"
    plans.set_plan(dana, sam.public_id, "pcl-5", "once", None, NOW)


def test_a_plan_is_the_therapists_who_looks_after_the_client(dana: Viewer, sam: Viewer) -> None:
    per = make_therapist("Per")
    acts = (
        lambda viewer, whom: plans.plan(viewer, whom, NOW),
        lambda viewer, whom: plans.set_plan(viewer, whom, "pswq", "once", None, NOW),
        lambda viewer, whom: plans.stop(viewer, whom, "gad-7", NOW),
        lambda viewer, whom: plans.ask_now(viewer, whom, "audit-c", NOW),
    )
    for act in acts:
        for viewer in (per, sam):
            with pytest.raises(NotFound):
                act(viewer, sam.public_id)
        act(dana, sam.public_id)
    for name in ("", "no-such", "PHQ-9"):
        for measure_act in (plans.stop, plans.ask_now):
            with pytest.raises(NotFound):
                measure_act(dana, sam.public_id, name, NOW)
    with db.reading() as session:
        done = session.scalars(
            select(AuditEvent.action).where(
                AuditEvent.actor_id == dana.account_id,
                AuditEvent.action.like("plan.%"),
                AuditEvent.outcome == "done",
            )
        ).all()
    assert sorted(done) == ["plan.ask", "plan.open", "plan.set", "plan.stop"]


def test_two_who_change_a_plan_at_once_leave_one_whole_plan(dana: Viewer, sam: Viewer) -> None:
    threads = [
        threading.Thread(target=plans.set_plan, args=(dana, sam.public_id, name, "days", days, NOW))
        for name, days in (("pswq", 14), ("pswq", 28), ("ons4", 28), ("audit-c", 90))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [name for name, _, _ in _rows()] == ["audit-c", "gad-7", "ons4", "phq-9", "pswq"]


def test_asking_now_and_beginning_at_once_is_one_form(dana: Viewer, sam: Viewer) -> None:
    _answer(sam, "gad-7", NOW - 3 * DAY)
    threads = [
        threading.Thread(target=plans.ask_now, args=(dana, sam.public_id, "gad-7", NOW)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading() as session:
        count = select(func.count()).select_from(QuestionnaireResponse)
        assert session.scalars(count.where(QuestionnaireResponse.completed_at.is_(None))).one() == 1
