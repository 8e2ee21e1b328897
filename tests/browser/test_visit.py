"""The whole visit up to the call, as two people live it: every step by screen, nothing prepared."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Street, arrived, settled

pytestmark = pytest.mark.timeout(240)


def _type(page: Page, label: str, words: str) -> None:
    page.get_by_label(label, exact=True).fill(words)
    page.get_by_label(label, exact=True).press("Tab")


def _choose(page: Page, group: str, option: str) -> None:
    page.get_by_role("radiogroup", name=group).get_by_text(option, exact=True).click()


def _go_on(page: Page, heading: str) -> None:
    """Save and continue, and be at the next screen."""
    settled(page)
    page.get_by_role("button", name="Save and continue").click()
    arrived(page, heading)


def _sign_consent(page: Page) -> None:
    page.get_by_role("button", name="Read and sign the consent").click()
    arrived(page, "Consent")
    _type(page, "Day", "5")
    _type(page, "Month", "6")
    _type(page, "Year", "1991")
    settled(page)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="I agree").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    expect(page).to_have_title(re.compile("^Error: Consent"))
    page.get_by_text("I have read this and I agree").click()
    _type(page, "Type your full name to sign", "Noor Haddad")
    settled(page)
    page.get_by_role("button", name="I agree").click()
    expect(page.get_by_text("You signed on")).to_be_visible()
    page.get_by_role("button", name="I do not agree").click()  # the optional one
    expect(page.get_by_text("You said no.")).to_be_visible()


def _fill_intake(page: Page) -> None:
    page.get_by_role("button", name="Go on to your intake").click()
    arrived(page, "Your intake")
    page.get_by_role("button", name=re.compile("^(Begin|Carry on|Start)")).click()
    arrived(page, "About you")
    _type(page, "What should we call you?", "Noor")
    expect(page.get_by_text("Saved at")).to_be_visible()
    settled(page)
    page.reload()  # nothing typed is lost
    expect(page.get_by_label("What should we call you?")).to_have_value("Noor")
    page.get_by_role("button", name="Save and continue").click()  # half-filled
    expect(page.get_by_text("There is a problem")).to_be_visible()
    expect(page.get_by_label("What should we call you?")).to_have_value("Noor")
    _type(page, "Your full name", "Noor Haddad")
    _type(page, "Day", "5")
    _type(page, "Month", "6")
    _type(page, "Year", "1991")
    _go_on(page, "How to reach you")
    _type(page, "Your phone number", "020 7946 0100")
    _choose(page, "May we leave a message?", "Yes")
    _type(page, "Where are you usually during sessions?", "At home")
    _go_on(page, "Emergency contact")
    _type(page, "Their name", "Lena Haddad")
    _type(page, "Who they are to you", "Sister")
    _type(page, "Their phone number", "020 7946 0101")
    _choose(page, "May we call them if we think your life is in danger?", "Yes")
    _go_on(page, "Care you have had")
    _choose(page, "Have you had therapy before? (optional)", "No")
    _go_on(page, "Medicines")
    _go_on(page, "What brings you here")
    _type(page, "What would you like help with?", "I sleep badly *and* worry.")
    _go_on(page, "What you hope for")
    _go_on(page, "Meeting by video")
    settled(page)
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name="Check your answers").click()
    page.get_by_role("button", name=re.compile("^Send")).click()
    expect(page.get_by_text("Your therapist reads it before you meet.")).to_be_visible()


def _help_is_there(page: Page) -> None:
    """At once, before anything is sent; a reload brings it back, and one press tells somebody."""
    for _ in range(2):
        expect(page.get_by_text("Thank you for telling us.")).to_be_visible()
        number = page.locator('.st-key-crisis a[href="tel:112"]')
        expect(number).to_be_visible()
        box = number.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.reload()
        settled(page)
    page.get_by_role("button", name="I need help now").click()
    expect(page.get_by_text("You asked for help at")).to_be_visible()
    expect(page.get_by_role("radio", name="Several days")).to_be_checked()


def _close_the_alert(page: Page) -> None:
    """As a therapist does, from the card on Today to closing it."""
    page.get_by_role("link", name="Answer: Noor Haddad").click()
    arrived(page, "Noor Haddad")
    expect(page.get_by_text("Noor Haddad asked for help now")).to_be_visible()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("Acknowledged.", exact=True)).to_be_visible()
    for _ in range(2):  # the second press leads back to the summary too
        page.get_by_role("button", name="Record this").click()
        expect(page.locator(".st-key-problems")).to_be_focused()
    page.get_by_text("Reached the client", exact=True).click()
    page.get_by_label("Note").fill("With her sister tonight.")
    page.get_by_role("button", name="Record this").click()
    expect(page.get_by_text("Recorded.", exact=True)).to_be_visible()
    page.get_by_label("Note").fill("Session booked.")
    page.get_by_role("button", name="Close the alert").click()
    expect(page.get_by_text("Closed.", exact=True)).to_be_visible()


def _answer(page: Page, items: int, *, last: str | None = None) -> None:
    """Answer every question with the second option, the last one with `last` if given."""
    page.get_by_role("button", name="Begin").click()
    for number in range(1, items + 1):
        expect(page.get_by_text(re.compile(f"^Question {number} of"))).to_be_visible()
        choice = last if last is not None and number == items else "Several days"
        page.get_by_role("radiogroup").get_by_text(choice, exact=True).click()
        settled(page)
        if choice == last and number == items:
            _help_is_there(page)
        page.get_by_role("button", name=re.compile("^(Continue|Send my answers)$")).click()
    if last is not None:  # the PHQ-9 asks one thing more, without a score
        page.get_by_role("radiogroup").get_by_text("Somewhat difficult", exact=True).click()
        settled(page)
        page.get_by_role("button", name="Send my answers").click()
    arrived(page, "Thank you")
    page.get_by_role("button", name=re.compile("^Go on")).click()


def _book(page: Page) -> str:
    """Book the first free time with Dana. Returns its words."""
    page.get_by_role("link", name="Home", exact=True).click()
    page.get_by_role("button", name="Book a session").click()
    expect(page.get_by_text("Times are shown in New York time.")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Choose a time.").first).to_be_visible()
    option = page.get_by_role("radiogroup").get_by_text(re.compile("with Dana Okafor")).first
    if not option.count():
        page.get_by_role("button", name="See more days").click()
        page.get_by_role("button", name=re.compile("free times?$")).nth(1).click()
        option = page.get_by_role("radiogroup").get_by_text(re.compile("with Dana Okafor")).first
    option.click()
    settled(page)
    page.get_by_role("button", name="Continue").click()
    arrived(page, "Check your booking")
    page.get_by_role("button", name="Book", exact=True).click()
    arrived(page, "Your session is booked")
    return page.get_by_text("by video, with Dana Okafor").first.inner_text()


def test_from_the_first_sign_in_to_the_therapists_screen(street: Street, phone: Page, desk: Page) -> None:
    street.sign_in(phone, "noor@example.org")
    expect(phone.get_by_text("Read and sign the consent first.")).to_be_visible()
    _sign_consent(phone)
    _fill_intake(phone)
    phone.get_by_role("button", name="Go on: questions about mood").click()
    expect(phone.get_by_text("Your answers are not watched around the clock.")).to_be_visible()
    _answer(phone, 9, last="Several days")
    arrived(phone, "Questions about worry")
    _answer(phone, 7)
    words = _book(phone)
    assert "New York time" in words

    phone.get_by_role("link", name="Home", exact=True).click()
    phone.get_by_role("link", name="Check in: how are you today?").click()
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_text("Answer at least one thing.").first).to_be_visible()
    phone.get_by_role("radiogroup").get_by_text("Good", exact=True).click()
    settled(phone)
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_text("Saved for Today")).to_be_visible()
    phone.get_by_role("link", name="Progress", exact=True).click()
    expect(phone.get_by_text("After two you see your chart here.")).to_be_visible()

    street.let_in(desk, "dana@example.org")
    expect(desk.get_by_text("Noor Haddad answered “Several days” to:")).to_be_visible()
    _close_the_alert(desk)
    desk.get_by_role("link", name="Clients", exact=True).click()
    arrived(desk, "Clients")
    desk.get_by_role("link", name=re.compile("^Noor Haddad")).first.click()
    arrived(desk, "Noor Haddad")
    expect(desk.get_by_text("One score so far: 9, mild.")).to_be_visible()
    desk.get_by_text("Read the answers").click()
    expect(desk.get_by_text("I sleep badly *and* worry.")).to_be_visible()
    desk.get_by_role("link", name="Today", exact=True).click()
    expect(desk.get_by_text("Nothing is waiting for an answer.")).to_be_visible()


def test_a_wrong_password_is_a_sentence_and_keeps_what_was_typed(street: Street, phone: Page) -> None:
    phone.goto(street.portal.address)
    phone.get_by_label("Email").fill("sam@example.org")
    phone.get_by_role("textbox", name="Password").fill("not the password at all")
    phone.get_by_role("button", name="Sign in", exact=True).click()
    expect(phone.get_by_text("The email or the password is not right.").first).to_be_visible()
    expect(phone.get_by_label("Email")).to_have_value("sam@example.org")
    street.sign_in(phone, "sam@example.org")


def test_an_address_asked_signed_out_is_there_after_signing_in(street: Street, phone: Page) -> None:
    phone.goto(f"{street.portal.address}/check_in")
    arrived(phone, "Sign in")
    phone.get_by_label("Email").fill("sam@example.org")
    phone.get_by_role("textbox", name="Password").fill("several words work well")
    phone.get_by_role("button", name="Sign in", exact=True).click()
    arrived(phone, "Check-in")


def test_a_refresh_stays_signed_in_and_signing_out_ends_other_tabs(street: Street, phone: Page) -> None:
    street.sign_in(phone, "sam@example.org")
    phone.reload()
    expect(phone.get_by_text("Hello Sam Rivera.")).to_be_visible()
    other = phone.context.new_page()
    other.goto(f"{street.portal.address}/check_in")
    arrived(other, "Check-in")
    phone.get_by_role("link", name="Sign out").click()
    phone.get_by_role("button", name="Sign out").click()
    arrived(phone, "Sign in")
    other.get_by_role("radiogroup").get_by_text("Good", exact=True).click()
    arrived(other, "Sign in")
    assert not [cookie for cookie in phone.context.cookies() if cookie.get("name") == "quiet_room"]


def test_focus_moves_to_the_heading_and_to_a_problem(street: Street, phone: Page) -> None:
    street.sign_in(phone, "sam@example.org")
    check_in = phone.get_by_role("link", name="Check in: how are you today?")
    phone.keyboard.press("Tab")
    check_in.focus()
    expect(check_in).to_have_css("outline-style", "solid")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", level=1)).to_be_focused()
    phone.get_by_role("button", name="Save").click()
    expect(phone.locator(".st-key-problems")).to_be_focused()
