"""Forwarding over real connections: aiortc on both ends, encoded pictures, no decoding in between."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import aioice.ice
import pylibsrtp
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from clinic.video.relay import Relay
from clinic.video.rooms import Seat
from tests.video.people import Person, until

LIGHT, DARK, OTHER = 200, 50, 120


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(coroutine, 120))


async def pair(relay: Relay, room: str = "a") -> tuple[Person, Person]:
    """A client of light shade and a therapist of dark shade."""
    return (
        await Person(relay.leg(room, Seat.CLIENT), LIGHT).join(),
        await Person(relay.leg(room, Seat.THERAPIST), DARK).join(),
    )


async def goodbye(*people: Person) -> None:
    for person in people:
        await person.leave()


def test_each_sees_and_hears_the_other_and_no_decoder_runs() -> None:
    async def meet() -> None:
        relay = Relay()
        client, therapist = await pair(relay)
        await client.sees(DARK)
        await therapist.sees(LIGHT)
        await client.hears()
        await therapist.hears()
        assert relay.path == "packets"
        assert relay.note is None
        assert relay.calls == 1
        # Two decoders of each browser's own; none of the server's.
        assert len([thread for thread in threading.enumerate() if "decoder" in thread.name]) == 4
        assert client.leg.began_at is not None
        assert client.leg.heard_at is not None
        client.leg.quality()
        await client.sees(DARK)
        quality = client.leg.quality()
        assert quality.word == "good"
        assert quality.received_kbit > 10
        assert quality.loss == 0
        await goodbye(client, therapist)
        assert relay.calls == 0
        assert client.leg.closed

    run(meet())


def test_who_joins_late_sees_the_picture_from_its_next_key_frame() -> None:
    async def meet() -> None:
        relay = Relay()
        client = await Person(relay.leg("a", Seat.CLIENT), LIGHT).join()
        await until(lambda: client.leg.began_at, "the client's first packet")
        await asyncio.sleep(0.5)  # long after the first key frame
        therapist = await Person(relay.leg("a", Seat.THERAPIST), DARK).join()
        await therapist.sees(LIGHT, patience=10)
        assert all(abs(shade - LIGHT) < 12 for shade in therapist.shades), "no picture was broken"
        await goodbye(client, therapist)

    run(meet())


def test_a_refresh_changes_the_source_and_the_others_connection_lives_on() -> None:
    async def meet() -> None:
        relay = Relay()
        before, therapist = await pair(relay)
        await therapist.sees(LIGHT)
        after = await Person(relay.leg("a", Seat.CLIENT), OTHER).join()
        await therapist.sees(OTHER)
        await after.sees(DARK)
        assert before.leg.replaced
        assert before.leg.closed
        assert not after.leg.replaced
        assert therapist.moments == sorted(set(therapist.moments)), "time never runs back"
        assert therapist.moments[-1] - therapist.moments[0] < 15 * 90_000, "and does not jump"
        await goodbye(before, after, therapist)

    run(meet())


def test_rooms_do_not_mix() -> None:
    async def meet() -> None:
        relay = Relay()
        client, therapist = await pair(relay, "a")
        stranger = await Person(relay.leg("b", Seat.THERAPIST), OTHER).join()
        await therapist.sees(LIGHT)
        await client.sees(DARK)
        await until(lambda: stranger.leg.began_at, "the stranger's first packet")
        await client.sees(DARK)
        assert not stranger.shades
        assert not stranger.sounds
        assert relay.calls == 2
        await goodbye(client, therapist, stranger)

    run(meet())


def test_sound_only_lets_no_picture_through_and_back_again_it_comes_whole() -> None:
    async def meet() -> None:
        relay = Relay()
        client, therapist = await pair(relay)
        await client.sees(DARK)
        await therapist.sees(LIGHT)
        await asyncio.to_thread(setattr, client.leg, "sound_only", True)
        await asyncio.sleep(0.3)  # what was under way arrives
        seen = len(client.shades), len(therapist.shades)
        await client.hears()
        await therapist.hears()
        assert (len(client.shades), len(therapist.shades)) == seen
        assert client.leg.quality().word == "good"
        await asyncio.to_thread(setattr, client.leg, "sound_only", False)
        await client.sees(DARK, patience=10)
        await therapist.sees(LIGHT, patience=10)
        assert all(min(abs(shade - LIGHT), abs(shade)) < 12 for shade in therapist.shades[seen[1] :])
        await goodbye(client, therapist)

    run(meet())


def test_someone_without_a_camera_hears_and_is_heard() -> None:
    async def meet() -> None:
        relay = Relay()
        client = await Person(relay.leg("a", Seat.CLIENT), None).join()
        therapist = await Person(relay.leg("a", Seat.THERAPIST), DARK).join()
        await therapist.hears()
        await client.hears()
        assert therapist.leg.quality().word == "good"
        await goodbye(client, therapist)

    run(meet())


def test_lost_packets_are_sent_again_on_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """One datagram in twenty of the media is lost before each receiver."""
    network, arrive = random.Random(7), aioice.ice.StunProtocol.datagram_received

    def lossy(protocol: Any, data: bytes, address: Any) -> None:
        if not (127 < data[0] < 192 and network.random() < 0.05):
            arrive(protocol, data, address)

    async def meet() -> None:
        relay = Relay()
        client, therapist = await pair(relay)
        await client.sees(DARK)
        await therapist.sees(LIGHT)
        monkeypatch.setattr(aioice.ice.StunProtocol, "datagram_received", lossy)
        client.leg.quality()
        seen = len(therapist.shades)
        await until(lambda: len(therapist.shades) >= seen + 75, "75 pictures through the loss", 6)
        await until(lambda: client.leg.quality().loss > 0, "the loss in figures")
        monkeypatch.undo()
        await client.sees(DARK)
        await goodbye(client, therapist)

    run(meet())


def test_junk_disturbs_nobody() -> None:
    """From outside, from a person of the call with the call's own keys, and in an offer."""

    async def meet() -> None:
        relay = Relay()
        client, therapist = await pair(relay, "a")
        other, another = await pair(relay, "b")
        await client.sees(DARK)
        await other.sees(DARK)
        dice = random.Random(3)
        lines = therapist.server.localDescription.sdp.splitlines()
        host, port = next(line for line in lines if line.startswith("a=candidate")).split()[4:6]
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=(host, int(port))
        )
        for _ in range(300):
            transport.sendto(
                bytes([dice.choice((0, 22, 128, 144, 191, 255))]) + dice.randbytes(dice.randrange(60))
            )
        transport.sendto(b"")
        transport.close()
        inside: Any = client.browser.getSenders()[0].transport
        for first in (0x80, 0x90, 0xB0, 0x8F, 0x81):
            for second in (0x60, 0x61, 0x62, 0x63, 200, 201, 203, 205, 206):
                for size in (12, 13, 27, 60):
                    with suppress(pylibsrtp.Error):  # some of it cannot even be encrypted
                        await inside._send_rtp(bytes([first, second]) + dice.randbytes(size))
        # A REMB that names more sources than it has, and a NACK of everything.
        await inside._send_rtp(bytes.fromhex("8fce0004000000000000000052454d42ff0fffff"))
        await inside._send_rtp(bytes.fromhex("81cd000300000000000000000000ffff"))
        broken = RTCPeerConnection()
        for sdp in ("", "v=0\r\n", "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n", "\x00" * 2000):
            with suppress(Exception):  # whatever aiortc makes of it
                await broken.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await broken.close()
        for person, shade in ((client, DARK), (therapist, LIGHT), (other, DARK), (another, LIGHT)):
            await person.sees(shade)
        assert {person.server.connectionState for person in (client, therapist)} == {"connected"}
        await goodbye(client, therapist, other, another)

    run(meet())


def test_frozen_is_said_and_counted_once() -> None:
    async def meet() -> None:
        relay = Relay()
        client, therapist = await pair(relay)
        await therapist.sees(LIGHT)
        await client.browser.close()  # a browser that is gone without a word to us
        client.leg.heard_at = (client.leg.heard_at or 0) - 5
        assert client.leg.quality().word == "frozen"
        assert client.leg.quality().word == "frozen"
        assert relay.frozen == 1
        assert therapist.leg.quality().word == "good"
        await goodbye(client, therapist)

    run(meet())
