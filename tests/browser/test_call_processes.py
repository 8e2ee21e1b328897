"""A call where two processes share the work: the balancer sends the two people apart, and they meet."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect
from sqlalchemy import select

import db
from clinic.people.sign_in import COOKIE
from db.tables import Visit
from tests.browser.callers import Caller, browser_of, confirm_lobby
from tests.browser.calling import CLIENT, is_told, sees_and_hears, until, viewer_of
from tests.databases import KEYS, Server, forget, point_at
from tests.factories import cookie_of, make_appointment, make_client, make_clinic, make_therapist
from tests.portal import Portal, running_portal
from tests.proxies import HOME, NAMES, running_nginx

pytestmark = pytest.mark.timeout(300)
A, B = NAMES


@dataclass(frozen=True)
class Town:
    """Two processes behind the balancer at `address`; Sam has a session with Dana now."""

    address: str
    portals: dict[str, Portal]
    appointment: str

    def let_in(self, page: Page, email: str, process: str) -> None:
        """Signed in, and sent to this process by the balancer."""
        now = datetime.now(UTC)
        cookie = cookie_of(viewer_of(email, now), now)
        kept = {COOKIE: cookie, "qr_process": process}
        page.context.add_cookies(
            [{"name": name, "value": value, "url": self.address} for name, value in kept.items()]
        )
        page.goto(self.address)
        page.get_by_text("Signed in as").wait_for()

    def kill(self, process: str) -> None:
        """As when memory is short: it says nothing, and its rooms are still its own for a while."""
        os.kill(self.portals[process].pid, signal.SIGKILL)

    def carrier(self) -> str | None:
        with db.reading() as session:
            return session.scalars(select(Visit.carried_by)).first()


@pytest.fixture
def town(
    tmp_path: Path, postgres: Server, postgres_template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    with ExitStack() as stack:
        url = stack.enter_context(postgres.copy(postgres_template))
        point_at(monkeypatch, tmp_path, url)
        now = datetime.now(UTC)
        make_clinic(now=now)
        dana = make_therapist("Dana Okafor", email="dana@example.org", zone="Europe/London", now=now)
        sam = make_client(CLIENT, email="sam@example.org", therapist=dana, zone="Europe/London", now=now)
        appointment = make_appointment(sam, dana, now - timedelta(minutes=5), now=now)
        portals = {}
        for name in NAMES:
            environment = {
                "DATABASE_URL": url,
                "QUIET_ROOM_VAR": str(tmp_path),
                "QUIET_ROOM_KEYS": KEYS,
                "QUIET_ROOM_HTTPS": "1",
                "QUIET_ROOM_PROCESS": name,
            }
            portals[name] = stack.enter_context(running_portal(tmp_path, environment))
        proxy = stack.enter_context(running_nginx(tmp_path, [portals[name].port for name in NAMES]))
        yield Town(f"https://{HOME}:{proxy.port}", portals, appointment)
    forget()


def process_of(page: Page) -> str:
    """The process that this browser stays with."""
    return next(each["value"] for each in page.context.cookies() if each["name"] == "qr_process")


def test_the_two_are_brought_together_and_go_on_when_their_process_is_killed(
    town: Town, playwright: Playwright, red: Caller, blue: Caller
) -> None:
    with (
        browser_of(playwright, red, any_certificate=True) as client,
        browser_of(playwright, blue, any_certificate=True) as therapist,
    ):
        town.let_in(client, "sam@example.org", A)
        town.let_in(therapist, "dana@example.org", B)
        client.get_by_role("button", name="Join session").click()
        confirm_lobby(client)
        assert town.carrier() == A, "whoever comes first gives the room to their process"

        therapist.get_by_role("button", name=f"Start session: {CLIENT}").click()
        therapist.get_by_role("button", name=f"Let {CLIENT} in").click()
        assert (process_of(client), process_of(therapist)) == (A, A), "and the other is brought there"
        sees_and_hears(client, "blue")
        sees_and_hears(therapist, "red")
        assert "brought" not in therapist.url

        town.kill(A)
        is_told(client, "Your session is being moved to another server.", 30)
        until(client, lambda: town.carrier() == B, "the other process takes the room over", 60)
        for page in (client, therapist):
            expect(page.get_by_role("button", name="Leave", exact=True)).to_be_visible(timeout=60_000)
        sees_and_hears(client, "blue")
        sees_and_hears(therapist, "red")
