"""Booking, moving and cancelling on a phone, by somebody whose clock is not their therapist's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

import db
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.appointments import AppointmentView, coming, past
from clinic.scheduling.booking import book
from clinic.scheduling.offers import free_times
from components.times import clock, day_of, moment, short_day
from db.tables import Account
from tests.browser.conftest import Street, arrived, settled
from tests.factories import make_client, set_rules

pytestmark = pytest.mark.timeout(240)
NEW_YORK, LONDON = "America/New_York", "Europe/London"


@pytest.fixture
def lee(street: Street, phone: Page) -> Viewer:
    """A client of Dana's, five hours away from her, signed in on the phone."""
    with db.reading() as session:
        account = session.scalars(select(Account).where(Account.email == "dana@example.org")).one()
    dana = Viewer(account.id, account.public_id, Role.THERAPIST, account.name, account.zone, 0)
    now = datetime.now(UTC)
    lee = make_client("Lee Park", email="lee@example.org", therapist=dana, zone=NEW_YORK, now=now)
    street.let_in(phone, "lee@example.org")
    return lee


def _go_to(page: Page, link: str) -> None:
    page.get_by_role("link", name=link, exact=True).click()
    arrived(page, link)


def _press(page: Page, name: str | re.Pattern[str], then: str) -> None:
    settled(page)
    page.get_by_role("button", name=name, exact=True).click()
    arrived(page, then)


def _choose_a_time(page: Page, number: int) -> None:
    settled(page)
    page.get_by_role("radiogroup").locator("label").nth(number).click()
    settled(page)


def _when(appointment: AppointmentView) -> str:
    """As the buttons of a card name it."""
    at = appointment.starts_at
    return f"{short_day(day_of(at, NEW_YORK))}, {clock(at, NEW_YORK)}"


def _fits(page: Page) -> None:
    """Nothing has to be scrolled to the side."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


def test_a_session_is_booked_moved_and_cancelled_in_ones_own_zone(lee: Viewer, phone: Page) -> None:
    _press(phone, "Book a session", "Book a session")
    expect(phone.get_by_text("Times are shown in New York time.")).to_be_visible()
    first = free_times(lee, datetime.now(UTC))[0].starts_at
    expect(phone.get_by_text("In brackets: London time, where your therapist is.")).to_be_visible()
    both = f"{clock(first, NEW_YORK)} ({clock(first, LONDON)})"
    expect(phone.get_by_role("radiogroup").get_by_text(both)).to_be_visible()
    _fits(phone)

    _press(phone, "See more days", "Book a session")
    days = phone.get_by_role("button", name=re.compile(r": \d+ free times?$"))
    expect(days.first).to_be_visible()
    _fits(phone)
    settled(phone)
    days.nth(3).click()
    expect(phone.get_by_role("button", name="See other days")).to_be_visible()
    _press(phone, "Continue", "Book a session")
    expect(phone.get_by_text("Choose a time.").first).to_be_visible()
    _choose_a_time(phone, 0)
    _press(phone, "Continue", "Check your booking")
    expect(phone.get_by_text("London time, where Dana Okafor is.")).to_be_visible()
    _fits(phone)
    _press(phone, "Book", "Your session is booked")
    booked = coming(lee, datetime.now(UTC))[0]
    expect(phone.get_by_text(moment(booked.starts_at, NEW_YORK))).to_be_visible()

    phone.get_by_role("link", name="See, move or cancel your sessions").click()
    arrived(phone, "Sessions")
    expect(phone.get_by_text(f"That is {clock(booked.starts_at, LONDON)} London time.")).to_be_visible()
    with phone.expect_download() as saved:
        phone.get_by_role("link", name="Add to my calendar").click()
    assert saved.value.suggested_filename.endswith(".ics")
    _fits(phone)
    _press(phone, f"Move {_when(booked)}", "Move your session")
    _choose_a_time(phone, 1)
    _press(phone, "Continue", "Check the new time")
    expect(phone.get_by_text(f"Instead of {moment(booked.starts_at, NEW_YORK)}.")).to_be_visible()
    _fits(phone)
    _press(phone, "Move session", "Sessions")
    moved = coming(lee, datetime.now(UTC))[0]
    assert (moved.public_id, moved.sequence) == (booked.public_id, 1)
    assert moved.starts_at != booked.starts_at
    now_is = f"Your session is moved to {moment(moved.starts_at, NEW_YORK)}. Your therapist is told."
    expect(phone.get_by_text(now_is)).to_be_visible()

    _press(phone, f"Cancel {_when(moved)}", "Sessions")
    expect(phone.get_by_text("You can book again any time.")).to_be_visible()
    _press(phone, "Cancel session", "Sessions")
    expect(
        phone.get_by_text(f"Your session on {moment(moved.starts_at, NEW_YORK)} is cancelled.")
    ).to_be_visible()
    expect(phone.get_by_text("No session booked.")).to_be_visible()
    assert coming(lee, datetime.now(UTC)) == []
    assert [a.cancelled for a in past(lee, datetime.now(UTC))] == [True]
    _fits(phone)


def test_a_late_cancellation_is_said_before_and_marked_after(lee: Viewer, phone: Page) -> None:
    now = datetime.now(UTC)
    offer = free_times(lee, now)[0]
    made = book(lee, offer.therapist_id, offer.starts_at, "k", now)
    set_rules(change_until_minutes=30 * 24 * 60)
    _go_to(phone, "Sessions")
    expect(phone.get_by_role("button", name=re.compile("^Move"))).to_have_count(0)
    _press(phone, f"Cancel {_when(made)}", "Sessions")
    expect(phone.get_by_text("It will be marked as cancelled late.")).to_be_visible()
    _press(phone, "Cancel session", "Sessions")
    expect(phone.get_by_role("cell", name="Cancelled late")).to_be_visible()
    assert [a.late for a in past(lee, now + timedelta(minutes=5))] == [True]
