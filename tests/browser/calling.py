"""Bringing two people into a call, and asking their browsers how it goes.

What the screens say on the way in is here once: a test says who comes and what then happens.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psutil
from playwright.sync_api import Page, Playwright, expect
from sqlalchemy import select

import db
from clinic.people.viewer import Role, Viewer
from db.tables import Account
from tests.browser.callers import Caller, ask, browser_of, confirm_lobby, corner_colour, inbound
from tests.browser.conftest import Street

CLIENT, THERAPIST = "Sam Rivera", "Dana Okafor"
# What one person reads when the other is no longer there.
GONE = re.compile(r"is not in the room just now|connection dropped")

# Nothing but TURN on either side: our own candidates by policy, the server's by what we take of its answer.
RELAY_ONLY = """
(() => {
  const Real = window.RTCPeerConnection;
  if (!Real) return;
  const relayed = (line) => !line.startsWith('a=candidate') || line.includes(' typ relay');
  window.RTCPeerConnection = class extends Real {
    constructor(configuration, ...rest) {
      super({ ...configuration, iceTransportPolicy: 'relay' }, ...rest);
    }
    setRemoteDescription(said) {
      const sdp = said.sdp.split('\\r\\n').filter(relayed).join('\\r\\n');
      return super.setRemoteDescription({ type: said.type, sdp });
    }
    addIceCandidate(candidate, ...rest) {
      const said = candidate && candidate.candidate;
      if (said && !relayed('a=' + said)) return Promise.resolve();
      return super.addIceCandidate(candidate, ...rest);
    }
  };
})();
"""
_PAIR = """
async () => {
  for (const connection of (window.connections || []).slice().reverse()) {
    if (connection.connectionState !== 'connected') continue;
    const reports = await connection.getStats();
    for (const report of reports.values()) {
      if (report.type !== 'transport' || !report.selectedCandidatePairId) continue;
      const pair = reports.get(report.selectedCandidatePairId);
      const [mine, theirs] = [reports.get(pair.localCandidateId), reports.get(pair.remoteCandidateId)];
      return [mine.candidateType, theirs.candidateType];
    }
  }
  return null;
}
"""
_OPEN = "() => (window.connections || []).filter((c) => c.connectionState === 'connected').length"


@dataclass(frozen=True)
class Call:
    """Two people who see and hear each other."""

    street: Street
    client: Page
    therapist: Page

    def goes_on(self) -> None:
        """Each sees the other move and hears them, from now on."""
        sees_and_hears(self.client, "blue")
        sees_and_hears(self.therapist, "red")


@contextmanager
def a_call(
    street: Street, playwright: Playwright, red: Caller, blue: Caller, script: str | None = None
) -> Iterator[Call]:
    """Sam and Dana in their session's call. `script` runs in both browsers before any page."""
    with browser_of(playwright, red) as client, browser_of(playwright, blue) as therapist:
        if script is not None:
            for page in (client, therapist):
                page.context.add_init_script(script)
        street.let_in(client, "sam@example.org")
        street.let_in(therapist, "dana@example.org")
        join(client)
        confirm_lobby(client)
        start(therapist)
        call = Call(street, client, therapist)
        call.goes_on()
        yield call


def join(page: Page) -> None:
    """The client, from their first screen into the waiting room."""
    page.get_by_role("button", name="Join session").click()


def start(page: Page) -> None:
    """The therapist, from their first screen into the room; the client who waits is let in."""
    page.get_by_role("button", name=f"Start session: {CLIENT}").click()
    page.get_by_role("button", name=f"Let {CLIENT} in").click()


def viewer_of(email: str, now: datetime) -> Viewer:
    """Somebody of the street as services know them, who gave their password just now."""
    with db.reading() as session:
        account = session.scalars(select(Account).where(Account.email == email)).one()
    role = Role(account.role)
    return Viewer(account.id, account.public_id, role, account.name, account.zone, 0, password_at=now)


def sees_and_hears(page: Page, colour: str) -> None:
    """The other's picture is there and moves, and their sound arrives and is no silence."""
    until(page, lambda: corner_colour(page) == colour, f"the {colour} corner")
    before = inbound(page)
    until(page, lambda: inbound(page).less(before).frames >= 30, "30 more pictures")
    until(page, lambda: inbound(page).less(before).packets >= 50, "50 more packets of sound")
    until(page, lambda: inbound(page).less(before).energy > 0, "sound that is no silence")


def gets_nothing(page: Page, patience: float = 45.0) -> None:
    """No picture and no sound arrives any more: for a second and a half, nothing."""
    last, since = inbound(page), time.monotonic()
    deadline = since + patience
    while time.monotonic() - since < 1.5:
        assert time.monotonic() < deadline, "media went on arriving"
        page.wait_for_timeout(250)  # between two looks; the browser's news arrive meanwhile
        now = inbound(page)
        if (now.frames, now.packets) != (last.frames, last.packets):
            last, since = now, time.monotonic()


def is_told(page: Page, words: str | re.Pattern[str], seconds: float) -> None:
    expect(page.get_by_text(words).first).to_be_visible(timeout=seconds * 1000)


def until(page: Page, true: Callable[[], bool], what: str, patience: float = 45.0) -> None:
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, f"never came: {what}\n{_as_it_is(page)}"
        page.wait_for_timeout(250)  # between two looks; the browser's news arrive meanwhile


def _as_it_is(page: Page) -> str:
    """For whoever reads that a test failed: each connection's state, and what the screen says."""
    states = ask(page, "() => (window.connections || []).map((c) => c.connectionState)")
    return f"connections: {states}; the screen says:\n{page.inner_text('body')}"


def connected(page: Page) -> int:
    """How many connections of this page's call are open."""
    return int(ask(page, _OPEN) or 0)


def connections_made(page: Page) -> int:
    """How many connections the call's frame has made since it is there."""
    return int(ask(page, "() => (window.connections || []).length") or 0)


def pair_in_use(page: Page) -> tuple[str, str] | None:
    """(our candidate's type, the server's) of the pair that carries the call; None without one."""
    found: list[str] | None = ask(page, _PAIR)
    return None if found is None else (found[0], found[1])


def kill_browser(caller: Caller) -> None:
    """As when a phone's battery ends: the process is gone, and nothing says goodbye."""
    for process in _processes(caller):
        process.kill()


@contextmanager
def without_network(caller: Caller) -> Iterator[None]:
    """As in a tunnel: what sends and receives for this browser stands still, and its pages live on."""
    network = [process for process in _processes(caller) if "network.mojom.NetworkService" in _words(process)]
    assert len(network) == 1, "this browser has no network process of its own"
    os.kill(network[0].pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(network[0].pid, signal.SIGCONT)


def _processes(caller: Caller) -> list[psutil.Process]:
    """This caller's browser and all that it started; the picture it is fed with tells it from others."""
    mine = [
        process
        for process in psutil.process_iter()
        if str(caller.picture) in _words(process) and "--type=" not in _words(process)
    ]
    assert mine, "this caller's browser is not there"
    return [*mine[0].children(recursive=True), mine[0]]


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
