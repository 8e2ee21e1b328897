"""A sink and a slot without a network: what goes out for what comes in, and what is asked of whom."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

import pytest

from clinic.video import rtp
from clinic.video.sinks import Sink
from clinic.video.slots import HISTORY, Slot

DELTA, KEY = bytes([0x10, 0x01, 0x55]), bytes([0x10, 0x00, 0x55])
MEDIA, AGAIN, SEND_TIME = 96, 97, 3


class Network:
    """A wire that writes down what is sent and asked by it; it can take no more when told so."""

    def __init__(self) -> None:
        self.blocked = False
        self.sent: list[rtp.Read] = []
        self.key_frames = 0
        self.asked: list[int] = []
        self.allowed: list[int] = []
        self.reports: list[tuple[int, int]] = []

    def send(self, packet: bytes) -> bool:
        if not self.blocked:
            self.sent.append(rtp.read(packet, SEND_TIME))
        return not self.blocked

    def ask_key_frame(self, source: int) -> None:
        self.key_frames += 1

    def ask_again(self, source: int, sequences: Iterable[int]) -> None:
        self.asked += sequences

    def allow(self, source: int, bits_a_second: int) -> None:
        self.allowed.append(bits_a_second)

    def pass_report(self, ssrc: int, moment: int, timestamp: int, packets: int, octets: int) -> None:
        self.reports.append((moment, timestamp))


class Line:
    """One person's camera, by a sink and a slot, to the other's screen."""

    def __init__(self) -> None:
        self.here, self.there = Network(), Network()
        self.sink, self.slot = Sink("video", lambda now: None), Slot("video")
        self.sink.open(self.here, MEDIA, AGAIN, SEND_TIME, frozenset({1, 2}))
        self.slot.open(self.there, 7, 120, (121, 8), SEND_TIME)
        self.sink.lead(self.slot, False)

    def come(self, sequence: int, payload: bytes = DELTA, ssrc: int = 1, send_time: int = 9) -> None:
        part = rtp.Read(0, 0, MEDIA, sequence, 3000 * sequence, ssrc, send_time, payload)
        self.sink.take(rtp.write(part, SEND_TIME))

    @property
    def sequences(self) -> list[int]:
        """Of what was sent, counted from its first."""
        return [(part.sequence - self.there.sent[0].sequence) & 0xFFFF for part in self.there.sent]


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(coroutine, 120))


async def _turn() -> None:
    """Let what was called for on the loop happen."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def test_nothing_is_shown_before_a_key_frame_and_it_is_asked_for_at_most_once_in_a_while() -> None:
    async def wait() -> None:
        line = Line()
        for n in range(20):
            line.come(n)
            line.slot.need_key_frame()
        assert line.there.sent == []
        assert line.here.key_frames == 1
        line.sink._asked_at -= 0.3
        line.come(20)
        line.come(21)
        assert line.here.key_frames == 2
        line.come(22, KEY)
        line.come(23)
        assert line.sequences == [0, 1]
        line.sink._asked_at -= 0.3
        for _ in range(5):
            line.slot.need_key_frame()
        assert line.here.key_frames == 3, "the viewer's own requests as well"

    run(wait())


def test_a_key_frame_whose_beginning_comes_last_is_shown_whole() -> None:
    async def mend() -> None:
        line = Line()
        line.come(9)
        line.come(11, b"\x00rest")
        line.come(12, b"\x00end")
        assert line.there.sent == []
        line.come(10, KEY)
        assert line.sequences == [0, 1, 2]
        assert [part.payload for part in line.there.sent] == [KEY, b"\x00rest", b"\x00end"]

    run(mend())


def test_what_is_missing_is_asked_for_again_until_it_comes_or_is_too_late() -> None:
    async def lose() -> None:
        line = Line()
        line.come(0, KEY)
        line.come(3)
        assert line.here.asked == [1, 2]
        lost = rtp.Read(0, 0, MEDIA, 1, 3000, 1, 9, b"\x10\x01lost")
        line.sink.take(rtp.write(rtp.wrap(lost, AGAIN, 99, 500), SEND_TIME))
        assert line.sequences == [0, 3, 1]
        line.sink.take(rtp.write(rtp.wrap(lost, AGAIN, 99, 501), SEND_TIME))
        assert line.sequences == [0, 3, 1], "once is enough"
        while line.here.asked[-1] != 2 or len(line.here.asked) < 3:
            await asyncio.sleep(0.01)
        line.sink.arrivals.missing[2] -= 2.0
        while line.sink.arrivals.missing:
            await asyncio.sleep(0.01)
        asked = len(line.here.asked)
        await asyncio.sleep(0.25)
        assert len(line.here.asked) == asked

    run(lose())


