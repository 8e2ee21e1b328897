"""The media between a room's two people, inside this process.

Each person's browser has one connection to the server: a `Leg`. What a leg's sinks take in is put
into the other leg's slots. The video library reads a connection's source tracks only once, when it is
made, so a slot lives as long as its connection and gets the other's media whenever they come, leave
and come back.

Frames are decoded and encoded again here. Forwarding them as they are is cheaper, and would replace
this module alone.

Frames pass on the event loop that carries the media; legs are made and closed from any thread.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import Any, Literal
from weakref import WeakValueDictionary

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from clinic.video.rooms import Seat

Kind = Literal["video", "audio"]
KINDS: tuple[Kind, ...] = ("video", "audio")
# Late media is worse than lost media: the newest picture, and a fifth of a second of sound.
_MOST_WAITING: dict[Kind, int] = {"video": 1, "audio": 10}


class Slot(MediaStreamTrack):
    """What one person sees or hears of the other, over one connection: `recv` waits for the next frame."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind
        self._frames: asyncio.Queue[Any] = asyncio.Queue(maxsize=_MOST_WAITING[kind])
        self._timeline = Timeline()
        self._media_loop: asyncio.AbstractEventLoop | None = None

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
    """Takes in what one person sends of one kind, and hands each frame on."""

    def __init__(self, kind: Kind, hand_on: Callable[[Kind, Any], None]) -> None:
        self.kind = kind
        self._hand_on = hand_on
        self._track: MediaStreamTrack | None = None
        self._task: asyncio.Task[None] | None = None

    def addTrack(self, track: MediaStreamTrack) -> None:
        self._track = track

    def hasTrack(self) -> bool:
        return self._track is not None

    def start(self) -> None:
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
            self._hand_on(self.kind, frame)


class Leg:
    """One person's connection: the slots they see and hear, the sinks that take what they send."""

    def __init__(self, room: Room, seat: Seat) -> None:
        self.seat = seat
        self.slots = {kind: Slot(kind) for kind in KINDS}
        self.sinks = {kind: Sink(kind, self._take) for kind in KINDS}
        self.closed = False
        self.replaced = False  # the same person has connected again, from here or elsewhere
        self.heard_at: float | None = None  # time.monotonic() of the last frame from this person
        self._room = room

    def close(self) -> None:
        """The connection is over. A leg is not used again. Safe to call twice and from any thread."""
        if self.closed:
            return
        self.closed = True
        for sink in self.sinks.values():
            sink.stop()
        for slot in self.slots.values():
            slot.stop()
        self._room.vacate(self)

    def _take(self, kind: Kind, frame: Any) -> None:
        if not self.closed:
            self.heard_at = time.monotonic()
            self._room.pass_on(self, kind, frame)


class Room:
    """Two seats. Whoever connects to a seat last has it: a refresh, or another device."""

    def __init__(self) -> None:
        self._seated: dict[Seat, Leg] = {}

    def pass_on(self, leg: Leg, kind: Kind, frame: Any) -> None:
        """Give a frame to the person opposite. A leg has its seat from its first frame on."""
        before = self._seated.get(leg.seat)
        if before is not leg:
            self._seated[leg.seat] = leg
            if before is not None:
                before.replaced = True
                before.close()
        opposite = self._seated.get(leg.seat.other)
        if opposite is not None:
            opposite.slots[kind].put(frame, leg)

    def vacate(self, leg: Leg) -> None:
        if self._seated.get(leg.seat) is leg:
            del self._seated[leg.seat]


class Relay:
    """Every room of this process that somebody is in: kept by its legs alone, so none is left over."""

    def __init__(self) -> None:
        self._rooms: WeakValueDictionary[str, Room] = WeakValueDictionary()
        self._lock = threading.Lock()

    def leg(self, appointment_id: str, seat: Seat) -> Leg:
        """A new connection to an appointment's room. Who may have it is decided before (visits.connect)."""
        with self._lock:
            room = self._rooms.setdefault(appointment_id, Room())
            return Leg(room, seat)


relay = Relay()
