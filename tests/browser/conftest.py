"""A portal with a small clinic, and real Chromium to visit it with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, TimeoutError, expect, sync_playwright
from sqlalchemy import select

import db
from clinic.people.sign_in import COOKIE
from clinic.people.viewer import Role, Viewer
from db.tables import Account
from tests.browser.callers import Caller, make_caller
from tests.databases import KEYS, forget, point_at
from tests.factories import (
    PASSWORD,
    cookie_of,
    make_account,
    make_appointment,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
)
from tests.portal import Portal, running_portal
from tests.programs import program

READY = '[data-testid="stApp"][data-test-script-state="notRunning"]'
PATIENCE_MS = 20_000


@dataclass(frozen=True)
class Street:
    """A running portal, and what its tests need to find their way. Everybody's password is PASSWORD."""

    portal: Portal
    var: Path
    appointment: str  # Sam's with Dana, now

    def let_in(self, page: Page, email: str) -> None:
        """Signed in, without the screens for it."""
        with db.reading() as session:
            account = session.scalars(select(Account).where(Account.email == email)).one()
        viewer = Viewer(account.id, account.public_id, Role(account.role), account.name, account.zone, 0)
        cookie = cookie_of(viewer, datetime.now(UTC))
        page.context.add_cookies([{"name": COOKIE, "value": cookie, "url": self.portal.address}])
        page.goto(self.portal.address)
        page.get_by_text("Signed in as").wait_for()
        settled(page)

    def sign_in(self, page: Page, email: str) -> None:
        """By the screens, as a client does."""
        page.goto(self.portal.address)
        settled(page)
        page.get_by_label("Email").fill(email)
        page.get_by_role("textbox", name="Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        try:
            page.get_by_text("Signed in as").wait_for()
        except TimeoutError as error:
            said = page.locator("body").inner_text()
            log = self.portal.log.read_text(encoding="utf-8")[-3000:]
            raise AssertionError(
                f"not signed in at {page.url}; the screen says:\n{said}\nand the log:\n{log}"
            ) from error
        settled(page)


def settled(page: Page) -> None:
    """Wait until the script has run."""
    page.wait_for_selector(READY)


def arrived(page: Page, title: str | re.Pattern[str]) -> None:
    """Wait for the screen with this h1. While one screen follows another, both have theirs for a moment."""
    expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    # A module, not the session: while it runs, its event loop is in the way of other tests' own.
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A phone-sized browser of its own, with no cookies."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, timezone_id="Europe/London")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Page]:
    """A desktop-sized one."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, timezone_id="Europe/London")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def red(tmp_path_factory: pytest.TempPathFactory) -> Caller:
    return make_caller(tmp_path_factory.mktemp("red"), "red", 440)


@pytest.fixture(scope="session")
def blue(tmp_path_factory: pytest.TempPathFactory) -> Caller:
    return make_caller(tmp_path_factory.mktemp("blue"), "blue", 660)


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    """A clinic with Dana, her client Sam with a session now, and Noor, who is new."""
    point_at(monkeypatch, tmp_path)
    db.start()
    now = datetime.now(UTC)
    make_clinic(now=now)
    dana = make_therapist("Dana Okafor", email="dana@example.org", zone="Europe/London", now=now)
    sam = make_client("Sam Rivera", email="sam@example.org", therapist=dana, zone="Europe/London", now=now)
    per = make_therapist("Per Lind", email="per@example.org", now=now)
    make_policy(dana, per, now=now)
    make_client("Noor Haddad", email="noor@example.org", zone="America/New_York", consented=False, now=now)
    make_account(Role.ADMINISTRATOR, "Ada Min", email="ada@example.org", now=now)
    appointment = make_appointment(sam, dana, now - timedelta(minutes=5), now=now)
    with running_portal(tmp_path, {"QUIET_ROOM_VAR": str(tmp_path), "QUIET_ROOM_KEYS": KEYS}) as portal:
        yield Street(portal, tmp_path, appointment)
    forget()
