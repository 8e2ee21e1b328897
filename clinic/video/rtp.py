"""RTP packets read and rewritten, and what their numbering says: values in, values out.

RFC 3550 (RTP), 4588 (retransmission), 7741 (VP8).

Sequence numbers are 16 bits, timestamps 32, abs-send-time 24 (a 64 s clock in steps of 1/2^18 s); all wrap.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

_HEADER = struct.Struct("!BBHLL")
_TWO = struct.Struct("!HH")
_RTX = struct.Struct("!H")
SEND_TIME_SECOND = 1 << 18
# What a browser keeps for resending is about this many packets; asking for older ones is asking for nothing.
_MOST_MISSING = 256


class Read(NamedTuple):
    """A packet's parts. `send_time` is its abs-send-time, if it carries one."""

    padded: int  # the padding bit in its place, 0x20 or 0
    marker: int  # the marker bit in its place, 0x80 or 0
    kind: int  # the payload type
    sequence: int
    timestamp: int
    ssrc: int
    send_time: int | None
    payload: bytes


def read(packet: bytes, send_time_id: int) -> Read:
    """Take a packet apart; `send_time_id` is the extension's number, 0 where there is none.

    Raises:
        ValueError: not an RTP packet, or cut short.
    """
    size = len(packet)
    if size < 12 or packet[0] >> 6 != 2:
        raise ValueError("not RTP")
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(packet)
    at = 12 + 4 * (first & 0x0F)
    send_time = None
    if first & 0x10:
        if size < at + 4:
            raise ValueError("extension cut short")
        profile, words = _TWO.unpack_from(packet, at)
        at += 4
        end = at + 4 * words
        if size < end:
            raise ValueError("extension cut short")
        if send_time_id:
            send_time = _send_time(packet, at, end, profile, send_time_id)
        at = end
    if size < at:
        raise ValueError("sources cut short")
    payload = packet[at:]
    if first & 0x20 and not 0 < packet[-1] <= len(payload):
        raise ValueError("padding longer than the packet")
    return Read(first & 0x20, second & 0x80, second & 0x7F, sequence, timestamp, ssrc, send_time, payload)


def _send_time(packet: bytes, at: int, end: int, profile: int, wanted: int) -> int | None:
    """Find abs-send-time among a packet's extensions (RFC 8285, one byte or two before each)."""
    while at < end:
        first = packet[at]
        at += 1
        if first == 0:
            continue
        if profile == 0xBEDE:
            number, length = first >> 4, (first & 0x0F) + 1
        elif profile == 0x1000 and at < end:
            number, length = first, packet[at]
            at += 1
        else:
            return None
        if number == wanted and length == 3 and at + 3 <= end:
            return int.from_bytes(packet[at : at + 3])
        at += length
    return None


def write(part: Read, send_time_id: int) -> bytes:
    """A packet of these parts. Of the extensions it has abs-send-time or none."""
    if part.send_time is None or not send_time_id:
        return (
            _HEADER.pack(
                0x80 | part.padded, part.marker | part.kind, part.sequence, part.timestamp, part.ssrc
            )
            + part.payload
        )
    return b"".join(
        (
            _HEADER.pack(
                0x90 | part.padded, part.marker | part.kind, part.sequence, part.timestamp, part.ssrc
            ),
            b"\xbe\xde\x00\x01",
            (((send_time_id << 4 | 2) << 24) | part.send_time).to_bytes(4),
            part.payload,
        )
    )


def unwrap(part: Read, kind: int, ssrc: int) -> Read:
    """The lost packet that a retransmission brings.

    Raises:
        ValueError: it brings none, as padding that probes the network does.
    """
    if len(part.payload) - (part.payload[-1] if part.padded and part.payload else 0) < 2:
        raise ValueError("an empty retransmission")
    (sequence,) = _RTX.unpack_from(part.payload)
    return part._replace(kind=kind, ssrc=ssrc, sequence=sequence, payload=part.payload[2:])


