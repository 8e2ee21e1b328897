"""Whose record a person may open."""

from __future__ import annotations

import pytest
from sqlalchemy import update

import db
from clinic.errors import NotFound
from clinic.people.care import client_visible_to, clients_visible_to
from clinic.people.viewer import Viewer
from db.tables import Account, CareAssignment
from tests.databases import Database
from tests.factories import NOW, assign, make_administrator, make_client, make_clinic, make_therapist


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
