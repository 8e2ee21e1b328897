"""axe-core looks at every screen of every role, light and dark, in the demo clinic: nothing serious."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

import db
from clinic.measures.in_addresses import key_of
from clinic.people.sign_in import COOKIE, Trial, redeem, try_as
from clinic.people.viewer import Role
from components.navigation import SCREENS
from db.tables import Account, Appointment
from tests.browser.conftest import PATIENCE_MS, settled
from tests.databases import KEYS, forget, point_at
from tests.portal import Portal, running_portal

pytestmark = pytest.mark.timeout(300)
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# The success criteria of WCAG 2.2, levels A and AA, and what axe-core calls best practice.
_LOOK = """
async () => {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const found = await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    resultTypes: ['violations'],
  });
  return found.violations.map((one) => ({
    id: one.id, impact: one.impact, where: one.nodes.map((node) => node.target.join(' ')).slice(0, 3),
  }));
}
"""
SERIOUS = ("serious", "critical")
STRANGERS = ("sign_in", "help_now", "welcome", "first_contact")
# What a screen needs to know in its address, to show more than that it found nothing.
OF_A_CLIENT = (
    "client_record",
    "client_days",
    "check_in_plan",
    "documents",
    "measure_plan",
    "record_file",
    "safety_plan",
    "tasks",
)


@dataclass(frozen=True)
class DemoClinic:
    portal: Portal
    cookies: dict[str, str]
    client: str
    now: str  # the session that takes place
    past: str
    measure: str

    def address(self, name: str, who: str) -> str:
        asked: dict[str, str] = {}
        if name in OF_A_CLIENT and who == Trial.THERAPIST:
            asked = {"client": self.client}
        elif name == "room":
            asked = {"appointment": self.now}
        elif name == "attendance":
            asked = {"session": self.past}
        elif name == "questionnaire":
            asked = {"measure": self.measure}
        return f"{self.portal.address}/{name}?{urlencode(asked)}"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoClinic]:
    var = tmp_path_factory.mktemp("demo")
    environment = {"QUIET_ROOM_VAR": str(var), "QUIET_ROOM_KEYS": KEYS, "QUIET_ROOM_DEMO": "1"}
    with running_portal(var, environment) as portal:
        with pytest.MonkeyPatch.context() as monkeypatch:
            point_at(monkeypatch, var)
            monkeypatch.setenv("QUIET_ROOM_DEMO", "1")
            forget()
            now = datetime.now(UTC)
            cookies = {who.value: redeem(try_as(who, now).ticket, now, "axe") for who in Trial}
            with db.reading() as session:
                client = session.scalars(
                    select(Account.public_id).where(Account.role == Role.CLIENT.value).order_by(Account.id)
                ).first()
                of_theirs = select(Appointment.public_id).where(
                    Appointment.client_id
                    == select(Account.id).where(Account.public_id == client).scalar_subquery(),
                    Appointment.status == "booked",
                )
                past = session.scalars(of_theirs.where(Appointment.ends_at < now)).first()
                current = session.scalars(
                    of_theirs.where(Appointment.starts_at <= now, Appointment.ends_at > now)
                ).first()
            assert client
            assert past
            assert current
            found = DemoClinic(portal, cookies, client, current, past, key_of("phq-9"))
        forget()
        yield found


def _violations(page: Page) -> list[dict[str, Any]]:
    """What is wrong, once the helpers that come by script are there: a serious fault is looked at again."""
    for _ in range(20):
        found: list[dict[str, Any]] = page.evaluate(_LOOK)
        if not any(one["impact"] in SERIOUS for one in found):
            break
        page.wait_for_timeout(250)  # between two looks
    return found


def _screens_of(who: str) -> list[str]:
    if who == "stranger":
        return list(STRANGERS)
    role = {Trial.THERAPIST: Role.THERAPIST, Trial.ADMINISTRATOR: Role.ADMINISTRATOR}.get(
        Trial(who), Role.CLIENT
    )
    return [screen.name for screen in SCREENS if role in screen.roles and screen.name != "sign_out"]


@pytest.mark.parametrize("who", ["stranger", *Trial])
def test_no_screen_has_a_serious_fault(
    demo: DemoClinic, chromium: Browser, who: str, capsys: pytest.CaptureFixture[str]
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    if who != "stranger":
        context.add_cookies([{"name": COOKIE, "value": demo.cookies[who], "url": demo.portal.address}])
    report: dict[str, list[dict[str, Any]]] = {}
    for name in _screens_of(who):
        page.emulate_media(color_scheme="light")
        page.goto(demo.address(name, who))
        page.get_by_role("heading", level=1).first.wait_for()
        settled(page)
        page.evaluate(AXE)
        report[f"{name}, light"] = _violations(page)
        _darken(page)
        report[f"{name}, dark"] = _violations(page)
    context.close()
    with capsys.disabled():
        sys.stdout.write("\n".join(["", f"axe-core, {who}:", *map(_line, report, report.values()), ""]))
    serious = {name: [one for one in found if one["impact"] in SERIOUS] for name, found in report.items()}
    assert not any(serious.values()), json.dumps({k: v for k, v in serious.items() if v}, indent=1)


def _darken(page: Page) -> None:
    """The portal follows the system's theme while it is open."""
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "getComputedStyle(document.querySelector('.stApp')).backgroundColor === 'rgb(18, 25, 29)'"
    )
    settled(page)


def _line(screen: str, found: list[dict[str, Any]]) -> str:
    return f"  {screen:<26}" + ("; ".join(f"{one['id']} ({one['impact']})" for one in found) or "nothing")


def test_a_fault_is_found(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content("<html lang=en><title>x</title><main><h1>x</h1><input></main></html>")
    page.evaluate(AXE)
    assert [one["id"] for one in _violations(page) if one["impact"] in SERIOUS] == ["label"]
    page.close()
