"""The administrator's page on calls: what is set, what a test found, and never a secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from streamlit.testing.v1 import AppTest

from clinic.video.turn_settings import Kind, TurnEntry, save_turn, servers_for
from tests.pages.conftest import Practice, text_of
from tests.portal import free_port
from tests.video.turn_provider import running_provider

PAGE = "video_settings"


def _press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def test_an_own_server_is_set_up_and_its_secret_is_gone_from_the_screen(practice: Practice) -> None:
    app = _press(practice.open(PAGE, practice.administrator), "Set up TURN")
    app.text_area(key="turn:urls").set_value("turn:turn.example.org")
    app.text_input(key="turn:secret").set_value("a word of ours")
    app = _press(app, "Save")
    assert "Saved." in text_of(app)
    assert "turn:turn.example.org:3478?transport=udp" in text_of(app)
    assert "a word of ours" not in str(app.session_state)
    app = _press(app, "Change")
    assert app.text_input(key="turn:secret").value == ""
    assert "Leave this empty to keep it" in text_of(app)


def test_what_is_wrong_stands_at_the_top_and_at_its_field_and_nothing_typed_is_lost(
    practice: Practice,
) -> None:
    app = _press(practice.open(PAGE, practice.administrator), "Set up TURN")
    app.text_area(key="turn:urls").set_value("https://turn.example.org")
    app = _press(app, "Save")
    assert "Leave out the //" in app.error[0].value
    assert "Enter the shared secret." in app.error[0].value
    assert app.text_area(key="turn:urls").value == "https://turn.example.org"


def test_a_test_that_fails_says_what_to_do(practice: Practice) -> None:
    url = f"turn:127.0.0.1:{free_port()}?transport=tcp"
    now = datetime.now(UTC)
    save_turn(practice.administrator, TurnEntry(Kind.STATIC, url, username="u", secret="c"), now)
    app = practice.open(PAGE, practice.administrator)
    assert not app.error
    app = _press(app, "Test it now")
    assert "can't be used" in app.error[0].value
    assert "Nothing listens on this port" in text_of(app)
    assert "Nothing listens on this port" in text_of(practice.open(PAGE, practice.administrator))


def test_a_provider_that_gives_nothing_is_told(practice: Practice) -> None:
    now = datetime.now(UTC)
    with running_provider() as provider:
        provider.status = 401
        entry = TurnEntry(Kind.MINTED, mint_url=provider.url, secret="a token")
        save_turn(practice.administrator, entry, now)
        assert servers_for(practice.client, "x", now + timedelta(hours=1), now) == []
        app = practice.open(PAGE, practice.administrator)
        assert "refused the token (401)" in app.warning[0].value
        app = _press(app, "Test it now")
        assert "refused the token (401)" in app.error[0].value
