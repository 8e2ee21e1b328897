"""A message from a phone to a desk and back, with a reload on the way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

import db
from db.tables import MessageDraft
from tests.browser.conftest import Street, arrived, settled

pytestmark = pytest.mark.timeout(240)


def _kept(page: Page, body: str) -> None:
    """Nothing is pressed: it is kept when the person pauses."""

    def held() -> str:
        with db.reading() as session:
            row = session.scalars(select(MessageDraft)).first()
            return (row.body or "") if row is not None else ""

    for _ in range(60):
        if held().endswith(body):
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"not kept: {held()!r}")


def test_a_message_outlives_a_reload_and_is_answered_without_one(
    street: Street, phone: Page, desk: Page
) -> None:
    street.let_in(phone, "sam@example.org")
    phone.get_by_role("link", name="Messages", exact=True).click()
    arrived(phone, "Messages")
    expect(phone.get_by_text("Messages are not watched around the clock.")).to_be_visible()
    expect(phone.get_by_role("link", name="Help now: who to call")).to_be_visible()
    phone.get_by_role("button", name="Write a new message").click()
    arrived(phone, "New message")
    phone.get_by_label("What is it about?").fill("Thursday")
    phone.get_by_label("Your message").press_sequentially("Can we begin at four?")
    _kept(phone, "Can we begin at four?")
    phone.reload()
    arrived(phone, "New message")
    expect(phone.get_by_label("What is it about?")).to_have_value("Thursday")
    expect(phone.get_by_label("Your message")).to_have_value("Can we begin at four?")
    phone.get_by_role("button", name="Send", exact=True).click()
    arrived(phone, "Thursday")
    expect(phone.get_by_text("Sent.")).to_be_visible()
    wide = phone.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, "nothing runs off the side of a phone"

    street.let_in(desk, "dana@example.org")
    desk.goto(f"{street.portal.address}/messages")
    arrived(desk, "Messages")
    expect(desk.get_by_text("1 new message")).to_be_visible()
    desk.get_by_role("link", name="Sam Rivera: Thursday").click()
    arrived(desk, "Sam Rivera: Thursday")
    expect(desk.get_by_text("Can we begin at four?")).to_be_visible()
    # While Dana writes, Sam adds something: it comes by itself, and Dana's half a sentence stays.
    answer = desk.get_by_label("Your answer")
    answer.press_sequentially("Yes, at")
    phone.get_by_label("Your answer").fill("Or at five.")
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(desk.get_by_text("Or at five.")).to_be_visible()
    expect(answer).to_have_value("Yes, at")
    answer.press_sequentially(" four.")
    desk.get_by_role("button", name="Send", exact=True).click()
    expect(phone.get_by_text("Yes, at four.")).to_be_visible()
    settled(desk)
    expect(answer).to_have_value("")
    desk.get_by_role("button", name="Close this conversation").click()
    expect(desk.get_by_text("This conversation is closed.")).to_be_visible()


def test_a_press_right_after_typing_shows_what_it_did(street: Street, phone: Page) -> None:
    street.let_in(phone, "sam@example.org")
    phone.goto(f"{street.portal.address}/messages?new=1")
    arrived(phone, "New message")
    settled(phone)
    phone.get_by_label("What is it about?").fill("Thursday")
    phone.get_by_label("Your message").fill("Can we begin at four?")
    phone.get_by_role("button", name="Send", exact=True).click()
    arrived(phone, "Thursday")
    for words in ("Or at five?", "Or at six?"):
        settled(phone)
        phone.get_by_label("Your answer").fill(words)
        phone.get_by_role("button", name="Send", exact=True).click()
        expect(phone.get_by_text(words)).to_be_visible()
        expect(phone.get_by_label("Your answer")).to_have_value("")
