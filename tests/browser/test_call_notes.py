"""The therapist writes during a call: what they write is kept, and the call does not notice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Playwright, expect
from sqlalchemy import select

import db
from clinic.records.note_formats import free, from_body
from db.tables import NoteVersion, ProgressNote
from tests.browser.callers import Caller
from tests.browser.calling import a_call, connections_made
from tests.browser.conftest import Street, arrived, settled

pytestmark = pytest.mark.timeout(240)
WRITTEN = "Sleeps better. Next time: the letter to her brother."


def test_notes_are_kept_during_a_call_that_goes_on_and_signed_after_it(
    street: Street, playwright: Playwright, red: Caller, blue: Caller
) -> None:
    with a_call(street, playwright, red, blue) as call:
        before = connections_made(call.therapist)
        notes = call.therapist.get_by_label("Your notes on this session")
        notes.fill(WRITTEN)
        notes.press("Tab")
        expect(call.therapist.get_by_text("Kept at")).to_be_visible()
        call.goes_on()
        assert connections_made(call.therapist) == before, "the same connection as before"
        with db.reading() as session:
            row = session.scalars(select(ProgressNote)).one()
            assert from_body(row.format, row.body) == free(WRITTEN)
        assert WRITTEN not in call.client.inner_text("body")
        _left_and_signed(call.therapist)
        assert WRITTEN not in call.client.inner_text("body")


def _left_and_signed(page: Page) -> None:
    """From the call to the signed note, without going by any other screen."""
    settled(page)
    page.get_by_role("button", name="Leave", exact=True).click()
    expect(page.get_by_text("You left the session with Sam Rivera.")).to_be_visible()
    page.get_by_role("link", name="Finish your note").click()
    arrived(page, "Note: Sam Rivera")
    expect(page.get_by_label("Your notes on this session", exact=True)).to_have_value(WRITTEN)
    for _ in range(2):  # the second press says yes to the question
        page.get_by_role("button", name="Sign and lock", exact=True).click()
        settled(page)
    expect(page.get_by_text("Signed by Dana Okafor")).to_be_visible()
    with db.reading() as session:
        version = session.scalars(select(NoteVersion)).one()
        assert from_body(version.format, version.body) == free(WRITTEN)
