"""Consent is signed once, under exactly the words that were shown."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import func, select

import db
from clinic.errors import ConsentOutdated, InvalidInput, NotFound
from clinic.intake.consent import current_consent, has_signed, sign
from clinic.people.viewer import Viewer
from db.tables import AuditEvent, ConsentSignature, ConsentText
from tests.databases import Database
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist


@pytest.fixture
def client(database: Database) -> Viewer:
    make_clinic()
    return make_client("Sam Rivera", consented=False)


def _signatures() -> int:
    with db.reading() as session:
        return session.scalars(select(func.count()).select_from(ConsentSignature)).one()


def test_a_signature_is_kept_with_what_was_shown(client: Viewer) -> None:
    shown = current_consent(client)
    assert shown.signed_at is None
    assert shown.body_hash == hashlib.sha256(shown.body.encode()).hexdigest()
    sign(client, shown.body_hash, "  Sam Rivera ", True, NOW)
    sign(client, shown.body_hash, "Sam Rivera", True, NOW)  # a second click
    signed = current_consent(client)
    assert (signed.signed_at, signed.signed_name) == (NOW, "Sam Rivera")
    assert _signatures() == 1
    with db.reading() as session:
        assert session.scalars(select(AuditEvent.action)).all().count("consent.sign") == 1


def test_the_box_and_the_name_are_both_needed(client: Viewer) -> None:
    shown = current_consent(client)
    with pytest.raises(InvalidInput) as refused:
        sign(client, shown.body_hash, " ", False, NOW)
    assert set(refused.value.fields) == {"agreed", "signed_name"}
    with pytest.raises(InvalidInput):
        sign(client, shown.body_hash, "x" * 101, True, NOW)
    assert _signatures() == 0


def test_a_text_that_has_changed_is_read_and_signed_again(client: Viewer) -> None:
    shown = current_consent(client)
    sign(client, shown.body_hash, "Sam Rivera", True, NOW)
    with db.unit_of_work() as session:
        session.add(
            ConsentText(
                version=2, title="New", summary="a\nb", body="New words", body_hash="h" * 64, published_at=NOW
            )
        )
    with db.reading() as session:
        assert not has_signed(session, client.account_id)
    with pytest.raises(ConsentOutdated):
        sign(client, shown.body_hash, "Sam Rivera", True, NOW)
    newer = current_consent(client)
    assert (newer.version, newer.signed_at) == (2, None)
    sign(client, newer.body_hash, "Sam Rivera", True, NOW)
    assert _signatures() == 2


def test_only_a_client_signs(client: Viewer) -> None:
    shown = current_consent(client)
    for viewer in (make_therapist(), make_administrator()):
        with pytest.raises(NotFound):
            current_consent(viewer)
        with pytest.raises(NotFound):
            sign(viewer, shown.body_hash, "Dana", True, NOW)
    assert _signatures() == 0
