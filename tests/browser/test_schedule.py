"""A therapist's hours, time off, a series and a deliberate overlap, by screen, at a desk and on a phone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

import db
from clinic.people.viewer import Role, Viewer
from components.times import long_day
from db.tables import Account, Appointment, HoursException, TherapistProfile
from tests.browser.conftest import Street, arrived, settled
from tests.factories import make_appointment, picture

pytestmark = pytest.mark.timeout(300)
LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Plan:
    """Days that are far enough ahead, and what is booked on them."""

    monday: date  # of the week after next: the series begins
    off_on: date  # the Wednesday of that week: Sam has a session at 10:00
    clash_on: date  # the Monday two weeks later: Noor has one at 10:00


def _viewer(email: str) -> Viewer:
    with db.reading() as session:
        one = session.scalars(select(Account).where(Account.email == email)).one()
    return Viewer(one.id, one.public_id, Role(one.role), one.name, one.zone, 0)


@pytest.fixture
def plan(street: Street) -> Plan:
    today = datetime.now(LONDON).date()
    monday = today - timedelta(days=today.weekday()) + timedelta(days=14)
    made = Plan(monday, monday + timedelta(days=2), monday + timedelta(days=14))
    dana, sam, noor = (_viewer(f"{name}@example.org") for name in ("dana", "sam", "noor"))
    now = datetime.now(UTC)
    make_appointment(sam, dana, _at(made.off_on, 10), now=now)
    make_appointment(noor, dana, _at(made.clash_on, 10), now=now)
    return made


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=LONDON).astimezone(UTC)


@pytest.fixture(params=["desk", "phone"])
def screen(request: pytest.FixtureRequest) -> Page:
    chosen: Page = request.getfixturevalue(request.param)
    return chosen


def _open(page: Page, street: Street, name: str, title: str) -> None:
    page.goto(f"{street.portal.address}/{name}")
    arrived(page, title)
    settled(page)


def _press(page: Page, name: str | re.Pattern[str]) -> None:
    settled(page)
    page.get_by_role("button", name=name, exact=True).click()
    settled(page)


def _parts(page: Page, label: str, typed: str) -> None:
    """A day or a time is typed part by part, as one does on a keyboard."""
    field = page.get_by_role("group", name=label, exact=True)
    field.get_by_role("spinbutton").first.click()
    page.keyboard.type(typed)
    # Not Tab: that may go to a day, which opens its calendar over the button that is pressed next.
    page.get_by_role("heading", level=1).click()
    expect(page.get_by_test_id("stDateInputCalendar")).to_have_count(0)
    settled(page)


def _day(page: Page, label: str, day: date) -> None:
    _parts(page, label, day.strftime("%d%m%Y"))


def _choose(page: Page, label: str, option: str | re.Pattern[str]) -> None:
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option).first.click()
    settled(page)


def test_a_therapist_sets_hours_takes_time_off_and_books(street: Street, plan: Plan, screen: Page) -> None:
    street.let_in(screen, "dana@example.org")
    _set_hours(screen, street)
    _take_time_off(screen, street, plan)
    _book_series(screen, street, plan)
    _overlap(screen, street, plan)
    _see_the_week(screen, street, plan)


def _set_hours(page: Page, street: Street) -> None:
    _open(page, street, "hours", "My hours")
    _press(page, "Add weekly hours")
    arrived(page, "Add weekly hours")
    _choose(page, "Days", "Saturday")
    page.keyboard.press("Escape")  # the list of several stays open
    _parts(page, "Begins", "0900AM")
    _parts(page, "Ends", "0800AM")
    _press(page, "Save")
    expect(page.get_by_text("The end is not after the start").first).to_be_visible()
    _parts(page, "Ends", "1200PM")
    _press(page, "Save")
    arrived(page, "My hours")
    expect(page.get_by_role("button", name="Saturday, 9:00 am to 12 noon")).to_be_visible()


def _take_time_off(page: Page, street: Street, plan: Plan) -> None:
    _press(page, "Take time off")
    arrived(page, "Take time off")
    _day(page, "First day", plan.off_on)
    _day(page, "Last day", plan.off_on)
    _press(page, "Save")
    arrived(page, "Sessions are booked then")
    expect(page.get_by_text("Sam Rivera")).to_be_visible()
    with db.reading() as session:
        assert session.scalars(select(HoursException)).first() is None
    _press(page, "Save the time off")
    arrived(page, "My hours")
    expect(page.get_by_text(long_day(plan.off_on)).first).to_be_visible()
    with db.reading() as session:
        assert session.scalars(select(HoursException)).one().starts_at == _at(plan.off_on, 0)


def _begin_booking(page: Page, street: Street, on: date) -> None:
    _open(page, street, "book_for", "Book a session")
    _choose(page, "Client", "Sam Rivera")
    page.get_by_text("Enter another time", exact=True).click()
    settled(page)
    _day(page, "Day", on)
    _parts(page, "Time", "1000AM")


def _book_series(page: Page, street: Street, plan: Plan) -> None:
    _begin_booking(page, street, plan.monday)
    page.get_by_text("Every week", exact=True).click()
    settled(page)
    page.get_by_label("How many sessions").fill("4")
    page.get_by_label("How many sessions").press("Tab")
    _press(page, "Continue")
    arrived(page, "Check the booking")
    expect(page.get_by_text("1 of 4 clash and are left out.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile(long_day(plan.clash_on)))).to_contain_text("Left out")
    assert _booked("sam@example.org") == 2  # the one of now and the one of that Wednesday: nothing yet
    _press(page, "Book 3 sessions")
    arrived(page, "Booked")
    assert _booked("sam@example.org") == 5


def _overlap(page: Page, street: Street, plan: Plan) -> None:
    _begin_booking(page, street, plan.clash_on)
    _press(page, "Continue")
    arrived(page, "Check the booking")
    expect(page.get_by_text("You have another session then.")).to_be_visible()
    _press(page, "Book")
    expect(page.get_by_text("There is a problem")).to_be_visible()
    assert _booked("sam@example.org") == 5
    page.get_by_label("Why both should take place").fill("Both in one talk, as agreed")
    page.get_by_label("Why both should take place").press("Tab")
    _press(page, "Book")
    arrived(page, "Booked")
    with db.reading() as session:
        allowed = session.scalars(select(Appointment).where(Appointment.overlap_allowed)).one()
        assert allowed.overlap_reason == "Both in one talk, as agreed"


def _see_the_week(page: Page, street: Street, plan: Plan) -> None:
    _open(page, street, "calendar", "My week")
    for weeks in (-1, 0, 1, 2):
        _press(page, "Week after ›")
        monday = plan.monday + timedelta(weeks=weeks)
        expect(page.get_by_role("heading", name=re.compile(f"^{long_day(monday)} to "))).to_be_visible()
    names = page.get_by_role("button", name=re.compile("10:00 am to 10:50 am"))
    expect(names).to_have_count(2)  # side by side
    # One each, once the week before is gone from the screen.
    expect(names.filter(has_text="Sam Rivera")).to_have_count(1)
    names.filter(has_text="Sam Rivera").click()
    arrived(page, "Session")
    _press(page, "Cancel")
    arrived(page, "Cancel this session")
    _press(page, "Cancel session")
    arrived(page, "My week")
    expect(page.get_by_role("button", name=re.compile("10:00 am to 10:50 am"))).to_have_count(1)
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, "no sideways scroll"


def _booked(email: str) -> int:
    with db.reading() as session:
        return len(
            session.scalars(
                select(Appointment)
                .join(Account, Account.id == Appointment.client_id)
                .where(Account.email == email, Appointment.status == "booked")
            ).all()
        )


def test_a_therapist_uploads_a_photo_that_clients_see(street: Street, phone: Page, desk: Page) -> None:
    street.let_in(phone, "dana@example.org")
    _open(phone, street, "profile", "My profile")
    wrong = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"}
    phone.get_by_label("A photo", exact=True).set_input_files(wrong)  # type: ignore[arg-type]
    expect(phone.get_by_text("That file is not a JPEG or PNG picture.").first).to_be_visible()
    right = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": picture("JPEG", exif=True)}
    phone.get_by_label("A photo", exact=True).set_input_files(right)  # type: ignore[arg-type]
    expect(phone.get_by_text("Your photo is saved.")).to_be_visible()
    for label, words in (
        ("What I help with", "Worry"),
        ("Languages", "Polish"),
        ("Where I am licensed", "Scotland"),
    ):
        phone.get_by_label(label, exact=True).fill(words)
        phone.get_by_label(label, exact=True).press("Tab")
    phone.get_by_text("Clients can find me", exact=True).click()
    _press(phone, "Save")
    expect(phone.get_by_text("Saved. Clients can find you.")).to_be_visible()
    with db.reading() as session:
        assert session.scalars(select(TherapistProfile)).one().listed

    street.let_in(desk, "sam@example.org")
    _open(desk, street, "find_therapist", "Find a therapist")
    _choose(desk, "What would you like help with?", "Worry")
    _choose(desk, "Where will you be during sessions?", "Scotland")
    expect(
        desk.get_by_text(re.compile("Helps with worry · Licensed in Scotland · First free"))
    ).to_be_visible()
    shown = desk.get_by_role("img", name="Photo of Dana Okafor")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.naturalWidth") > 0
    desk.get_by_role("link", name="See times with Dana Okafor").click()
    arrived(desk, "Book a session")


def test_a_stranger_sees_no_photo_and_no_page_for_newcomers(street: Street, phone: Page) -> None:
    with db.unit_of_work() as session:
        dana = session.scalars(select(Account).where(Account.email == "dana@example.org")).one()
        session.add(TherapistProfile(therapist_id=dana.id, listed=True, photo=b"x", helps_with="Worry"))
    answer = phone.request.get(f"{street.portal.address}/photo/{dana.public_id}")
    assert answer.status == 404
    _open(phone, street, "first_contact", "Not found")
    expect(phone.get_by_text("Dana Okafor")).to_have_count(0)
    street.let_in(phone, "sam@example.org")
    answer = phone.request.get(f"{street.portal.address}/photo/{dana.public_id}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert phone.request.get(f"{street.portal.address}/photo/%00").status in (400, 404)
