"""Consents have versions: a draft is edited by one at a time, and what was published never changes."""

from __future__ import annotations

import re
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

import db
from clinic.errors import ConsentTextChanged, InvalidInput, NotFound
from clinic.intake import consent, consent_texts
from clinic.intake.consent import Typed, decline, own_consents, sign
from clinic.intake.consent_state import has_signed
from clinic.intake.consent_text import FAMILY_DOCTOR, FIRST, TELETHERAPY, Wording, fingerprint
from clinic.intake.consent_texts import (
    begin_consent,
    consents,
    discard_draft,
    keep_draft,
    open_draft,
    publish,
    set_minimum_age,
    stop_asking,
)
from clinic.people.viewer import Viewer
from db.tables import AuditEvent, ConsentSignature, ConsentText
from tests.databases import Database, until_somebody_waits
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist, seen

WORDS = Wording("A title", "One point", "The whole text.", False)


@pytest.fixture
def ada(database: Database) -> Viewer:
    make_clinic()
    return make_administrator("Ada")


def _of(ada: Viewer, code: str) -> consent_texts.ConsentOverview:
    return next(one for one in consents(ada) if one.code == code)


def _texts() -> int:
    with db.reading() as session:
        return session.scalars(select(func.count()).select_from(ConsentText)).one()


def test_the_list_says_what_is_in_force_and_who_decided(ada: Viewer) -> None:
    sam, noor = make_client("Sam"), make_client("Noor", consented=False)
    text = own_consents(sam, NOW).consents[1]
    decline(sam, FAMILY_DOCTOR, seen(text), NOW)
    consent.keep_born(noor, "1/1/1990", NOW)
    sign(noor, FAMILY_DOCTOR, seen(text), Typed(True, "Noor"), NOW)
    found = {one.code: (one.agreed, one.declined, one.clients) for one in consents(ada)}
    assert found == {TELETHERAPY: (1, 0, 2), FAMILY_DOCTOR: (1, 1, 2)}
    in_force = _of(ada, TELETHERAPY).in_force
    assert in_force is not None
    assert (in_force.version, in_force.published_at) == (1, NOW)


def test_a_draft_begins_from_what_is_in_force_and_there_is_one(ada: Viewer) -> None:
    draft = open_draft(ada, TELETHERAPY, NOW)
    assert (draft.version, draft.wording) == (2, _of(ada, TELETHERAPY).newest.wording)
    again = open_draft(make_administrator(), TELETHERAPY, NOW)
    assert again.public_id == draft.public_id
    with pytest.raises(NotFound):
        open_draft(ada, "no-such", NOW)


def test_clients_see_a_draft_only_once_it_is_published(ada: Viewer) -> None:
    sam = make_client("Sam")
    draft = open_draft(ada, TELETHERAPY, NOW)
    kept = keep_draft(ada, draft.public_id, draft.revision, WORDS, NOW)
    assert own_consents(sam, NOW).consents[0].version == 1
    publish(ada, kept.public_id, kept.revision, NOW)
    consents_now = {one.code: one for one in own_consents(sam, NOW).consents}
    assert (consents_now[TELETHERAPY].version, consents_now[TELETHERAPY].body) == (2, "The whole text.")
    assert not consents_now[TELETHERAPY].required
    with db.reading() as session:
        states = dict(session.execute(select(ConsentText.version, ConsentText.status).where(
            ConsentText.code == TELETHERAPY
        )).all())  # fmt: skip
        actions = session.scalars(select(AuditEvent.action)).all()
    assert states == {1: "withdrawn", 2: "published"}
    assert (actions.count("consent.draft"), actions.count("consent.publish")) == (2, 1)


def test_a_second_tab_is_told_and_overwrites_nothing(ada: Viewer) -> None:
    draft = open_draft(ada, TELETHERAPY, NOW)
    kept = keep_draft(ada, draft.public_id, draft.revision, WORDS, NOW)
    late = replace(WORDS, body="From the other tab")
    with pytest.raises(ConsentTextChanged):
        keep_draft(ada, draft.public_id, draft.revision, late, NOW)
    with pytest.raises(ConsentTextChanged):
        publish(ada, draft.public_id, draft.revision, NOW)
    with pytest.raises(ConsentTextChanged):
        discard_draft(ada, draft.public_id, draft.revision, NOW)
    assert open_draft(ada, TELETHERAPY, NOW).wording == WORDS
    publish(ada, kept.public_id, kept.revision, NOW)
    for act in (publish, discard_draft):
        with pytest.raises(ConsentTextChanged):
            act(ada, kept.public_id, kept.revision, NOW)
    with pytest.raises(ConsentTextChanged):
        keep_draft(ada, kept.public_id, kept.revision, late, NOW)
    in_force = _of(ada, TELETHERAPY).in_force
    assert in_force is not None
    assert in_force.wording == WORDS


