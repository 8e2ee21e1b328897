"""The factories make what the services accept."""

from __future__ import annotations

from datetime import timedelta

from clinic.people import sign_in
from clinic.people.details import clinic_details
from clinic.people.viewer import Role
from clinic.scheduling import appointments, offers
from tests.databases import Database
from tests.factories import (
    DETAILS,
    NOW,
    PASSWORD,
    make_account,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
)


def test_a_made_client_can_book_with_their_therapist(database: Database) -> None:
    make_clinic()
    therapist = make_therapist()
    client = make_client(therapist=therapist)
    found = offers.free_times(client, NOW)
    assert {offer.therapist_id for offer in found} == {therapist.public_id}
    assert clinic_details() == DETAILS


def test_a_made_appointment_is_seen_by_both(database: Database) -> None:
    make_clinic()
    therapist = make_therapist()
    client = make_client(therapist=therapist)
    made = make_appointment(client, therapist, NOW + timedelta(minutes=5))
    for viewer in (client, therapist):
        assert [a.public_id for a in appointments.coming(viewer, NOW)] == [made]


def test_a_made_account_signs_in_with_the_password(database: Database) -> None:
    made = make_account(Role.CLIENT, email="ada@example.org")
    token = sign_in.redeem(sign_in.check_password("Ada@example.org ", PASSWORD, NOW).ticket, NOW, "test")
    assert sign_in.viewer_for(token, NOW).public_id == made
