"""In a bad moment, on a phone: help from an unfinished form, numbers to tap, and somebody is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

import db
from clinic.people.viewer import Role, Viewer
from clinic.safety import places, policy, safety_plan
from clinic.safety.places import PlaceEntry
from db.tables import Account
from tests.browser.conftest import Street, arrived, settled

LOOKS = 25_000  # the banner looks every fifteen seconds


def _viewer(email: str) -> Viewer:
    with db.reading() as session:
        row = session.scalars(select(Account).where(Account.email == email)).one()
    now = datetime.now(UTC)
    return Viewer(row.id, row.public_id, Role(row.role), row.name, row.zone, 0, password_at=now, asked_at=now)


@pytest.fixture
def net(street: Street) -> Street:
    """The street's clinic with somebody who answers, a place that was called, and Sam's safety plan."""
    now, ada, sam = datetime.now(UTC), _viewer("ada@example.org"), _viewer("sam@example.org")
    dana, per = _viewer("dana@example.org"), _viewer("per@example.org")
    policy.decide(ada, dana.public_id, per.public_id, "weekdays, 9:00 to 17:00", 30, now)
    new_york = PlaceEntry("New York", "911", "988 Lifeline", "988", "Text 988")
    places.verify_place(ada, places.add_place(ada, new_york, now), now)
    safety_plan.keep_step(sam, sam.public_id, "ask", "Alex, 07700 900123", 0, now)
    return street


def _calls(page: Page, number: str) -> None:
    expect(page.locator(f'.st-key-crisis a[href="tel:{number}"]')).to_be_visible()


def test_help_from_an_unfinished_form_reaches_the_therapists_screen(
    net: Street, phone: Page, desk: Page
) -> None:
    net.let_in(desk, "dana@example.org")
    desk.get_by_role("link", name="Clients").first.click()
    arrived(desk, "Clients")
    net.let_in(phone, "sam@example.org")
    phone.goto(f"{net.portal.address}/questionnaire?measure=phq-9&step=9")
    settled(phone)
    phone.get_by_text("Several days").click()
    expect(phone.get_by_text("Thank you for telling us.")).to_be_visible()
    _calls(phone, "112")
    _calls(phone, "142")
    expect(phone.get_by_text("Dana Okafor and Per Lind will see your answer")).to_be_visible()
    expect(phone.locator('.st-key-plan a[href="tel:07700900123"]')).to_be_visible()
    for word in ("score", "severe", "risk"):
        expect(phone.locator("body")).not_to_contain_text(word)
    # Help comes first, wide enough for a thumb, and nothing has to be confirmed.
    box = phone.locator('.st-key-crisis a[href="tel:112"]').bounding_box()
    assert box is not None
    assert box["height"] >= 44
    expect(phone.get_by_role("dialog")).to_have_count(0)
    expect(desk.get_by_text("1 answer needs you now:")).to_be_visible(timeout=LOOKS)

    settled(phone)
    phone.get_by_label("Where are you now?").click()
    phone.get_by_role("option", name="New York").click()
    _calls(phone, "911")
    _calls(phone, "988")
    expect(phone.locator('.st-key-crisis a[href="tel:112"]')).to_have_count(0)
    expect(phone.get_by_role("radio", name="Several days")).to_be_checked()
    phone.get_by_role("button", name="I need help now").click()
    expect(phone.get_by_text("You asked for help at")).to_be_visible()
    expect(phone.get_by_text("A message goes to: Dana Okafor, Per Lind and Ada Min.")).to_be_visible()
    expect(phone.get_by_text("Sent. Nobody has said yet")).to_be_visible()

    desk.get_by_role("link", name="Alerts", exact=True).click()
    arrived(desk, "Alerts")
    desk.get_by_role("link", name="Open: Sam Rivera").click()
    arrived(desk, "Sam Rivera")
    expect(desk.get_by_text("asked for help now")).to_be_visible()
    expect(desk.get_by_text("Said they were in: New York")).to_be_visible()
    desk.get_by_role("button", name="Acknowledge").click()
    expect(desk.get_by_text("Acknowledged.", exact=True)).to_be_visible()
    desk.reload()
    arrived(desk, "Sam Rivera")
    expect(phone.get_by_text("Somebody here read it at")).to_be_visible()
    desk.get_by_text("Reached the client", exact=True).click()
    desk.get_by_label("Note").fill("With her sister tonight.")
    desk.get_by_role("button", name="Record this").click()
    expect(desk.get_by_text("Recorded.", exact=True)).to_be_visible()
    desk.get_by_label("Note").fill("Session tomorrow at nine.")
    desk.get_by_role("button", name="Close the alert").click()
    expect(desk.get_by_text("Closed.", exact=True)).to_be_visible()
    expect(desk.get_by_text("With her sister tonight.")).to_be_visible()


def test_help_now_works_signed_out_by_place(net: Street, phone: Page) -> None:
    phone.goto(f"{net.portal.address}/help_now")
    settled(phone)
    _calls(phone, "112")
    phone.get_by_label("Where are you now?").click()
    phone.get_by_role("option", name="Somewhere else").click()
    expect(phone.get_by_text("Call the emergency number of the place you are in.")).to_be_visible()
    expect(phone.get_by_text("findahelpline.com").first).to_be_visible()


def test_a_plan_open_in_two_tabs_loses_neither_text(net: Street, phone: Page, desk: Page) -> None:
    net.let_in(phone, "sam@example.org")
    phone.goto(f"{net.portal.address}/safety_plan")
    arrived(phone, "My safety plan")
    net.let_in(desk, "sam@example.org")
    desk.goto(f"{net.portal.address}/safety_plan")
    arrived(desk, "My safety plan")
    step = "What I can do on my own"
    settled(phone)
    desk.get_by_label(step).fill("A long walk")
    expect(desk.get_by_text("by Sam Rivera")).to_be_visible()
    desk.get_by_label("Signs that things are getting hard").click()
    settled(desk)
    phone.get_by_label(step).fill("Music")
    expect(phone.get_by_text("This step was changed somewhere else.").first).to_be_visible()
    expect(phone.get_by_text("A long walk", exact=True)).to_be_visible()
    expect(phone.get_by_label(step)).to_have_value("Music")
    phone.get_by_role("button", name="Keep what I typed here").click()
    expect(phone.get_by_text("Changed somewhere else. There it says now:")).to_have_count(0)
    phone.reload()
    arrived(phone, "My safety plan")
    expect(phone.get_by_label(step)).to_have_value("Music")
