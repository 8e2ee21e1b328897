"""Media decoded and encoded again on its way: what is left when it cannot be forwarded as it arrives.

Ten times as dear as forwarding (`sinks.py`, `slots.py`), with a smaller picture; public names are enough.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import Any

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from clinic.video.media import Kind
from clinic.video.quality import Counts

# Late media is worse than lost media: the newest picture, and a fifth of a second of sound.
_MOST_WAITING: dict[Kind, int] = {"video": 1, "audio": 10}


class Slot(MediaStreamTrack):
    """What one person sees or hears of the other, over one connection: `recv` waits for the next frame."""

    starved_at: float | None = None  # what comes is let through as it is

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind
        self._frames: asyncio.Queue[Any] = asyncio.Queue(maxsize=_MOST_WAITING[kind])
        self._timeline = Timeline()
        self._media_loop: asyncio.AbstractEventLoop | None = None

    def counts(self) -> Counts:
        """Nothing is counted on this path."""
        return Counts()

    def put(self, frame: Any, source: object) -> None:
        """Hand in a frame of the other's. The oldest one makes room."""
        if self.readyState != "live":
            return
        frame.pts = self._timeline.place(frame.pts, frame.time_base, source, time.monotonic())
        if self._frames.full():
            self._frames.get_nowait()
        self._frames.put_nowait(frame)

    async def recv(self) -> Any:
        if self.readyState != "live":
            raise MediaStreamError
        self._media_loop = asyncio.get_running_loop()
        frame = await self._frames.get()
        if frame is None:
            raise MediaStreamError
        return frame

    def stop(self) -> None:
        super().stop()
        if self._media_loop is not None:
            # A script's thread may stop it; whoever waits on the loop is told there.
            with suppress(RuntimeError):  # the loop is gone, and with it whoever waited
                self._media_loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        while not self._frames.empty():
            self._frames.get_nowait()
        self._frames.put_nowait(None)


class Timeline:
    """One rising row of timestamps from sources that come and go, each counting from its own start."""

    def __init__(self) -> None:
        self._source: object = None
        self._offset = 0
        self._last = 0
        self._last_at: float | None = None

    def place(self, pts: int, time_base: Fraction, source: object, at: float) -> int:
        """The timestamp for a frame that arrived `at` (seconds, any rising clock).

        A new source goes on where the last one stopped, plus the time that has passed.
        """
        if source is not self._source:
            passed = 0 if self._last_at is None else max(1, round((at - self._last_at) / float(time_base)))
            self._offset = self._last + passed - pts
            self._source = source
        placed = pts + self._offset
        self._last = placed if self._last_at is None else max(placed, self._last + 1)
        self._last_at = at
        return self._last


class Sink:
    """Takes in what one person sends of one kind, and puts each frame into the target."""

    def __init__(self, kind: Kind, heard: Callable[[float], None]) -> None:
        self.kind = kind
        self.target: Slot | None = None  # the other's; None while nobody is to see or hear this
        self.offered_at: float | None = None  # time.monotonic() when the browser asked to connect
        self.joined_at: float | None = None
        self.heard_at: float | None = None
        self._heard = heard
        self._track: MediaStreamTrack | None = None
        self._task: asyncio.Task[None] | None = None

    def lead(self, target: Slot | None, _little: bool) -> None:
        """Put what comes into this slot from now on. How much of it comes is the browser's own affair."""
        self.target = target

    def counts(self) -> Counts:
        """Nothing is counted on this path."""
        return Counts()

    def addTrack(self, track: MediaStreamTrack) -> None:
        self._track = track

    def hasTrack(self) -> bool:
        return self._track is not None

    def start(self) -> None:
        self.offered_at = time.monotonic()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        task, self._task, self._track = self._task, None, None
        if task is not None:
            # The library stops a connection from a script's thread as well as from the loop.
            with suppress(RuntimeError):
                task.get_loop().call_soon_threadsafe(task.cancel)

    async def _run(self) -> None:
        track = self._track
        assert track is not None
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self.heard_at = time.monotonic()
            self.joined_at = self.joined_at or self.heard_at
            self._heard(self.heard_at)
            target = self.target
            if target is not None:
                target.put(frame, self)
