"""Handing a client over and ending their care, on screens."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Practice, text_of


def _press(app: AppTest, label: str) -> AppTest:
    app = next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def _handover(practice: Practice) -> AppTest:
    return practice.open("handover", practice.therapist, client=practice.client.public_id)


def _discharge(practice: Practice) -> AppTest:
    return practice.open("discharge", practice.therapist, client=practice.client.public_id)


def test_a_client_is_handed_over_after_a_look_at_what_happens(practice: Practice) -> None:
    app = _press(_handover(practice), "Continue")
    assert "Choose a person." in text_of(app)
    colleague = practice.other_therapist
    app.selectbox(key="handover:colleague").set_value((colleague.public_id, colleague.name))
    app = _press(app, "Continue")
    assert "You no longer open the record." in text_of(app)
    app = _press(app, "Do it")
    assert "Done." in text_of(app)
    theirs = text_of(practice.open("handover", practice.therapist, client=practice.client.public_id))
    assert "We can't find that page" in theirs


def test_a_stranger_sees_neither_screen(practice: Practice) -> None:
    for name in ("handover", "discharge"):
        said = text_of(practice.open(name, practice.other_therapist, client=practice.client.public_id))
        assert "We can't find that page" in said


def test_care_ends_with_a_summary_the_client_is_told_and_it_begins_again(practice: Practice) -> None:
    key = f"discharge:{practice.client.public_id}"
    app = _press(_discharge(practice), "End care")
    assert "There is a problem" in text_of(app)
    app.selectbox(key=f"{key}:reason").select("agreed").run()
    app.text_area(key=f"{key}:summary").set_value("You came a long way.").run()
    app = _press(app, "End care")
    assert "Care ended on" in text_of(app)
    home = text_of(practice.open("client_home", practice.client))
    assert "Your care here has ended" in home
    assert "No session booked" not in home
    app = _press(_discharge(practice), "Begin care again")
    assert "You came a long way." in text_of(app), "the earlier end stays in view"
    assert "Your care here has ended" not in text_of(practice.open("client_home", practice.client))


def test_two_windows_on_one_summary_are_told_and_both_texts_shown(practice: Practice) -> None:
    key = f"discharge:{practice.client.public_id}:summary"
    first, second = _discharge(practice), _discharge(practice)
    first.text_area(key=key).set_value("The first text").run()
    second.text_area(key=key).set_value("The second text").run()
    said = text_of(second)
    assert "Changed somewhere else" in said
    assert "The first text" in said
    assert second.text_area(key=key).value == "The second text"
    _press(second, "Keep what I typed here")
    assert _discharge(practice).text_area(key=key).value == "The second text"


def test_after_its_end_no_times_are_offered_and_a_sentence_says_whom_to_call(practice: Practice) -> None:
    assert "No free times" not in text_of(practice.open("book", practice.client))
    key = f"discharge:{practice.client.public_id}"
    app = _discharge(practice)
    app.selectbox(key=f"{key}:reason").select("agreed").run()
    app.text_area(key=f"{key}:summary").set_value("You came a long way.").run()
    _press(app, "End care")
    said = text_of(practice.open("book", practice.client))
    assert "Your care here has ended. To come back, call us" in said
    assert "waiting list" not in said
