"""The administrator's editor and the panel on a record, without a browser."""

from __future__ import annotations

from datetime import UTC, datetime

from streamlit.testing.v1 import AppTest

from clinic.intake import consent, consent_texts
from clinic.intake.consent_text import TELETHERAPY
from tests.factories import assign
from tests.pages.conftest import Practice, text_of

WRITE = f"edit:{TELETHERAPY}"


def _press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def _editor(practice: Practice) -> AppTest:
    app = practice.open("consents", practice.administrator)
    return app.button(key=WRITE).click().run()


def test_a_second_tab_is_told_keeps_what_it_typed_and_overwrites_nothing(practice: Practice) -> None:
    one, other = _editor(practice), _editor(practice)
    one.text_input[0].input("From the first tab")
    _press(one, "Save")
    assert "Saved as a draft." in text_of(one)
    other.text_input[0].input("From the second tab")
    _press(other, "Save")
    assert "Somebody saved or published this text since you opened it." in text_of(other)
    assert other.text_input[0].value == "From the second tab"
    draft = consent_texts.open_draft(practice.administrator, TELETHERAPY, datetime.now(UTC))
    assert draft.wording.title == "From the first tab"
    _press(other, "Open what is saved now")
    assert not other.error
    assert other.text_input[0].value == "From the first tab"
    other.text_input[0].input("Now from the second")
    _press(other, "Save")
    assert not other.error


def test_an_empty_title_is_kept_as_a_draft_and_not_published(practice: Practice) -> None:
    app = _editor(practice)
    app.text_input[0].input("")
    for label in ("Save and look at it", "Go on to publishing", "Publish version 2"):
        _press(app, label)
    assert "Enter a title." in text_of(app)
    asked = consent_texts.consents(practice.administrator)[0]
    assert asked.in_force is not None
    assert asked.in_force.version == 1


def test_a_consent_is_added_thrown_away_and_another_stopped_after_a_question(practice: Practice) -> None:
    app = practice.open("consents", practice.administrator)
    _press(app, "Add a consent")
    assert app.title[0].value == "Version 1, draft"
    _press(app, "Throw the draft away")
    _press(app, "Throw it away")
    assert "The draft is thrown away." in text_of(app)
    app.button(key="stop:family-doctor").click().run()
    assert app.title[0].value == "Stop asking for this?"
    _press(app, "Stop asking")
    assert "Not asked any more." in text_of(app)
    left = consent.own_consents(practice.client, datetime.now(UTC)).consents
    assert [one.code for one in left] == [TELETHERAPY]


def test_the_minimum_age_is_changed(practice: Practice) -> None:
    app = practice.open("consents", practice.administrator)
    app.number_input[0].set_value(16)
    _press(app, "Save the age")
    assert consent_texts.minimum_age(practice.administrator) == 16


def test_between_the_minimum_age_and_18_a_guardian_is_asked_for(practice: Practice) -> None:
    now = datetime.now(UTC)
    consent_texts.set_minimum_age(practice.administrator, 14, now)
    consent.keep_born(practice.other_client, f"1/1/{now.year - 16}", now)
    app = practice.open("consent", practice.other_client)
    app.checkbox[0].check()
    app.text_input[0].input("Noor Haddad")
    _press(app, "I agree")
    assert "Ask your parent or guardian to type their full name." in text_of(app)
    app.text_input[1].input("Lena Haddad")
    app.text_input[2].input("mother")
    _press(app, "I agree")
    assert not app.error
    signed = consent.own_consents(practice.other_client, now).consents[0].decided
    assert signed is not None
    assert (signed.guardian_name, signed.guardian_relation) == ("Lena Haddad", "mother")


def test_a_text_that_changed_meanwhile_is_shown_anew_and_not_signed(practice: Practice) -> None:
    now = datetime.now(UTC)
    consent.keep_born(practice.other_client, "1/1/1990", now)
    app = practice.open("consent", practice.other_client)
    app.checkbox[0].check()
    app.text_input[0].input("Noor Haddad")
    draft = consent_texts.open_draft(practice.administrator, TELETHERAPY, now)
    consent_texts.publish(practice.administrator, draft.public_id, draft.revision, now)
    _press(app, "I agree")
    assert "The consent has changed since you opened it." in text_of(app)
    assert not app.checkbox[0].value
    assert consent.own_consents(practice.other_client, now).consents[0].due


def test_a_therapist_lets_a_client_go_on_and_the_record_says_why(practice: Practice) -> None:
    client, now = practice.other_client, datetime.now(UTC)
    assign(client, practice.therapist, now)
    app = practice.open("client_record", practice.therapist, client=client.public_id)
    assert "Consent not signed yet" in text_of(app)
    app.session_state["disclosure:consent-waiver"] = True
    app.run()
    app.text_area(key="consents:reason").input("short")
    _press(app, "Let them book and join")
    assert "Say why in 10 to 500 characters." in text_of(app)
    app.text_area(key="consents:reason").input("Signs with help <b>tomorrow</b>")
    _press(app, "Let them book and join")
    assert "Signs with help <b>tomorrow</b>" in text_of(app)
    assert consent.own_consents(client, now).waiver(datetime.now(UTC)) is not None
