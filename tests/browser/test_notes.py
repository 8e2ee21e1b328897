"""From Today to a signed note, with a reload at every step; and a server that is killed while one types."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

import db
from clinic.records.note_formats import from_body
from db.tables import Appointment, NoteVersion, ProgressNote
from tests.browser.conftest import PATIENCE_MS, Street, arrived, settled

pytestmark = pytest.mark.timeout(240)
NOTES = "Your notes on this session"
AT_MOST_LOST = 1.0  # seconds of typing


def _by_phone(street: Street) -> None:
    with db.unit_of_work() as session:
        session.execute(
            update(Appointment).where(Appointment.public_id == street.appointment).values(modality="phone")
        )


def _is_over(street: Street) -> None:
    now = datetime.now(UTC)
    started, ended = now - timedelta(minutes=50), now - timedelta(seconds=1)
    with db.unit_of_work() as session:
        row = session.scalars(select(Appointment).where(Appointment.public_id == street.appointment)).one()
        row.starts_at, row.ends_at = started, ended
        row.blocks_from, row.blocks_until = started, ended


def _again(page: Page, there: Callable[[], None]) -> None:
    """Reload, and what was there is there."""
    settled(page)
    there()
    page.reload()
    settled(page)
    there()


def _type(page: Page, label: str, words: str) -> None:
    """Type, and wait until it is kept without leaving the field."""
    page.get_by_label(label, exact=True).press_sequentially(words)
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while words not in _kept().values():
        assert time.monotonic() < deadline, "not kept"
        time.sleep(0.05)  # between two questions; the answer is what is waited for
    settled(page)


def _kept() -> Mapping[str, str]:
    with db.reading() as session:
        row = session.scalars(select(ProgressNote)).first()
        return from_body(row.format, row.body).texts if row is not None else {}


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    settled(page)


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_a_session_from_today_to_its_signed_note(
    street: Street, size: str, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(size)
    _by_phone(street)
    street.let_in(page, "dana@example.org")
    _again(page, lambda: arrived(page, "Today"))
    _press(page, "Start session: Sam Rivera")
    arrived(page, "Session with Sam Rivera")
    _type(page, NOTES, "Sleeps better.")
    _again(page, lambda: expect(page.get_by_label(NOTES, exact=True)).to_have_value("Sleeps better."))
    _is_over(street)
    page.get_by_role("link", name="Back to Today").click()
    arrived(page, "Today")
    page.get_by_role("link", name="1 session to confirm").click()
    arrived(page, "Sessions to confirm")
    page.get_by_role("link", name="Note on the session with Sam Rivera").click()
    arrived(page, "Note: Sam Rivera")
    _again(page, lambda: expect(page.get_by_label(NOTES, exact=True)).to_have_value("Sleeps better."))
    beside = page.get_by_role("heading", name="Your last signed note")
    expect(beside).to_be_visible(visible=size == "desk")
    page.get_by_role("combobox", name="Format").click()
    page.get_by_role("option", name="SOAP").click()
    _again(page, lambda: expect(page.get_by_label("Subjective", exact=True)).to_have_value("Sleeps better."))
    _type(page, "Plan", "The letter.")
    _again(page, lambda: expect(page.get_by_label("Plan", exact=True)).to_have_value("The letter."))
    _press(page, "Sign and lock")
    expect(page.get_by_text("Sign this note? It is locked then")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Plan", exact=True)).to_have_value("The letter.")
    settled(page)
    _press(page, "Sign and lock")
    expect(page.get_by_text("Sign this note? It is locked then")).to_be_visible()
    _press(page, "Sign and lock")
    _again(page, lambda: expect(page.get_by_text("Signed by Dana Okafor")).to_be_visible())
    expect(page.get_by_label("Plan", exact=True)).to_have_count(0)
    with db.reading() as session:
        version = session.scalars(select(NoteVersion)).one()
        assert dict(from_body(version.format, version.body).texts) == {
            "subjective": "Sleeps better.",
            "plan": "The letter.",
        }


def test_a_server_killed_while_one_types_loses_at_most_the_last_second(street: Street, desk: Page) -> None:
    street.let_in(desk, "dana@example.org")
    desk.goto(f"{street.portal.address}/note?session={street.appointment}")
    arrived(desk, "Note: Sam Rivera")
    settled(desk)
    desk.get_by_label(NOTES, exact=True).click()
    typed: list[float] = []
    begun = time.monotonic()
    while time.monotonic() < begun + 5:
        # Never a pause: what is kept is kept while the person writes on.
        desk.keyboard.type("abcdefghij"[len(typed) % 10], delay=20)
        typed.append(time.monotonic())
    killed = time.monotonic()
    os.kill(street.portal.pid, signal.SIGKILL)
    kept = _kept()["text"]
    assert ("abcdefghij" * len(typed)).startswith(kept)
    assert len(kept) >= sum(at <= killed - AT_MOST_LOST for at in typed)


def test_a_press_right_after_typing_turns_to_the_question(street: Street, desk: Page) -> None:
    street.let_in(desk, "dana@example.org")
    desk.goto(f"{street.portal.address}/note?session={street.appointment}")
    arrived(desk, "Note: Sam Rivera")
    settled(desk)
    desk.get_by_label(NOTES, exact=True).fill("Sleeps better.")
    desk.get_by_role("button", name="Sign and lock", exact=True).click()
    expect(desk.get_by_text("Sign this note? It is locked then")).to_be_visible()
    assert _kept()["text"] == "Sleeps better."
