"""A call whose two people can reach nothing but a TURN server: through a real coturn, on either side."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Playwright

from clinic.video.turn_settings import Kind, TurnEntry, save_turn
from tests.browser.callers import Caller
from tests.browser.calling import RELAY_ONLY, a_call, pair_in_use, viewer_of
from tests.browser.conftest import Street
from tests.coturn import SECRET, Coturn

pytestmark = pytest.mark.timeout(240)


def test_a_call_goes_through_turn_where_nothing_else_gets_through(
    street: Street, playwright: Playwright, red: Caller, blue: Caller, coturn: Coturn
) -> None:
    now = datetime.now(UTC)
    save_turn(viewer_of("ada@example.org", now), TurnEntry(Kind.OWN, coturn.udp, secret=SECRET), now)
    with a_call(street, playwright, red, blue, RELAY_ONLY) as call:
        for page in (call.client, call.therapist):
            assert pair_in_use(page) == ("relay", "relay")
        names = set(re.findall(r"username=<(\d+:[0-9a-f]+)>", coturn.log))
        # The waiting room's device check has one more, which ends at another time.
        ends = Counter(name.partition(":")[0] for name in names)
        assert max(ends.values()) == 2, "each of the two has a user name of their own"
        assert not [name for name in names if street.appointment in name]
