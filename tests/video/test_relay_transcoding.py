"""The fallback: frames decoded and encoded again. Slots outlive a refresh, one seat each; real frames."""

from __future__ import annotations

import asyncio
import gc
from fractions import Fraction
from typing import Any

import pytest
from aiortc.mediastreams import MediaStreamError, VideoStreamTrack
from av import VideoFrame

from clinic.video.relay import Leg, Relay
from clinic.video.rooms import Seat
from clinic.video.transcoding import Slot, Timeline
from tests.video.people import Person

BASE = Fraction(1, 90_000)


def _frame(pts: int) -> VideoFrame:
    frame = VideoFrame(16, 16, "yuv420p")
    frame.pts, frame.time_base = pts, BASE
    return frame


def _start(leg: Leg) -> None:
    """Begin sending: a camera that gives a frame 30 times a second."""
    leg.sinks["video"].addTrack(VideoStreamTrack())
    leg.sinks["video"].start()


async def _sees(leg: Leg) -> Any:
    return await asyncio.wait_for(leg.slots["video"].recv(), 5)


async def _last_of(leg: Leg) -> None:
    """Read until nothing comes for half a second."""
    while True:
        await asyncio.wait_for(leg.slots["video"].recv(), 0.5)


def _run(coroutine: Any) -> None:
    asyncio.run(asyncio.wait_for(coroutine, 120))


def test_each_sees_the_other_and_not_oneself() -> None:
    async def meet() -> None:
        relay = Relay(forward=False)
        client, therapist = relay.leg("a", Seat.CLIENT), relay.leg("a", Seat.THERAPIST)
        _start(client)
        _start(therapist)
        await _sees(client)
        await _sees(therapist)
        client.close()
        # Nobody is opposite any more, and one's own picture does not come back.
        with pytest.raises(TimeoutError):
            await _last_of(therapist)
        therapist.close()

    _run(meet())


def test_the_fallback_carries_a_call_over_real_connections() -> None:
    async def meet() -> None:
        relay = Relay(forward=False)
        client = await Person(relay.leg("a", Seat.CLIENT), 200).join()
        therapist = await Person(relay.leg("a", Seat.THERAPIST), 50).join()
        await client.sees(50)
        await therapist.sees(200)
        await client.hears()
        assert client.leg.quality().word == "good"
        await client.leave()
        await therapist.leave()

    _run(meet())


def test_rooms_do_not_mix() -> None:
    async def meet() -> None:
        relay = Relay(forward=False)
        client, stranger = relay.leg("a", Seat.CLIENT), relay.leg("b", Seat.THERAPIST)
        therapist = relay.leg("a", Seat.THERAPIST)
        for leg in (client, stranger, therapist):
            _start(leg)
        await _sees(therapist)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stranger.slots["video"].recv(), 0.5)
        for leg in (client, stranger, therapist):
            leg.close()

    _run(meet())


def test_the_others_slot_lives_on_through_a_refresh_and_time_never_runs_back() -> None:
    async def meet() -> None:
        relay = Relay(forward=False)
        therapist, before = relay.leg("a", Seat.THERAPIST), relay.leg("a", Seat.CLIENT)
        _start(therapist)
        _start(before)
        stamps = [(await _sees(therapist)).pts for _ in range(5)]
        after = relay.leg("a", Seat.CLIENT)  # the page was loaded anew; the old tab is not gone yet
        _start(after)
        await _sees(after)
        assert before.closed
        assert before.replaced
        stamps += [(await _sees(therapist)).pts for _ in range(5)]
        assert stamps == sorted(set(stamps))
        assert not after.replaced
        therapist.close()
        after.close()

    _run(meet())


def test_a_slow_viewer_gets_the_newest_picture_not_the_oldest() -> None:
    async def fall_behind() -> None:
        slot = Slot("video")
        for n in range(100):
            slot.put(_frame(n * 3000), "camera")
        newest = await asyncio.wait_for(slot.recv(), 1)
        assert newest.pts >= 99 * 3000
        slot.stop()

    _run(fall_behind())


def test_whoever_waits_at_a_slot_is_told_when_it_ends() -> None:
    async def wait() -> None:
        slot = Slot("audio")
        waiting = asyncio.create_task(slot.recv())
        await asyncio.sleep(0)
        await asyncio.to_thread(slot.stop)  # a script's thread ends it
        with pytest.raises(MediaStreamError):
            await asyncio.wait_for(waiting, 5)
        with pytest.raises(MediaStreamError):
            await slot.recv()

    _run(wait())


def test_an_empty_room_is_forgotten() -> None:
    relay = Relay(forward=False)
    leg = relay.leg("a", Seat.CLIENT)
    assert "a" in relay._rooms
    leg.close()
    leg.close()
    del leg
    gc.collect()
    assert "a" not in relay._rooms


def test_a_new_source_goes_on_where_the_last_one_stopped() -> None:
    line = Timeline()
    first, second = object(), object()
    assert line.place(500, BASE, first, 0.0) == 0
    assert line.place(3500, BASE, first, 0.033) == 3000
    resumed = line.place(90_000_000, BASE, second, 1.033)  # a second later, counting from elsewhere
    assert resumed == 3000 + 90_000
    assert line.place(90_003_000, BASE, second, 1.066) == resumed + 3000
    assert line.place(90_003_000, BASE, second, 1.066) > resumed + 3000  # never twice the same
