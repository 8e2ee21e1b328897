"""What one person sends, packet by packet: taken in, asked for again where it is missing, handed on.

A `Sink` reports to their browser as a receiver would. It is called on the event loop of the media.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from weakref import WeakKeyDictionary

from aiortc import MediaStreamTrack

from clinic.video import rtp
from clinic.video.media import CLOCK_RATES, Kind, Wire
from clinic.video.quality import Counts
from clinic.video.slots import Slot

# Browsers make a key frame no faster, and each costs ten ordinary ones.
KEY_FRAME_SECONDS = 0.3
_AGAIN_SECONDS = 0.1  # between two requests for the same lost packet
_GIVE_UP_SECONDS = 1.0  # later than this it would not be shown
# Bits a second of a picture that nobody is shown, and of one whose viewer has not said what they can take.
_LITTLE, _START = 60_000, 700_000

_claimed: WeakKeyDictionary[MediaStreamTrack, Sink] = WeakKeyDictionary()


def beneath(track: MediaStreamTrack | None) -> MediaStreamTrack | None:
    """The track itself, under the copies that the video library makes of it (aiortc's MediaRelay)."""
    while (source := getattr(track, "_source", None)) is not None:
        track = source
    return track


def sink_of(track: MediaStreamTrack | None) -> Sink | None:
    """Who takes what comes in as this track, if it is one of ours."""
    return None if track is None else _claimed.get(track)


class Sink:
    """Takes in what one person sends of one kind, and hands each packet to the target."""

    def __init__(self, kind: Kind, heard: Callable[[float], None]) -> None:
        self.kind = kind
        self.target: Slot | None = None  # the other's; None while nobody is to see or hear this
        self.little = False  # ask for very little of it
        self.offered_at: float | None = None  # time.monotonic() when the browser asked to connect
        self.joined_at: float | None = None  # and when the connection stood
        self.heard_at: float | None = None
        self.arrivals = rtp.Arrivals(CLOCK_RATES[kind])
        self.source = 0  # the SSRC it comes with
        self.reported: tuple[int, float] | None = None  # the last sender report: its middle bits, and when
        self._heard = heard
        self._track: MediaStreamTrack | None = None
        self._wire: Wire | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main = self._again = -1  # payload types of the media and of its retransmissions
        self._sources: frozenset[int] = frozenset()
        self._send_time_id = 0
        self._earlier = (0, 0)  # expected and lost of sources before this one
        self._asked_at = -1.0
        self._asking: asyncio.TimerHandle | None = None

    def addTrack(self, track: MediaStreamTrack) -> None:
        self._track = track
        source = beneath(track)
        if source is not None:
            _claimed[source] = self

    def hasTrack(self) -> bool:
        return self._track is not None

    def start(self) -> None:
        self.offered_at = time.monotonic()

    def stop(self) -> None:
        track, self._track, self.target = self._track, None, None
        # aiortc keeps the track for as long as its last timers run; what we have goes now.
        if (source := beneath(track)) is not None:
            _claimed.pop(source, None)
        if track is not None and self._loop is not None:
            with suppress(RuntimeError):  # the loop is gone, and the track with it
                self._loop.call_soon_threadsafe(track.stop)

    def open(self, wire: Wire, main: int, again: int, send_time_id: int, sources: frozenset[int]) -> None:
        """The connection stands; `take` gets its packets from now on. On the loop.

        `main` and `again` are payload types, the second -1 where lost packets are not sent again. `sources`
        are the SSRCs that the browser has named; empty if it named none, and then the last to come counts.
        """
        self._sources = sources
        self._wire, self._loop = wire, asyncio.get_running_loop()
        self._main, self._again, self._send_time_id = main, again, send_time_id
        self.joined_at = time.monotonic()

    def lead(self, target: Slot | None, little: bool) -> None:
        """Hand packets to this slot from now on; `little`: ask for little of a picture. From any thread."""
        before, changed = self.target, target is not self.target or little != self.little
        self.target, self.little = target, little
        if before is not None and before is not target:
            before.cut()
        if changed and self._loop is not None and self.kind == "video":
            with suppress(RuntimeError):  # the loop is gone
                self._loop.call_soon_threadsafe(self._say)

    def counts(self) -> Counts:
        return Counts(
            up_expected=self._earlier[0] + self.arrivals.expected,
            up_lost=self._earlier[1] + self.arrivals.lost,
        )

    def shut(self) -> None:
        self._wire = None
        if self._asking is not None:
            self._asking.cancel()

    def take(self, packet: bytes) -> None:
        """A packet from the browser, decrypted.

        Raises:
            ValueError: it is nothing that can be forwarded.
        """
        part = rtp.read(packet, self._send_time_id)
        now = time.monotonic()
        if part.kind == self._again:
            part = rtp.unwrap(part, self._main, self.source)
            if part.sequence not in self.arrivals.missing:
                return  # it came after all, or only probed the network
        elif part.ssrc != self.source:
            if self._sources and part.ssrc not in self._sources:
                raise ValueError("a source that the browser has not named")
            self._begin(part.ssrc)
        found = self.arrivals.add(part.sequence, part.timestamp, now)
        if found and self.kind == "video" and self._wire is not None:
            self._wire.ask_again(self.source, found)
            self._ask_later()
        self.heard_at = now
        self._heard(now)
        target = self.target
        if target is not None:
            target.forward(self, part, now)

    def ask_key_frame(self) -> None:
        """At most one in 0.3 s reaches the browser."""
        now = time.monotonic()
        if self._wire is not None and self.source and now - self._asked_at >= KEY_FRAME_SECONDS:
            self._asked_at = now
            self._wire.ask_key_frame(self.source)

    def allow(self, bits_a_second: int) -> None:
        """Pass on what the viewer's browser can take."""
        if self._wire is not None and self.source and self.kind == "video":
            self._wire.allow(self.source, _LITTLE if self.little else bits_a_second)

    def report(self, moment: int, timestamp: int) -> None:
        """The browser says which NTP moment its timestamp stands for: what keeps lips and voice together."""
        self.reported = ((moment >> 16) & 0xFFFFFFFF, time.monotonic())
        if self.target is not None:
            self.target.report(self, moment, timestamp)

    def _say(self) -> None:
        target = self.target
        self.allow((target.limit if target is not None else None) or _START)
        if target is not None:
            self.ask_key_frame()

    def _begin(self, source: int) -> None:
        self.source = source
        self._earlier = (self._earlier[0] + self.arrivals.expected, self._earlier[1] + self.arrivals.lost)
        self.arrivals = rtp.Arrivals(CLOCK_RATES[self.kind])
        self._asked_at = -1.0
        if self.target is not None:
            self.target.cut()
        # Said in its first two seconds, a browser goes to it at once; later it grows by a twelfth a second.
        limit = self.target.limit if self.target is not None else None
        self.allow(min(limit or _START, _START))

    def _ask_later(self) -> None:
        if self._asking is None and self._loop is not None:
            self._asking = self._loop.call_later(_AGAIN_SECONDS, self._ask_for_missing)

    def _ask_for_missing(self) -> None:
        self._asking = None
        missing, now = self.arrivals.missing, time.monotonic()
        for each in [each for each, since in missing.items() if now - since > _GIVE_UP_SECONDS]:
            del missing[each]
        due = [each for each, since in missing.items() if now - since >= _AGAIN_SECONDS / 2]
        if due and self._wire is not None:
            self._wire.ask_again(self.source, due)
        if missing and self._wire is not None:
            self._ask_later()
