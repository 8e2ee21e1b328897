"""The administrator makes accounts; nobody else does, and nothing half-made is left."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

import db
from clinic.errors import InvalidInput, NotFound
from clinic.people.accounts import create_account, people
from clinic.people.care import own_therapists
from clinic.people.details import clinic_details, update_details
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.appointments import free_times
from db.tables import Account, AuditEvent
from tests.databases import Database
from tests.factories import (
    DETAILS,
    NOW,
    PASSWORD,
    ZONE,
    make_administrator,
    make_client,
    make_clinic,
    make_therapist,
)


def _count() -> int:
    with db.reading() as session:
        return session.scalars(select(func.count()).select_from(Account)).one()


@pytest.fixture
def administrator(database: Database) -> Viewer:
    make_clinic()
    return make_administrator("Ada Min")


def test_each_role_can_be_made_and_is_listed(administrator: Viewer) -> None:
    therapist = create_account(
        administrator, Role.THERAPIST, " Dana ", "Dana@Example.org", PASSWORD, "Europe/London", NOW
    )
    create_account(
        administrator, Role.CLIENT, "Sam", "sam@example.org", PASSWORD, ZONE, NOW, therapist_id=therapist
    )
    create_account(administrator, Role.ADMINISTRATOR, "Bo", "bo@example.org", PASSWORD, ZONE, NOW)
    listed = people(administrator)
    assert [(p.name, p.role) for p in listed][-1] == ("Sam", Role.CLIENT)
    assert {(p.name, p.email) for p in listed} >= {("Dana", "dana@example.org")}


def test_a_new_therapist_can_be_booked_by_a_new_client(administrator: Viewer) -> None:
    therapist = create_account(administrator, Role.THERAPIST, "Dana", "dana@example.org", PASSWORD, ZONE, NOW)
    client = make_client("Sam")
    assert {offer.therapist_id for offer in free_times(client, NOW)} == {therapist}
    assert own_therapists(client) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "person"),
        ({"name": "x" * 101}, "person"),
        ({"email": "no address"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "ada b@example.org"}, "email"),
        ({"password": "fourteen chars"}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"email": "SAM@example.org "}, "email"),
    ],
)
def test_a_field_to_put_right_is_named_and_nothing_is_made(
    administrator: Viewer, changed: dict[str, str], field: str
) -> None:
    values = {"name": "Bo", "email": "bo@example.org", "password": PASSWORD, "zone": ZONE}

    def make(**given: str) -> str:
        all_of = values | given
        return create_account(
            administrator,
            Role.ADMINISTRATOR,
            all_of["name"],
            all_of["email"],
            all_of["password"],
            all_of["zone"],
            NOW,
        )

    make(email="sam@example.org")
    before = _count()
    with pytest.raises(InvalidInput) as refused:
        make(**changed)
    assert set(refused.value.fields) == {field}
    assert _count() == before
    make()
    assert _count() == before + 1


def test_a_client_needs_a_therapist_who_is_one(administrator: Viewer) -> None:
    client = make_client("Noor")
    for therapist_id in (None, "nobody", client.public_id, administrator.public_id):
        with pytest.raises(InvalidInput) as refused:
            create_account(
                administrator,
                Role.CLIENT,
                "Sam",
                "sam@example.org",
                PASSWORD,
                ZONE,
                NOW,
                therapist_id=therapist_id,
            )
        assert set(refused.value.fields) == {"therapist"}


def test_only_the_administrator_manages(administrator: Viewer) -> None:
    therapist = make_therapist()
    for viewer in (therapist, make_client(therapist=therapist)):
        with pytest.raises(NotFound):
            people(viewer)
        with pytest.raises(NotFound):
            create_account(viewer, Role.ADMINISTRATOR, "Bo", "bo@example.org", PASSWORD, ZONE, NOW)
        with pytest.raises(NotFound):
            update_details(viewer, DETAILS, NOW)
    assert people(administrator)
    update_details(administrator, DETAILS, NOW)


def test_the_clinics_details_change_for_everybody(administrator: Viewer) -> None:
    from dataclasses import replace

    update_details(administrator, replace(DETAILS, emergency_number=" 911 "), NOW)
    details = clinic_details()
    assert details is not None
    assert details.emergency_number == "911"
    with pytest.raises(InvalidInput) as refused:
        update_details(administrator, replace(DETAILS, crisis_line_number="", phone="1" * 41), NOW)
    assert set(refused.value.fields) == {"crisis_line_number", "phone"}
    assert clinic_details() == details
    with db.reading() as session:
        actions = session.scalars(select(AuditEvent.action)).all()
    assert actions.count("clinic.change") == 1
