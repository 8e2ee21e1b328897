"""Filling a measure: each answer kept, resumed anywhere, sent once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

import db
from clinic.errors import DraftOutdated, InvalidInput, NotFound
from clinic.measures import questionnaires
from clinic.measures.questionnaires import DIFFICULTY
from clinic.people.viewer import Viewer
from db.tables import QuestionnaireResponse
from tests.databases import Database
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist

WEEK = timedelta(days=7)


@pytest.fixture
def client(database: Database) -> Viewer:
    make_clinic()
    return make_client("Sam Rivera")


def _fill(client: Viewer, name: str = "gad-7", value: int = 1, at=NOW) -> str:
    response = questionnaires.open_response(client, name, at)
    for item in response.instrument.items:
        questionnaires.keep_answer(client, response.public_id, item.number, value, at)
    questionnaires.finish(client, response.public_id, at)
    return response.public_id


def test_half_a_form_is_carried_on_with_on_another_device(client: Viewer) -> None:
    begun = questionnaires.open_response(client, "phq-9", NOW)
    questionnaires.keep_answer(client, begun.public_id, 1, 2, NOW)
    questionnaires.keep_answer(client, begun.public_id, 2, 3, NOW)
    questionnaires.keep_answer(client, begun.public_id, 2, None, NOW)  # taken back
    again = questionnaires.open_response(client, "phq-9", NOW + timedelta(days=3))
    assert (again.public_id, again.answers) == (begun.public_id, {1: 2})
    assert [d.begun for d in questionnaires.due(client, NOW)] == [True, False]


def test_a_whole_form_gets_its_total_and_is_due_again_next_week(client: Viewer) -> None:
    _fill(client)
    assert [point.total for point in questionnaires.own_series(client)["gad-7"]] == [7]
    assert "gad-7" not in {d.instrument.id for d in questionnaires.due(client, NOW + timedelta(days=5))}
    with pytest.raises(NotFound) as refused:
        questionnaires.open_response(client, "gad-7", NOW + timedelta(days=5))
    assert "about once a week" in refused.value.sentence
    assert "gad-7" in {d.instrument.id for d in questionnaires.due(client, NOW + WEEK)}
    _fill(client, value=2, at=NOW + WEEK)
    assert [point.total for point in questionnaires.own_series(client)["gad-7"]] == [7, 14]


def test_a_form_with_a_skipped_question_is_kept_without_a_total(client: Viewer) -> None:
    response = questionnaires.open_response(client, "gad-7", NOW)
    with pytest.raises(InvalidInput):
        questionnaires.finish(client, response.public_id, NOW)
    for item in range(1, 7):
        questionnaires.keep_answer(client, response.public_id, item, 3, NOW)
    questionnaires.finish(client, response.public_id, NOW)
    assert [point.total for point in questionnaires.own_series(client)["gad-7"]] == [None]


def test_sending_twice_is_once_and_then_it_is_closed(client: Viewer) -> None:
    public_id = _fill(client)
    again = questionnaires.finish(client, public_id, NOW + timedelta(hours=1))
    assert again.completed_at == NOW
    with pytest.raises(DraftOutdated):
        questionnaires.keep_answer(client, public_id, 1, 0, NOW)
    assert [point.total for point in questionnaires.own_series(client)["gad-7"]] == [7]


def test_the_difficulty_answer_is_kept_beside_the_score(client: Viewer) -> None:
    response = questionnaires.open_response(client, "phq-9", NOW)
    for item in range(1, 10):
        questionnaires.keep_answer(client, response.public_id, item, 1 if item < 9 else 0, NOW)
    kept = questionnaires.keep_answer(client, response.public_id, DIFFICULTY, 2, NOW)
    assert not kept.at_risk
    with pytest.raises(InvalidInput):
        questionnaires.keep_answer(client, response.public_id, DIFFICULTY, 9, NOW)
    done = questionnaires.finish(client, response.public_id, NOW)
    assert done.answers[DIFFICULTY] == 2
    assert [point.total for point in questionnaires.own_series(client)["phq-9"]] == [8]


@pytest.mark.parametrize(("item", "value"), [(1, 4), (1, -1), (10, 0), (-1, 0), (99, 1)])
def test_an_answer_outside_the_options_is_refused_and_nothing_changes(
    client: Viewer, item: int, value: int
) -> None:
    response = questionnaires.open_response(client, "phq-9", NOW)
    questionnaires.keep_answer(client, response.public_id, 1, 1, NOW)
    with pytest.raises(InvalidInput):
        questionnaires.keep_answer(client, response.public_id, item, value, NOW)
    assert questionnaires.open_response(client, "phq-9", NOW).answers == {1: 1}


def test_another_clients_form_is_not_found(client: Viewer) -> None:
    response = questionnaires.open_response(client, "phq-9", NOW)
    other = make_client("Noor")
    for act in (
        lambda viewer: questionnaires.keep_answer(viewer, response.public_id, 1, 1, NOW),
        lambda viewer: questionnaires.finish(viewer, response.public_id, NOW),
    ):
        for viewer in (other, make_therapist(), make_administrator()):
            with pytest.raises(NotFound):
                act(viewer)
    questionnaires.keep_answer(client, response.public_id, 1, 1, NOW)
    for name in ("", "phq-8"):
        with pytest.raises(NotFound):
            questionnaires.open_response(client, name, NOW)


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


def test_answers_are_sealed(client: Viewer) -> None:
    response = questionnaires.open_response(client, "phq-9", NOW)
    questionnaires.keep_answer(client, response.public_id, 1, 2, NOW)
    with db.engine().connect() as connection:
        held = bytes(
            connection.execute(text("SELECT answers_sealed FROM questionnaire_response")).scalar_one()
        )
    assert b'"1"' not in held
    assert b"2}" not in held