def wrap(part: Read, kind: int, ssrc: int, sequence: int) -> Read:
    """The other way: a retransmission of a packet."""
    payload = _RTX.pack(part.sequence) + part.payload
    return part._replace(kind=kind, ssrc=ssrc, sequence=sequence, payload=payload)


class Picture(NamedTuple):
    """Where a VP8 payload keeps its numbers, and whether a key frame begins here."""

    key_frame: bool
    picture_at: int  # 0 where there is none
    picture_bits: int  # 7 or 15
    layer_at: int  # of TL0PICIDX; 0 where there is none


def picture(payload: bytes) -> Picture:
    """Read a VP8 payload's descriptor.

    Raises:
        ValueError: cut short.
    """
    try:
        first = payload[0]
        at, picture_at, bits, layer_at = 1, 0, 7, 0
        if first & 0x80:
            has = payload[1]
            at = 2
            if has & 0x80:
                picture_at = at
                bits = 15 if payload[at] & 0x80 else 7
                at += 2 if bits == 15 else 1
            if has & 0x40:
                layer_at = at
                at += 1
            if has & 0x30:
                at += 1
        begins = first & 0x10 and not first & 0x07
        return Picture(bool(begins and not payload[at] & 0x01), picture_at, bits, layer_at)
    except IndexError:
        raise ValueError("a picture cut short") from None


def picture_numbers(payload: bytes) -> tuple[int, int]:
    """A payload's picture id and TL0PICIDX, each 0 where it has none."""
    found = picture(payload)
    number = layer = 0
    if found.picture_at:
        size = 2 if found.picture_bits == 15 else 1
        raw = int.from_bytes(payload[found.picture_at : found.picture_at + size])
        number = raw & ((1 << found.picture_bits) - 1)
    if found.layer_at:
        layer = payload[found.layer_at]
    return number, layer


def renumber(payload: bytes, pictures: int, layers: int) -> bytes:
    """The payload with so much added to its picture id and TL0PICIDX."""
    found = picture(payload)
    changed = bytearray(payload)
    if found.picture_at:
        number = (picture_numbers(payload)[0] + pictures) & ((1 << found.picture_bits) - 1)
        if found.picture_bits == 15:
            struct.pack_into("!H", changed, found.picture_at, 0x8000 | number)
        else:
            changed[found.picture_at] = number
    if found.layer_at:
        changed[found.layer_at] = (changed[found.layer_at] + layers) & 0xFF
    return bytes(changed)


