"""Versions of the form: one draft, published ones that never change, and drafts of withdrawn ones."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

import db
from clinic.errors import (
    EditedElsewhere,
    FormChanged,
    FormMalformed,
    FormWithdrawn,
    InvalidInput,
    LastForm,
    NotFound,
)
from clinic.intake import form_edits, forms, intake
from clinic.intake.amending import Change, amend
from clinic.intake.default_form import DEFAULT_FORM
from clinic.intake.form import Form, Kind
from clinic.intake.intake import keep_answers
from clinic.people.viewer import Viewer
from clinic.records.client_record import client_record
from db.tables import Account, Clinic, Intake, IntakeAnswer
from tests.databases import Database
from tests.factories import NOW, keep_intake, make_administrator, make_client, make_clinic, make_therapist
from tests.intake.test_intake_service import WHOLE

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def ada(database: Database) -> Viewer:
    make_clinic()
    return make_administrator("Ada Min")


def _publish(ada: Viewer, form: Form = DEFAULT_FORM) -> str:
    """A new version. Its id."""
    draft = forms.open_draft(ada, NOW)
    revision = forms.save_draft(ada, form, draft.revision, NOW)
    forms.publish(ada, revision, NOW)
    return draft.public_id


def _first(ada: Viewer) -> str:
    return forms.form_versions(ada)[-1].public_id


def test_a_clinic_starts_with_the_default_form_in_force(ada: Viewer) -> None:
    (only,) = forms.form_versions(ada)
    assert (only.version, only.status, only.in_force) == (1, "published", True)
    assert forms.form_of(ada, only.public_id).form == DEFAULT_FORM
    with pytest.raises(NotFound):
        forms.form_of(ada, "no-such")


def test_there_is_one_draft_a_copy_of_the_newest_version(ada: Viewer) -> None:
    draft = forms.open_draft(ada, NOW)
    assert (draft.version, draft.form) == (2, DEFAULT_FORM)
    assert forms.open_draft(make_administrator(), LATER) == draft


def test_two_administrators_who_begin_at_once_have_the_same_draft(ada: Viewer) -> None:
    found: list[object] = []

    def begin() -> None:
        try:
            found.append(forms.open_draft(ada, NOW).public_id)
        except BaseException as error:
            found.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_tab_with_an_older_draft_is_told_who_and_when_and_writes_nothing_over(ada: Viewer) -> None:
    bo = make_administrator("Bo Ek")
    seen = forms.open_draft(ada, NOW)
    by_bo, _ = form_edits.add_section(seen.form, "Bo's section")
    forms.save_draft(bo, by_bo, seen.revision, LATER)
    by_ada, _ = form_edits.add_section(seen.form, "Ada's section")
    with pytest.raises(FormChanged) as told:
        forms.save_draft(ada, by_ada, seen.revision, LATER)
    assert (told.value.by, told.value.at) == ("Bo Ek", LATER)
    with pytest.raises(FormChanged):
        forms.publish(ada, seen.revision, LATER)
    assert forms.open_draft(ada, LATER).form == by_bo


def test_a_tab_with_a_draft_that_was_published_is_told_even_when_a_new_one_is_there(ada: Viewer) -> None:
    seen = forms.open_draft(ada, NOW)
    forms.publish(make_administrator("Bo Ek"), seen.revision, LATER)
    with pytest.raises(FormChanged) as told:
        forms.save_draft(ada, DEFAULT_FORM, seen.revision, LATER)
    assert told.value.by == "Bo Ek"
    forms.open_draft(ada, LATER)
    with pytest.raises(FormChanged):
        forms.save_draft(ada, DEFAULT_FORM, seen.revision, LATER)


def test_a_malformed_draft_is_not_kept(ada: Viewer) -> None:
    draft = forms.open_draft(ada, NOW)
    with pytest.raises(FormMalformed):
        forms.save_draft(ada, form_edits.delete_field(draft.form, "born"), draft.revision, NOW)
    assert forms.open_draft(ada, NOW) == draft


def test_an_unfinished_draft_is_not_published(ada: Viewer) -> None:
    draft = forms.open_draft(ada, NOW)
    form, _ = form_edits.add_section(draft.form, "Empty")
    revision = forms.save_draft(ada, form, draft.revision, NOW)
    with pytest.raises(FormMalformed, match="no question yet"):
        forms.publish(ada, revision, NOW)
    form = form_edits.delete_section(form_edits.delete_section(form, "empty"), "guardian")
    revision = forms.save_draft(ada, form, revision, NOW)
    with db.unit_of_work() as session:
        session.scalars(select(Clinic)).one().minimum_age = 16
    with pytest.raises(FormMalformed, match="guardian"):
        forms.publish(ada, revision, NOW)
    assert forms.form_versions(ada)[0].status == "draft"


@pytest.mark.parametrize(
    "change",
    ["definition = '{}'", "version = 9", "status = 'draft'", "definition = '{}', status = 'withdrawn'"],
)
def test_the_database_refuses_to_change_a_published_version(ada: Viewer, change: str) -> None:
    with pytest.raises(IntegrityError), db.unit_of_work() as session:
        session.execute(text(f"UPDATE intake_form SET {change} WHERE version = 1"))
    assert forms.form_of(ada, _first(ada)).form == DEFAULT_FORM


def test_the_database_lets_a_draft_change_and_a_version_be_withdrawn(ada: Viewer) -> None:
    forms.open_draft(ada, NOW)
    with db.unit_of_work() as session:
        session.execute(text("UPDATE intake_form SET definition = '{}' WHERE version = 2"))
        session.execute(text("UPDATE intake_form SET status = 'withdrawn' WHERE version = 1"))


def test_a_client_in_mid_form_goes_on_with_their_own_version(ada: Viewer) -> None:
    sam, noor = make_client("Sam"), make_client("Noor")
    keep_intake(sam, {"hopes": "To sleep"})
    _publish(ada, form_edits.delete_field(DEFAULT_FORM, "hopes"))
    assert intake.draft(sam, NOW).version == 1
    keep_intake(sam, {**WHOLE, "hopes": "To sleep well"})
    intake.submit(sam, NOW)
    assert intake.draft(noor, NOW).version == 2
    with pytest.raises(InvalidInput):
        keep_intake(noor, {"hopes": "x"})
    newest, first = forms.form_versions(ada)
    assert (newest.filling, newest.sent, newest.in_force) == (0, 0, True)
    assert (first.filling, first.sent, first.in_force) == (0, 1, False)


def test_the_only_published_version_cannot_be_withdrawn(ada: Viewer) -> None:
    forms.open_draft(ada, NOW)
    with pytest.raises(LastForm):
        forms.withdraw(ada, _first(ada), NOW)
    with pytest.raises(NotFound):
        forms.withdraw(ada, forms.form_versions(ada)[0].public_id, NOW)


def test_two_who_withdraw_the_last_two_versions_leave_one(ada: Viewer) -> None:
    second = _publish(ada)
    outcomes: list[object] = []

    def withdraw(form_id: str) -> None:
        try:
            outcomes.append(forms.withdraw(ada, form_id, NOW))
        except LastForm as error:
            outcomes.append(error)

    threads = [threading.Thread(target=withdraw, args=(form_id,)) for form_id in (second, _first(ada))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastForm", "NoneType"]
    assert [version.status for version in forms.form_versions(ada)].count("published") == 1


def test_a_draft_of_a_withdrawn_version_carries_on_with_the_new_one(ada: Viewer) -> None:
    dana = make_therapist("Dana Okafor")
    sam = make_client("Sam", therapist=dana)
    keep_intake(sam, {**WHOLE, "hopes": "To sleep", "before": "Yes, now"})
    keep_intake(dana, {"pronouns": "they"}, NOW, sam.public_id)
    changed = form_edits.delete_field(DEFAULT_FORM, "hopes")
    changed = form_edits.change_field(changed, "before_helped", show_when=None)
    changed = form_edits.change_field(changed, "before", options=("Never", "Once"))
    _publish(ada, changed)
    forms.withdraw(ada, _first(ada), NOW)
    assert intake.draft(sam, NOW).withdrawn
    with pytest.raises(FormWithdrawn):
        keep_intake(sam, {"brings": "More"})
    with pytest.raises(FormWithdrawn):
        intake.submit(sam, NOW)
    intake.carry_over(sam, LATER)
    intake.carry_over(sam, LATER)  # a second press finds nothing to do
    kept = intake.draft(sam, NOW)
    assert (kept.version, kept.withdrawn) == (2, False)
    fitting = {name: value for name, value in WHOLE.items() if name != "before"}
    assert kept.answers == {**fitting, "pronouns": "they"}
    assert kept.kept["pronouns"].by == "Dana Okafor"
    keep_intake(sam, {"brings": "More"})
    intake.submit(sam, LATER)
    with db.reading() as session:
        old, new = session.scalars(select(Intake).order_by(Intake.id)).all()
        rows = session.scalars(select(IntakeAnswer).where(IntakeAnswer.intake_id == old.id))
        there = {row.field: row.value for row in rows}
    assert (old.replaced_at, old.submitted_at, new.replaced_at) == (LATER, None, None)
    assert there == {**WHOLE, "hopes": "To sleep", "before": "Yes, now", "pronouns": "they"}


def test_two_devices_that_carry_over_at_once_make_one(ada: Viewer) -> None:
    sam = make_client("Sam")
    keep_intake(sam, WHOLE)
    _publish(ada)
    forms.withdraw(ada, _first(ada), NOW)
    threads = [threading.Thread(target=intake.carry_over, args=(sam, NOW)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert intake.draft(sam, NOW).answers == WHOLE
    with db.reading() as session:
        assert len(session.scalars(select(Intake)).all()) == 2


def test_what_was_sent_on_a_withdrawn_version_stays_readable_and_can_be_amended(ada: Viewer) -> None:
    dana = make_therapist("Dana Okafor")
    sam = make_client("Sam", therapist=dana)
    keep_intake(sam, {**WHOLE, "hopes": "To sleep"})
    intake.submit(sam, NOW)
    _publish(ada, form_edits.delete_field(DEFAULT_FORM, "hopes"))
    forms.withdraw(ada, _first(ada), NOW)
    record = client_record(dana, sam.public_id, NOW).intake
    assert (record.version, record.withdrawn) == (1, False)
    assert record.asked.field("hopes") is not None
    intake.carry_over(sam, NOW)
    assert intake.draft(sam, NOW).submitted_at == NOW
    amend(sam, Change("hopes", "To sleep well", 1, "I thought about it"), LATER)
    assert client_record(dana, sam.public_id, LATER).intake.answers["hopes"] == "To sleep well"


def test_an_amended_answer_keeps_what_stood_there_and_why(ada: Viewer) -> None:
    dana = make_therapist("Dana Okafor")
    sam = make_client("Sam Rivera", therapist=dana)
    keep_intake(sam, WHOLE)
    with pytest.raises(InvalidInput):
        amend(sam, Change("brings", "x", 1, "not sent yet"), NOW)
    intake.submit(sam, NOW)
    amend(sam, Change("brings", "I can't sleep at all.", 1, "It got worse"), NOW)
    amend(dana, Change("brings", "Early waking.", 2, "Sam said so by phone"), LATER, sam.public_id)
    amend(sam, Change("pronouns", "they", 0, "I forgot it"), LATER)
    told = client_record(dana, sam.public_id, LATER).intake.amendments
    assert [(a.before, a.after, a.reason, a.by) for a in told["brings"]] == [
        ("I sleep badly.", "I can't sleep at all.", "It got worse", "Sam Rivera"),
        ("I can't sleep at all.", "Early waking.", "Sam said so by phone", "Dana Okafor"),
    ]
    assert [(a.before, a.after) for a in told["pronouns"]] == [("", "they")]
    assert intake.draft(sam, LATER).answers["brings"] == "Early waking."


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (Change("brings", "", 1, "why"), {"brings"}),
        (Change("brings", "x" * 100_000, 1, "why"), {"brings"}),
        (Change("brings", "New", 1, " "), {"reason"}),
        (Change("brings", "New", 1, "x" * 501), {"reason"}),
        (Change("brings", "I sleep badly.", 1, "why"), {"brings"}),
        (Change("voicemail", "Maybe", 1, ""), {"voicemail", "reason"}),
        (Change("phone", "call me", 1, "why"), {"phone"}),
        (Change("born", "3/3/2020", 1, "why"), {"born"}),
        (Change("guardian_name", "Lena", 0, "why"), {"guardian_name"}),
        (Change("no_such", "x", 0, "why"), {"no_such"}),
    ],
)
def test_an_amendment_keeps_to_the_forms_rules(ada: Viewer, change: Change, wrong: set[str]) -> None:
    sam = make_client("Sam")
    keep_intake(sam, WHOLE)
    intake.submit(sam, NOW)
    with pytest.raises(InvalidInput) as refused:
        amend(sam, change, NOW)
    assert set(refused.value.fields) == wrong
    assert intake.draft(sam, NOW).answers == WHOLE
    assert intake.draft(sam, NOW).amendments == {}


def test_two_who_amend_the_same_answer_notice_each_other(ada: Viewer) -> None:
    dana = make_therapist("Dana Okafor")
    sam = make_client("Sam", therapist=dana)
    keep_intake(sam, WHOLE)
    intake.submit(sam, NOW)
    amend(dana, Change("brings", "By Dana", 1, "said by phone"), LATER, sam.public_id)
    with pytest.raises(EditedElsewhere) as told:
        amend(sam, Change("brings", "By Sam", 1, "better words"), LATER)
    assert (told.value.now["brings"].by, told.value.now["brings"].value) == ("Dana Okafor", "By Dana")
    stranger = make_therapist()
    with pytest.raises(NotFound):
        amend(stranger, Change("brings", "x", 2, "why"), LATER, sam.public_id)


def test_an_amended_birth_date_is_the_accounts_too(ada: Viewer) -> None:
    sam = make_client("Sam")
    keep_intake(sam, WHOLE)
    intake.submit(sam, NOW)
    amend(sam, Change("born", "6/6/1991", 1, "A slip of the finger"), NOW)
    with db.reading() as session:
        assert session.get_one(Account, sam.account_id).born == "6/6/1991"


def test_a_question_may_be_of_any_kind(ada: Viewer) -> None:
    form = DEFAULT_FORM
    for kind in Kind:
        if kind is not Kind.BIRTH_DATE:
            form, _ = form_edits.add_field(form, "reason", f"A {kind.value}", kind)
    _publish(ada, form)
    sam = make_client("Sam")
    given = {
        "a_text": "one",
        "a_long_text": "two\nlines",
        "a_choice": "Second answer",
        "a_choices": "First answer\nSecond answer",
        "a_yes_or_no": "No",
        "a_number": "2,5",
        "a_date": "27/3/2019",
        "a_scale": "10",
        "a_phone": "020 7946 0000",
        "a_email": "sam@example.org",
    }
    keep_intake(sam, {**WHOLE, **given})
    intake.submit(sam, NOW)
    assert intake.draft(sam, NOW).answers == {**WHOLE, **given}
    with pytest.raises(InvalidInput):
        keep_answers(replace(sam, account_id=make_client().account_id), {"a_scale": ("11", 0)}, NOW)
