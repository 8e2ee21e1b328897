"""Today updates itself: a press meanwhile counts, and who is at a link stays there; phone and desk."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, WebSocket, expect
from sqlalchemy import select

import db
from clinic.measures import questionnaires
from clinic.people.viewer import Role, Viewer
from clinic.safety.alerts import open_alerts
from clinic.video.visits import enter
from db.tables import Account
from tests.browser.conftest import Street, arrived

pytestmark = pytest.mark.timeout(300)
UP_TO_DATE = re.compile("^Up to date at")


def _viewer(email: str) -> Viewer:
    with db.reading() as session:
        row = session.scalars(select(Account).where(Account.email == email)).one()
    now = datetime.now(UTC)
    return Viewer(row.id, row.public_id, Role(row.role), row.name, row.zone, 0, password_at=now, asked_at=now)


def _risk() -> None:
    sam, now = _viewer("sam@example.org"), datetime.now(UTC)
    response = questionnaires.open_response(sam, "phq-9", now)
    questionnaires.keep_answer(sam, response.public_id, 9, 2, now)


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_a_press_while_today_looks_for_news_counts(
    street: Street, size: str, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(size)
    opened: list[WebSocket] = []
    page.on("websocket", lambda socket: opened.append(socket))
    _risk()
    street.let_in(page, "dana@example.org")
    arrived(page, "Today")
    expect(page.get_by_text(UP_TO_DATE)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    button = page.get_by_role("button", name="Acknowledge: Sam Rivera")
    # The browser asks for the update: the press goes out right behind it, while the server is at it.
    with opened[-1].expect_event("framesent", timeout=40_000):
        pass
    button.click()
    expect(page.get_by_text("Acknowledged: Sam Rivera. It stays here until you close it.")).to_be_visible()
    [alert] = open_alerts(_viewer("dana@example.org"))
    assert not alert.unseen


def test_what_changes_is_drawn_by_itself_and_who_is_at_a_link_stays_there(street: Street, desk: Page) -> None:
    street.let_in(desk, "dana@example.org")
    arrived(desk, "Today")
    expect(desk.get_by_text("Nothing is waiting for an answer.")).to_be_visible()
    link = desk.get_by_role("link", name="Open Sam Rivera")
    link.focus()
    enter(_viewer("sam@example.org"), street.appointment, datetime.now(UTC))
    expect(desk.get_by_text(re.compile("^Waiting since"))).to_be_visible()
    expect(link).to_be_focused()
    _risk()
    expect(desk.get_by_role("button", name="Acknowledge: Sam Rivera")).to_be_visible()
    expect(desk.get_by_text("Not ready:")).to_contain_text("Not ready:")
    expect(desk.locator("body")).to_contain_text("an alert is open")
