"""The call, with a browser process on each side: each sees and hears the other, and can come back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.browser.callers import Caller, browser_of, confirm_lobby, corner_colour
from tests.browser.calling import (
    CLIENT,
    THERAPIST,
    a_call,
    connections_made,
    is_told,
    join,
    pair_in_use,
    sees_and_hears,
    start,
)
from tests.browser.conftest import Street, settled

pytestmark = pytest.mark.timeout(240)


def test_two_people_meet_and_either_may_refresh(
    street: Street, playwright: Playwright, red: Caller, blue: Caller
) -> None:
    with browser_of(playwright, red) as client, browser_of(playwright, blue) as therapist:
        street.sign_in(client, "sam@example.org")
        street.let_in(therapist, "dana@example.org")

        join(client)
        expect(client.get_by_text(f"Waiting for {THERAPIST}.")).to_be_visible()
        expect(client.get_by_text("This is you.")).to_be_visible()
        confirm_lobby(client)

        # The first screen says who waits, without a reload.
        expect(therapist.get_by_text(re.compile("^Waiting since"))).to_be_visible()
        therapist.get_by_role("button", name=f"Start session: {CLIENT}").click()
        expect(therapist.get_by_text(f"{CLIENT} has been waiting since")).to_be_visible()
        expect(client.get_by_text(f"{THERAPIST} knows you are here.")).to_be_visible()
        assert corner_colour(client) is None, "nothing is seen before one is let in"
        therapist.get_by_role("button", name=f"Let {CLIENT} in").click()
        sees_and_hears(client, "blue")
        sees_and_hears(therapist, "red")
        assert pair_in_use(client) == ("host", "host"), "nothing stands between browser and server"

        client.reload()
        sees_and_hears(client, "blue")
        sees_and_hears(therapist, "red")

        therapist.reload()
        sees_and_hears(therapist, "red")
        sees_and_hears(client, "blue")

        therapist.get_by_role("button", name="Leave").click()
        expect(therapist.get_by_text("You left the session")).to_be_visible()
        expect(client.get_by_text(f"{THERAPIST} is not in the room just now.")).to_be_visible()
        therapist.get_by_role("button", name="Join again").click()
        sees_and_hears(therapist, "red")
        sees_and_hears(client, "blue")


def test_a_refused_camera_is_a_sentence_and_a_next_step(street: Street, phone: Page) -> None:
    street.sign_in(phone, "sam@example.org")
    join(phone)
    expect(phone.get_by_text(f"Waiting for {THERAPIST}.")).to_be_visible()
    problem = phone.get_by_text("Or choose Sound only, or call the clinic.")
    expect(problem).to_be_visible()
    expect(problem).to_contain_text("We can't ")
    settled(phone)


def test_a_camera_refused_in_the_call_is_said_and_not_asked_for_again_and_again(
    street: Street, playwright: Playwright, desk: Page
) -> None:
    with browser_of(playwright, None) as client:
        street.let_in(client, "sam@example.org")
        join(client)
        confirm_lobby(client)
        street.let_in(desk, "dana@example.org")
        start(desk)
        expect(client.get_by_role("button", name="Leave", exact=True)).to_be_visible()
        expect(client.get_by_text("Or choose Sound only, or call the clinic.")).to_be_visible()
        made = connections_made(client)
        assert made > 0
        client.wait_for_timeout(2000)  # in which it used to ask some hundred times
        assert connections_made(client) == made
        client.get_by_role("button", name="Sound only").click()
        expect(client.get_by_text(re.compile("We can't (find|use) your microphone"))).to_be_visible()


def test_joining_from_another_window_takes_the_seat_once(
    street: Street, playwright: Playwright, red: Caller, blue: Caller
) -> None:
    with a_call(street, playwright, red, blue) as call:
        second = call.client.context.new_page()
        second.goto(call.client.url)
        sees_and_hears(second, "blue")
        is_told(call.client, "You have joined this session from another window", 20)
        sees_and_hears(call.therapist, "red")
