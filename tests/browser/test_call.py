"""The call, with a browser process on each side: each sees and hears the other, and can come back."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.browser.callers import Caller, browser_of, corner_colour, inbound
from tests.browser.conftest import Street, settled

pytestmark = pytest.mark.timeout(240)


def _until(page: Page, true: Callable[[], bool], what: str, patience: float = 45.0) -> None:
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, f"never came: {what}"
        page.wait_for_timeout(250)  # between two looks; the browser's news arrive meanwhile


def _sees_and_hears(page: Page, colour: str) -> None:
    """The other's picture is there and moves, and their sound arrives and is no silence."""
    _until(page, lambda: corner_colour(page) == colour, f"the {colour} corner")
    before = inbound(page)
    _until(page, lambda: inbound(page).less(before).frames >= 30, "30 more pictures")
    _until(page, lambda: inbound(page).less(before).packets >= 50, "50 more packets of sound")
    _until(page, lambda: inbound(page).less(before).energy > 0, "sound that is no silence")


def test_two_people_meet_and_either_may_refresh(
    street: Street, playwright: Playwright, red: Caller, blue: Caller
) -> None:
    with browser_of(playwright, red) as client, browser_of(playwright, blue) as therapist:
        street.sign_in(client, "sam@example.org")
        street.let_in(therapist, "dana@example.org")

        client.get_by_role("button", name="Join session").click()
        expect(client.get_by_text("Waiting for Dana Okafor.")).to_be_visible()
        expect(client.get_by_text("This is you.")).to_be_visible()

        # The first screen says who waits, without a reload.
        expect(therapist.get_by_text("Waiting since")).to_be_visible()
        therapist.get_by_role("button", name="Start session: Sam Rivera").click()
        expect(therapist.get_by_text("Sam Rivera has been waiting since")).to_be_visible()
        expect(client.get_by_text("Dana Okafor knows you are here.")).to_be_visible()
        assert corner_colour(client) is None, "nothing is seen before one is let in"
        therapist.get_by_role("button", name="Let Sam Rivera in").click()
        _sees_and_hears(client, "blue")
        _sees_and_hears(therapist, "red")

        client.reload()
        _sees_and_hears(client, "blue")
        _sees_and_hears(therapist, "red")

        therapist.reload()
        _sees_and_hears(therapist, "red")
        _sees_and_hears(client, "blue")

        therapist.get_by_role("button", name="Leave").click()
        expect(therapist.get_by_text("You left the session")).to_be_visible()
        expect(client.get_by_text("Dana Okafor is not in the room just now.")).to_be_visible()
        therapist.get_by_role("button", name="Join again").click()
        _sees_and_hears(therapist, "red")
        _sees_and_hears(client, "blue")


@pytest.mark.parametrize("email", ["per@example.org", "noor@example.org"])
def test_nobody_else_can_enter(street: Street, desk: Page, email: str) -> None:
    room = f"{street.portal.address}/room?{urlencode({'appointment': street.appointment})}"
    street.let_in(desk, email)
    desk.goto(room)
    expect(desk.get_by_text("We can't find that page.")).to_be_visible()
    assert "Sam Rivera" not in desk.inner_text("body")
    assert not [frame for frame in desk.frames if "streamlit_webrtc" in frame.url]


def test_the_appointments_own_people_can(street: Street, desk: Page) -> None:
    room = f"{street.portal.address}/room?{urlencode({'appointment': street.appointment})}"
    street.let_in(desk, "sam@example.org")
    desk.goto(room)
    expect(desk.get_by_text("Waiting for Dana Okafor.")).to_be_visible()


def test_a_refused_camera_is_a_sentence_and_a_next_step(street: Street, phone: Page) -> None:
    street.sign_in(phone, "sam@example.org")
    phone.get_by_role("button", name="Join session").click()
    expect(phone.get_by_text("Waiting for Dana Okafor.")).to_be_visible()
    problem = phone.get_by_text("We can't ").first
    expect(problem).to_be_visible()
    expect(problem).to_contain_text("Or choose Sound only, or call the clinic.")
    settled(phone)


def test_joining_from_another_window_takes_the_seat_once(
    street: Street, playwright: Playwright, red: Caller, blue: Caller
) -> None:
    with browser_of(playwright, red) as client, browser_of(playwright, blue) as therapist:
        street.sign_in(client, "sam@example.org")
        client.get_by_role("button", name="Join session").click()
        street.let_in(therapist, "dana@example.org")
        therapist.get_by_role("button", name="Start session: Sam Rivera").click()
        therapist.get_by_role("button", name="Let Sam Rivera in").click()
        _sees_and_hears(client, "blue")
        second = client.context.new_page()
        second.goto(client.url)
        _sees_and_hears(second, "blue")
        expect(client.get_by_text("You have joined this session from another window")).to_be_visible()
        _sees_and_hears(therapist, "red")
