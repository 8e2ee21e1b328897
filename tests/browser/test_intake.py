"""The intake on a phone, from its first question to an amended answer, with a reload in each section; two
devices that write at once; the builder's preview and keyboard."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

import db
from clinic.intake import intake
from clinic.people.viewer import Role, Viewer
from db.tables import Account
from tests.browser.conftest import Street, arrived, settled
from tests.factories import keep_intake
from tests.intake.test_intake_service import WHOLE

pytestmark = pytest.mark.timeout(240)


def _sam() -> Viewer:
    with db.reading() as session:
        account = session.scalars(select(Account).where(Account.email == "sam@example.org")).one()
    return Viewer(account.id, account.public_id, Role.CLIENT, account.name, account.zone, 0)


def _answers() -> dict[str, str]:
    return intake.draft(_sam(), datetime.now(UTC)).answers


def _type(page: Page, label: str, words: str) -> None:
    page.get_by_label(label, exact=True).fill(words)
    page.get_by_label(label, exact=True).press("Tab")
    settled(page)


def _choose(page: Page, group: str, option: str) -> None:
    page.get_by_role("radiogroup", name=group, exact=True).get_by_text(option, exact=True).click()
    settled(page)


def _saved(page: Page, name: str, value: str) -> None:
    """Wait until the answer is in the records, then reload: it is on the screen again."""
    expect(page.get_by_text("Saved at")).to_be_visible()
    for _ in range(100):
        if _answers().get(name) == value:
            break
        page.wait_for_timeout(100)  # between two looks; the answer is what is waited for
    assert _answers().get(name) == value
    page.reload()
    settled(page)


def _go_on(page: Page, heading: str) -> None:
    page.get_by_role("button", name="Save and continue").click()
    arrived(page, heading)


def test_the_whole_intake_on_a_phone_with_a_reload_in_each_section(street: Street, phone: Page) -> None:
    street.let_in(phone, "sam@example.org")
    phone.get_by_role("button", name="Fill in your intake").click()
    arrived(phone, "Your intake")
    expect(phone.get_by_text(re.compile(r"^About \d minutes left\."))).to_be_visible()
    phone.get_by_role("button", name="Begin").click()

    arrived(phone, "About you")
    expect(phone.get_by_text("Step 1 of 8: About you")).to_be_visible()
    _type(phone, "What should we call you?", "Sam")
    _type(phone, "Your full name", "Sam Rivera")
    for part, value in (("Day", "5"), ("Month", "6"), ("Year", "1991")):
        _type(phone, part, value)
    _saved(phone, "born", "5/6/1991")
    for label, value in (("What should we call you?", "Sam"), ("Day", "5"), ("Year", "1991")):
        expect(phone.get_by_label(label, exact=True)).to_have_value(value)
    _go_on(phone, "How to reach you")

    _type(phone, "Your phone number", "020 7946 0100")
    _choose(phone, "May we leave a message?", "No")
    _type(phone, "Where are you usually during sessions?", "Leeds")
    _saved(phone, "usual_place", "Leeds")
    expect(phone.get_by_label("Your phone number")).to_have_value("020 7946 0100")
    expect(phone.get_by_role("radio", name="No")).to_be_checked()
    _go_on(phone, "Emergency contact")

    phone.get_by_role("button", name="Save and continue").click()
    expect(phone.locator(".st-key-problems")).to_be_focused()
    expect(phone).to_have_title("Error: Emergency contact - Linden Practice")
    _type(phone, "Their name", "Lena")
    _type(phone, "Who they are to you", "Sister")
    _type(phone, "Their phone number", "020 7946 0101")
    _choose(phone, "May we call them if we think your life is in danger?", "Yes")
    _saved(phone, "emergency_release", "Yes")
    expect(phone.get_by_label("Who they are to you")).to_have_value("Sister")
    _go_on(phone, "Care you have had")

    _choose(phone, "Have you had therapy before? (optional)", "Yes, in the past")
    _type(phone, "What helped, and what did not? (optional)", "Talking. Not the group.")
    phone.get_by_text("A psychiatrist", exact=True).click()
    _saved(phone, "others_helping", "A psychiatrist")
    expect(phone.get_by_role("checkbox", name="A psychiatrist")).to_be_checked()
    expect(phone.get_by_label("What helped, and what did not?")).to_have_value("Talking. Not the group.")
    _go_on(phone, "Medicines")

    _choose(phone, "Do you take any medicines? (optional)", "No")
    _saved(phone, "takes_medication", "No")
    expect(phone.get_by_role("radio", name="No")).to_be_checked()
    _go_on(phone, "What brings you here")

    words = phone.get_by_label("What would you like help with?")
    words.fill("much " * 1000)
    expect(phone.get_by_text("Use 4,000 characters or fewer.").first).to_be_visible()
    expect(words).to_be_focused()  # typing goes on where it was
    expect(words).to_have_value("much " * 1000)
    words.fill("")
    words.press_sequentially("I sleep badly *and* worry.")  # and nothing else: no Tab, no click
    _saved(phone, "brings", "I sleep badly *and* worry.")
    expect(words).to_have_value("I sleep badly *and* worry.")
    phone.get_by_text("10 (as much as I can imagine)", exact=True).click()
    _saved(phone, "weighs", "10")
    _go_on(phone, "What you hope for")

    _type(phone, "What would you like to be different? (optional)", "To rest.")
    _saved(phone, "hopes", "To rest.")
    _go_on(phone, "Meeting by video")

    _choose(phone, "What will you use? (optional)", "A phone")
    phone.get_by_text("Breaks", exact=True).click()
    _saved(phone, "access", "Breaks")
    _type(phone, "Tell us more about what you need (optional)", "Every 20 minutes")
    phone.get_by_role("button", name="Save and continue").click()

    arrived(phone, "Your intake")
    phone.get_by_role("button", name="Check your answers").click()
    arrived(phone, "Check your answers")
    expect(phone.get_by_text("I sleep badly *and* worry.")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    phone.get_by_role("link", name="Change: How to reach you").click()
    arrived(phone, "How to reach you")
    _type(phone, "Where are you usually during sessions?", "York")
    phone.get_by_role("button", name="Save and continue").click()
    arrived(phone, "Check your answers")
    phone.get_by_role("button", name="Send to your therapist").click()
    expect(phone.get_by_text("Your therapist reads it before you meet.")).to_be_visible()

    phone.get_by_text("Read or change what was sent").click()
    phone.get_by_role("link", name="Change: Where are you usually during sessions?").click()
    arrived(phone, "Change an answer")
    _type(phone, "Where are you usually during sessions?", "Leeds")
    _type(phone, "Why do you change it?", "I moved back")
    phone.get_by_role("button", name="Save the change").click()
    expect(phone.get_by_text("Changed: Where are you usually during sessions?")).to_be_visible()
    assert _answers()["usual_place"] == "Leeds"


def test_two_devices_that_write_the_same_answer_lose_neither_text(
    street: Street, phone: Page, desk: Page
) -> None:
    keep_intake(_sam(), {**WHOLE, "brings": "At first"}, datetime.now(UTC))
    for page in (phone, desk):
        street.let_in(page, "sam@example.org")
        page.goto(f"{street.portal.address}/intake?part=reason")
        arrived(page, "What brings you here")
        expect(page.get_by_label("What would you like help with?")).to_have_value("At first")
    _type(desk, "What would you like help with?", "From the desk")
    _saved(desk, "brings", "From the desk")
    _choose(phone, "How much does it weigh on your days? (optional)", "4")
    expect(phone.get_by_label("What would you like help with?")).to_have_value("From the desk")
    _type(desk, "What would you like help with?", "From the desk, later")
    _saved(desk, "brings", "From the desk, later")
    _type(phone, "What would you like help with?", "From the phone")
    expect(phone.get_by_text("Somebody has changed this answer since you saw it.").first).to_be_visible()
    both = phone.locator("[class*='brings-both']")
    expect(both.get_by_text("From the phone")).to_be_visible()
    expect(both.get_by_text("From the desk, later")).to_be_visible()
    phone.get_by_role("button", name="Keep mine").click()
    expect(phone.get_by_text("Somebody has changed this answer since you saw it.")).to_have_count(0)
    expect(phone.get_by_text("From the desk, later")).to_be_visible()
    assert _answers()["brings"] == "From the phone"


def test_the_builder_is_used_by_keyboard_and_previewed_at_a_phones_width(street: Street, desk: Page) -> None:
    street.let_in(desk, "ada@example.org")
    desk.get_by_role("link", name="Intake form").click()
    arrived(desk, "Intake form")
    desk.get_by_role("button", name="Make a new version").focus()
    desk.keyboard.press("Enter")
    arrived(desk, "Version 2, draft")
    desk.get_by_role("link", name="What you hope for").focus()
    desk.keyboard.press("Enter")
    arrived(desk, "Section: What you hope for")
    desk.get_by_role("button", name="Move up").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Section 7 of 9")).to_be_visible()
    desk.get_by_role("link", name="Back to the draft").click()
    arrived(desk, "Version 2, draft")
    desk.get_by_role("link", name="Preview as a client on a phone").click()
    arrived(desk, "Version 2 as on a phone")
    box = desk.locator(".st-key-phone").bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(390, abs=1)
    expect(desk.get_by_text("Step 1 of 8: About you")).to_be_visible()
    desk.get_by_role("link", name="Back to the draft").click()
    arrived(desk, "Version 2, draft")
    settled(desk)
    desk.get_by_role("button", name="Publish").click()
    arrived(desk, "Publish version 2?")
    desk.get_by_role("button", name="Publish version 2").click()
    expect(desk.get_by_text("Version 2 is published.")).to_be_visible()
