"""Before the call, in real Chromium: trying one's devices on a phone, and from the door into the room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Playwright, expect
from sqlalchemy import select

import db
from db.tables import Account, DeviceCheck, Visit
from tests.browser.callers import Caller, browser_of, confirm_lobby
from tests.browser.conftest import PATIENCE_MS, Street, arrived, settled
from tests.programs import program

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def refusing(playwright: Playwright) -> Iterator[Page]:
    """A phone with a camera that its browser may not use."""
    args = ["--no-sandbox", "--use-fake-device-for-media-stream"]
    browser = playwright.chromium.launch(executable_path=program("chromium"), args=args)
    context = browser.new_context(viewport={"width": 390, "height": 844}, permissions=[])
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    browser.close()


def _checked(email: str) -> dict[str, str]:
    """What is kept of this person's last check."""
    with db.reading() as session:
        row = session.scalars(
            select(DeviceCheck)
            .join(Account, Account.id == DeviceCheck.account_id)
            .where(Account.email == email)
        ).first()
    parts = ("camera", "microphone", "sound", "network")
    return {part: getattr(row, part) for part in parts} if row else {}


def _kept(page: Page, email: str, **wanted: str) -> None:
    """Wait until this much of the check is kept."""
    for _ in range(60):
        if _checked(email).items() >= wanted.items():
            return
        page.wait_for_timeout(250)  # between two looks
    raise AssertionError(f"kept: {_checked(email)}")


def test_devices_are_tried_on_a_phone_and_the_choice_is_remembered(
    street: Street, playwright: Playwright, red: Caller
) -> None:
    with browser_of(playwright, red) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        street.let_in(page, "sam@example.org")
        page.get_by_role("link", name="Check your camera and sound").click()
        arrived(page, "Camera and sound check")
        expect(page.get_by_text("This is you. The camera works.")).to_be_visible()
        expect(page.get_by_text("We can hear you. The microphone works.")).to_be_visible()
        expect(page.get_by_text("Network: you are connected.")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        # By keyboard, as everything here can be used.
        page.get_by_role("button", name="Play a sound").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="I didn't")).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_text("The sound works.")).to_be_visible()
        _kept(page, "sam@example.org", camera="ok", microphone="ok", sound="heard", network="not_tried")
        microphones = page.get_by_role("combobox", name="Microphone")
        microphones.select_option(index=1)
        chosen = page.evaluate("localStorage.getItem('quietroom.microphone')")
        assert chosen
        page.reload()
        expect(page.get_by_text("This is you. The camera works.")).to_be_visible()
        expect(microphones).to_have_value(chosen)
        expect(page.get_by_text("Last time: Camera and sound worked on")).to_be_visible()


def test_a_refused_camera_is_explained_with_steps_for_this_browser(street: Street, refusing: Page) -> None:
    street.let_in(refusing, "sam@example.org")
    refusing.goto(f"{street.portal.address}/device_check")
    expect(refusing.get_by_text("We can't use your camera. Your browser is blocking it.")).to_be_visible()
    expect(refusing.get_by_text("Turn Camera and Microphone on.")).to_have_count(1)
    expect(refusing.get_by_role("button", name="Try again")).to_be_visible()
    _kept(refusing, "sam@example.org", camera="blocked", microphone="blocked")
    assert "http" not in refusing.inner_text("main")


def test_from_the_door_into_the_room(street: Street, phone: Page, desk: Page) -> None:
    street.let_in(desk, "dana@example.org")
    desk.get_by_role("link", name="Clients", exact=True).click()
    arrived(desk, "Clients")
    street.let_in(phone, "sam@example.org")
    phone.get_by_role("button", name="Join session").click()
    expect(phone.get_by_text("Waiting for Dana Okafor.")).to_be_visible()

    # Whatever screen the therapist looks at says it, without a reload.
    expect(desk.get_by_text("Sam Rivera is waiting")).to_be_visible()
    desk.get_by_role("link", name="Go to the session with Sam Rivera").click()
    expect(desk.get_by_text("Sam Rivera has not said where they are for this session.")).to_be_visible()
    expect(desk.get_by_role("button", name="Let Sam Rivera in")).to_be_disabled()

    phone.get_by_label("Where are you now?").fill("At my sister's, 9 Oak Lane")
    phone.get_by_label("Where are you now?").press("Tab")
    settled(phone)
    phone.reload()  # what was typed is kept
    expect(phone.get_by_label("Where are you now?")).to_have_value("At my sister's, 9 Oak Lane")
    confirm_lobby(phone, place="At my sister's, 9 Oak Lane", alone=False)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

    expect(desk.get_by_text("At my sister's, 9 Oak Lane")).to_be_visible()
    expect(desk.get_by_text("They are not alone:")).to_be_visible()
    expect(desk.get_by_role("link", name="020 7946 0100")).to_have_attribute("href", "tel:02079460100")
    desk.get_by_role("button", name="Let Sam Rivera in").click()
    expect(phone.get_by_role("button", name="Leave", exact=True)).to_be_visible()
    expect(desk.get_by_text("At my sister's, 9 Oak Lane")).to_be_visible()  # during the call as well

    phone.reload()  # who was let in is not asked again
    expect(phone.get_by_role("button", name="Leave", exact=True)).to_be_visible()
    phone.get_by_role("button", name="Leave", exact=True).click()
    expect(phone.get_by_text("Could you see and hear each other well? (optional)")).to_be_visible()


def test_a_crisis_opens_the_gate_for_a_reason(street: Street, phone: Page, desk: Page) -> None:
    street.let_in(phone, "sam@example.org")
    phone.get_by_role("button", name="Join session").click()
    expect(phone.get_by_text("Waiting for Dana Okafor.")).to_be_visible()
    street.let_in(desk, "dana@example.org")
    desk.get_by_role("button", name="Start session: Sam Rivera").click()
    desk.get_by_text("In a crisis: let them in without it").click()
    desk.get_by_role("button", name="Let them in anyway").click()
    expect(desk.get_by_text("Write down why, in 10 to 500 letters.")).to_be_visible()
    desk.get_by_label("Why", exact=True).fill("In distress, cannot type")
    desk.get_by_label("Why", exact=True).press("Tab")
    desk.get_by_role("button", name="Let them in anyway").click()
    expect(phone.get_by_role("button", name="Leave", exact=True)).to_be_visible()
    with db.reading() as session:
        visit = session.scalars(select(Visit)).one()
    assert (visit.gate_reason, visit.confirmed_at) == ("In distress, cannot type", None)
