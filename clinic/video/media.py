"""What every part of the media path shares: its words, and what sinks and slots see of a connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

Kind = Literal["video", "audio"]
KINDS: tuple[Kind, ...] = ("video", "audio")
Path = Literal["packets", "transcoding"]
CLOCK_RATES: dict[Kind, int] = {"video": 90_000, "audio": 48_000}


class Wire(Protocol):
    """One browser's encrypted connection, as sinks and slots use it."""

    def send(self, packet: bytes) -> bool:
        """Encrypt and send. False if the network takes no more just now, or the connection is over."""

    def ask_key_frame(self, source: int) -> None: ...

    def ask_again(self, source: int, sequences: Iterable[int]) -> None: ...

    def allow(self, source: int, bits_a_second: int) -> None: ...

    def pass_report(self, ssrc: int, moment: int, timestamp: int, packets: int, octets: int) -> None:
        """A sender report: the source's NTP moment, its timestamp as the viewer knows it, what was sent."""
