"""Getting in, as people do it: an invitation, a second step, a password again, leaving at once."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime

import pyotp
import pytest
from playwright.sync_api import Browser, Error, Page, expect
from sqlalchemy import select

import db
from clinic.people import links
from clinic.people.viewer import Role, Viewer
from db.tables import Account
from tests.browser.conftest import Street, arrived, settled
from tests.factories import TOTP_SECRET, keep_intake
from web.leaving import ELSEWHERE

NEW = "another set of plain words"


def _viewer(email: str) -> Viewer:
    with db.reading() as session:
        row = session.scalars(select(Account).where(Account.email == email)).one()
    now = datetime.now(UTC)
    return Viewer(row.id, row.public_id, Role(row.role), row.name, row.zone, 0, password_at=now, asked_at=now)


def _code(secret: str) -> str:
    return pyotp.TOTP(secret).now()


def test_staff_sign_in_with_a_password_and_a_code(street: Street, desk: Page) -> None:
    desk.goto(street.portal.address)
    settled(desk)
    desk.get_by_label("Email").fill("dana@example.org")
    desk.get_by_role("textbox", name="Password").fill("several words work well")
    desk.get_by_role("button", name="Sign in", exact=True).click()
    arrived(desk, "Second step")
    desk.get_by_label("Code from your app").fill("000000")
    desk.get_by_role("button", name="Sign in", exact=True).click()
    expect(desk.get_by_text("That code is not right").first).to_be_visible()
    desk.get_by_label("Code from your app").fill(_code(TOTP_SECRET))
    desk.get_by_role("button", name="Sign in", exact=True).click()
    arrived(desk, "Today")


def test_a_colleague_is_invited_and_sets_everything_up(street: Street, phone: Page) -> None:
    made = links.invite(
        _viewer("ada@example.org"), Role.THERAPIST, "Bo Ek", "bo@example.org", datetime.now(UTC)
    )
    phone.goto(street.portal.address + made.path)
    arrived(phone, "Choose your password")
    phone.get_by_label("New password").fill("passwordpassword")
    phone.get_by_role("button", name="Save and sign in").click()
    expect(phone.get_by_text("Others would guess this password early").first).to_be_visible()
    phone.get_by_label("New password").fill(NEW)
    phone.keyboard.press("Tab")  # by the keyboard one leaves it through its own button
    expect(phone.get_by_role("button", name="Show password")).to_be_focused()
    expect(phone.get_by_text("Long enough, and hard to guess.")).to_be_visible()
    phone.get_by_role("button", name="Save and sign in").focus()
    phone.keyboard.press("Enter")
    # Nothing else opens before the second step is there.
    arrived(phone, "Second step for signing in")
    phone.goto(f"{street.portal.address}/clients")
    arrived(phone, "Second step for signing in")
    assert phone.get_by_role("img", name=re.compile("QR code")).bounding_box()["width"] > 100  # type: ignore[index]
    phone.get_by_text("I can't scan it").click()
    secret = phone.get_by_test_id("stCode").inner_text().strip()
    phone.get_by_label("2. Enter the code the app shows").fill(_code(secret))
    phone.get_by_role("button", name="Turn it on").click()
    expect(phone.get_by_text("Write these down now.")).to_be_visible()
    assert len(phone.get_by_test_id("stCode").inner_text().split()) == 10
    phone.get_by_role("button", name="I have written them down").click()
    arrived(phone, "Today")
    phone.context.clear_cookies()
    phone.goto(street.portal.address + made.path)
    arrived(phone, "This link does not open")


@pytest.mark.parametrize("how", ["button", "escape"])
def test_leaving_is_at_once_and_back_does_not_return(street: Street, phone: Page, how: str) -> None:
    phone.route(f"{ELSEWHERE}**", lambda route: route.fulfill(body="<title>Elsewhere</title>"))
    street.let_in(phone, "sam@example.org")
    phone.get_by_role("link", name="Progress").click()
    arrived(phone, "Progress")
    settled(phone)
    phone.get_by_role("button", name="Leave this page").wait_for()  # Esc works once it is there
    if how == "button":
        phone.get_by_role("button", name="Leave this page").click()
    else:
        phone.keyboard.press("Escape")
        phone.keyboard.press("Escape")
    phone.wait_for_url(ELSEWHERE)
    # The way back is led there by a redirect, which no route of this test can answer: asking is enough.
    with phone.expect_request(ELSEWHERE), suppress(Error):
        phone.go_back()
    assert street.portal.address not in phone.url
    assert not [cookie for cookie in phone.context.cookies() if cookie.get("name") == "quiet_room"]
    again = phone.context.new_page()
    again.goto(f"{street.portal.address}/sign_in")
    arrived(again, "Sign in")


def test_changing_the_password_signs_out_the_other_browser(
    street: Street, phone: Page, chromium: Browser
) -> None:
    street.let_in(phone, "sam@example.org")
    elsewhere = chromium.new_context()
    other = elsewhere.new_page()
    street.let_in(other, "sam@example.org")
    phone.goto(f"{street.portal.address}/account?part=password")
    arrived(phone, "Change my password")
    phone.get_by_label("Password now").fill("several words work well")
    phone.get_by_label("New password").fill(NEW)
    phone.get_by_role("button", name="Change password").click()
    expect(phone.get_by_text("Your password is changed.")).to_be_visible()
    other.get_by_role("link", name="Progress").click()
    arrived(other, "Sign in")
    elsewhere.close()


PAYLOADS = (
    "<script>window.__ran=1</script>",
    "<img src=x onerror=\"window.__ran=1;fetch('https://outside.example/')\">",
    "[tap](javascript:window.__ran=1)",
    "![x](https://outside.example/pixel.png)",
    "<svg onload=window.__ran=1>",
    "</style><script>window.__ran=1</script>",
    "$\\href{javascript:window.__ran=1}{x}$",
    ":material/home: :red[x] **bold** `code`",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "‮⁦reversed⁩ \u200b\ufeff",
)


def test_what_people_type_is_text_on_every_screen(street: Street, desk: Page) -> None:
    """Names, notes and answers full of markup: nothing runs, nothing is asked of another host."""
    from clinic.people import own_account
    from clinic.people.emergency import open_anyway
    from clinic.people.own_account import Profile
    from tests.factories import log_mood

    now = datetime.now(UTC)
    outside: list[str] = []
    desk.on(
        "request",
        lambda request: (
            outside.append(request.url)
            if not request.url.startswith((street.portal.address, "data:", "blob:"))
            else None
        ),
    )
    sam, dana = _viewer("sam@example.org"), _viewer("dana@example.org")
    shown = 0
    for payload in PAYLOADS:
        name = "".join(letter for letter in payload if letter.isprintable())[:90]
        for person in (sam, dana):
            own_account.change_profile(person, Profile(name, name, name[:40], "Europe/London", True), now)
        log_mood(sam, 3, payload, now)
        keep_intake(sam, {"brings": payload, "preferred_name": name}, now)
    open_anyway(_viewer("per@example.org"), "sam@example.org", PAYLOADS[1] + " a reason", now)
    for email, pages in (
        (
            "sam@example.org",
            ("client_home", "sessions", "progress", "check_in", "account?part=data", "intake"),
        ),
        (
            "dana@example.org",
            ("today", "clients", f"client_record?client={sam.public_id}", "account?part=profile"),
        ),
        ("ada@example.org", ("clinic", "audit")),
    ):
        desk.context.clear_cookies()
        street.let_in(desk, email)
        for page in pages:
            desk.goto(f"{street.portal.address}/{page}")
            desk.get_by_text("Signed in as").wait_for()
            settled(desk)
            for box in desk.get_by_test_id("stExpander").all():
                box.locator("summary").click()
                settled(desk)
            assert desk.evaluate("() => window.__ran === undefined"), page
            shown += desk.locator("body").inner_text().count("reversed")
    assert shown > 0, "the names were on these screens"
    assert outside == []