def test_a_viewers_lost_packets_are_sent_again_with_the_time_of_that() -> None:
    async def resend() -> None:
        line = Line()
        line.come(0, KEY, send_time=1000)
        line.come(1, send_time=2000)
        second = line.there.sent[1]
        await asyncio.sleep(0.1)
        line.slot.resend([second.sequence, second.sequence, second.sequence + 50])
        assert len(line.there.sent) == 3, "at most once in 30 ms, and nothing that was never sent"
        again = line.there.sent[2]
        assert (again.kind, again.ssrc) == (121, 8)
        assert rtp.unwrap(again, second.kind, second.ssrc)._replace(send_time=None) == second._replace(
            send_time=None
        )
        assert again.send_time is not None
        assert again.send_time - 2000 >= 0.09 * rtp.SEND_TIME_SECOND

    run(resend())


def test_what_is_kept_for_resending_is_bounded() -> None:
    async def flood() -> None:
        line = Line()
        line.come(0, KEY)
        for n in range(1, 3 * HISTORY):
            line.come(n)
        first = line.there.sent[0].sequence
        sent = len(line.there.sent)
        line.slot.resend((first + n) & 0xFFFF for n in range(3 * HISTORY))
        assert len(line.there.sent) - sent == HISTORY

    run(flood())


def test_a_viewer_whose_network_is_full_gets_a_new_picture_later_and_no_old_ones() -> None:
    async def fill() -> None:
        line = Line()
        line.come(0, KEY)
        line.there.blocked = True
        for n in range(1, 100):
            line.come(n)
        line.there.blocked = False
        line.come(100)
        assert len(line.there.sent) == 1, (
            "nothing waited, and what follows from what was not sent does not go"
        )
        line.come(101, KEY)
        assert line.sequences == [0, 1]
        assert line.there.sent[1].payload == KEY

    run(fill())


def test_the_viewers_limit_reaches_the_source_and_a_later_source_too() -> None:
    async def limit() -> None:
        line = Line()
        line.come(0, KEY)
        line.slot.take_limit(400_000)
        assert line.here.allowed[-1] == 400_000
        line.come(0, KEY, ssrc=2)
        assert line.here.allowed[-1] == 400_000

    run(limit())


def test_sound_only_asks_for_little_and_after_it_for_a_key_frame_and_more() -> None:
    async def listen() -> None:
        line = Line()
        line.come(0, KEY)
        line.slot.take_limit(900_000)
        line.sink.lead(None, True)
        await _turn()
        assert line.here.allowed[-1] < 100_000
        line.come(1)
        assert len(line.there.sent) == 1
        asked = line.here.key_frames
        line.sink.lead(line.slot, False)
        await _turn()
        assert line.here.allowed[-1] == 900_000
        assert line.here.key_frames == asked + 1
        line.come(2)
        line.come(3, KEY)
        assert [part.payload for part in line.there.sent] == [KEY, KEY]

    run(listen())


def test_a_source_that_the_browser_has_not_named_is_refused() -> None:
    async def refuse() -> None:
        line = Line()
        line.come(0, KEY)
        with pytest.raises(ValueError, match="not named"):
            line.come(1, KEY, ssrc=66)
        line.come(1)
        assert line.sequences == [0, 1]

    run(refuse())


def test_lips_and_voice_stay_together_through_the_rewritten_timestamps() -> None:
    async def report() -> None:
        line = Line()
        line.come(5, KEY)
        line.sink.report(0xABCDEF, 3000 * 5 + 777)
        assert line.there.reports == [(0xABCDEF, line.there.sent[0].timestamp + 777)]
        line.slot.cut()
        line.sink.report(0xABCDEF, 3000 * 6)
        assert len(line.there.reports) == 1, "of what the viewer does not get, nothing is said"

    run(report())


def test_a_stream_without_a_key_frame_is_told_as_starved() -> None:
    async def starve() -> None:
        line = Line()
        told = [line.slot.starved_at]
        line.come(0)
        line.come(1)
        told.append(line.slot.starved_at)
        line.come(2, KEY)
        told.append(line.slot.starved_at)
        assert [at is None for at in told] == [True, False, True]

    run(starve())
