"""No booking and no video before the required consents, but for a therapist's stated reason, for a week."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

import db
from clinic.errors import ConsentMissing, InvalidInput, NotFound, NothingToWaive
from clinic.intake import consent, consent_texts
from clinic.intake.consent_waiver import LASTS, correct_born, waive
from clinic.people.viewer import Viewer
from clinic.records.client_record import client_record
from clinic.records.home import client_home
from clinic.scheduling.booking import book
from clinic.scheduling.offers import free_times
from clinic.video import visits
from db.tables import AuditEvent, ConsentWaiver
from tests.databases import Database
from tests.factories import (
    NOW,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
    say_where,
    seen,
    sign_required,
)

REASON = "In distress on the phone; signs tomorrow with help"
SECOND = timedelta(seconds=1)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana")


@pytest.fixture
def noor(dana: Viewer) -> Viewer:
    return make_client("Noor", therapist=dana, consented=False)


def _waivers() -> int:
    with db.reading() as session:
        return session.scalars(select(func.count()).select_from(ConsentWaiver)).one()


def test_a_waiver_lets_a_client_book_and_join_for_a_week(dana: Viewer, noor: Viewer) -> None:
    with pytest.raises(ConsentMissing):
        free_times(noor, NOW)
    waive(dana, noor.public_id, f"  {REASON} ", NOW)
    offer = free_times(noor, NOW)[0]
    book(noor, offer.therapist_id, offer.starts_at, "key", NOW)
    assert client_home(noor, NOW).may_book
    assert not client_home(noor, NOW).consent_signed, "still to sign"
    meeting = make_appointment(noor, dana, NOW)
    assert visits.enter(noor, meeting, NOW).client_waiting_since == NOW
    assert free_times(noor, NOW + LASTS - SECOND)
    with pytest.raises(ConsentMissing):
        free_times(noor, NOW + LASTS)
    late = make_appointment(noor, dana, NOW + LASTS)
    with pytest.raises(ConsentMissing):
        visits.enter(noor, late, NOW + LASTS)


def test_the_record_shows_who_when_why_and_until(dana: Viewer, noor: Viewer) -> None:
    waive(dana, noor.public_id, REASON, NOW)
    state = client_record(dana, noor.public_id, NOW).consents
    waiver = state.waiver(NOW)
    assert waiver is not None
    assert (waiver.therapist_name, waiver.reason) == ("Dana", REASON)
    assert (waiver.since_at, waiver.until_at) == (NOW, NOW + timedelta(days=7))
    assert state.waiver(NOW + LASTS) is None
    with db.reading() as session:
        row = session.scalars(select(ConsentWaiver)).one()
        assert session.scalars(select(AuditEvent.action)).all().count("consent.waive") == 1
    assert b"distress" not in row.reason_sealed


def test_a_waiver_ends_when_the_client_signs(dana: Viewer, noor: Viewer) -> None:
    waive(dana, noor.public_id, REASON, NOW)
    signed_at = NOW + timedelta(days=1)
    consent.keep_born(noor, "1/1/1990", signed_at)
    sign_required(noor, signed_at)
    state = client_record(dana, noor.public_id, signed_at).consents
    assert [waiver.until_at for waiver in state.waivers] == [signed_at]
    # A version of tomorrow is not waived by the reason of today.
    ada = make_administrator()
    draft = consent_texts.open_draft(ada, state.consents[0].code, signed_at)
    consent_texts.publish(ada, draft.public_id, draft.revision, signed_at)
    with pytest.raises(ConsentMissing):
        free_times(noor, signed_at + SECOND)


def test_an_optional_consent_neither_blocks_nor_ends_a_waiver(dana: Viewer, noor: Viewer) -> None:
    waive(dana, noor.public_id, REASON, NOW)
    consent.keep_born(noor, "1/1/1990", NOW)
    optional = next(one for one in consent.own_consents(noor, NOW).consents if not one.required)
    consent.sign(noor, optional.code, seen(optional), consent.Typed(True, "Noor"), NOW)
    assert free_times(noor, NOW)
    sign_required(noor)
    signed_only_what_is_required = make_client("Sam", therapist=dana)
    assert free_times(signed_only_what_is_required, NOW)


def test_a_second_press_is_the_same_waiver(dana: Viewer, noor: Viewer) -> None:
    waive(dana, noor.public_id, REASON, NOW)
    waive(dana, noor.public_id, REASON, NOW + SECOND)
    assert _waivers() == 1
    waive(dana, noor.public_id, REASON, NOW + LASTS)
    assert _waivers() == 2


@pytest.mark.parametrize("reason", ["", " " * 20, "too short", "x" * 501])
def test_a_reason_is_needed(dana: Viewer, noor: Viewer, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        waive(dana, noor.public_id, reason, NOW)
    assert set(refused.value.fields) == {"reason"}
    assert _waivers() == 0
    waive(dana, noor.public_id, "x" * 10, NOW)
    assert _waivers() == 1


def test_nothing_is_waived_for_somebody_who_has_signed(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    with pytest.raises(NothingToWaive):
        waive(dana, sam.public_id, REASON, NOW)
    assert _waivers() == 0


def test_a_stranger_waives_nothing(dana: Viewer, noor: Viewer) -> None:
    for viewer in (make_therapist("Per"), make_administrator(), noor, make_client("Sam")):
        with pytest.raises(NotFound):
            waive(viewer, noor.public_id, REASON, NOW)
    with pytest.raises(NotFound):
        waive(dana, "A" * 22, REASON, NOW)
    with pytest.raises(ConsentMissing):
        free_times(noor, NOW)
    waive(dana, noor.public_id, REASON, NOW)
    assert free_times(noor, NOW)


def test_a_version_published_during_a_session_does_not_end_it(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    meeting = make_appointment(sam, dana, NOW)
    visits.enter(sam, meeting, NOW)
    say_where(sam, meeting)
    visits.admit(dana, meeting, NOW)
    ada = make_administrator()
    draft = consent_texts.open_draft(ada, "teletherapy", NOW)
    consent_texts.publish(ada, draft.public_id, draft.revision, NOW)
    later = NOW + timedelta(minutes=5)
    assert visits.state(sam, meeting, later).may_talk
    with pytest.raises(ConsentMissing):
        visits.enter(sam, meeting, later)
    other = make_appointment(sam, dana, NOW + timedelta(hours=2))
    with pytest.raises(ConsentMissing):
        visits.state(sam, other, NOW + timedelta(hours=2))


def test_a_therapist_puts_a_date_of_birth_right_and_a_stranger_does_not(dana: Viewer, noor: Viewer) -> None:
    consent.keep_born(noor, "1/1/2015", NOW)
    with pytest.raises(NotFound):
        correct_born(make_therapist("Per"), noor.public_id, "1/1/2005", NOW)
    with pytest.raises(InvalidInput):
        correct_born(dana, noor.public_id, "1/1/2035", NOW)
    correct_born(dana, noor.public_id, "1/1/2005", NOW)
    born = consent.own_consents(noor, NOW).born
    assert born is not None
    assert born.year == 2005
