"""Two people in a call, without a browser and without Streamlit: aiortc on both ends, over the loopback.

A person's picture is one shade of grey all over, small and really encoded, so that whoever sees it can
tell whose it is; their sound is silence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, MediaStreamTrack
from av import VideoFrame

from clinic.video.media import KINDS, Kind
from clinic.video.relay import Leg

SIZE = (64, 48)


class Camera(MediaStreamTrack):
    """Thirty pictures a second of one shade."""

    kind = "video"

    def __init__(self, shade: int) -> None:
        super().__init__()
        self._picture = VideoFrame(*SIZE, "yuv420p")
        for plane, value in zip(self._picture.planes, (shade, 128, 128), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        self._shown = 0
        self._began: float | None = None

    async def recv(self) -> VideoFrame:
        if self.readyState != "live":
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        if self._began is None:
            self._began = loop.time()
        await asyncio.sleep(self._began + self._shown / 30 - loop.time())
        self._picture.pts, self._picture.time_base = self._shown * 3000, Fraction(1, 90_000)
        self._shown += 1
        return self._picture


class Person:
    """A browser with one connection to the server, and the server's end of it."""

    def __init__(self, leg: Leg, shade: int | None = 100, *, sound: bool = True) -> None:
        self.leg = leg
        self.shades: list[int] = []  # of each picture seen
        self.moments: list[int] = []  # and its timestamp
        self.sounds = 0
        self._own: list[MediaStreamTrack] = [AudioStreamTrack()] if sound else []
        if shade is not None:
            self._own.append(Camera(shade))
        self._looking: list[asyncio.Task[None]] = []
        configuration = RTCConfiguration(iceServers=[])
        self.browser = RTCPeerConnection(configuration)
        self.server = RTCPeerConnection(configuration)

    async def join(self) -> Person:
        @self.browser.on("track")
        def _(track: MediaStreamTrack) -> None:
            self._looking.append(asyncio.ensure_future(self._look(track)))

        @self.server.on("track")
        def _(track: MediaStreamTrack) -> None:
            kind: Kind = "video" if track.kind == "video" else "audio"
            self.leg.sinks[kind].addTrack(track)
            self.server.addTrack(self.leg.slots[kind])

        for track in self._own:
            self.browser.addTrack(track)
        await self.browser.setLocalDescription(await self.browser.createOffer())
        await self.server.setRemoteDescription(self.browser.localDescription)
        for kind in KINDS:
            if self.leg.sinks[kind].hasTrack():
                self.leg.sinks[kind].start()
        await self.server.setLocalDescription(await self.server.createAnswer())
        await self.browser.setRemoteDescription(self.server.localDescription)
        return self

    async def leave(self) -> None:
        """As the video library ends a connection that the browser has closed."""
        await self.browser.close()
        self.leg.close()
        await self.server.close()
        for each in self._looking:
            each.cancel()
        await asyncio.gather(*self._looking, return_exceptions=True)

    async def sees(self, shade: int, patience: float = 25.0) -> None:
        """Wait for five pictures more, the last of them of this shade."""
        seen = len(self.shades)
        await until(
            lambda: len(self.shades) >= seen + 5 and abs(self.shades[-1] - shade) < 12,
            f"five pictures of shade {shade}; the last were {self.shades[-3:]}",
            patience,
        )

    async def hears(self, patience: float = 25.0) -> None:
        heard = self.sounds
        await until(lambda: self.sounds >= heard + 5, "five more frames of sound", patience)

    async def _look(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame: Any = await track.recv()
            except MediaStreamError:
                return
            if track.kind == "audio":
                self.sounds += 1
                continue
            self.shades.append(bytes(frame.planes[0])[0])
            self.moments.append(frame.pts)


async def until(true: Callable[[], object], what: str, patience: float = 25.0) -> None:
    """Look every few milliseconds until it is so."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while not true():
        assert loop.time() < deadline, f"never came: {what}"
        await asyncio.sleep(0.01)
