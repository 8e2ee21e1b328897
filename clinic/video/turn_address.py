"""Addresses of TURN and STUN servers: read, checked, and put in the order a call tries them. Pure.

What is written here is what both ends understand: browsers, and aiortc in this process, which takes the first
STUN and the first TURN address it can use and stops at one it cannot read (RFC 7064, RFC 7065).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

Scheme = Literal["turn", "turns", "stun"]
Transport = Literal["udp", "tcp"]
_ADDRESS = re.compile(
    r"(?P<scheme>turns?|stun):(?P<host>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(?P<port>\d{1,5}))?"
    r"(?:\?transport=(?P<transport>udp|tcp))?",
    re.IGNORECASE,
)
_EXAMPLE = "turn:turn.example.org:3478?transport=udp"


@dataclass(frozen=True)
class Address:
    """One way to one server. Written out, it always says its port, and TURN its transport."""

    scheme: Scheme
    host: str
    port: int
    transport: Transport

    def __str__(self) -> str:
        end = "" if self.scheme == "stun" else f"?transport={self.transport}"
        return f"{self.scheme}:{self.host}:{self.port}{end}"

    @property
    def is_turn(self) -> bool:
        return self.scheme != "stun"


def read_address(text: str) -> Address:
    """An address as people and providers write it, its left-out parts filled in.

    Raises:
        ValueError: it cannot be used; its text is a sentence that says why.
    """
    text = text.strip()
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise ValueError(_why_not(text))
    scheme = cast(Scheme, found["scheme"].lower())
    port = int(found["port"] or (5349 if scheme == "turns" else 3478))
    if not 0 < port < 65536:
        raise ValueError("A port is a number from 1 to 65535.")
    said = (found["transport"] or "").lower()
    if scheme == "stun" and said:
        raise ValueError("Leave out ?transport= for stun.")
    if scheme == "turns" and said == "udp":
        raise ValueError("turns goes over TCP. Write ?transport=tcp.")
    transport = cast(Transport, said or ("tcp" if scheme == "turns" else "udp"))
    return Address(scheme, found["host"].lower(), port, transport)


def in_order(texts: Iterable[str]) -> list[Address]:
    """Those that can be used, each once: UDP first, which carries a call best, then TCP, TLS, and STUN."""
    found: dict[Address, None] = {}
    for text in texts:
        try:
            found[read_address(text)] = None
        except ValueError:
            continue  # said where it is entered; a call goes on with the others
    return sorted(found, key=_rank)


def _rank(address: Address) -> int:
    return {"turn": 0 if address.transport == "udp" else 1, "turns": 2, "stun": 3}[address.scheme]


def _why_not(text: str) -> str:
    """Never with what was typed in it: screens show sentences as Markdown."""
    if "[" in text:
        return "Use the server's name. Its IPv6 number can't be used here."
    if "://" in text:
        return f"Leave out the //, as in {_EXAMPLE}."
    if text.lower().startswith("stuns:"):
        return "stuns can't be used here. Write stun:."
    return f"This is not the address of a TURN server. Write it as in {_EXAMPLE}."
