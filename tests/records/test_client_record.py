"""The record opens for the client's own therapist, says so in the log, and for nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

import db
from clinic.errors import NotFound
from clinic.measures import questionnaires
from clinic.people.viewer import Viewer
from clinic.records.client_record import client_record
from db.tables import AuditEvent
from tests.databases import Database
from tests.factories import (
    NOW,
    keep_intake,
    log_mood,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    make_policy()
    return make_therapist("Dana Okafor")


def _answer(client: Viewer, value: int, at) -> None:
    response = questionnaires.open_response(client, "phq-9", at)
    for item in range(1, 10):
        questionnaires.keep_answer(client, response.public_id, item, value if item < 9 else 0, at)
    questionnaires.finish(client, response.public_id, at)


def test_a_record_holds_what_the_therapist_needs(dana: Viewer) -> None:
    sam = make_client("Sam Rivera", therapist=dana)
    keep_intake(sam, {"preferred_name": "Sam", "brings": "I sleep badly."}, NOW)
    for week, value in enumerate((3, 2, 1)):
        _answer(sam, value, NOW - timedelta(weeks=3 - week))
    log_mood(sam, 2, "A secret note", NOW)
    log_mood(sam, 2, "", NOW - timedelta(days=200))
    past = make_appointment(sam, dana, NOW - timedelta(days=7))
    coming = make_appointment(sam, dana, NOW + timedelta(days=7))
    make_appointment(sam, dana, NOW + timedelta(days=8), cancelled=True)
    record = client_record(dana, sam.public_id, NOW)
    assert record.name == "Sam Rivera"
    assert not record.consents.missing
    assert record.intake.answers["brings"] == "I sleep badly."
    assert record.intake.submitted_at is None
    [phq] = record.outcomes.measures
    assert [point.total for point in phq.points] == [24, 16, 8]
    assert phq.latest.answers[1] == 1
    assert [(m.mood, m.note) for m in record.mood] == [(2, None)]  # three months, notes not opened
    assert [a.public_id for a in record.coming] == [coming]
    assert [a.public_id for a in record.past] == [past]


def test_nobody_else_opens_it_and_each_opening_is_on_record(dana: Viewer) -> None:
    sam = make_client("Sam Rivera", therapist=dana)
    for viewer in (make_therapist("Per"), make_client("Noor"), sam, make_administrator()):
        with pytest.raises(NotFound):
            client_record(viewer, sam.public_id, NOW)
    with pytest.raises(NotFound):
        client_record(dana, "nobody", NOW)
    for moment in (NOW, NOW + timedelta(seconds=1), NOW + timedelta(minutes=6)):
        client_record(dana, sam.public_id, moment)
    with db.reading() as session:
        opened = session.scalars(select(AuditEvent).where(AuditEvent.action == "record.open")).all()
        refused = session.scalars(select(AuditEvent).where(AuditEvent.outcome == "denied")).all()
    assert len(refused) == 5
    # A rerun is the same look; six minutes later is another.
    assert [(e.actor_id, e.client_id) for e in opened] == [(dana.account_id, sam.account_id)] * 2
