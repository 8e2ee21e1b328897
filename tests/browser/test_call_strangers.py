"""Nobody but an appointment's two people comes into its room, in whatever role they are signed in."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

import db
from clinic.people.viewer import Role
from db.tables import Account, CareAssignment
from tests.browser.callers import call_frame
from tests.browser.calling import CLIENT, THERAPIST
from tests.browser.conftest import Street, settled
from tests.factories import make_account

pytestmark = pytest.mark.timeout(240)


def test_nobody_else_can_enter_whoever_they_are(street: Street, desk: Page) -> None:
    """Another client, another therapist, a supervisor who may read the record, the administrator, nobody."""
    room = f"{street.portal.address}/room?{urlencode({'appointment': street.appointment})}"
    _supervised_by("supervisor@example.org")
    for email in ("noor@example.org", "per@example.org", "supervisor@example.org"):
        desk.context.clear_cookies()
        street.let_in(desk, email)
        desk.goto(room)
        expect(desk.get_by_text("We can't find that page.")).to_be_visible()
        _shows_nothing_of_the_room(desk)
    desk.context.clear_cookies()
    street.let_in(desk, "ada@example.org")
    desk.goto(room)
    settled(desk)
    expect(desk.get_by_role("heading", level=1)).to_have_text("Clinic")
    assert call_frame(desk) is None
    desk.context.clear_cookies()
    desk.goto(room)
    expect(desk.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    _shows_nothing_of_the_room(desk)

    street.let_in(desk, "sam@example.org")
    desk.goto(room)
    expect(desk.get_by_role("heading", level=1)).to_contain_text(THERAPIST)


def _shows_nothing_of_the_room(page: Page) -> None:
    said = page.inner_text("body")
    assert CLIENT not in said
    assert THERAPIST not in said
    assert call_frame(page) is None


def _supervised_by(email: str) -> None:
    """Sam's record may be read by a supervisor, who has no sessions with them."""
    now = datetime.now(UTC)
    make_account(Role.THERAPIST, "Sunna Berg", email=email, now=now)
    with db.unit_of_work() as session:
        ids = {row.email: row.id for row in session.scalars(select(Account))}
        session.add(
            CareAssignment(
                client_id=ids["sam@example.org"], therapist_id=ids[email], supervises=True, since_at=now
            )
        )