@pytest.mark.parametrize(
    ("wording", "field"),
    [
        (replace(WORDS, title="x" * 201), "title"),
        (replace(WORDS, summary="x" * 2_001), "summary"),
        (replace(WORDS, body="x" * 50_001), "body"),
    ],
)
def test_what_is_too_long_is_not_kept_at_all(ada: Viewer, wording: Wording, field: str) -> None:
    draft = open_draft(ada, TELETHERAPY, NOW)
    with pytest.raises(InvalidInput) as refused:
        keep_draft(ada, draft.public_id, draft.revision, wording, NOW)
    assert set(refused.value.fields) == {field}
    assert open_draft(ada, TELETHERAPY, NOW) == draft
    longest = Wording("x" * 200, "x" * 2_000, "x" * 50_000, True)
    assert keep_draft(ada, draft.public_id, draft.revision, longest, NOW).wording == longest


@pytest.mark.parametrize(
    ("wording", "field"),
    [
        (replace(WORDS, title=" "), "title"),
        (replace(WORDS, summary="\n - \n"), "summary"),
        (replace(WORDS, body=""), "body"),
        (replace(WORDS, body="# A title of its own\n\ntext"), "body"),
        (replace(WORDS, body="![a picture](https://example.org/x.png)"), "body"),
    ],
)
def test_what_clients_could_not_read_is_kept_but_not_published(
    ada: Viewer, wording: Wording, field: str
) -> None:
    draft = open_draft(ada, TELETHERAPY, NOW)
    kept = keep_draft(ada, draft.public_id, draft.revision, wording, NOW)
    with pytest.raises(InvalidInput) as refused:
        publish(ada, kept.public_id, kept.revision, NOW)
    assert set(refused.value.fields) == {field}
    in_force = _of(ada, TELETHERAPY).in_force
    assert in_force is not None
    assert in_force.version == 1


def test_publishing_while_another_administrator_stops_asking_is_no_deadlock(
    ada: Viewer, database: Database
) -> None:
    """Both hold all of a consent's versions, the oldest first."""
    draft = open_draft(ada, TELETHERAPY, NOW)
    thread = threading.Thread(target=publish, args=(ada, draft.public_id, draft.revision, NOW))
    with db.unit_of_work() as session:
        versions = select(ConsentText).where(ConsentText.code == TELETHERAPY).with_for_update(key_share=True)
        session.scalars(versions.where(ConsentText.version == 1)).one()
        thread.start()
        if database.kind == "postgresql":
            until_somebody_waits()
        session.scalars(versions.where(ConsentText.version == 2)).one()
    thread.join()
    in_force = _of(ada, TELETHERAPY).in_force
    assert in_force is not None
    assert in_force.version == 2


def test_a_further_consent_is_asked_once_it_is_published(ada: Viewer) -> None:
    sam = make_client("Sam")
    draft = begin_consent(ada, NOW)
    assert _of(ada, draft.code).in_force is None
    kept = keep_draft(ada, draft.public_id, draft.revision, replace(WORDS, required=True), NOW)
    publish(ada, kept.public_id, kept.revision, NOW)
    assert [one.title for one in own_consents(sam, NOW).missing] == ["A title"]
    with db.reading() as session:
        assert not has_signed(session, sam.account_id)


def test_a_draft_can_be_thrown_away(ada: Viewer) -> None:
    before = _texts()
    draft = begin_consent(ada, NOW)
    discard_draft(ada, draft.public_id, draft.revision, NOW)
    assert _texts() == before
    with pytest.raises(NotFound):
        discard_draft(ada, draft.public_id, draft.revision, NOW)


def test_what_is_not_asked_any_more_keeps_its_signatures_and_can_be_asked_again(ada: Viewer) -> None:
    sam, noor = make_client("Sam"), make_client("Noor", consented=False)
    stop_asking(ada, TELETHERAPY, NOW)
    stop_asking(ada, TELETHERAPY, NOW)
    state = own_consents(sam, NOW)
    assert [one.code for one in state.consents] == [FAMILY_DOCTOR]
    assert [one.agreed for one in state.earlier] == [True]
    with db.reading() as session:
        assert has_signed(session, noor.account_id), "nothing is required now"
        assert session.scalars(select(AuditEvent.action)).all().count("consent.stop") == 1
    draft = open_draft(ada, TELETHERAPY, NOW)
    publish(ada, draft.public_id, draft.revision, NOW)
    with db.reading() as session:
        assert not has_signed(session, noor.account_id)
    with pytest.raises(NotFound):
        stop_asking(ada, "no-such", NOW)


