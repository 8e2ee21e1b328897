"""The note's own screen, a client's notes, the search and private notes, as people use them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from clinic.people.viewer import Viewer
from clinic.records.note_formats import Stage, drafted, free
from clinic.records.note_signing import amend_note, sign_note
from clinic.records.notes import Note, keep_note, read_note
from clinic.records.private_notes import private_notes
from tests.pages.conftest import Practice, links_of, text_of


def _note(practice: Practice) -> Note:
    return read_note(practice.therapist, practice.appointment, datetime.now(UTC))


def _open(practice: Practice, viewer: Viewer | None = None) -> AppTest:
    return practice.open("note", viewer or practice.therapist, session=practice.appointment)


def _press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def _signed(practice: Practice, text: str) -> Note:
    now = datetime.now(UTC)
    kept = keep_note(practice.therapist, practice.appointment, free(text), _note(practice).revision, now)
    return sign_note(practice.therapist, practice.appointment, kept.revision, now)


def test_a_note_is_written_asked_about_signed_and_locked(practice: Practice) -> None:
    app = _open(practice)
    app.text_area[0].set_value("Slept badly").run()
    assert "Kept at" in text_of(app)
    _press(app, "Sign and lock")
    assert "Sign this note? It is locked then; you can amend it with a reason." in text_of(app)
    assert _note(practice).stage is Stage.DRAFT, "asked, and not done"
    _press(app, "Go on writing")
    assert app.text_area[0].value == "Slept badly"
    _press(app, "Sign and lock")
    _press(app, "Sign and lock")
    assert _note(practice).stage is Stage.SIGNED
    assert not app.text_area
    assert "Signed by Dana Okafor" in text_of(app)


def test_an_empty_note_is_not_signed(practice: Practice) -> None:
    app = _open(practice)
    _press(app, "Sign and lock")
    assert "This note is empty." in text_of(app)
    assert app.text_area


def test_another_format_takes_the_text_along(practice: Practice) -> None:
    app = _open(practice)
    app.text_area[0].set_value("Slept badly").run()
    app.selectbox[0].set_value("soap").run()
    assert [area.label for area in app.text_area] == ["Subjective", "Objective", "Assessment", "Plan"]
    assert app.text_area[0].value == "Slept badly"
    app.text_area[3].set_value("A walk").run()
    assert _note(practice).draft == drafted("soap", {"subjective": "Slept badly", "plan": "A walk"})
    again = _open(practice)
    assert again.text_area[3].value == "A walk", "a reload shows what was kept"


def test_a_signed_note_is_amended_with_a_reason(practice: Practice) -> None:
    _signed(practice, "On Tuesday")
    app = _open(practice)
    _press(app, "Amend")
    app.text_area[0].set_value("On Wednesday").run()
    _press(app, "Sign and lock")
    assert "Say in a few words why you change this note." in text_of(app)
    app.text_area[1].set_value("The wrong day").run()
    _press(app, "Sign and lock")
    _press(app, "Sign and lock")
    words = text_of(app)
    assert "Amended (version 2) by Dana Okafor" in words
    assert "Why it was changed: The wrong day" in words
    assert "On Tuesday" in words, "the earlier version is there"


def test_a_change_can_be_dropped(practice: Practice) -> None:
    _signed(practice, "On Tuesday")
    app = _open(practice)
    _press(app, "Amend")
    app.text_area[0].set_value("On Wednesday").run()
    _press(app, "Drop the change")
    _press(app, "Drop the change")
    assert _note(practice).draft == free("On Tuesday")
    assert _note(practice).stage is Stage.SIGNED


def test_what_was_typed_is_not_lost_when_another_window_signs(practice: Practice) -> None:
    app = _open(practice)
    app.text_area[0].set_value("First").run()
    _signed(practice, "Signed elsewhere")
    app.text_area[0].set_value("Typed here since").run()
    assert "This note is signed" in text_of(app)
    assert "Signed elsewhere" in text_of(app)
    assert app.text_area[0].value == "Typed here since"
    _press(app, "Put what I typed into an amendment")
    found = _note(practice)
    assert (found.stage, found.draft) == (Stage.AMENDING, free("Typed here since"))
    assert found.versions[0].draft == free("Signed elsewhere")


def test_signing_what_another_window_changed_is_told(practice: Practice) -> None:
    app = _open(practice)
    app.text_area[0].set_value("What I saw").run()
    _press(app, "Sign and lock")
    keep_note(practice.therapist, practice.appointment, free("From elsewhere"), 1, datetime.now(UTC))
    _press(app, "Sign and lock")
    words = text_of(app)
    assert "changed in another window" in words
    assert "From elsewhere" in words
    assert app.text_area[0].value == "What I saw"
    assert _note(practice).stage is Stage.DRAFT
    _press(app, "Take the other text")
    assert app.text_area[0].value == "From elsewhere"


def test_without_scores_the_button_says_so(practice: Practice) -> None:
    app = _open(practice)
    _press(app, "Insert the day's scores")
    assert "No measure was finished on the day of this session." in text_of(app)


def test_somebody_elses_session_is_not_found(practice: Practice) -> None:
    app = _open(practice, practice.other_therapist)
    assert "We can't find that page." in text_of(app)
    assert not app.text_area


def test_a_clients_notes_are_listed_and_searched(practice: Practice) -> None:
    empty = practice.open("notes", practice.therapist, client=practice.client.public_id)
    assert "No notes yet." in text_of(empty)
    _signed(practice, "A *heron* by the river")
    listed = practice.open("notes", practice.therapist, client=practice.client.public_id)
    assert "A *heron* by the river" in [element.value for element in listed.text]
    assert any(link.page == "note" for link in links_of(listed))
    search = practice.open("notes", practice.therapist)
    search.text_input[0].set_value("RIVER heron")
    _press(search, "Search")
    assert "1 note with all these words." in text_of(search)
    search.text_input[0].set_value("sea")
    _press(search, "Search")
    assert "0 notes with all these words." in text_of(search)
    stranger = practice.open("notes", practice.other_therapist, client=practice.client.public_id)
    assert "We can't find that page." in text_of(stranger)


def test_a_private_note_is_begun_and_kept_and_is_its_authors(practice: Practice) -> None:
    client = practice.client.public_id
    app = practice.open("private_notes", practice.therapist, client=client)
    assert "None yet." in text_of(app)
    _press(app, "New private note")
    app.text_area[0].set_value("My hunch").run()
    assert private_notes(practice.therapist, client, datetime.now(UTC)).notes[0].text == "My hunch"
    stranger = practice.open("private_notes", practice.other_therapist, client=client)
    assert "We can't find that page." in text_of(stranger)
    assert not stranger.text_area


@pytest.mark.parametrize("page", ["client_record", "attendance"])
def test_the_record_and_the_past_session_lead_to_the_notes(practice: Practice, page: str) -> None:
    query = {"client": practice.client.public_id, "session": practice.appointment}
    assert any(
        link.page in ("notes", "note") for link in links_of(practice.open(page, practice.therapist, **query))
    )


def test_a_note_being_changed_is_read_by_nobody_else(practice: Practice) -> None:
    _signed(practice, "Signed text")
    amend_note(practice.therapist, practice.appointment, datetime.now(UTC))
    listed = practice.open("notes", practice.therapist, client=practice.client.public_id)
    assert "A change that is not signed yet" in text_of(listed)
