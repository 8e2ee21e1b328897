"""One of two processes is stopped in order, as for an upgrade: its people go on at the other."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime

from sqlalchemy import select

import db
from clinic.video import visits
from db.tables import PortalProcess
from tests.processes.conftest import A, B, House


def test_its_people_stay_signed_in_and_its_rooms_are_free_at_once(house: House) -> None:
    cookie = house.signed_in("sam@example.org", B)
    room = f"/room?appointment={house.appointment}"
    with house.visits(B, cookie) as sam:
        assert sam.open("room", room.partition("?")[2]).says("Where you are today")
    assert _named() == {A, B}
    led = house.ask(f"/to-room/{house.appointment}", cookies={"qr_process": A, "quiet_room": cookie})
    assert (led.status, led.cookie("qr_process")) == (303, B), "the room is carried by the one they came to"
    assert led.headers["location"] == f"{room}&brought=1"

    os.kill(house.portals[B].pid, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while B in _named():
        assert time.monotonic() < deadline, "it said no goodbye"
        time.sleep(0.1)  # between two looks; what is looked for is what is waited for
    with house.visits(B, cookie) as sam:  # the browser still says B; the balancer knows better
        assert sam.open("room", room.partition("?")[2]).says("Where you are today")
    assert visits.state(house.sam, house.appointment, datetime.now(UTC)).elsewhere == ""
    led = house.ask(f"/to-room/{house.appointment}", cookies={"qr_process": A, "quiet_room": cookie})
    assert led.headers["location"] == room, "it is here"
    assert "qr_process" not in led.cookies


def test_a_stranger_is_led_to_the_page_that_says_so_and_learns_nothing(house: House) -> None:
    for cookies in ({"qr_process": A}, {"qr_process": A, "quiet_room": "nobody's"}):
        led = house.ask(f"/to-room/{house.appointment}", cookies=cookies)
        assert led.headers["location"] == f"/room?appointment={house.appointment}"
        assert "qr_process" not in led.cookies
    assert house.ask("/to-room/..%2F..%2Felsewhere", cookies={"qr_process": A}).headers.get("location") in (
        "/",
        None,
    )


def _named() -> set[str]:
    with db.reading() as session:
        return set(session.scalars(select(PortalProcess.name)))
