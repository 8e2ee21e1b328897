"""Filling and building forms by screen: two tabs, a therapist with the client, versions, the preview."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

import db
from clinic.intake import form_edits, forms, intake
from clinic.intake.default_form import DEFAULT_FORM
from clinic.intake.form import Kind
from db.tables import Intake, IntakeAnswer
from tests.factories import assign, keep_intake
from tests.intake.test_intake_service import WHOLE
from tests.pages.conftest import Practice, text_of


def _now() -> datetime:
    return datetime.now(UTC)


def _button(app: AppTest, label: str):
    return next(button for button in app.button if button.label == label)


def _answers(practice: Practice) -> dict[str, str]:
    return intake.draft(practice.client, _now()).answers


def _publish(practice: Practice, form=DEFAULT_FORM) -> None:
    draft = forms.open_draft(practice.administrator, _now())
    revision = forms.save_draft(practice.administrator, form, draft.revision, _now())
    forms.publish(practice.administrator, revision, _now())


def _reason(practice: Practice) -> AppTest:
    return practice.open("intake", practice.client, part="reason")


def test_an_untouched_field_shows_what_another_tab_wrote_and_never_writes_over_it(practice: Practice) -> None:
    keep_intake(practice.client, {"brings": "First", "weighs": "3"}, _now())
    app = _reason(practice)
    keep_intake(practice.client, {"brings": "Second"}, _now())
    app.radio(key="intake:weighs").set_value("4").run()
    assert app.text_area(key="intake:brings").value == "Second"
    keep_intake(practice.client, {"brings": "Third"}, _now())
    _button(app, "Save and continue").click().run()
    kept = _answers(practice)
    assert (kept["brings"], kept["weighs"]) == ("Third", "4")


@pytest.mark.parametrize(("press", "kept"), [("Keep mine", "Mine"), ("Use theirs", "Second")])
def test_of_two_texts_one_chooses_and_the_other_stays_readable(
    practice: Practice, press: str, kept: str
) -> None:
    keep_intake(practice.client, {"brings": "First"}, _now())
    app = _reason(practice)
    keep_intake(practice.client, {"brings": "Second"}, _now())
    app.text_area(key="intake:brings").set_value("Mine").run()
    words = text_of(app)
    assert "Somebody has changed this answer since you saw it." in words
    assert "You, on another screen" in words
    assert {"Mine", "Second"} <= {said.value for said in app.text}
    assert _answers(practice)["brings"] == "Second", "nothing is written over"
    _button(app, "Save and continue").click().run()
    assert _answers(practice)["brings"] == "Second"
    _button(app, press).click().run()
    assert not app.error
    assert app.text_area(key="intake:brings").value == kept
    assert _answers(practice)["brings"] == kept
    assert {"Mine", "Second"} - {kept} <= {said.value for said in app.text}
    app.text_area(key="intake:brings").set_value("Afterwards").run()
    assert _answers(practice)["brings"] == "Afterwards"


def test_a_question_appears_with_the_answer_it_depends_on(practice: Practice) -> None:
    app = practice.open("intake", practice.client, part="medication")
    assert not app.text_area
    app.radio(key="intake:takes_medication").set_value("Yes").run()
    app.text_area(key="intake:medication").set_value("Sertraline 50 mg").run()
    app.radio(key="intake:takes_medication").set_value("No").run()
    assert not app.text_area
    assert _answers(practice)["medication"] == "Sertraline 50 mg", "kept, and not shown"
    _button(app, "Clear this answer").click().run()
    assert _answers(practice)["takes_medication"] == ""


def test_several_choices_and_a_scale_are_kept_as_they_are_chosen(practice: Practice) -> None:
    app = practice.open("intake", practice.client, part="care")
    app.checkbox(key="intake:others_helping:2").set_value(True).run()
    app.checkbox(key="intake:others_helping:0").set_value(True).run()
    assert _answers(practice)["others_helping"] == "A family doctor\nAnother therapist"
    app = _reason(practice)
    app.radio(key="intake:weighs").set_value("10").run()
    assert _answers(practice)["weighs"] == "10"


def test_the_step_is_said_in_words_with_the_minutes_left(practice: Practice) -> None:
    app = practice.open("intake", practice.client, part="emergency")
    assert "Step 3 of 8: Emergency contact · about 7 minutes left" in text_of(app)


def test_too_young_is_said_and_the_draft_stays(practice: Practice) -> None:
    keep_intake(practice.client, {**WHOLE, "born": f"1/1/{_now().year - 10}"}, _now())
    app = practice.open("intake", practice.client, part="about-you")
    _button(app, "Save and continue").click().run()
    assert "This portal is for people aged 18 and over" in text_of(app)
    assert _answers(practice)["brings"] == WHOLE["brings"]


def test_checking_sending_and_changing_an_answer_afterwards(practice: Practice) -> None:
    keep_intake(practice.client, WHOLE, _now())
    app = practice.open("intake", practice.client, part="check")
    assert "5 6 1991" in text_of(app)
    assert "Not provided" in text_of(app)
    _button(app, "Send to your therapist").click().run()
    assert "Sent on" in text_of(app)
    app = practice.open("intake", practice.client, part="amend", field="brings")
    app.text_area(key="intake:amend:brings").set_value("I sleep a little.").run()
    _button(app, "Save the change").click().run()
    assert "Say in a few words why you change it" in text_of(app)
    assert app.text_area(key="intake:amend:brings").value == "I sleep a little."
    app.text_area(key="intake:amend:reason").set_value("It got better").run()
    _button(app, "Save the change").click().run()
    assert "Changed: What would you like help with?" in text_of(app)
    app = practice.open("client_record", practice.therapist, client=practice.client.public_id)
    app.session_state["disclosure:intake"] = True
    app.run()
    words = text_of(app)
    assert {"I sleep a little.", "I sleep badly.", "It got better"} <= set(words.split("\n"))


def test_a_therapist_fills_it_in_with_their_client(practice: Practice) -> None:
    whose = practice.client.public_id
    app = practice.open("intake", practice.therapist, client=whose, part="reason")
    assert "With Sam Rivera." in text_of(app)
    app.text_area(key=f"intake:{whose}:brings").set_value("Told in the session").run()
    keep_intake(practice.client, {n: v for n, v in WHOLE.items() if n != "brings"}, _now())
    app = practice.open("intake", practice.client, part="check")
    assert "Filled in with Dana Okafor" in text_of(app)
    app = practice.open("intake", practice.therapist, client=whose, part="check")
    _button(app, "Send it with them").click().run()
    assert intake.draft(practice.client, _now()).submitted_at


def test_one_clients_words_never_stand_in_anothers_fields(practice: Practice) -> None:
    assign(practice.other_client, practice.therapist, _now())
    app = practice.open("intake", practice.therapist, client=practice.client.public_id, part="reason")
    app.text_area(key=f"intake:{practice.client.public_id}:brings").set_value("Sam's words").run()
    app.query_params["client"] = practice.other_client.public_id
    app.run()
    assert app.text_area[0].value == ""


@pytest.mark.parametrize("client", ["", "no-such-client", "x" * 5000])
def test_a_therapist_who_may_not_reads_a_sentence(practice: Practice, client: str) -> None:
    app = practice.open("intake", practice.other_therapist, **({"client": client} if client else {}))
    assert "We can't find that page." in text_of(app)
    app = practice.open("intake", practice.other_therapist, client=practice.client.public_id)
    assert "We can't find that page." in text_of(app)
    assert not app.text_area


def test_a_draft_of_a_withdrawn_version_has_one_way_on(practice: Practice) -> None:
    keep_intake(practice.client, {"brings": "Before", "hopes": "To sleep"}, _now())
    app = _reason(practice)
    _publish(practice, form_edits.delete_field(DEFAULT_FORM, "hopes"))
    forms.withdraw(practice.administrator, forms.form_versions(practice.administrator)[-1].public_id, _now())
    app.text_area(key="intake:brings").set_value("After").run()
    assert "The clinic has replaced this form" in text_of(app)
    assert [button.label for button in app.button if "form" in button.label] == ["Carry on with the new form"]
    _button(app, "Carry on with the new form").click().run()
    kept = _answers(practice)
    assert kept["brings"] == "Before"
    assert "hopes" not in kept
    assert intake.draft(practice.client, _now()).version == 2


def test_the_builder_adds_words_orders_and_publishes(practice: Practice) -> None:
    def draft():
        return forms.open_draft(practice.administrator, _now()).form

    app = practice.open("form_builder", practice.administrator)
    assert "Clients who begin now fill in version 1." in text_of(app)
    _button(app, "Make a new version").click().run()
    _button(app, "Add the section").click().run()
    assert "Enter a title for the section." in text_of(app)
    app.text_input(key="new:title").set_value("Your *sleep*")
    _button(app, "Add the section").click().run()
    app.text_input(key="edit:section:your_sleep:why").set_value("Nights matter.").run()
    _button(app, "Move up").click().run()
    assert [section.name for section in draft().sections][-2:] == ["your_sleep", "video"]
    _button(app, "Add a question").click().run()
    _button(app, "Add the question").click().run()
    assert {"Enter the question.", "Choose how it is answered."} <= {
        line.strip("- ") for line in text_of(app).split("\n")
    }
    app.text_input(key="new:label").set_value("How do you sleep?")
    app.radio(key="new:kind").set_value(Kind.CHOICE)
    _button(app, "Add the question").click().run()
    options = "edit:field:how_do_you_sleep:options"
    app.text_area(key=options).set_value("Well\nWell").run()
    assert "is there twice" in text_of(app)
    assert app.text_area(key=options).value == "Well\nWell", "what was typed stays"
    app.text_area(key=options).set_value("Well\nBadly").run()
    app.checkbox(key="edit:field:how_do_you_sleep:required").set_value(True).run()
    app.selectbox(key="edit:field:how_do_you_sleep:when").set_value("hospital").run()
    app.checkbox(key="edit:field:how_do_you_sleep:when:hospital:1").set_value(True).run()
    field = draft().field("how_do_you_sleep")
    assert field is not None
    assert (field.options, field.required) == (("Well", "Badly"), True)
    assert field.show_when is not None
    assert (field.show_when.field, field.show_when.values) == ("hospital", ("Yes", "No"))
    app = practice.open("form_builder", practice.administrator, part="publish")
    assert "Clients in the middle of an older version go on with theirs" in text_of(app)
    _button(app, "Publish version 2").click().run()
    assert "Version 2 is published." in text_of(app)
    assert forms.form_versions(practice.administrator)[0].in_force


def test_an_older_tab_of_the_builder_is_told_who_changed_what_and_when(practice: Practice) -> None:
    app = practice.open("form_builder", practice.administrator, part="section", of="reason")
    draft = forms.open_draft(practice.administrator, _now())
    changed, _ = form_edits.add_section(draft.form, "From the other tab")
    forms.save_draft(practice.administrator, changed, draft.revision, _now())
    app.text_input(key="edit:section:reason:title").set_value("Why now").run()
    assert "Ada Min changed this form on" in text_of(app)
    assert forms.open_draft(practice.administrator, _now()).form == changed
    app.text_input(key="edit:section:reason:title").set_value("Why now?").run()
    assert not app.error
    section = forms.open_draft(practice.administrator, _now()).form.section("reason")
    assert section is not None
    assert section.title == "Why now?"


def test_what_others_depend_on_is_not_deleted(practice: Practice) -> None:
    app = practice.open("form_builder", practice.administrator, part="question", of="before")
    _button(app, "Delete this question").click().run()
    assert "which is not on the form" in text_of(app)
    app = practice.open("form_builder", practice.administrator, part="question", of="before_helped")
    _button(app, "Delete this question").click().run()
    assert not app.error
    assert app.title[0].value == "Section: Care you have had"
    app = practice.open("form_builder", practice.administrator, part="question", of="born")
    assert "Delete this question" not in [button.label for button in app.button]


def test_the_preview_is_the_form_and_keeps_nothing(practice: Practice) -> None:
    draft = forms.open_draft(practice.administrator, _now())
    app = practice.open("form_builder", practice.administrator, part="preview", version=draft.public_id)
    assert "Step 1 of 8: About you" in text_of(app)
    _button(app, "Save and continue").click().run()
    assert "Enter your full name." in text_of(app)
    app.text_input(key="preview:preferred_name").set_value("Ada").run()
    app.text_input(key="preview:full_name").set_value("Ada Min").run()
    for part, value in (("Day", "5"), ("Month", "6"), ("Year", "1991")):
        app.text_input(key=f"preview:born:{part}").set_value(value).run()
    _button(app, "Save and continue").click().run()
    assert "Step 2 of 8: How to reach you" in text_of(app)
    _button(app, "Back").click().run()
    assert app.text_input(key="preview:full_name").value == "Ada Min"
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(Intake)).one() == 0
        assert session.scalars(select(func.count()).select_from(IntakeAnswer)).one() == 0
    _button(app, "Start the preview again").click().run()
    assert app.text_input(key="preview:full_name").value == ""


def test_withdrawing_says_what_happens_first(practice: Practice) -> None:
    keep_intake(practice.client, {"brings": "Before"}, _now())
    _publish(practice)
    first = forms.form_versions(practice.administrator)[-1]
    app = practice.open("form_builder", practice.administrator, part="withdraw", version=first.public_id)
    assert "can't go on with it (1 now)" in text_of(app)
    _button(app, "Withdraw version 1").click().run()
    assert "Version 1 is withdrawn." in text_of(app)


@pytest.mark.parametrize(
    "part", ["outline", "section", "question", "add", "preview", "publish", "withdraw", "x"]
)
def test_an_address_of_ones_own_making_is_no_error(practice: Practice, part: str) -> None:
    app = practice.open("form_builder", practice.administrator, part=part, of="no-such", version="nothing")
    assert not app.exception
    assert not app.error
    assert len(app.title) == 1
