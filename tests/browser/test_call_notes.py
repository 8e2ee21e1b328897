"""The therapist writes during a call: what they write is kept, and the call does not notice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Playwright, expect
from sqlalchemy import select

import db
from clinic.records.note_formats import free, from_body
from db.tables import ProgressNote
from tests.browser.callers import Caller
from tests.browser.calling import a_call, connections_made
from tests.browser.conftest import Street

pytestmark = pytest.mark.timeout(240)
WRITTEN = "Sleeps better. Next time: the letter to her brother."


def test_notes_are_kept_during_a_call_that_goes_on(
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
