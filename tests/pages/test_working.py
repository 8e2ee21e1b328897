"""The administrator's page on what works, and the warning on their first one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

import db
from clinic.oversight import mail_test
from clinic.people.postman import send_due
from db.tables import OutboxMail
from tests.pages.conftest import Practice, text_of
from tests.scheduling.letterbox import open_letterbox

PAGE = "working"


def _press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def test_each_part_has_a_word_beside_its_sign_and_a_next_step(practice: Practice) -> None:
    app = practice.open(PAGE, practice.administrator)
    said = text_of(app)
    assert "Look at this" in said
    assert "Works" in said
    assert "QUIET_ROOM_SMTP_URL" in said.replace("\\", "")


def test_a_test_mail_and_its_code(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_letterbox(monkeypatch) as box:
        app = _press(practice.open(PAGE, practice.administrator), "Send me a test mail")
        assert "on its way" in text_of(app)
        app.text_input(key="working:code").set_value("000000")
        app = _press(app, "It has arrived")
        assert "That is not the code." in text_of(app)
        send_due(datetime.now(UTC) + timedelta(seconds=1))
        words = next(got.text for got in box.got if "test mail" in got.text).replace(".", " ").split()
        app.text_input(key="working:code").set_value(words[words.index("code") + 2])
        app = _press(app, "It has arrived")
        assert "one arrived just now" in text_of(app)


def test_the_first_screen_says_what_does_not_work_and_leads_there(practice: Practice) -> None:
    app = practice.open("clinic", practice.administrator)
    assert not app.error
    mail_test.send_test(practice.administrator, datetime.now(UTC))
    with db.unit_of_work() as session:
        session.execute(update(OutboxMail).values(written_at=datetime.now(UTC) - timedelta(hours=1)))
    app = practice.open("clinic", practice.administrator)
    assert "The oldest mail is" in app.error[0].value


def test_nobody_else_opens_it(practice: Practice) -> None:
    for viewer in (practice.client, practice.therapist):
        assert "We can't find that page" in text_of(practice.open(PAGE, viewer))
