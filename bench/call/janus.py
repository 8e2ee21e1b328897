"""Janus from the Debian package, with its video rooms: what a mature server in C takes for the same calls.

Each person has two connections to it, one that sends and one that receives: so its rooms work.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from websockets.asyncio.client import ClientConnection, connect

_FOLDERS = Path("/usr/lib/x86_64-linux-gnu/janus")


@contextmanager
def janus() -> Iterator[tuple[psutil.Process, int] | None]:
    """A Janus of our own and its WebSocket's port; None where it is not installed."""
    program = shutil.which("janus")
    if program is None or not _FOLDERS.is_dir():
        yield None
        return
    with socket.socket() as free, tempfile.TemporaryDirectory(prefix="quiet-room-janus-") as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        here = Path(folder)
        (here / "janus.jcfg").write_text(
            f'general: {{ configs_folder = "{folder}" plugins_folder = "{_FOLDERS}/plugins" '
            f'transports_folder = "{_FOLDERS}/transports" debug_level = 2 }}\n'
            'nat: { ice_lite = false ice_ignore_list = "" }\n'
            'plugins: { disable = "libjanus_audiobridge.so,libjanus_echotest.so,libjanus_recordplay.so,'
            "libjanus_sip.so,libjanus_nosip.so,libjanus_streaming.so,libjanus_textroom.so,"
            'libjanus_videocall.so,libjanus_voicemail.so,libjanus_lua.so,libjanus_duktape.so" }\n'
            'transports: { disable = "libjanus_http.so,libjanus_pfunix.so,libjanus_mqtt.so,'
            'libjanus_nanomsg.so,libjanus_rabbitmq.so" }\n'
        )
        (here / "janus.transport.websockets.jcfg").write_text(
            f'general: {{ json = "compact" ws = true ws_port = {port} ws_ip = "127.0.0.1" wss = false }}\n'
        )
        (here / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")
        with (here / "said").open("w") as said:
            server = subprocess.Popen([program, "-F", folder], stdout=said, stderr=said)
        try:
            _wait_for(port)
            yield psutil.Process(server.pid), port
        finally:
            server.kill()
            server.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


class _Session:
    """A person's talk with Janus."""

    def __init__(self, wire: ClientConnection) -> None:
        self._wire = wire
        self._session = 0

    async def open(self) -> None:
        self._session = (await self._ask({"janus": "create"}))["data"]["id"]
        asyncio.get_running_loop().create_task(self._stay())

    async def attach(self) -> int:
        asked = {"janus": "attach", "plugin": "janus.plugin.videoroom"}
        handle: int = (await self._ask(asked))["data"]["id"]
        return handle

    async def say(self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> Any:
        """Ask the plugin, and wait for what it says in the end."""
        asked: dict[str, Any] = {"janus": "message", "handle_id": handle, "body": body}
        return await self._ask(asked | ({"jsep": jsep} if jsep else {}))

    async def _ask(self, asked: dict[str, Any]) -> Any:
        transaction = secrets.token_hex(6)
        asked["transaction"] = transaction
        if self._session:
            asked["session_id"] = self._session
        await self._wire.send(json.dumps(asked))
        while True:
            told = json.loads(await asyncio.wait_for(self._wire.recv(), 10))
            if told.get("transaction") == transaction and told["janus"] != "ack":
                return told

    async def _stay(self) -> None:
        while True:
            await asyncio.sleep(20)
            asked = {"janus": "keepalive", "session_id": self._session, "transaction": "stay"}
            await self._wire.send(json.dumps(asked))


_feeds: dict[int, list[Any]] = {}  # by call: each person's session, number and what they wait with


async def through_janus(port: int, person: Any, call: int, _seat: str) -> None:
    """Join; who comes second sees to it that each gets the other's media."""
    wire = await connect(f"ws://127.0.0.1:{port}", subprotocols=["janus-protocol"])  # type: ignore[list-item]
    session = _Session(wire)
    await session.open()
    handle, room = await session.attach(), call + 1
    present = _feeds.setdefault(call, [])
    if not present:
        made = {"request": "create", "room": room, "publishers": 2, "bitrate": 4_000_000}
        await session.say(handle, made | {"audiocodec": "opus", "videocodec": "vp8"})
    joined = await session.say(handle, {"request": "join", "ptype": "publisher", "room": room})
    number = joined["plugindata"]["data"]["id"]
    connection = person.connection
    await connection.setLocalDescription(await connection.createOffer())
    offer = {"type": "offer", "sdp": connection.localDescription.sdp}
    told = await session.say(handle, {"request": "publish"}, offer)
    await connection.setRemoteDescription(RTCSessionDescription(told["jsep"]["sdp"], "answer"))
    present.append((session, number, person))
    if len(present) == 2:
        deadline = time.monotonic() + 10
        while any(each[2].connection.connectionState != "connected" for each in present):
            assert time.monotonic() < deadline, "Janus did not connect"
            await asyncio.sleep(0.05)
        for (mine, _, who), (_, feed, _) in (present, present[::-1]):
            await _watch(mine, room, feed, who)


async def _watch(session: _Session, room: int, feed: int, person: Any) -> None:
    handle = await session.attach()
    asked = {"request": "join", "ptype": "subscriber", "room": room, "streams": [{"feed": feed}]}
    told = await session.say(handle, asked)
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    person.watching = connection
    await connection.setRemoteDescription(RTCSessionDescription(told["jsep"]["sdp"], "offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    answer = {"type": "answer", "sdp": connection.localDescription.sdp}
    await session.say(handle, {"request": "start"}, answer)
    person.looks_at(connection)
