"""A client's care given on: who has a part afterwards, who is told, and who may."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

import db
from clinic.errors import CareEnded, ClinicError, InvalidInput, LastTherapist, NotFound, PasswordNeeded
from clinic.people import handover
from clinic.people.care import own_therapists
from clinic.people.discharge import discharge, keep_summary
from clinic.people.viewer import Viewer
from clinic.records.client_record import client_record
from clinic.records.day import day
from clinic.scheduling.appointments import coming
from db.tables import Account, Appointment, Handover, OutboxMail
from tests.databases import Database
from tests.factories import (
    NOW,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
)

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana")


@pytest.fixture
def per(dana: Viewer) -> Viewer:
    return make_therapist("Per")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam", therapist=dana)


def give(by: Viewer, client: Viewer, to: Viewer, *, cancel: bool | None = None, key: str = "one") -> None:
    handover.transfer(by, client.public_id, to.public_id, "Sleep first.", cancel, key, LATER)


def test_transfer_ends_ones_own_care_and_begins_the_colleagues(
    dana: Viewer, per: Viewer, sam: Viewer
) -> None:
    give(dana, sam, per)
    assert own_therapists(sam) == ["Per"]
    assert client_record(per, sam.public_id, LATER).name == "Sam"
    with pytest.raises(NotFound):
        client_record(dana, sam.public_id, LATER)


def test_colleague_is_told_without_content_and_reads_the_words(
    dana: Viewer, per: Viewer, sam: Viewer
) -> None:
    give(dana, sam, per)
    with db.reading() as session:
        body = session.scalars(select(OutboxMail).where(OutboxMail.to_id == per.account_id)).one().body
    assert body is not None
    assert "A colleague has handed something over to you. Sign in to read it." in body
    assert "Sam" not in body
    assert "Sleep" not in body
    (given,) = day(per, NOW).handovers
    assert (given.client_name, given.by, given.words) == ("Sam", "Dana", "Sleep first.")
    handover.see(per, given.public_id, LATER)
    assert day(per, NOW).handovers == ()


def test_nobody_but_the_colleague_marks_it_as_seen(dana: Viewer, per: Viewer, sam: Viewer) -> None:
    give(dana, sam, per)
    (given,) = day(per, NOW).handovers
    with pytest.raises(NotFound):
        handover.see(dana, given.public_id, LATER)
    handover.see(per, given.public_id, LATER)


def test_booked_sessions_are_kept_or_cancelled_by_choice(dana: Viewer, per: Viewer, sam: Viewer) -> None:
    make_appointment(sam, dana, NOW + timedelta(days=2))
    with pytest.raises(InvalidInput) as refused:
        give(dana, sam, per)
    assert set(refused.value.fields) == {"coming"}
    give(dana, sam, per, cancel=True)
    with db.reading() as session:
        assert session.scalars(select(Appointment.status)).one() == "cancelled"
        told = session.scalars(select(OutboxMail).where(OutboxMail.to_id == sam.account_id)).all()
    assert told, "the client is told"


def test_kept_sessions_stay_with_the_old_therapist(dana: Viewer, per: Viewer, sam: Viewer) -> None:
    make_appointment(sam, dana, NOW + timedelta(days=2))
    give(dana, sam, per, cancel=False)
    (kept,) = coming(sam, LATER)
    assert kept.therapist_name == "Dana"


def test_same_key_twice_is_one_transfer(dana: Viewer, per: Viewer, sam: Viewer) -> None:
    give(dana, sam, per)
    give(dana, sam, per)
    with db.reading() as session:
        assert len(session.scalars(select(Handover.id)).all()) == 1


def test_same_key_at_once_is_one_transfer(dana: Viewer, per: Viewer, sam: Viewer) -> None:
    ready, refused = Barrier(2), []

    def press() -> None:
        ready.wait()
        try:
            give(dana, sam, per)
        except ClinicError as error:
            refused.append(error)

    presses = [Thread(target=press) for _ in range(2)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert refused == []
    with db.reading() as session:
        assert len(session.scalars(select(Handover.id)).all()) == 1


def test_transfer_asks_for_the_password_again(dana: Viewer, per: Viewer, sam: Viewer) -> None:
    with pytest.raises(PasswordNeeded):
        give(replace(dana, password_at=NOW - timedelta(hours=1)), sam, per)
    give(dana, sam, per)


def test_care_goes_to_no_administrator_client_oneself_or_closed_account(
    dana: Viewer, per: Viewer, sam: Viewer
) -> None:
    closed = make_therapist("Closed")
    with db.unit_of_work() as session:
        session.get_one(Account, closed.account_id).disabled_at = NOW
    for nobody in (make_administrator("Ada"), make_client("Noor", therapist=per), dana, closed):
        with pytest.raises(NotFound):
            give(dana, sam, nobody)
    give(dana, sam, per)


def test_supervisor_and_stranger_cannot_hand_over(dana: Viewer, per: Viewer, sam: Viewer) -> None:
    with pytest.raises(NotFound):
        give(per, sam, dana)
    handover.share(dana, sam.public_id, per.public_id, True, "", "reads", LATER)
    assert own_therapists(sam) == ["Dana"]
    assert client_record(per, sam.public_id, LATER).name == "Sam"
    with pytest.raises(NotFound):
        give(per, sam, dana)


def test_co_therapists_each_end_a_part_and_the_last_one_cannot(
    dana: Viewer, per: Viewer, sam: Viewer
) -> None:
    with pytest.raises(LastTherapist):
        handover.end_part(dana, sam.public_id, dana.public_id, "own", LATER)
    handover.share(dana, sam.public_id, per.public_id, False, "", "beside", LATER)
    assert own_therapists(sam) == ["Dana", "Per"]
    handover.end_part(per, sam.public_id, dana.public_id, "end", LATER)
    assert own_therapists(sam) == ["Per"]


def test_discharged_client_is_not_handed_over(dana: Viewer, per: Viewer, sam: Viewer) -> None:
    revision = keep_summary(dana, sam.public_id, "agreed", "Well done.", 0, NOW)
    discharge(dana, sam.public_id, revision, None, NOW)
    with pytest.raises(CareEnded):
        give(dana, sam, per)
