"""Whose record a person may open."""

from __future__ import annotations

import pytest
from sqlalchemy import update

import db
from clinic.errors import NotFound
from clinic.intake import consent_waiver, intake
from clinic.measures import plans, questionnaires
from clinic.people import accounts
from clinic.people.care import client_visible_to, clients_visible_to
from clinic.people.viewer import Viewer
from clinic.records import client_record, nudges
from clinic.safety import safety_plan
from db.tables import Account, CareAssignment
from tests.databases import Database
from tests.factories import (
    NOW,
    assign,
    make_administrator,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
)


def _sees(viewer: Viewer) -> set[str]:
    with db.reading() as session:
        return {account.public_id for account in session.scalars(clients_visible_to(viewer))}


def test_a_therapist_sees_their_own_clients_and_those_nobody_has(database: Database) -> None:
    make_clinic()
    dana, per = make_therapist("Dana"), make_therapist("Per")
    danas, pers, nobodys = make_client(therapist=dana), make_client(therapist=per), make_client()
    assert _sees(dana) == {danas.public_id, nobodys.public_id}
    assert _sees(per) == {pers.public_id, nobodys.public_id}
    assert _sees(danas) == {danas.public_id}
    assert _sees(make_administrator()) == set()


def test_care_that_has_ended_opens_nothing(database: Database) -> None:
    make_clinic()
    dana, per = make_therapist("Dana"), make_therapist("Per")
    client = make_client(therapist=dana)
    assign(client, per)
    assert client.public_id in _sees(dana)
    with db.unit_of_work() as session:
        session.execute(
            update(CareAssignment).where(CareAssignment.therapist_id == dana.account_id).values(until_at=NOW)
        )
    assert client.public_id not in _sees(dana)
    assert client.public_id in _sees(per)


def test_clients_of_a_therapist_who_left_are_seen_by_the_others(database: Database) -> None:
    make_clinic()
    dana, per = make_therapist("Dana"), make_therapist("Per")
    client = make_client(therapist=dana)
    assert client.public_id not in _sees(per)
    with db.unit_of_work() as session:
        session.execute(update(Account).where(Account.id == dana.account_id).values(disabled_at=NOW))
    assert client.public_id in _sees(per)


def test_missing_and_forbidden_are_the_same_answer(database: Database) -> None:
    make_clinic()
    dana, per = make_therapist("Dana"), make_therapist("Per")
    client = make_client(therapist=dana)
    with db.reading() as session:
        assert client_visible_to(session, dana, client.public_id, NOW).name == client.name
        for viewer, asked in ((per, client.public_id), (dana, "nobody"), (dana, per.public_id)):
            with pytest.raises(NotFound) as refused:
                client_visible_to(session, viewer, asked, NOW)
            assert refused.value.sentence == NotFound.sentence


def test_a_supervisor_reads_and_does_nothing_in_the_clients_place(database: Database) -> None:
    """The clinic's screen promises: a supervisor reads the record, and has no sessions with them."""
    make_clinic()
    make_policy()
    ada, dana, per = make_administrator("Ada"), make_therapist("Dana"), make_therapist("Per")
    sam = make_client("Sam", therapist=dana, consented=False)
    accounts.assign(ada, sam.public_id, per.public_id, True, NOW)
    whom, form = sam.public_id, questionnaires.open_response(sam, "gad-7", NOW).public_id
    for read in (
        lambda v: client_record.client_record(v, whom, NOW),
        lambda v: plans.plan(v, whom, NOW),
        lambda v: safety_plan.safety_plan(v, whom, NOW),
    ):
        read(per)
    for act in (
        lambda v: intake.draft(v, NOW, whom),
        lambda v: intake.keep_answers(v, {"brings": ("Sleep", 0)}, NOW, whom),
        lambda v: questionnaires.open_response(v, "phq-9", NOW, whom),
        lambda v: questionnaires.keep_answer(v, form, 1, 1, NOW, whom),
        lambda v: plans.set_plan(v, whom, "pcl-5", "once", None, NOW),
        lambda v: plans.ask_now(v, whom, "audit-c", NOW),
        lambda v: plans.stop(v, whom, "gad-7", NOW),
        lambda v: safety_plan.keep_step(v, whom, "signs", "Not sleeping", 0, NOW),
        lambda v: consent_waiver.waive(v, whom, "They are in hospital this week.", NOW),
        lambda v: consent_waiver.correct_born(v, whom, "6/6/1990", NOW),
        lambda v: nudges.remind(v, whom, NOW),
    ):
        with pytest.raises(NotFound):
            act(per)
        act(dana)
