"""How well media flows over one connection, in a word: a pure rule over counters that only rise."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

Word = Literal["connecting", "good", "poor", "frozen"]

FROZEN_SECONDS = 5.0  # joined, and no media: the page restarts that connection
STALLED_SECONDS = 15.0  # offered, and never connected: about 1 join in 100
_WINDOW_SECONDS = 5.0  # what "now" means for loss and speed
_BETWEEN_SECONDS = 0.5
# One packet in twenty lost is heard as gaps and seen as blocks; Opus and VP8 hide less than that.
_POOR_LOSS = 0.05
# Below this a face at 320x240 falls apart.
_POOR_BITRATE = 150_000


@dataclass(frozen=True)
class Quality:
    """One person's connection over the last seconds.

    Attributes:
        received_kbit: kilobits a second that go to this person; 0 where media is transcoded.
        loss: the larger share of packets lost, 0 to 1, of what they send and of what they receive.
    """

    word: Word
    received_kbit: float
    loss: float


@dataclass(frozen=True)
class Counts:
    """What has passed since the connection began. All but the limit only rise; zeros where not counted."""

    received_bytes: int = 0  # sent to this person
    up_expected: int = 0  # packets they sent, as their numbering says
    up_lost: int = 0
    down_expected: int = 0
    down_lost: int = 0
    bitrate_limit: int | None = None  # what their browser says it can take now, in bits a second


@dataclass(frozen=True)
class Times:
    """Moments of a connection, in seconds of one rising clock; None for what has not happened."""

    offered_at: float | None  # the browser has asked to connect
    joined_at: float | None  # the connection stands
    heard_at: float | None  # the last media from this person
    starved_at: float | None  # since when the other sends and nothing of it reaches this person


class Window:
    """Keeps a few earlier counts, to say what the last seconds were like."""

    def __init__(self) -> None:
        self._kept: deque[tuple[float, Counts]] = deque()

    def look(self, counts: Counts, times: Times, now: float) -> Quality:
        """Call it as often as you like; earlier calls are what it compares with."""
        if not self._kept or now - self._kept[-1][0] >= _BETWEEN_SECONDS:
            self._kept.append((now, counts))
        while len(self._kept) > 1 and now - self._kept[1][0] >= _WINDOW_SECONDS:
            self._kept.popleft()
        since, before = self._kept[0]
        seconds = now - since
        kbit = (counts.received_bytes - before.received_bytes) * 8 / 1000 / seconds if seconds > 0 else 0.0
        loss = max(
            _share(counts.up_lost - before.up_lost, counts.up_expected - before.up_expected),
            _share(counts.down_lost - before.down_lost, counts.down_expected - before.down_expected),
        )
        return Quality(_word(times, loss, counts.bitrate_limit, now), kbit, loss)


def _word(times: Times, loss: float, bitrate_limit: int | None, now: float) -> Word:
    quiet_since = times.heard_at if times.heard_at is not None else times.joined_at
    for since, patience in (
        (times.offered_at if quiet_since is None else None, STALLED_SECONDS),
        (quiet_since, FROZEN_SECONDS),
        (times.starved_at, FROZEN_SECONDS),
    ):
        if since is not None and now - since >= patience:
            return "frozen"
    if times.heard_at is None:
        return "connecting"
    narrow = bitrate_limit is not None and bitrate_limit < _POOR_BITRATE
    return "poor" if loss >= _POOR_LOSS or narrow else "good"


def _share(lost: int, expected: int) -> float:
    return min(1.0, max(0.0, lost / expected)) if expected > 0 else 0.0
