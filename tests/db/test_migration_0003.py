"""A clinic that was there before forms were data keeps its people's answers, signatures and alerts."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

import db
from db.tables import ConsentSignature, IntakeForm, RiskAlert, RiskEvent
from tests.databases import Server, point_at

starting = importlib.import_module("db.start")
AT = "2026-03-02 09:00:00"


@pytest.fixture(params=["sqlite", "postgresql"])
def before(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, own_deployment: Path
) -> Iterator[None]:
    """A database as the version before left it, with people in it."""
    if request.param == "sqlite":
        _as_before()
        yield
        return
    server: Server = request.getfixturevalue("postgres")
    with server.copy("template0") as url:
        point_at(monkeypatch, own_deployment, url)
        _as_before()
        yield


def _as_before() -> None:
    with db.engine().begin() as connection:
        starting.migrate(connection, "0002")
        starting._check_key(connection)
        _people(connection)


def _people(connection: Connection) -> None:
    def add(statement: str, **values: object) -> None:
        connection.execute(text(statement), values)

    add(
        "INSERT INTO clinic (id, name, zone, phone, emergency_number, crisis_line_name, crisis_line_number, "
        "alert_response, is_demo, created_at) VALUES (1, 'Linden', 'UTC', '1', '112', 'Line', '142', "
        "'soon', :no, :at)",
        at=AT,
        no=False,
    )
    for number, role in ((1, "client"), (2, "therapist")):
        add(
            "INSERT INTO account (id, email, password_hash, role, name, zone, created_at, public_id, "
            "pronouns, mail_on_sign_in) VALUES (:n, :email, '', :role, :role, 'UTC', :at, :public, '', :yes)",
            n=number,
            email=f"{role}@example.org",
            role=role,
            at=AT,
            public=f"person-{number}",
            yes=True,
        )
    add(
        "INSERT INTO consent_text (id, version, title, summary, body, body_hash, published_at, public_id) "
        "VALUES (1, 1, 'T', 'S', 'B', 'h', :at, 'text')",
        at=AT,
    )
    signature = ConsentSignature(public_id="signature")
    signature.signed_name = "Sam"
    add(
        "INSERT INTO consent_signature (id, client_id, consent_text_id, body_hash, signed_name_sealed, "
        "signed_at, public_id) VALUES (1, 1, 1, 'h', :name, :at, 'signature')",
        name=signature.signed_name_sealed,
        at=AT,
    )
    add(
        "INSERT INTO intake (id, client_id, form_version, started_at, public_id) VALUES (1, 1, 1, :at, 'i')",
        at=AT,
    )
    add(
        "INSERT INTO intake_answer (id, intake_id, field, value_sealed, answered_at, public_id) "
        "VALUES (1, 1, 'phone', :value, :at, 'a')",
        value=b"sealed",
        at=AT,
    )
    for n, seen in ((1, True), (2, False), (3, False)):
        add(
            "INSERT INTO questionnaire_response (id, client_id, instrument, instrument_version, "
            "started_at, completed_at, answers_sealed, public_id) "
            "VALUES (:n, 1, 'phq-9', '1', :at, :at, :sealed, :public)",
            n=n,
            at=AT,
            sealed=b"x",
            public=f"r{n}",
        )
        one = RiskAlert(public_id=f"alert-{n}")
        one.answer = str(n)
        add(
            "INSERT INTO risk_alert (id, client_id, response_id, instrument, item, answer_sealed, raised_at, "
            "acknowledged_at, acknowledged_by_id, public_id) "
            "VALUES (:n, 1, :n, 'phq-9', 9, :answer, :at, :seen, :by, :public)",
            n=n,
            answer=one.answer_sealed,
            at=f"2026-03-0{n} 09:00:00",
            seen=AT if seen else None,
            by=2 if seen else None,
            public=f"alert-{n}",
        )
        add(
            "INSERT INTO risk_event (id, alert_id, at, kind, actor_id) VALUES (:n, :n, :at, 'raised', 1)",
            n=n,
            at=AT,
        )


@pytest.mark.usefixtures("before")
def test_answers_signatures_and_alerts_are_carried_over() -> None:
    db.start()
    with db.reading() as session:
        form = session.scalars(select(IntakeForm)).one()
        names = [f["name"] for part in json.loads(form.definition)["sections"] for f in part["fields"]]
        assert (form.version, form.status) == (1, "published")
        assert {"born", "phone", "emergency_name", "brings"} <= set(names)
        intake = session.execute(text("SELECT form_id, replaced_at FROM intake")).one()
        assert tuple(intake) == (form.id, None)
        answer = session.execute(text("SELECT value_sealed, revision FROM intake_answer")).one()
        assert (bytes(answer[0]), answer[1]) == (b"sealed", 1)
        signature = session.scalars(select(ConsentSignature)).one()
        assert (signature.signed_name, signature.decision) == ("Sam", "agreed")
        alerts = session.scalars(select(RiskAlert).order_by(RiskAlert.id)).all()
        assert [alert.resolved_at is None for alert in alerts] == [False, False, True]
        assert [alert.answer for alert in alerts] == ["1", "2", "3"]
        assert len({event.public_id for event in session.scalars(select(RiskEvent))}) == 3


@pytest.mark.usefixtures("before")
def test_references_are_whole_and_held_again_afterwards() -> None:
    db.start()
    with db.engine().connect() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        with pytest.raises(DBAPIError):
            connection.execute(
                text(
                    "INSERT INTO risk_event (alert_id, at, kind, public_id) "
                    "VALUES (99, :at, 'raised', 'none')"
                ),
                {"at": AT},
            )


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE intake_form SET definition = '{}'",
        "UPDATE intake_form SET status = 'draft'",
        "UPDATE consent_text SET body = 'another'",
        "UPDATE consent_text SET version = 7",
        "UPDATE consent_text SET required = NOT required",
    ],
)
def test_what_was_published_cannot_be_changed_by_anybody(change: str) -> None:
    db.start()
    with db.engine().connect() as connection, pytest.raises(DBAPIError, match="published_"):
        connection.execute(text(change))


@pytest.mark.usefixtures("before")
def test_what_was_published_can_still_be_withdrawn() -> None:
    db.start()
    with db.engine().begin() as connection:
        for table in ("intake_form", "consent_text"):
            connection.execute(
                text(f"UPDATE {table} SET status = 'withdrawn', withdrawn_at = :at"), {"at": AT}
            )
            statuses = connection.execute(text(f"SELECT status FROM {table}")).scalars().all()
            assert statuses == ["withdrawn"]


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize(
    "change",
    [
        "alert_id = 3",
        "at = '2026-03-03 09:00:00'",
        "kind = 'resolved'",
        "actor_id = 2",
        "actor_id = NULL",
        "public_id = 'another'",
        "detail_sealed = NULL",
    ],
)
def test_what_happened_to_an_alert_cannot_be_changed_by_anybody(change: str) -> None:
    db.start()
    with db.engine().begin() as connection:
        connection.execute(
            text(
                "INSERT INTO risk_event (id, alert_id, at, kind, actor_id, detail_sealed, public_id) "
                "VALUES (9, 1, :at, 'called', 1, :sealed, 'event-9')"
            ),
            {"at": AT, "sealed": b"x"},
        )
    with db.engine().connect() as connection, pytest.raises(DBAPIError, match="kept_risk_event"):
        connection.execute(text(f"UPDATE risk_event SET {change} WHERE id = 9"))
    with db.engine().connect() as connection, pytest.raises(DBAPIError, match="kept_risk_event"):
        connection.execute(
            text("UPDATE risk_event SET detail_sealed = :sealed WHERE id = 1"), {"sealed": b"x"}
        )


@pytest.mark.usefixtures("before")
def test_a_note_can_be_sealed_anew_and_a_demo_thrown_away() -> None:
    db.start()
    with db.engine().begin() as connection:
        connection.execute(
            text(
                "INSERT INTO risk_event (id, alert_id, at, kind, detail_sealed, public_id) "
                "VALUES (9, 1, :at, 'called', :sealed, 'event-9')"
            ),
            {"at": AT, "sealed": b"old"},
        )
        connection.execute(
            text("UPDATE risk_event SET detail_sealed = :sealed WHERE id = 9"), {"sealed": b"new"}
        )
        held = connection.execute(text("SELECT detail_sealed FROM risk_event WHERE id = 9")).scalar_one()
        assert bytes(held) == b"new"
        connection.execute(text("DELETE FROM risk_event"))
        assert connection.execute(text("SELECT count(*) FROM risk_event")).scalar_one() == 0
