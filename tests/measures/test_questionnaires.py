"""Filling a measure: each answer kept, resumed anywhere, sent once, alone or with a therapist."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

import db
from clinic.errors import DraftOutdated, InvalidInput, NotFound
from clinic.measures import asking, instrument, plans, questionnaires, results
from clinic.measures.definition import DIFFICULTY, GATE
from clinic.measures.instrument import shipped
from clinic.measures.scoring import questions
from clinic.people.viewer import Viewer
from clinic.records.sharing import share
from clinic.safety.alerts import open_alerts
from db.tables import Account, AuditEvent, QuestionnaireResponse
from tests.databases import Database
from tests.factories import (
    NOW,
    make_administrator,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
)

WEEK = timedelta(days=7)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    make_policy()
    return make_therapist("Dana Okafor")


@pytest.fixture
def client(dana: Viewer) -> Viewer:
    client = make_client("Sam Rivera", therapist=dana)
    share(dana, client.public_id, True, NOW)
    return client


def _fill(client: Viewer, name: str = "gad-7", value: int = 1, at: datetime = NOW) -> str:
    response = questionnaires.open_response(client, name, at)
    for item in response.instrument.items:
        questionnaires.keep_answer(client, response.public_id, item.number, value, at)
    questionnaires.finish(client, response.public_id, at)
    return response.public_id


def _totals(client: Viewer, name: str = "gad-7", at: datetime = NOW) -> list[int | None]:
    return [point.total for point in results.own_series(client, at)[name]]


def _due(client: Viewer, at: datetime = NOW) -> list[str]:
    return [one.instrument.id for one in asking.due(client, at)]


def test_half_a_form_is_carried_on_with_on_another_device(client: Viewer) -> None:
    begun = questionnaires.open_response(client, "phq-9", NOW)
    assert [d.begun for d in asking.due(client, NOW)] == [False, False]
    questionnaires.keep_answer(client, begun.public_id, 1, 2, NOW)
    questionnaires.keep_answer(client, begun.public_id, 2, 3, NOW)
    questionnaires.keep_answer(client, begun.public_id, 2, None, NOW)  # taken back
    again = questionnaires.open_response(client, "phq-9", NOW + timedelta(days=3))
    assert (again.public_id, again.answers) == (begun.public_id, {1: 2})
    assert [d.begun for d in asking.due(client, NOW)] == [True, False]


def test_a_whole_form_gets_its_total_and_is_due_again_next_week(client: Viewer) -> None:
    _fill(client)
    assert _totals(client) == [7]
    assert "gad-7" not in _due(client, NOW + timedelta(days=6))
    with pytest.raises(NotFound) as refused:
        questionnaires.open_response(client, "gad-7", NOW + timedelta(days=6))
    assert refused.value.sentence == questionnaires.NOT_NOW
    assert "gad-7" in _due(client, NOW + WEEK)
    _fill(client, value=2, at=NOW + WEEK)
    assert _totals(client) == [7, 14]


def test_a_form_with_a_question_left_out_is_kept_without_a_total(client: Viewer) -> None:
    response = questionnaires.open_response(client, "gad-7", NOW)
    with pytest.raises(InvalidInput):
        questionnaires.finish(client, response.public_id, NOW)
    for item in range(1, 7):
        questionnaires.keep_answer(client, response.public_id, item, 3, NOW)
    questionnaires.finish(client, response.public_id, NOW)
    assert _totals(client) == [None]


def test_sending_twice_is_once_and_then_it_is_closed(client: Viewer) -> None:
    public_id = _fill(client)
    again = questionnaires.finish(client, public_id, NOW + timedelta(hours=1))
    assert again.completed_at == NOW
    with pytest.raises(DraftOutdated):
        questionnaires.keep_answer(client, public_id, 1, 0, NOW)
    assert _totals(client) == [7]


def test_the_difficulty_question_is_kept_beside_the_total(client: Viewer) -> None:
    response = questionnaires.open_response(client, "phq-9", NOW)
    for item in range(1, 10):
        questionnaires.keep_answer(client, response.public_id, item, 1 if item < 9 else 0, NOW)
    kept = questionnaires.keep_answer(client, response.public_id, DIFFICULTY, 2, NOW)
    assert not kept.at_risk
    with pytest.raises(InvalidInput):
        questionnaires.keep_answer(client, response.public_id, DIFFICULTY, 9, NOW)
    done = questionnaires.finish(client, response.public_id, NOW)
    assert done.answers[DIFFICULTY] == 2
    assert _totals(client, "phq-9") == [8]


@pytest.mark.parametrize("name", shipped())
def test_each_measure_is_asked_and_answered_to_its_end(client: Viewer, dana: Viewer, name: str) -> None:
    plans.set_plan(dana, client.public_id, name, "once", None, NOW)
    assert name in _due(client)
    response = questionnaires.open_response(client, name, NOW)
    asked: list[int] = []
    while True:
        left = [q for q in questions(response.instrument, response.answers) if q.number not in asked]
        if not left:
            break
        asked.append(left[0].number)
        highest = max(option.value for option in left[0].options)
        questionnaires.keep_answer(client, response.public_id, left[0].number, highest, NOW)
        response = questionnaires.open_response(client, name, NOW)
    measure = response.instrument
    assert [number for number in asked if number > 0] == [item.number for item in measure.items]
    assert (GATE in asked, DIFFICULTY in asked) == (measure.gate is not None, measure.difficulty is not None)
    done = questionnaires.finish(client, response.public_id, NOW)
    assert done.at_risk == measure.has_risk
    assert (len(open_alerts(dana)) == 1) == measure.has_risk
    assert name not in _due(client)
    with db.reading() as session:
        [point] = results.read_series(session, client.account_id)[name]
        latest = results.read_latest(session, session.get_one(Account, client.account_id)).get(name)
    reversed_items = any(item.reversed for item in measure.items)
    if measure.has_total and not reversed_items:
        assert point.total == measure.highest
    else:
        assert (point.total is None) != measure.has_total
    assert latest is not None
    assert latest.answers == done.answers
    assert (name in results.own_series(client, NOW)) == measure.charted


def test_what_an_answer_makes_needless_is_not_waited_for(client: Viewer, dana: Viewer) -> None:
    for name, number, total in (("audit-c", 1, 0), ("pc-ptsd-5", GATE, 0)):
        plans.set_plan(dana, client.public_id, name, "once", None, NOW)
        response = questionnaires.open_response(client, name, NOW)
        questionnaires.keep_answer(client, response.public_id, number, 0, NOW)
        questionnaires.finish(client, response.public_id, NOW)
        with db.reading() as session:
            assert [p.total for p in results.read_series(session, client.account_id)[name]] == [total]


@pytest.mark.parametrize(
    ("item", "value"),
    [
        (1, 4),
        (1, -1),
        (10, 0),
        (GATE, 0),
        (99, 1),
        (99, None),
        (1, True),
        (True, 1),
        (1, 1.0),
        (1.0, 1),
        (1, "1"),
        ("1", 1),
        (1, "x" * 100_000),
        (None, 1),
    ],
)
def test_an_answer_outside_the_options_is_refused_and_nothing_changes(
    client: Viewer, item: Any, value: Any
) -> None:
    response = questionnaires.open_response(client, "phq-9", NOW)
    questionnaires.keep_answer(client, response.public_id, 1, 1, NOW)
    with pytest.raises(InvalidInput) as refused:
        questionnaires.keep_answer(client, response.public_id, item, value, NOW)
    assert refused.value.fields == {"item": "Choose one of the answers shown."}
    assert questionnaires.open_response(client, "phq-9", NOW).answers == {1: 1}


def test_another_clients_form_is_not_found(client: Viewer, dana: Viewer) -> None:
    response = questionnaires.open_response(client, "phq-9", NOW)
    other = make_client("Noor", therapist=dana)
    acts = (
        lambda viewer, whom: questionnaires.keep_answer(viewer, response.public_id, 1, 1, NOW, whom),
        lambda viewer, whom: questionnaires.finish(viewer, response.public_id, NOW, whom),
        lambda viewer, whom: questionnaires.open_response(viewer, "phq-9", NOW, whom),
    )
    stranger, ada, mine = make_therapist(), make_administrator(), client.public_id
    for act in acts:
        for viewer, whom in ((other, mine), (stranger, mine), (stranger, None), (ada, mine), (dana, None)):
            with pytest.raises(NotFound):
                act(viewer, whom)
    for act in acts[:2]:  # a client and a form that do not belong together
        for viewer, whom in ((other, None), (dana, other.public_id)):
            with pytest.raises(NotFound):
                act(viewer, whom)
    questionnaires.keep_answer(client, response.public_id, 1, 1, NOW)
    questionnaires.keep_answer(dana, response.public_id, 2, 1, NOW, mine)
    for name in ("", "no-such"):
        with pytest.raises(NotFound):
            questionnaires.open_response(client, name, NOW)


def test_a_therapist_fills_the_same_form_and_it_says_so(client: Viewer, dana: Viewer) -> None:
    mine = questionnaires.open_response(client, "phq-9", NOW)
    questionnaires.keep_answer(client, mine.public_id, 1, 2, NOW)
    theirs = questionnaires.open_response(dana, "phq-9", NOW, client.public_id)
    assert (theirs.public_id, theirs.answers, theirs.entered_by) == (mine.public_id, {1: 2}, "")
    assert theirs.client_name == "Sam Rivera"
    kept = questionnaires.keep_answer(dana, mine.public_id, 9, 1, NOW, client.public_id)
    assert kept.at_risk
    assert len(open_alerts(dana)) == 1
    questionnaires.keep_answer(client, mine.public_id, 1, 3, NOW)
    assert questionnaires.open_response(dana, "phq-9", NOW, client.public_id).answers == {1: 3, 9: 1}
    done = questionnaires.finish(dana, mine.public_id, NOW, client.public_id)
    assert done.entered_by == "Dana Okafor"
    with db.reading() as session:
        looks = select(AuditEvent.client_id).where(AuditEvent.action == "questionnaire.open")
        assert session.scalars(looks).all() == [client.account_id], "one look, however often it is run"
    assert questionnaires.finish(client, mine.public_id, NOW + WEEK).completed_at == NOW
    with pytest.raises(DraftOutdated):
        questionnaires.keep_answer(client, mine.public_id, 1, 0, NOW)
    assert results.own_series(client, NOW)["phq-9"][0].entered_by == "Dana Okafor"


def test_both_answer_at_once_and_no_item_is_lost(client: Viewer, dana: Viewer) -> None:
    form = questionnaires.open_response(client, "phq-9", NOW).public_id
    start = threading.Barrier(2)

    def answer(viewer: Viewer, items: range, whom: str | None) -> None:
        start.wait()
        for item in items:
            questionnaires.keep_answer(viewer, form, item, 1, NOW, whom)

    threads = [
        threading.Thread(target=answer, args=(client, range(1, 5), None)),
        threading.Thread(target=answer, args=(dana, range(5, 9), client.public_id)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert questionnaires.open_response(client, "phq-9", NOW).answers == dict.fromkeys(range(1, 9), 1)


def test_two_devices_that_begin_at_once_share_one_form(client: Viewer) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(questionnaires.open_response(client, "phq-9", NOW).public_id)
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(QuestionnaireResponse)).one() == 1


def _put(monkeypatch: pytest.MonkeyPatch, **measures: Any) -> None:
    """The measures as another start of the portal would find them."""
    found = {**shipped(), **{name.replace("_", "-"): measure for name, measure in measures.items()}}
    there = {name: measure for name, measure in found.items() if measure is not None}
    monkeypatch.setattr(instrument, "_load", lambda _own: (there, ()))


def test_a_form_on_older_words_is_closed_and_begun_anew(
    client: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = questionnaires.open_response(client, "gad-7", NOW)
    questionnaires.keep_answer(client, old.public_id, 1, 3, NOW)
    _put(monkeypatch, gad_7=replace(shipped()["gad-7"], version="2"))
    for act in (
        lambda: questionnaires.keep_answer(client, old.public_id, 2, 1, NOW),
        lambda: questionnaires.finish(client, old.public_id, NOW),
    ):
        with pytest.raises(DraftOutdated) as refused:
            act()
        assert refused.value.sentence == questionnaires.CHANGED
    new = questionnaires.open_response(client, "gad-7", NOW)
    assert (new.anew, new.answers) == (True, {})
    again = questionnaires.open_response(client, "gad-7", NOW)
    assert (again.public_id, again.anew) == (new.public_id, False)
    questionnaires.keep_answer(client, new.public_id, 1, 1, NOW)
    with db.reading() as session:
        kept = session.scalars(
            select(QuestionnaireResponse).where(QuestionnaireResponse.public_id == old.public_id)
        ).one()
        assert (kept.answers_json, kept.total, kept.completed_at) == ('{"1": 3}', None, NOW)


def test_a_measure_that_is_gone_leaves_its_results_readable(
    client: Viewer, dana: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(client)
    plans.set_plan(dana, client.public_id, "pswq", "once", None, NOW)
    begun = questionnaires.open_response(client, "pswq", NOW)
    _put(monkeypatch, gad_7=None, pswq=None)
    with pytest.raises(DraftOutdated) as refused:
        questionnaires.keep_answer(client, begun.public_id, 1, 1, NOW)
    assert refused.value.sentence == questionnaires.GONE
    with db.reading() as session:
        assert [p.total for p in results.read_series(session, client.account_id)["gad-7"]] == [7]
        assert "gad-7" not in results.read_latest(session, session.get_one(Account, client.account_id))
    assert list(results.own_series(client, NOW)) == ["phq-9"]
    assert _due(client, NOW + WEEK) == ["phq-9"]
    listed = {line.instrument.id for line in plans.plan(dana, client.public_id, NOW).lines}
    assert listed == set(shipped()) - {"gad-7", "pswq"}


def test_answers_of_older_words_are_no_error_when_they_are_read(
    client: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(client, value=3)
    measure = shipped()["gad-7"]
    items = tuple(replace(item, options=item.options[:2]) for item in measure.items)
    _put(monkeypatch, gad_7=replace(measure, version="2", items=items))
    with db.reading() as session:
        latest = results.read_latest(session, session.get_one(Account, client.account_id)).get("gad-7")
    assert latest is not None
    assert latest.answers[1] == 3
    assert not latest.at_risk


def test_a_client_under_age_is_not_asked_what_is_for_adults(client: Viewer) -> None:
    def born(words: str) -> None:
        with db.unit_of_work() as session:
            account = session.get_one(Account, client.account_id)
            account.born = words

    born("3/3/2008")
    assert _due(client) == []
    with pytest.raises(NotFound):
        questionnaires.open_response(client, "gad-7", NOW)
    for words in ("2/3/2008", "not a date"):
        born(words)
        assert _due(client) == ["phq-9", "gad-7"]


def test_answers_are_sealed(client: Viewer) -> None:
    response = questionnaires.open_response(client, "phq-9", NOW)
    questionnaires.keep_answer(client, response.public_id, 1, 2, NOW)
    with db.engine().connect() as connection:
        held = bytes(
            connection.execute(text("SELECT answers_sealed FROM questionnaire_response")).scalar_one()
        )
    assert b'"1"' not in held
    assert b"2}" not in held


def test_a_deactivated_helper_is_still_named(client: Viewer, dana: Viewer) -> None:
    form = questionnaires.open_response(dana, "gad-7", NOW, client.public_id)
    questionnaires.keep_answer(dana, form.public_id, 1, 1, NOW, client.public_id)
    with db.unit_of_work() as session:
        session.execute(update(Account).where(Account.id == dana.account_id).values(disabled_at=NOW))
    assert questionnaires.open_response(client, "gad-7", NOW).entered_by == "Dana Okafor"
