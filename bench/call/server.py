"""The server process that is measured: the relay on an event loop, with a signalling of one line each way.

It has no Streamlit, so that what is counted is the media alone. The loop is uvloop and the switch interval
is the portal's, as in the portal.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import uvloop
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from clinic.video.relay import KINDS, Leg, Relay
from clinic.video.rooms import Seat


class Server:
    def __init__(self, forward: bool) -> None:
        self._relay = Relay(1000, forward=forward)
        self._kept: list[tuple[Leg, RTCPeerConnection]] = []

    async def serve(self) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked: dict[str, Any] = json.loads(await reader.readline())
        leg = self._relay.leg(asked["room"], Seat(asked["seat"]))
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._kept.append((leg, connection))

        @connection.on("track")
        def _(track: Any) -> None:
            leg.sinks[track.kind].addTrack(track)
            connection.addTrack(leg.slots[track.kind])

        await connection.setRemoteDescription(RTCSessionDescription(asked["sdp"], "offer"))
        for kind in KINDS:
            leg.sinks[kind].start()
        await connection.setLocalDescription(await connection.createAnswer())
        writer.write(json.dumps({"sdp": connection.localDescription.sdp}).encode() + b"\n")
        await writer.drain()
        writer.close()


if __name__ == "__main__":
    sys.setswitchinterval(0.0005)
    uvloop.run(Server(forward=sys.argv[1] == "forwarding").serve())
