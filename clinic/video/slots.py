"""What one person sees or hears of the other, packet by packet: one unbroken stream, whoever it comes from.

A `Slot` rewrites each packet's header, sends it, answers the browser's requests for lost packets, and passes
on what the browser says it can take and when it needs a key frame. Called on the event loop of the media.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from typing import Any, Protocol

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from clinic.video import rtp
from clinic.video.media import CLOCK_RATES, Kind, Wire
from clinic.video.quality import Counts

# A second and a half of a sharp picture, about 300 KB.
HISTORY = 256
_MOST_HELD = 40  # packets: a key frame of a sharp picture
_LATELY_SECONDS = 2.0


class Source(Protocol):
    """Where a slot's packets come from, as it asks something of it."""

    def ask_key_frame(self) -> None: ...

    def allow(self, bits_a_second: int) -> None: ...


class Slot(MediaStreamTrack):
    """What one person sees or hears of the other, over one connection: a track that is never read.

    The forwarding sender finds it beneath the connection's track and lets it send by itself.
    """

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind
        self._rate = CLOCK_RATES[kind]
        self.limit: int | None = None  # bits a second that the viewer's browser says it can take
        self.packets = self.octets = 0  # sent; what sender reports say
        self.sent_bytes = 0
        self._reported_expected = self._reported_lost = 0  # as the viewer's browser reports
        self.fed_at: float | None = None
        self.source: Source | None = None
        self.stream = rtp.Continuation(0, 0, 1, 0, 0)
        self._wire: Wire | None = None
        self._rtx: tuple[int, int] | None = None  # payload type and SSRC of retransmissions
        self._rtx_sequence = secrets.randbelow(1 << 15)
        self._send_time_id = 0
        self._sent: list[tuple[rtp.Read, float] | None] = [None] * (HISTORY if kind == "video" else 0)
        self._resent: dict[int, float] = {}
        self._reported_first: int | None = None
        self._held: list[tuple[Source, rtp.Read]] = []  # the last of what was not let through
        self._refused: tuple[float, float] | None = None  # since when, and when last, nothing was let through
        self.share_lost = 0  # in 256ths, of the viewer's last report

    async def recv(self) -> Any:
        """Nothing comes this way."""
        raise MediaStreamError

    def open(self, wire: Wire, ssrc: int, main: int, rtx: tuple[int, int] | None, send_time_id: int) -> None:
        """The connection stands. On the loop."""
        # In the lower half: libsrtp loses count when a stream begins just before its first wrap.
        first = secrets.randbelow(1 << 15)
        start = secrets.randbelow(1 << 32)
        self.stream = rtp.Continuation(ssrc, main, self._rate, first, start)
        # A larger number needs the longer form of extensions, which browsers do not choose by themselves.
        self._rtx, self._send_time_id = rtx, send_time_id if send_time_id < 15 else 0
        self._wire = wire

    def shut(self) -> None:
        self._wire = None
        self._sent = [None] * len(self._sent)

    def stop(self) -> None:
        super().stop()
        self.source = None

    def cut(self) -> None:
        """What comes next does not follow from what came last: wait for a key frame. From any thread."""
        self.source = None
        self._refused = None

    @property
    def starved_at(self) -> float | None:
        """Since when something comes and none of it is let through, for want of a key frame."""
        refused = self._refused
        return refused[0] if refused is not None and time.monotonic() - refused[1] < _LATELY_SECONDS else None

    def counts(self) -> Counts:
        lately = self.fed_at is not None and time.monotonic() - self.fed_at < _LATELY_SECONDS
        return Counts(
            received_bytes=self.sent_bytes,
            down_expected=self._reported_expected,
            down_lost=self._reported_lost,
            bitrate_limit=self.limit if lately else None,
        )

    def forward(self, source: Source, part: rtp.Read, now: float) -> None:
        """Send a packet of the source's on.

        Raises:
            ValueError: its picture cannot be read.
        """
        wire = self._wire
        if wire is None:
            return
        if source is not self.source:
            self._wait(source, part, now)
            return
        self._pass_on(wire, part, now)

    def _pass_on(self, wire: Wire, part: rtp.Read, now: float) -> None:
        video = self.kind == "video"
        placed = self.stream.place(part, now, video)
        if placed is None:
            return
        packet = rtp.write(placed, self._send_time_id)
        if not wire.send(packet):
            self.stream.take_back(placed)
            self.cut()  # rather a still picture than one that is seconds late
            return
        if video:
            self._sent[placed.sequence % HISTORY] = (placed, now)
        self.packets += 1
        self.octets += len(placed.payload)
        self.sent_bytes += len(packet)
        self.fed_at = now

    def _wait(self, source: Source, part: rtp.Read, now: float) -> None:
        """Let a new source through, from the beginning of its next key frame on."""
        if self.readyState != "live":
            return
        if self.kind == "video" and not (part.payload and rtp.picture(part.payload).key_frame):
            # If the key frame's beginning was lost, the rest of it comes first.
            self._held = [*self._held[-_MOST_HELD:], (source, part)]
            self._refused = (self._refused[0] if self._refused is not None else now, now)
            source.ask_key_frame()
            return
        self._begin(source, part, now)
        held, self._held = self._held, []
        for each in (part, *(early for whose, early in held if whose is source)):
            if self._wire is not None:
                self._pass_on(self._wire, each, now)

    def _begin(self, source: Source, part: rtp.Read, now: float) -> None:
        self.stream.begin(part, now)
        self.source, self._refused = source, None
        # The numbers before it are of another source.
        self._sent = [None] * len(self._sent)
        if self.limit is not None:
            source.allow(self.limit)

    def resend(self, sequences: Iterable[int]) -> None:
        """Answer the viewer's request for lost packets, each at most once in 30 ms."""
        now = time.monotonic()
        if len(self._resent) > 2 * HISTORY:
            self._resent = {each: at for each, at in self._resent.items() if now - at < 1}
        for each in sequences:
            sequence = each & 0xFFFF
            kept = self._sent[sequence % HISTORY] if self._sent else None
            if kept is None or kept[0].sequence != sequence or now - self._resent.get(sequence, 0.0) < 0.03:
                continue
            self._resent[sequence] = now
            self._resend(*kept, now)

    def _resend(self, part: rtp.Read, sent_at: float, now: float) -> None:
        if part.send_time is not None:
            # Sent later than it says, it would look like a queue in the network.
            later = round((now - sent_at) * rtp.SEND_TIME_SECOND)
            part = part._replace(send_time=(part.send_time + later) & 0xFFFFFF)
        if self._rtx is not None:
            part = rtp.wrap(part, *self._rtx, self._rtx_sequence)
            self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        if self._wire is not None:
            self._wire.send(rtp.write(part, self._send_time_id))

    def need_key_frame(self) -> None:
        """The viewer's browser cannot show what it has."""
        if self.source is not None:
            self.source.ask_key_frame()

    def take_limit(self, bits_a_second: int) -> None:
        """The viewer's browser says what it can take: the source is to send no more."""
        self.limit = bits_a_second
        if self.source is not None:
            self.source.allow(bits_a_second)

    def take_report(self, highest: int, lost: int, share_lost: int) -> None:
        """The viewer's browser reports: the highest number seen, all that was lost, lost lately in 256ths."""
        if self._reported_first is None:
            self._reported_first = highest - max(0, lost)
        self._reported_expected = max(self._reported_expected, highest - self._reported_first)
        self._reported_lost = max(self._reported_lost, lost)
        self.share_lost = share_lost

    def report(self, source: Source, moment: int, timestamp: int) -> None:
        if source is self.source and self._wire is not None:
            self._wire.pass_report(
                self.stream.ssrc, moment, self.stream.moment(timestamp), self.packets, self.octets
            )
