"""One person who joins again and again: it costs one place, and no other call notices."""

from __future__ import annotations

import asyncio

import pytest

from clinic.errors import CallsFull
from clinic.video.relay import Relay
from clinic.video.rooms import Seat
from tests.video.people import Person, until

LIGHT, DARK, OTHER = 200, 50, 120
JOINS = 5


def test_however_often_one_person_asks_it_is_one_place() -> None:
    relay = Relay(limit=2)
    asked = [relay.leg("theirs", Seat.CLIENT) for _ in range(300)]
    assert relay.calls == 1
    other = relay.leg("another's", Seat.THERAPIST)
    with pytest.raises(CallsFull):
        relay.leg("a third", Seat.CLIENT)
    for leg in asked:
        leg.close()
    assert relay.calls == 1
    assert not other.closed


def test_a_call_goes_on_while_somebody_in_another_room_reloads_without_end() -> None:
    async def meet() -> None:
        relay = Relay(limit=2)
        client = await Person(relay.leg("a", Seat.CLIENT), LIGHT).join()
        therapist = await Person(relay.leg("a", Seat.THERAPIST), DARK).join()
        await client.sees(DARK)
        before: list[Person] = []
        for _ in range(JOINS):
            restless = await Person(relay.leg("b", Seat.CLIENT), OTHER).join()
            await _sends(restless)
            assert all(person.leg.closed and person.leg.replaced for person in before)
            before.append(restless)
            await client.sees(DARK)
            await therapist.sees(LIGHT)
        assert not client.leg.replaced
        assert not therapist.leg.replaced
        assert OTHER not in {*client.shades, *therapist.shades}
        assert relay.calls == 2
        for person in (client, therapist, *before):
            await person.leave()

    asyncio.run(asyncio.wait_for(meet(), 120))


async def _sends(person: Person) -> None:
    await until(lambda: person.leg.began_at, "their media")
