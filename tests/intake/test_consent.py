"""A consent is decided under exactly the words that were shown, once, and can be taken back."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

import db
from clinic.errors import ConsentOutdated, InvalidInput, NotFound, TooYoungToSign
from clinic.intake import consent, consent_texts
from clinic.intake.age import Standing
from clinic.intake.consent import Typed, decline, keep_born, own_consents, sign, withdraw
from clinic.intake.consent_state import Consent, has_signed
from clinic.intake.consent_text import FAMILY_DOCTOR, TELETHERAPY
from clinic.people.viewer import Viewer
from db.tables import Account, AuditEvent, ConsentSignature
from tests.databases import Database
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist, seen

AGREED = Typed(True, "Sam Rivera")


@pytest.fixture
def client(database: Database) -> Viewer:
    make_clinic()
    sam = make_client("Sam Rivera", consented=False)
    keep_born(sam, "5/6/1991", NOW)
    return sam


def shown(viewer: Viewer, code: str = TELETHERAPY, now: datetime = NOW) -> Consent:
    return next(one for one in own_consents(viewer, now).consents if one.code == code)


def _publish(code: str = TELETHERAPY, body: str = "New words") -> None:
    ada = make_administrator()
    draft = consent_texts.open_draft(ada, code, NOW)
    kept = consent_texts.keep_draft(
        ada, draft.public_id, draft.revision, replace(draft.wording, body=body), NOW
    )
    consent_texts.publish(ada, kept.public_id, kept.revision, NOW)


def _signatures() -> int:
    with db.reading() as session:
        return session.scalars(select(func.count()).select_from(ConsentSignature)).one()


def _events(action: str) -> int:
    with db.reading() as session:
        return session.scalars(select(AuditEvent.action)).all().count(action)


def test_a_clinic_starts_with_one_required_and_one_optional_consent(client: Viewer) -> None:
    state = own_consents(client, NOW)
    assert [(one.code, one.required, one.due) for one in state.consents] == [
        (TELETHERAPY, True, True),
        (FAMILY_DOCTOR, False, True),
    ]
    assert [one.code for one in state.missing] == [TELETHERAPY]


def test_a_signature_is_kept_with_what_was_shown(client: Viewer) -> None:
    before = shown(client)
    sign(client, TELETHERAPY, seen(before), Typed(True, "  Sam Rivera "), NOW)
    sign(client, TELETHERAPY, seen(before), AGREED, NOW + timedelta(minutes=1))  # a second click
    signed = shown(client).decided
    assert signed is not None
    assert (signed.signed_at, signed.signed_name, signed.agreed) == (NOW, "Sam Rivera", True)
    assert (signed.body_hash, signed.body, signed.version) == (before.body_hash, before.body, 1)
    assert (signed.guardian_name, signed.guardian_relation) == ("", "")
    assert (_signatures(), _events("consent.sign")) == (1, 1)


def test_two_presses_at_the_same_moment_are_one_signature(client: Viewer) -> None:
    before = shown(client)
    failed: list[BaseException] = []

    def press() -> None:
        try:
            sign(client, TELETHERAPY, seen(before), AGREED, NOW)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert (_signatures(), _events("consent.sign")) == (1, 1)


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        (Typed(False, "Sam Rivera"), {"agreed"}),
        (Typed(True, " "), {"signed_name"}),
        (Typed(False, ""), {"agreed", "signed_name"}),
        (Typed(True, "x" * 101), {"signed_name"}),
    ],
)
def test_the_box_and_a_name_are_both_needed(client: Viewer, typed: Typed, fields: set[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        sign(client, TELETHERAPY, seen(shown(client)), typed, NOW)
    assert set(refused.value.fields) == fields
    assert _signatures() == 0
    sign(client, TELETHERAPY, seen(shown(client)), Typed(True, "x" * 100), NOW)
    assert _signatures() == 1


def test_a_new_version_asks_again_and_the_old_text_can_no_longer_be_signed(client: Viewer) -> None:
    first = shown(client)
    sign(client, TELETHERAPY, seen(first), AGREED, NOW)
    _publish()
    with db.reading() as session:
        assert not has_signed(session, client.account_id)
    with pytest.raises(ConsentOutdated):
        sign(client, TELETHERAPY, seen(first), AGREED, NOW)
    with pytest.raises(ConsentOutdated):
        decline(client, TELETHERAPY, seen(first), NOW)
    newer = shown(client)
    assert (newer.version, newer.due, newer.body) == (2, True, "New words")
    assert [one.version for one in own_consents(client, NOW).earlier] == [1]
    sign(client, TELETHERAPY, seen(newer), AGREED, NOW)
    assert _signatures() == 2
    with db.reading() as session:
        assert has_signed(session, client.account_id)


def test_a_consent_that_is_not_asked_any_more_cannot_be_signed(client: Viewer) -> None:
    before = shown(client, FAMILY_DOCTOR)
    consent_texts.stop_asking(make_administrator(), FAMILY_DOCTOR, NOW)
    for act in (
        lambda: sign(client, FAMILY_DOCTOR, seen(before), AGREED, NOW),
        lambda: decline(client, FAMILY_DOCTOR, seen(before), NOW),
        lambda: sign(client, "no-such", seen(before), AGREED, NOW),
    ):
        with pytest.raises(NotFound):
            act()
    assert _signatures() == 0


def test_no_takes_one_press_and_is_no_agreement(client: Viewer) -> None:
    before = shown(client, FAMILY_DOCTOR)
    decline(client, FAMILY_DOCTOR, seen(before), NOW)
    decline(client, FAMILY_DOCTOR, seen(before), NOW)
    after = shown(client, FAMILY_DOCTOR)
    assert (after.due, after.agreed) == (False, False)
    assert (_signatures(), _events("consent.decline")) == (1, 1)
    sign(client, FAMILY_DOCTOR, seen(before), AGREED, NOW)  # another mind later
    assert shown(client, FAMILY_DOCTOR).agreed
    assert _signatures() == 2


def test_a_required_consent_that_is_declined_lets_nobody_in(client: Viewer) -> None:
    decline(client, TELETHERAPY, seen(shown(client)), NOW)
    with db.reading() as session:
        assert not has_signed(session, client.account_id)
    assert [one.code for one in own_consents(client, NOW).missing] == [TELETHERAPY]


def test_an_agreement_taken_back_is_kept_with_both_dates_and_can_be_given_again(client: Viewer) -> None:
    before = shown(client)
    sign(client, TELETHERAPY, seen(before), AGREED, NOW)
    signed = shown(client).decided
    assert signed is not None
    later = NOW + timedelta(days=3)
    withdraw(client, signed.public_id, later)
    withdraw(client, signed.public_id, later + timedelta(days=1))
    after = shown(client)
    assert after.decided is not None
    assert (after.decided.signed_at, after.decided.withdrawn_at) == (NOW, later)
    assert (after.agreed, after.due) == (False, False)
    assert _events("consent.withdraw") == 1
    with db.reading() as session:
        assert not has_signed(session, client.account_id)
    sign(client, TELETHERAPY, seen(before), AGREED, later)
    assert shown(client).agreed
    assert _signatures() == 2


def test_nobody_takes_back_what_another_signed_or_what_was_no_agreement(client: Viewer) -> None:
    noor = make_client("Noor")
    sign(client, TELETHERAPY, seen(shown(client)), AGREED, NOW)
    decline(client, FAMILY_DOCTOR, seen(shown(client, FAMILY_DOCTOR)), NOW)
    signed, declined = shown(client).decided, shown(client, FAMILY_DOCTOR).decided
    assert signed is not None
    assert declined is not None
    for viewer, what in ((noor, signed.public_id), (client, declined.public_id), (client, "A" * 22)):
        with pytest.raises(NotFound):
            withdraw(viewer, what, NOW)
    assert shown(client).agreed


def test_one_clients_signature_is_not_anothers(client: Viewer) -> None:
    noor = make_client("Noor", consented=False)
    sign(client, TELETHERAPY, seen(shown(client)), AGREED, NOW)
    assert shown(noor).due
    with db.reading() as session:
        assert has_signed(session, client.account_id)
        assert not has_signed(session, noor.account_id)


def test_only_a_client_signs(client: Viewer) -> None:
    before = shown(client)
    for viewer in (make_therapist(), make_administrator()):
        with pytest.raises(NotFound):
            own_consents(viewer, NOW)
        with pytest.raises(NotFound):
            sign(viewer, TELETHERAPY, seen(before), AGREED, NOW)
        with pytest.raises(NotFound):
            decline(viewer, TELETHERAPY, seen(before), NOW)
        with pytest.raises(NotFound):
            keep_born(viewer, "5/6/1991", NOW)
    assert _signatures() == 0


def test_names_are_sealed(client: Viewer) -> None:
    sign(client, TELETHERAPY, seen(shown(client)), AGREED, NOW)
    with db.reading() as session:
        row = session.scalars(select(ConsentSignature)).one()
        born = session.get_one(Account, client.account_id).born_sealed
    assert b"Sam Rivera" not in row.signed_name_sealed
    assert born is not None
    assert b"1991" not in born


# Minors. NOW is 2 March 2026, 10:00 in Vienna.
@pytest.mark.parametrize(
    ("born", "minimum", "standing"),
    [
        ("2/3/2008", 18, Standing.ALONE),  # 18 today
        ("3/3/2008", 18, Standing.TOO_YOUNG),  # 18 tomorrow
        ("2/3/2008", 16, Standing.ALONE),
        ("3/3/2008", 16, Standing.WITH_GUARDIAN),
        ("2/3/2010", 16, Standing.WITH_GUARDIAN),  # 16 today
        ("3/3/2010", 16, Standing.TOO_YOUNG),
        ("2/3/2005", 21, Standing.ALONE),  # 21 today
        ("3/3/2005", 21, Standing.TOO_YOUNG),
        ("2/3/2026", 0, Standing.WITH_GUARDIAN),  # born today
    ],
)
def test_who_signs_depends_on_the_birthday_and_the_clinics_minimum_age(
    database: Database, born: str, minimum: int, standing: Standing
) -> None:
    make_clinic()
    consent_texts.set_minimum_age(make_administrator(), minimum, NOW)
    young = make_client("Kim", consented=False)
    keep_born(young, born, NOW)
    assert own_consents(young, NOW).standing is standing
    text = shown(young)
    alone, both = Typed(True, "Kim"), Typed(True, "Kim", " Lee Park ", "mother")
    if standing is Standing.TOO_YOUNG:
        with pytest.raises(TooYoungToSign):
            sign(young, TELETHERAPY, seen(text), both, NOW)
        assert _signatures() == 0
        return
    if standing is Standing.WITH_GUARDIAN:
        with pytest.raises(InvalidInput) as refused:
            sign(young, TELETHERAPY, seen(text), alone, NOW)
        assert set(refused.value.fields) == {"guardian_name", "guardian_relation"}
    sign(young, TELETHERAPY, seen(text), both, NOW)
    signed = shown(young).decided
    assert signed is not None
    guardian = ("Lee Park", "mother") if standing is Standing.WITH_GUARDIAN else ("", "")
    assert (signed.guardian_name, signed.guardian_relation) == guardian


def test_the_birthday_begins_in_the_clients_own_zone(database: Database) -> None:
    make_clinic()
    there = make_client("Kim", consented=False, zone="Pacific/Auckland")
    keep_born(there, "3/3/2008", NOW)
    evening = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)  # 00:30 on 3 March in Auckland
    assert own_consents(there, evening - timedelta(hours=1)).standing is Standing.TOO_YOUNG
    assert own_consents(there, evening).standing is Standing.ALONE


def test_nothing_is_signed_before_the_date_of_birth_is_known(database: Database) -> None:
    make_clinic()
    kim = make_client("Kim", consented=False)
    assert own_consents(kim, NOW).standing is Standing.UNKNOWN
    with pytest.raises(InvalidInput) as refused:
        sign(kim, TELETHERAPY, seen(shown(kim)), AGREED, NOW)
    assert set(refused.value.fields) == {"born"}
    assert _signatures() == 0


@pytest.mark.parametrize("born", ["", "//", "3/3/2026", "31/2/1990", "1/1/1899", "x/y/z", "1/2", "1/2/90"])
def test_a_date_of_birth_is_a_real_one_in_the_past(database: Database, born: str) -> None:
    make_clinic()
    kim = make_client("Kim", consented=False)
    with pytest.raises(InvalidInput) as refused:
        keep_born(kim, born, NOW)
    assert set(refused.value.fields) == {"born"}
    assert own_consents(kim, NOW).born is None


def test_a_date_of_birth_is_given_once(client: Viewer) -> None:
    keep_born(client, " 05/06/1991", NOW)  # the same, typed differently
    with pytest.raises(InvalidInput):
        keep_born(client, "5/6/1981", NOW)
    assert own_consents(client, NOW).born == date(1991, 6, 5)
    assert _events("client.born") == 1


def test_a_client_from_before_dates_were_asked_keeps_their_signature(client: Viewer) -> None:
    sign(client, TELETHERAPY, seen(shown(client)), AGREED, NOW)
    with db.unit_of_work() as session:
        session.execute(update(Account).values(born_sealed=None))
    with db.reading() as session:
        assert has_signed(session, client.account_id)
    assert consent.own_consents(client, NOW).standing is Standing.UNKNOWN


def test_the_same_words_under_a_new_number_are_read_again(client: Viewer) -> None:
    before = shown(client)
    ada = make_administrator()
    draft = consent_texts.open_draft(ada, TELETHERAPY, NOW)
    consent_texts.publish(ada, draft.public_id, draft.revision, NOW)
    assert shown(client).body_hash == before.body_hash
    with pytest.raises(ConsentOutdated):
        sign(client, TELETHERAPY, seen(before), AGREED, NOW)
    sign(client, TELETHERAPY, seen(shown(client)), AGREED, NOW)
    assert _signatures() == 1
