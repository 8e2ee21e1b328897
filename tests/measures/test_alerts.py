"""A risk answer and its alert are one: never the first without the second."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

import db
from clinic.errors import NotFound
from clinic.measures import questionnaires
from clinic.measures.alerts import acknowledge, open_alerts
from clinic.people.viewer import Viewer
from clinic.records.day import day
from db.tables import RiskEvent
from tests.databases import Database
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor")


def _answer(client: Viewer, value: int | None, at=NOW) -> str:
    response = questionnaires.open_response(client, "phq-9", at)
    questionnaires.keep_answer(client, response.public_id, 9, value, at)
    return response.public_id


def _trail() -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(RiskEvent.kind).order_by(RiskEvent.id)))


def test_one_answer_on_an_unfinished_form_is_on_the_therapists_first_screen(dana: Viewer) -> None:
    client = make_client("Sam", therapist=dana)
    _answer(client, 0)
    assert open_alerts(dana) == []
    kept = questionnaires.keep_answer(client, _answer(client, 0), 9, 1, NOW)
    assert kept.at_risk
    alerts = open_alerts(dana)
    assert [(a.client_name, a.item, a.answer_words) for a in alerts] == [("Sam", 9, "Several days")]
    assert [a.public_id for a in day(dana, NOW).alerts] == [alerts[0].public_id]


def test_the_same_answer_again_is_one_alert_and_a_higher_one_opens_it_again(dana: Viewer) -> None:
    client = make_client("Sam", therapist=dana)
    _answer(client, 1)
    _answer(client, 1)
    assert _trail() == ["raised"]
    acknowledge(dana, open_alerts(dana)[0].public_id, NOW)
    assert open_alerts(dana) == []
    _answer(client, 3, NOW + timedelta(minutes=5))
    assert [alert.answer_words for alert in open_alerts(dana)] == ["Nearly every day"]
    assert _trail() == ["raised", "acknowledged", "risen"]


@pytest.mark.parametrize("later", [0, 1, None])
def test_what_was_said_is_not_unsaid(dana: Viewer, later: int | None) -> None:
    client = make_client("Sam", therapist=dana)
    _answer(client, 2)
    _answer(client, later)
    assert [alert.answer_words for alert in open_alerts(dana)] == ["More than half the days"]


def test_an_alert_is_seen_by_the_clients_own_therapist_and_by_nobody_else(dana: Viewer) -> None:
    per = make_therapist("Per")
    client = make_client("Sam", therapist=dana)
    _answer(client, 1)
    alert = open_alerts(dana)[0].public_id
    assert open_alerts(per) == []
    for viewer in (per, client, make_administrator()):
        with pytest.raises(NotFound):
            acknowledge(viewer, alert, NOW)
    for viewer in (client, make_administrator()):
        with pytest.raises(NotFound):
            open_alerts(viewer)
    acknowledge(dana, alert, NOW)


def test_the_alert_of_a_client_nobody_looks_after_is_seen_by_every_therapist(dana: Viewer) -> None:
    per = make_therapist("Per")
    _answer(make_client("Sam"), 1)
    assert len(open_alerts(dana)) == len(open_alerts(per)) == 1


def test_acknowledging_twice_is_once_and_the_first_person_stays(dana: Viewer) -> None:
    _answer(make_client("Sam"), 1)
    alert = open_alerts(dana)[0].public_id
    acknowledge(dana, alert, NOW)
    acknowledge(make_therapist("Per"), alert, NOW + timedelta(hours=1))
    assert _trail() == ["raised", "acknowledged"]


def test_an_answer_is_not_kept_when_its_alert_cannot_be(dana: Viewer, database: Database) -> None:
    client = make_client("Sam", therapist=dana)
    public_id = _answer(client, 0)
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
    with db.engine().begin() as connection:
        if database.kind == "sqlite":
            connection.execute(text("DROP TRIGGER broken"))
        else:
            connection.execute(text("ALTER TABLE risk_event DROP CONSTRAINT broken"))
    questionnaires.keep_answer(client, public_id, 9, 1, NOW)
    assert len(open_alerts(dana)) == 1
