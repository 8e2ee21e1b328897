"""The administrator keeps everyone's accounts; nobody else does, and nothing half-done is left."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import func, select

import db
from clinic.errors import InvalidInput, LastAdministrator, NotFound, NotSignedIn, PasswordNeeded
from clinic.people import accounts, links, sign_in
from clinic.people.accounts import people
from clinic.people.care import clients_visible_to, own_therapists
from clinic.people.details import clinic_details, update_details
from clinic.people.policy import FRESH
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.offers import free_times
from db.tables import Account, AuditEvent
from tests.databases import Database
from tests.factories import (
    DETAILS,
    NOW,
    cookie_of,
    make_account,
    make_administrator,
    make_client,
    make_clinic,
    make_therapist,
)


def _count() -> int:
    with db.reading() as session:
        return session.scalars(select(func.count()).select_from(Account)).one()


def _visible(viewer: Viewer) -> set[str]:
    with db.reading() as session:
        return {account.public_id for account in session.scalars(clients_visible_to(viewer))}


@pytest.fixture
def administrator(database: Database) -> Viewer:
    make_clinic()
    return make_administrator("Ada Min")


def test_each_role_can_be_invited_and_is_listed(administrator: Viewer) -> None:
    dana = links.invite(administrator, Role.THERAPIST, " Dana ", "Dana@Example.org", NOW).person_id
    links.invite(administrator, Role.CLIENT, "Sam", "sam@example.org", NOW, therapist_id=dana)
    links.invite(administrator, Role.ADMINISTRATOR, "Bo", "bo@example.org", NOW)
    listed = people(administrator)
    assert [(p.name, p.role) for p in listed][-1] == ("Sam", Role.CLIENT)
    assert {(p.name, p.email, p.invited) for p in listed} >= {("Dana", "dana@example.org", True)}


def test_an_invited_therapist_can_be_booked_by_a_new_client(administrator: Viewer) -> None:
    dana = links.invite(administrator, Role.THERAPIST, "Dana", "dana@example.org", NOW).person_id
    client = make_client("Sam")
    assert {offer.therapist_id for offer in free_times(client, NOW)} == {dana}
    assert own_therapists(client) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "person"),
        ({"name": "x" * 101}, "person"),
        ({"name": "Bo\x00"}, "person"),
        ({"email": "no address"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "ada b@example.org"}, "email"),
        ({"email": "SAM@example.org "}, "email"),
    ],
)
def test_a_field_to_put_right_is_named_and_nothing_is_made(
    administrator: Viewer, changed: dict[str, str], field: str
) -> None:
    values = {"name": "Bo", "email": "bo@example.org"}

    def make(**given: str) -> None:
        all_of = values | given
        links.invite(administrator, Role.ADMINISTRATOR, all_of["name"], all_of["email"], NOW)

    make(email="sam@example.org")
    before = _count()
    with pytest.raises(InvalidInput) as refused:
        make(**changed)
    assert set(refused.value.fields) == {field}
    assert _count() == before
    make()
    assert _count() == before + 1


@pytest.mark.parametrize("name", ["نور حداد", "Zoë 🌻", "👩‍⚕️ Bo", "‏שלום", "O'Brien-Šćepanović"])
def test_names_of_all_scripts_are_kept(administrator: Viewer, name: str) -> None:
    if not name.isprintable() and "‏" in name:
        pytest.skip("a mark of direction alone is no part of a name")
    links.invite(administrator, Role.ADMINISTRATOR, name, "bo@example.org", NOW)
    assert name in {person.name for person in people(administrator)}


def test_a_client_needs_a_therapist_who_is_one(administrator: Viewer) -> None:
    client = make_client("Noor")
    for therapist_id in (None, "nobody", client.public_id, administrator.public_id):
        with pytest.raises(InvalidInput) as refused:
            links.invite(administrator, Role.CLIENT, "Sam", "sam@example.org", NOW, therapist_id=therapist_id)
        assert set(refused.value.fields) == {"therapist"}


def test_only_the_administrator_manages(administrator: Viewer) -> None:
    therapist = make_therapist()
    for viewer in (therapist, make_client(therapist=therapist)):
        with pytest.raises(NotFound):
            people(viewer)
        with pytest.raises(NotFound):
            links.invite(viewer, Role.ADMINISTRATOR, "Bo", "bo@example.org", NOW)
        with pytest.raises(NotFound):
            update_details(viewer, DETAILS, NOW)
    assert people(administrator)
    update_details(administrator, DETAILS, NOW)


def test_a_therapist_invites_clients_of_their_own(administrator: Viewer) -> None:
    dana, per = make_therapist("Dana"), make_therapist("Per")
    made = links.invite(dana, Role.CLIENT, "Sam", "sam@example.org", NOW, therapist_id=per.public_id)
    assert made.person_id in _visible(dana)
    assert made.person_id not in _visible(per)


def test_closing_an_account_signs_out_everywhere_and_opening_it_lets_in_again(
    administrator: Viewer,
) -> None:
    dana = make_therapist("Dana")
    token = cookie_of(dana, NOW)
    assert sign_in.viewer_for(token, NOW)
    accounts.disable(administrator, dana.public_id, NOW)
    accounts.disable(administrator, dana.public_id, NOW)
    with pytest.raises(NotSignedIn):
        sign_in.viewer_for(token, NOW)
    accounts.enable(administrator, dana.public_id, NOW)
    with pytest.raises(NotSignedIn):
        sign_in.viewer_for(token, NOW)  # the old cookie stays dead
    assert sign_in.viewer_for(cookie_of(dana, NOW), NOW)


def test_the_last_administrator_stays(administrator: Viewer) -> None:
    links.invite(administrator, Role.ADMINISTRATOR, "Bo", "bo@example.org", NOW)  # no password yet: no help
    for act in (
        lambda: accounts.disable(administrator, administrator.public_id, NOW),
        lambda: accounts.change_role(administrator, administrator.public_id, Role.THERAPIST, NOW),
    ):
        with pytest.raises(LastAdministrator):
            act()
    other = make_administrator("Cy")
    accounts.disable(administrator, administrator.public_id, NOW)
    assert [p.name for p in people(other) if p.disabled] == ["Ada Min"]


def test_of_two_administrators_who_close_each_other_one_is_left(administrator: Viewer) -> None:
    other = make_administrator("Bo")
    start = threading.Barrier(2)

    def close(viewer: Viewer, whom: Viewer) -> None:
        start.wait()
        with suppress(LastAdministrator):
            accounts.disable(viewer, whom.public_id, NOW)

    pair = [(administrator, other), (other, administrator)]
    threads = [threading.Thread(target=close, args=both) for both in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([p for p in people(administrator) if p.disabled]) == 1


def test_roles_change_among_staff_and_never_for_a_client(administrator: Viewer) -> None:
    dana, sam = make_therapist("Dana"), make_client("Sam")
    accounts.change_role(administrator, dana.public_id, Role.ADMINISTRATOR, NOW)
    assert {p.role for p in people(administrator) if p.name == "Dana"} == {Role.ADMINISTRATOR}
    for person, role in ((sam, Role.THERAPIST), (dana, Role.CLIENT)):
        with pytest.raises(NotFound):
            accounts.change_role(administrator, person.public_id, role, NOW)


def test_sensitive_acts_ask_for_the_password_again(administrator: Viewer) -> None:
    dana = make_therapist("Dana")
    stale = replace(administrator, password_at=NOW - FRESH * 2)
    for act in (accounts.disable, accounts.enable, accounts.reset_second_factor):
        with pytest.raises(PasswordNeeded):
            act(stale, dana.public_id, NOW)
    assert not [p for p in people(stale) if p.disabled]
    accounts.disable(administrator, dana.public_id, NOW)


def test_care_is_given_supervised_and_ended(administrator: Viewer) -> None:
    dana, per = make_therapist("Dana"), make_therapist("Per")
    sam = make_client("Sam", therapist=dana)
    accounts.assign(administrator, sam.public_id, per.public_id, True, NOW)
    assert sam.public_id in _visible(per)
    assert own_therapists(sam) == ["Dana"], "a supervisor is not offered for booking"
    accounts.end_care(administrator, sam.public_id, per.public_id, NOW)
    assert sam.public_id not in _visible(per)
    accounts.assign(administrator, sam.public_id, per.public_id, False, NOW)
    assert {(c.therapist_name, c.supervises) for c in accounts.care(administrator)} == {
        ("Dana", False),
        ("Per", False),
    }
    for client_id, therapist_id in ((dana.public_id, per.public_id), (sam.public_id, sam.public_id)):
        with pytest.raises(NotFound):
            accounts.assign(administrator, client_id, therapist_id, False, NOW)


def test_the_clinics_details_change_for_everybody(administrator: Viewer) -> None:
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


def test_staff_without_a_second_step_can_do_nothing_but_set_it_up(database: Database) -> None:
    from clinic.errors import SecondFactorNeeded
    from clinic.people.own_account import own_account

    make_clinic()
    make_account(Role.ADMINISTRATOR, email="ada@example.org", second_factor=False)
    with db.reading() as session:
        account = session.scalars(select(Account)).one()
    known = Viewer(account.id, account.public_id, Role.ADMINISTRATOR, account.name, account.zone, 0)
    viewer = sign_in.viewer_for(cookie_of(known, NOW), NOW)
    assert viewer.second_factor_due
    with pytest.raises(SecondFactorNeeded):
        people(viewer)
    assert not own_account(viewer).second_factor
