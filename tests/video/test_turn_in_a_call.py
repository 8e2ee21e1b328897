"""This process's end of a call with TURN: there, refused, and not there. Without it the call goes on."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection

from clinic.video.turn import Server, ice_servers
from tests.coturn import HOME, SECRET, Coturn
from tests.portal import free_port

PATIENCE = 15.0


async def _ways(servers: list[Server]) -> set[str]:
    """The kinds of ways to itself that a connection offers, as it does to a browser."""
    # Exactly as the video library hands them on.
    given: list[dict[str, Any]] = [dict(server) for server in servers]
    connection = RTCPeerConnection(RTCConfiguration([RTCIceServer(**server) for server in given]))
    try:
        connection.createDataChannel("x")
        await connection.setLocalDescription(await connection.createOffer())
        return set(re.findall(r"typ (\w+)", connection.localDescription.sdp))
    finally:
        await connection.close()


def test_turn_is_one_more_way_and_its_absence_takes_none_away(coturn: Coturn) -> None:
    now = datetime.now(UTC)
    soon, gone = now + timedelta(minutes=1), now - timedelta(minutes=1)
    nobody = f"turn:{HOME}:{free_port()}"

    async def ask() -> list[set[str]]:
        asked: list[list[Server]] = [
            ice_servers([coturn.tls, coturn.udp, coturn.stun], SECRET, "x", soon),
            ice_servers([coturn.udp], SECRET, "x", gone),
            ice_servers([nobody], SECRET, "x", soon),
            [],
        ]
        return list(await asyncio.wait_for(asyncio.gather(*map(_ways, asked)), PATIENCE))

    there, expired, down, without = asyncio.run(ask())
    assert "relay" in there
    assert expired == down == without == there - {"relay", "srflx"}
    assert "host" in without
