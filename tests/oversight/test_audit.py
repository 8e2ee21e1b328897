"""Who did what with whose data: one event an act, in the act's own transaction, without content."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

import db
from clinic.errors import ClinicError
from clinic.measures import questionnaires
from clinic.records.client_record import client_record
from clinic.scheduling import booking
from clinic.video import attended, calls, device_checks, gate, visits
from db.tables import AuditEvent
from tests.databases import Database
from tests.factories import (
    NOW,
    keep_intake,
    log_mood,
    make_appointment,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
)

CHECK = {"camera": "ok", "microphone": "ok", "sound": "heard", "network": "ok"}


def _events() -> list[AuditEvent]:
    with db.reading() as session:
        return list(session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


def test_each_act_on_a_clients_data_leaves_one_event_and_no_words(database: Database) -> None:
    make_clinic()
    make_policy()
    therapist = make_therapist()
    client = make_client(therapist=therapist)
    meeting = make_appointment(client, therapist, NOW)
    other = make_appointment(client, therapist, NOW + timedelta(minutes=55))
    canary = visits.Whereabouts("canary", "canary", "canary", alone=False)
    acts = [
        ("intake.keep", lambda: keep_intake(client, {"brings": "canary"}, NOW)),
        ("mood.log", lambda: log_mood(client, 2, "canary", NOW)),
        ("questionnaire.begin", lambda: questionnaires.open_response(client, "phq-9", NOW)),
        ("record.open", lambda: client_record(therapist, client.public_id, NOW)),
        ("room.enter", lambda: visits.enter(client, meeting, NOW)),
        ("room.confirm", lambda: gate.confirm(client, meeting, canary, NOW)),
        ("room.admit", lambda: visits.admit(therapist, meeting, NOW)),
        ("room.gate", lambda: gate.pass_gate(therapist, other, "canary canary", NOW + timedelta(minutes=50))),
        ("attendance.confirm", lambda: attended.confirm_attendance(therapist, meeting, "no_show", NOW)),
        ("attendance.change", lambda: attended.confirm_attendance(therapist, meeting, "attended", NOW)),
        ("room.feedback", lambda: attended.say_feedback(client, meeting, "no", NOW)),
        ("device.check", lambda: device_checks.keep_check(client, CHECK, NOW)),
    ]
    for action, act in acts:
        before = len(_events())
        act()
        added = _events()[before:]
        assert [event.action for event in added] == [action]
        assert added[0].client_id == client.account_id
        assert added[0].actor_id in (client.account_id, therapist.account_id)
    said = " ".join(str(vars(event)) for event in _events())
    assert "canary" not in said


def test_a_denial_names_an_object_and_not_the_questions_that_were_asked_for(database: Database) -> None:
    """An unanswered measure says something about a person too, and any words may stand in an address."""
    make_clinic()
    therapist = make_therapist()
    client = make_client(therapist=therapist)
    for asked, act in (
        (None, lambda: questionnaires.open_response(client, "pcl-5", NOW)),
        (None, lambda: client_record(therapist, "is Sam suicidal?", NOW)),
        (client.public_id[::-1], lambda: client_record(therapist, client.public_id[::-1], NOW)),
    ):
        with pytest.raises(ClinicError):
            act()
        assert (_events()[-1].outcome, _events()[-1].object_id) == ("denied", asked)


def test_an_act_that_fails_leaves_one_denial_or_nothing(database: Database) -> None:
    make_clinic()
    therapist = make_therapist()
    client, stranger = make_client(therapist=therapist), make_client()
    meeting = make_appointment(client, therapist, NOW + timedelta(days=1))
    other = make_therapist()
    for expected, act in (
        ([], lambda: log_mood(client, 9, "", NOW)),
        ([], lambda: booking.book(client, therapist.public_id, NOW - timedelta(days=1), "k", NOW)),
        ([(stranger, meeting)], lambda: booking.cancel(stranger, meeting, NOW)),
        ([(stranger, meeting)], lambda: visits.enter(stranger, meeting, NOW)),
        ([(stranger, meeting)], lambda: calls.connect(stranger, meeting, NOW)),
        ([(other, client.public_id)], lambda: client_record(other, client.public_id, NOW)),
    ):
        before = len(_events())
        with pytest.raises(ClinicError):
            act()
        added = _events()[before:]
        assert {event.outcome for event in added} <= {"denied"}
        assert [(e.actor_id, e.object_id) for e in added] == [(v.account_id, o) for v, o in expected]