class Continuation:
    """One unbroken stream from sources that come and go, each with numbers of its own.

    A new source goes on where the last one stopped: the next sequence number, a timestamp and a send time as
    much later as the clock says, the next picture.
    """

    def __init__(self, ssrc: int, kind: int, clock_rate: int, sequence: int, timestamp: int) -> None:
        self.ssrc = ssrc
        self.kind = kind
        self._rate = clock_rate
        self.last_sequence = (sequence - 1) & 0xFFFF  # the highest sent
        self.last_timestamp = timestamp
        self._last_send_time = 0
        self._last_at: float | None = None
        self._last_picture = b""
        self._base = 0
        self._sequences = self._timestamps = self._send_times = self._pictures = self._layers = 0

    def begin(self, first: Read, now: float) -> None:
        """The source changes, and this is its first packet. `now` is in seconds of any rising clock."""
        passed = 0.0 if self._last_at is None else max(now - self._last_at, 0.001)
        self._base = first.sequence
        self._sequences = self.last_sequence + 1 - first.sequence
        self._timestamps = self.last_timestamp + round(passed * self._rate) - first.timestamp
        if first.send_time is not None:
            later = round(passed * SEND_TIME_SECOND)
            self._send_times = (
                self._last_send_time + later - first.send_time if self._last_at is not None else 0
            )
        self._pictures = self._layers = 0
        if self._last_picture and first.payload:
            number, layer = picture_numbers(self._last_picture)
            new_number, new_layer = picture_numbers(first.payload)
            self._pictures, self._layers = number + 1 - new_number, layer + 1 - new_layer

    def place(self, part: Read, now: float, video: bool) -> Read | None:
        """The packet as the viewer gets it, or None if it is from before the source's beginning."""
        ahead = (part.sequence - self._base) & 0xFFFF
        if ahead >= 0x8000:
            return None
        if ahead > 0x4000:
            self._base = (self._base + 0x2000) & 0xFFFF
        payload = part.payload
        if self._pictures or self._layers:
            payload = renumber(payload, self._pictures, self._layers)
        sequence = (part.sequence + self._sequences) & 0xFFFF
        timestamp = (part.timestamp + self._timestamps) & 0xFFFFFFFF
        send_time = part.send_time
        if send_time is not None and self._send_times:
            send_time = (send_time + self._send_times) & 0xFFFFFF
        if (sequence - self.last_sequence) & 0xFFFF < 0x8000:
            self.last_sequence, self.last_timestamp, self._last_at = sequence, timestamp, now
            if send_time is not None:
                self._last_send_time = send_time
            if video:
                self._last_picture = payload
        return Read(part.padded, part.marker, self.kind, sequence, timestamp, self.ssrc, send_time, payload)

    def take_back(self, placed: Read) -> None:
        """The packet was not sent after all: the next one gets its number."""
        if placed.sequence == self.last_sequence:
            self.last_sequence = (self.last_sequence - 1) & 0xFFFF

    def moment(self, timestamp: int) -> int:
        """A source's timestamp as the viewer knows it."""
        return (timestamp + self._timestamps) & 0xFFFFFFFF


class Arrivals:
    """What has come of one source: what is missing, and what a report says of it (RFC 3550, A.3 and A.8)."""

    def __init__(self, clock_rate: int) -> None:
        self._rate = clock_rate
        self._first: int | None = None
        self.highest = 0  # with the wraps in its upper half
        self.received = 0
        self.missing: dict[int, float] = {}  # sequence number to when it was found missing
        self._jitter = 0.0
        self._transit: float | None = None
        self._reported = (0, 0)

    @property
    def expected(self) -> int:
        return 0 if self._first is None else self.highest - self._first + 1

    @property
    def lost(self) -> int:
        return max(0, self.expected - self.received)

    @property
    def jitter(self) -> int:
        """In steps of the timestamps."""
        return int(self._jitter)

    def add(self, sequence: int, timestamp: int, now: float) -> list[int]:
        """A packet came, in its turn or not. Returns what it shows to be missing since the last one.

        Raises:
            ValueError: it came before, or is far from where the stream is.
        """
        if self._first is None:
            self._first = self.highest = sequence
            self.received = 1
            return []
        step = (sequence - self.highest) & 0xFFFF
        if step == 0:
            raise ValueError("came before")
        if step >= 0x8000:
            if self.missing.pop(sequence, None) is None:
                raise ValueError("came before")
            self.received += 1
            return []
        before = self.highest
        self.highest += step
        self.received += 1
        transit = now * self._rate - timestamp
        if self._transit is not None:
            # A timestamp that wrapped, or jumped, says nothing of the network.
            change = abs(transit - self._transit)
            if change < self._rate:
                self._jitter += (change - self._jitter) / 16
        self._transit = transit
        if step == 1:
            return []
        found = [(before + n) & 0xFFFF for n in range(max(1, step - _MOST_MISSING), step)]
        for each in found:
            self.missing[each] = now
        while len(self.missing) > _MOST_MISSING:
            del self.missing[next(iter(self.missing))]
        return found

    def share_lost(self) -> int:
        """Lost since the last time this was asked, in 256ths."""
        expected, received = self.expected, self.received
        newly, came = expected - self._reported[0], received - self._reported[1]
        self._reported = (expected, received)
        return 0 if newly <= 0 or came >= newly else ((newly - came) << 8) // newly
