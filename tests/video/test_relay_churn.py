"""Two hundred people come and go: nothing of them is left in the process."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import threading

import psutil

from clinic.video.relay import Relay
from clinic.video.rooms import Seat
from tests.video.people import Person, until

JOINS, TOGETHER = 200, 10
# People who come before the first look: imports, pools and caches have grown by then.
WARM_UP = 100


async def _meet(relay: Relay, rooms: range) -> None:
    """Two people in each room hear each other, then leave."""
    people = [Person(relay.leg(str(room), seat), None) for room in rooms for seat in Seat]
    await asyncio.gather(*(person.join() for person in people))
    for person in people:
        await until(lambda person=person: person.leg.began_at and person.sounds, "sound", 20)  # type: ignore[misc]
    await asyncio.gather(*(person.leave() for person in people))


def _give_back() -> None:
    """What is free but kept by the C library for the next call is not a leak."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def test_two_hundred_joins_leave_nothing_behind() -> None:
    process = psutil.Process()

    async def churn() -> None:
        relay = Relay(limit=JOINS)

        async def come_and_go(joins: int) -> tuple[int, int, int]:
            for first in range(0, joins // 2, TOGETHER // 2):
                await _meet(relay, range(first, first + TOGETHER // 2))
            gc.collect()
            _give_back()
            return process.memory_info().rss, threading.active_count(), process.num_fds()

        rss, threads, descriptors = await come_and_go(WARM_UP)
        later = await come_and_go(JOINS)
        assert relay.calls == 0
        assert len(relay._rooms) == 0
        assert later[0] < rss * 1.05, f"{rss / 1e6:.0f} MB grew to {later[0] / 1e6:.0f} MB"
        assert later[1] <= threads * 1.05
        assert later[2] <= descriptors * 1.05

    asyncio.run(asyncio.wait_for(churn(), 100))
