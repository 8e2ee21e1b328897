"""The administrator's way through setting up."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Practice, links_of, text_of

PAGE = "getting_ready"


def _press(app: AppTest, label: str, number: int = 0) -> AppTest:
    return [button for button in app.button if button.label == label][number].click().run()


def test_a_step_is_put_off_and_another_said_to_be_right(practice: Practice) -> None:
    app = practice.open(PAGE, practice.administrator)
    left = [button.label for button in app.button].count("Not now")
    app = _press(app, "Not now")
    assert [button.label for button in app.button].count("Not now") == left - 1
    app = _press(app, "I have a copy")
    assert "I have a copy" not in [button.label for button in app.button]
    assert "of 12 steps are done" in text_of(app)


def test_the_first_screen_leads_there_while_something_is_left(practice: Practice) -> None:
    links = [link.label for link in links_of(practice.open("clinic", practice.administrator))]
    assert any(label.startswith("Getting ready: ") for label in links)


def test_a_colour_is_saved(practice: Practice) -> None:
    app = practice.open("look", practice.administrator)
    app.radio(key="look:colour").set_value("berry")
    app = _press(app, "Save the colour")
    assert "The colour is saved." in text_of(app)
    assert practice.open("look", practice.administrator).radio(key="look:colour").value == "berry"


def test_nobody_else_opens_them(practice: Practice) -> None:
    for page in (PAGE, "look"):
        for viewer in (practice.client, practice.therapist):
            assert "We can't find that page" in text_of(practice.open(page, viewer))
