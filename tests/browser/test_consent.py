"""A client reads, decides and keeps a copy, on a phone; an administrator changes what is read."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Street, arrived, settled
from tests.documents.reading import words_of

pytestmark = pytest.mark.timeout(240)


def _type(page: Page, label: str, words: str) -> None:
    page.get_by_label(label, exact=True).fill(words)
    page.get_by_label(label, exact=True).press("Tab")
    settled(page)


def _press(page: Page, name: str) -> None:
    settled(page)
    page.get_by_role("button", name=name, exact=True).click()
    settled(page)


def _open_consent(page: Page) -> None:
    page.get_by_role("button", name="Read and sign the consent").click()
    arrived(page, "Consent")


def _say_born(page: Page, year: str) -> None:
    for label, words in (("Day", "5"), ("Month", "6"), ("Year", year)):
        _type(page, label, words)
    _press(page, "Continue")


def _sign(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name="Agreeing to therapy by video")).to_be_visible()
    page.get_by_text("I have read this and I agree").click()
    _type(page, "Type your full name to sign", name)
    _press(page, "I agree")
    expect(page.get_by_text(f"as {name}.").first).to_be_visible()


def test_a_client_reads_signs_says_no_and_downloads_the_copy(street: Street, phone: Page) -> None:
    street.let_in(phone, "noor@example.org")
    _open_consent(phone)
    _press(phone, "Continue")
    expect(phone.get_by_text("Enter your date of birth.").first).to_be_visible()
    _say_born(phone, "2999")
    expect(phone.get_by_text("This date is in the future.").first).to_be_visible()
    _say_born(phone, "1991")
    expect(phone.get_by_text("2 left to decide")).to_be_visible()
    expect(phone.get_by_role("checkbox")).not_to_be_checked()
    _press(phone, "I agree")
    expect(phone.get_by_text("Tick the box if you agree.").first).to_be_visible()
    expect(phone).to_have_title(re.compile("^Error: Consent"))
    _sign(phone, "Nguyễn Thị Ánh")
    expect(phone.get_by_role("heading", name="Writing to your family doctor")).to_be_visible()
    expect(phone.get_by_role("checkbox")).not_to_be_checked()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    _press(phone, "I do not agree")
    expect(phone.get_by_text("You said no. We have written it down.")).to_be_visible()
    expect(phone.get_by_role("button", name="Go on to your intake")).to_be_visible()
    address = phone.get_by_role("link", name="Download version 1 as PDF").first.get_attribute("href")
    assert address is not None
    copy = phone.context.request.get(f"{street.portal.address}{address}")
    assert copy.headers["content-type"] == "application/pdf"
    words = words_of(copy.body())
    assert "Signed by Nguyễn Thị Ánh" in words
    assert "not watched around the clock" in words

    phone.reload()  # what was agreed to is there later
    expect(phone.get_by_text("Signed as Nguyễn Thị Ánh.")).to_be_visible()
    _press(phone, "Take my agreement back")
    arrived(phone, "Take your agreement back")
    expect(phone.get_by_text("From now on you can't book or join a session by video.")).to_be_visible()
    _press(phone, "Keep my agreement")
    _press(phone, "Take my agreement back")
    _press(phone, "Take it back")
    expect(phone.get_by_text("You can't book or join sessions by video now.")).to_be_visible()
    phone.get_by_role("link", name="Home", exact=True).click()
    arrived(phone, "Home")
    expect(phone.get_by_role("button", name="Book a session")).to_have_count(0)


def test_somebody_too_young_is_told_kindly_and_signs_nothing(street: Street, phone: Page) -> None:
    street.let_in(phone, "noor@example.org")
    _open_consent(phone)
    _say_born(phone, "2020")
    expect(phone.get_by_text("Thank you for coming to us. You have to be 18 to sign here")).to_be_visible()
    expect(phone.get_by_text("+43 1 5550100")).to_be_visible()
    expect(phone.get_by_role("checkbox")).to_have_count(0)
    expect(phone.get_by_role("button", name="I agree")).to_have_count(0)


def test_an_administrator_publishes_a_version_and_clients_are_asked_again(
    street: Street, phone: Page, desk: Page
) -> None:
    street.let_in(desk, "ada@example.org")
    desk.get_by_role("link", name="Consents").click()
    arrived(desk, "Consents")
    expect(desk.get_by_text("Of 2 clients 1 agreed and 0 said no to this version.")).to_be_visible()
    desk.get_by_role("button", name="Write a new version").first.click()
    arrived(desk, "Version 2, draft")
    _type(desk, "In short: one point a line", "It costs $50, or $30 for students.\n<b>Not bold</b>")
    _press(desk, "Save and look at it")
    arrived(desk, "As clients see it")
    expect(desk.get_by_text("It costs $50, or $30 for students.", exact=True)).to_be_visible()
    expect(desk.get_by_text("<b>Not bold</b>")).to_be_visible()
    _press(desk, "Go on to publishing")
    arrived(desk, "Publish this version?")
    expect(desk.get_by_text("Everyone is asked again: 2 clients")).to_be_visible()
    _press(desk, "Publish version 2")
    arrived(desk, "Consents")
    expect(desk.get_by_text("Version 2, since")).to_be_visible()

    street.let_in(phone, "sam@example.org")
    _open_consent(phone)
    _sign(phone, "Sam Rivera")
    _press(phone, "Decide later")
    expect(phone.get_by_text("Not decided yet.")).to_be_visible()
    phone.get_by_text("Earlier versions").click()
    expect(phone.get_by_role("link", name="Download version 1 as PDF")).to_be_visible()
