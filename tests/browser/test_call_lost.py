"""A call that is cut: a tunnel, a dead browser, a right taken away. The other is told, and nothing hangs."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Playwright
from sqlalchemy import update

import db
from clinic.people import accounts
from db.tables import Appointment
from tests.browser.callers import Caller
from tests.browser.calling import (
    GONE,
    a_call,
    connected,
    gets_nothing,
    is_told,
    kill_browser,
    until,
    viewer_of,
    without_network,
)
from tests.browser.conftest import Street

pytestmark = pytest.mark.timeout(240)
ENDS_WITHIN = 5.0  # seconds from when somebody loses the right to be in a call
TOLD_WITHIN = 35.0  # seconds from when the other's browser is gone


def test_a_tunnel_is_waited_through_and_a_dead_browser_is_told(
    street: Street, playwright: Playwright, red: Caller, blue: Caller
) -> None:
    with a_call(street, playwright, red, blue) as call:
        with without_network(red):
            gets_nothing(call.therapist)
        call.goes_on()

        kill_browser(red)
        died = time.monotonic()
        is_told(call.therapist, GONE, TOLD_WITHIN)
        assert time.monotonic() - died < TOLD_WITHIN


def test_whoever_loses_the_right_to_be_there_is_out_within_five_seconds(
    street: Street, playwright: Playwright, red: Caller, blue: Caller
) -> None:
    with a_call(street, playwright, red, blue) as call:
        now = datetime.now(UTC)
        sam = viewer_of("sam@example.org", now)
        accounts.disable(viewer_of("ada@example.org", now), sam.public_id, now)
        until(call.client, lambda: connected(call.client) == 0, "the end of Sam's call", ENDS_WITHIN)
        is_told(call.therapist, GONE, TOLD_WITHIN)
        assert connected(call.therapist) == 1, "Dana may go on being there"

        _cancel(street.appointment)
        until(call.therapist, lambda: connected(call.therapist) == 0, "the end of the session", ENDS_WITHIN)
        is_told(call.therapist, "This session was cancelled.", 20)


def _cancel(appointment: str) -> None:
    """Straight in the database: the portal has to notice by itself."""
    with db.unit_of_work() as session:
        session.execute(
            update(Appointment)
            .where(Appointment.public_id == appointment)
            .values(status="cancelled", cancelled_at=datetime.now(UTC))
        )
