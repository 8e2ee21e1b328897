"""From a reminder's address to the last answer on a phone, with a reload on the way; and with a therapist."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Street, arrived, settled
from tests.factories import PASSWORD

pytestmark = pytest.mark.timeout(240)


def _choose(page: Page, option: str) -> None:
    page.get_by_role("radiogroup").get_by_text(option, exact=True).click()
    settled(page)


def _at(page: Page, number: int) -> None:
    expect(page.get_by_text(re.compile(f"^Question {number} of"))).to_be_visible()


def _answer(page: Page, first: int, last: int, option: str) -> None:
    for number in range(first, last + 1):
        _at(page, number)
        _choose(page, option)
        if number < last:
            page.get_by_role("button", name="Continue").click()


def test_a_reminder_leads_through_the_sign_in_to_everything_that_is_due(street: Street, phone: Page) -> None:
    phone.goto(f"{street.portal.address}/questionnaire")
    settled(phone)
    phone.get_by_label("Email").fill("sam@example.org")
    phone.get_by_role("textbox", name="Password").fill(PASSWORD)
    phone.get_by_role("button", name="Sign in", exact=True).click()
    arrived(phone, "Questions about mood")
    expect(phone.get_by_text("Your answers are not watched around the clock.")).to_be_visible()
    assert "measure" not in phone.url
    phone.get_by_role("button", name="Begin").click()
    _answer(phone, 1, 3, "Several days")
    phone.reload()
    _at(phone, 3)
    expect(phone.get_by_role("radio", name="Several days")).to_be_checked()
    phone.goto(f"{street.portal.address}/questionnaire")  # the mail once more
    phone.get_by_role("button", name="Carry on").click()
    _answer(phone, 4, 8, "Several days")
    phone.get_by_role("button", name="Continue").click()
    _answer(phone, 9, 9, "Not at all")
    phone.get_by_role("button", name="Continue").click()
    _at(phone, 10)
    _choose(phone, "Somewhat difficult")
    phone.get_by_role("button", name="Send my answers").click()
    arrived(phone, "Thank you")
    phone.get_by_role("button", name="Go on: questions about worry").click()
    arrived(phone, "Questions about worry")
    phone.get_by_role("button", name="Begin").click()
    _answer(phone, 1, 6, "Not at all")
    phone.get_by_role("button", name="Continue").click()
    _at(phone, 7)
    phone.get_by_role("radiogroup").get_by_role("radio").first.focus()
    phone.keyboard.press("Space")  # by the keyboard alone
    settled(phone)
    phone.get_by_role("button", name="Send my answers").click()
    arrived(phone, "Thank you")
    phone.goto(f"{street.portal.address}/questionnaire")
    arrived(phone, "Nothing to answer now")
    phone.get_by_role("button", name="Fill in your intake").click()
    arrived(phone, "Your intake")


def test_a_client_and_a_therapist_answer_one_form_on_two_screens(
    street: Street, phone: Page, desk: Page, chromium: Browser
) -> None:
    street.let_in(desk, "dana@example.org")
    desk.get_by_role("link", name="Clients").click()
    desk.get_by_role("button", name="Send a reminder: Sam Rivera").click()
    reminded = desk.get_by_role("button", name=re.compile("^Reminder sent .*: Sam Rivera$"))
    expect(reminded).to_be_visible()
    reminded.click()
    expect(desk.get_by_text("One a day is enough.")).to_be_visible()
    desk.get_by_role("link", name="Sam Rivera").click()
    arrived(desk, "Sam Rivera")
    desk.get_by_role("link", name="What is asked, and when").click()
    arrived(desk, "Measures for Sam Rivera")
    desk.get_by_role("button", name="Fill in PHQ-9 together").click()
    arrived(desk, "PHQ-9 with Sam Rivera")
    desk.get_by_role("button", name="Begin").click()
    _at(desk, 1)

    street.let_in(phone, "sam@example.org")
    phone.get_by_role("link", name="Answer: questions about worry").wait_for()
    phone.get_by_role(
        "button", name=re.compile("Answer: questions about mood|Fill in your intake")
    ).wait_for()
    phone.goto(f"{street.portal.address}/questionnaire?measure=phq-9&step=1")
    _at(phone, 1)
    _choose(phone, "Several days")
    _choose(desk, "Nearly every day")
    phone.get_by_role("button", name="Continue").click()
    _at(phone, 2)
    phone.get_by_role("button", name="Back").click()
    _at(phone, 1)
    expect(phone.get_by_role("radio", name="Nearly every day")).to_be_checked()

    desk.goto(re.sub("step=1", "step=9", desk.url))
    _at(desk, 9)
    _choose(desk, "Several days")
    expect(desk.get_by_text("Stay with this answer now")).to_be_visible()
    expect(desk.get_by_text("An alert is open.")).to_be_visible()
