"""The copy of a consent holds everything about it, for those it concerns."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

import db
from clinic.errors import NotFound
from clinic.intake import consent, consent_texts
from clinic.intake.consent_copy import copy_of, own_copy
from clinic.intake.consent_text import Wording
from clinic.people.viewer import Viewer
from db.tables import AuditEvent
from tests.databases import Database
from tests.documents.reading import words_of
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist, seen


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana")


def _signed(client: Viewer) -> str:
    signed = consent.own_consents(client, NOW).consents[0].decided
    assert signed is not None
    return signed.public_id


def test_a_copy_shows_clinic_text_fingerprint_name_and_time_with_its_zone(dana: Viewer) -> None:
    sam = make_client("Nguyễn Thị Ánh", therapist=dana)
    text = consent.own_consents(sam, NOW).consents[0]
    name, kind, content = own_copy(sam, _signed(sam), NOW)
    assert (name, kind) == ("consent-version-1-2026-03-02.pdf", "application/pdf")
    words = words_of(content)
    half = len(text.body_hash) // 2
    for said in (
        "Linden Practice",
        "Agreeing to therapy by video",
        "Version 1",
        "Agreed",
        "Nguyễn Thị Ánh",
        "2 March 2026, 10:00 (Europe/Vienna, UTC+01:00)",
        f"{text.body_hash[:half]} {text.body_hash[half:]}",
        *text.summary,
        "not watched around the clock",
    ):
        assert said in words, said
    whole = text.body.replace("**", "").split()
    assert [word for word in whole if word.rstrip(".") not in words] == []
    assert "guardian" not in words.split("In short")[0]


def test_a_copy_shows_the_guardian_and_when_it_was_taken_back(dana: Viewer) -> None:
    consent_texts.set_minimum_age(make_administrator(), 14, NOW)
    kim = make_client("Kim", therapist=dana, consented=False)
    consent.keep_born(kim, "1/1/2010", NOW)
    text = consent.own_consents(kim, NOW).consents[0]
    consent.sign(kim, text.code, seen(text), consent.Typed(True, "Kim", "Łucja Żak", "mother"), NOW)
    signature = _signed(kim)
    assert "Taken back" not in words_of(own_copy(kim, signature, NOW)[2])
    consent.withdraw(kim, signature, NOW + timedelta(days=1))
    words = words_of(own_copy(kim, signature, NOW)[2])
    assert "Parent or guardian Łucja Żak (mother)" in words
    assert "Taken back on 3 March 2026, 10:00" in words


def test_a_copy_of_an_older_version_stays_as_it_was(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    signature = _signed(sam)
    ada = make_administrator()
    draft = consent_texts.open_draft(ada, "teletherapy", NOW)
    words = Wording("New title", "New point", "New words", True)
    kept = consent_texts.keep_draft(ada, draft.public_id, draft.revision, words, NOW)
    consent_texts.publish(ada, kept.public_id, kept.revision, NOW)
    assert "New words" not in words_of(own_copy(sam, signature, NOW)[2])
    assert "Agreeing to therapy by video" in words_of(own_copy(sam, signature, NOW)[2])


def test_a_no_has_a_copy_too(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    optional = consent.own_consents(sam, NOW).consents[1]
    consent.decline(sam, optional.code, seen(optional), NOW)
    declined = consent.own_consents(sam, NOW).consents[1].decided
    assert declined is not None
    assert "Not agreed" in words_of(own_copy(sam, declined.public_id, NOW)[2])


def test_copies_are_for_the_client_and_their_therapist(dana: Viewer) -> None:
    per = make_therapist("Per")
    sam, noor = make_client("Sam", therapist=dana), make_client("Noor", therapist=per)
    signature = _signed(sam)
    assert copy_of(dana, sam.public_id, signature, NOW)[2].startswith(b"%PDF")
    for viewer, what in ((noor, signature), (sam, "A" * 22), (sam, _signed(noor)), (dana, signature)):
        with pytest.raises(NotFound):
            own_copy(viewer, what, NOW)
    for viewer, client, what in (
        (per, sam, signature),
        (make_administrator(), sam, signature),
        (sam, sam, signature),
        (dana, noor, _signed(noor)),
        (dana, sam, _signed(noor)),
    ):
        with pytest.raises(NotFound):
            copy_of(viewer, client.public_id, what, NOW)
    with db.reading() as session:
        done = session.scalars(select(AuditEvent.outcome).where(AuditEvent.action == "consent.copy")).all()
    assert done == ["done"]