def test_only_an_administrator_manages_consents(ada: Viewer) -> None:
    draft = open_draft(ada, TELETHERAPY, NOW)
    for viewer in (make_therapist(), make_client()):
        for act in (
            lambda v: consents(v),
            lambda v: open_draft(v, TELETHERAPY, NOW),
            lambda v: begin_consent(v, NOW),
            lambda v: keep_draft(v, draft.public_id, draft.revision, WORDS, NOW),
            lambda v: publish(v, draft.public_id, draft.revision, NOW),
            lambda v: discard_draft(v, draft.public_id, draft.revision, NOW),
            lambda v: stop_asking(v, TELETHERAPY, NOW),
            lambda v: set_minimum_age(v, 16, NOW),
            lambda v: consent_texts.minimum_age(v),
        ):
            with pytest.raises(NotFound):
                act(viewer)
    assert open_draft(ada, TELETHERAPY, NOW) == draft


@pytest.mark.parametrize(("years", "good"), [(-1, False), (0, True), (21, True), (22, False)])
def test_the_minimum_age_has_bounds(ada: Viewer, years: int, good: bool) -> None:
    assert consent_texts.minimum_age(ada) == 18
    if good:
        set_minimum_age(ada, years, NOW)
        assert consent_texts.minimum_age(ada) == years
    else:
        with pytest.raises(InvalidInput):
            set_minimum_age(ada, years, NOW)
        assert consent_texts.minimum_age(ada) == 18


def _refused_by_the_database(statement: str) -> None:
    refused = pytest.raises(DatabaseError, match="published_consent_text")
    with refused, db.unit_of_work() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    "change",
    [
        "title = 'x'",
        "summary = 'x'",
        "body = 'x'",
        "body_hash = 'x'",
        "version = 9",
        "code = 'x'",
        "required = NOT required",
        "status = 'draft'",
    ],
)
def test_the_database_itself_refuses_to_change_a_published_text(ada: Viewer, change: str) -> None:
    statement = f"UPDATE consent_text SET {change} WHERE code = 'teletherapy'"
    _refused_by_the_database(statement)
    stop_asking(ada, TELETHERAPY, NOW)  # the one change there is
    _refused_by_the_database(statement)


def test_a_signed_text_cannot_be_deleted(ada: Viewer) -> None:
    make_client("Sam")
    with pytest.raises(IntegrityError), db.unit_of_work() as session:
        session.execute(text("DELETE FROM consent_text WHERE code = 'teletherapy'"))
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(ConsentSignature)).one() == 1


def test_the_fingerprint_is_of_exactly_what_is_shown(ada: Viewer) -> None:
    sam = make_client("Sam", consented=False)
    for one in own_consents(sam, NOW).consents:
        assert one.body_hash == fingerprint(one.title, "\n".join(one.summary), one.body)


@given(st.data())
def test_any_changed_sign_is_another_fingerprint(data: st.DataObject) -> None:
    first = FIRST[TELETHERAPY]
    parts = [first.title, first.summary, first.body]
    which = data.draw(st.integers(0, 2))
    place = data.draw(st.integers(0, len(parts[which]) - 1))
    sign_there = data.draw(st.characters(exclude_categories=["Cs"]))
    changed = list(parts)
    changed[which] = parts[which][:place] + sign_there + parts[which][place + 1 :]
    same = changed == parts
    assert (fingerprint(changed[0], changed[1], changed[2]) == fingerprint(*parts)) is same


def test_words_moved_from_the_points_to_the_text_are_another_fingerprint() -> None:
    assert fingerprint("a", "b\nc", "d") != fingerprint("a", "b", "c\n\nd")
    assert fingerprint("a", "b", "c") != fingerprint("a", "b", "c ")


@pytest.mark.parametrize(
    "words",
    [
        "limits",
        "meet in person",
        "encrypted on the way",
        "not end-to-end",
        "confidential",
        "Who sees your answers",
        "scores",
        "fee",
        "cancel",
        "not watched around the clock",
        "next working day",
        "connection is lost",
        "In an emergency",
        "Recording",
        "licensed",
        "Complaints",
        "take your agreement back",
        "then delete them",
    ],
)
def test_the_first_consent_says_each_thing_that_guidance_asks_for(words: str) -> None:
    assert re.search(re.escape(words).replace("\\ ", r"\s+"), FIRST[TELETHERAPY].body)
