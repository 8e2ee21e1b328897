"""Trying a TURN server out, as a call would: a real allocation from it, given back at once.

What goes wrong is one of a few things an administrator can do something about, each with its sentence.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from aioice import stun
from aioice.turn import create_turn_endpoint

from clinic.video.in_time import in_time
from clinic.video.turn import Server
from clinic.video.turn_address import Address, read_address

LIMIT_SECONDS = 6.0
_NAME_SECONDS = 3.0
_LEAVE_SECONDS = 0.5


class Outcome(StrEnum):
    """How a try went."""

    WORKS = "works"
    PRIVATE = "private"
    NO_NAME = "no_name"
    NO_ANSWER = "no_answer"
    CLOSED = "closed"
    REFUSED = "refused"
    CLOCK = "clock"
    FORBIDDEN = "forbidden"
    FULL = "full"
    CERTIFICATE = "certificate"
    TLS = "tls"
    OTHER = "other"


WORDS = {
    Outcome.WORKS: "Works.",
    Outcome.PRIVATE: (
        "It answers, but hands out an address that only its own network reaches. Set external-ip on it."
    ),
    Outcome.NO_NAME: "This name was not found. Check how it is written.",
    Outcome.NO_ANSWER: (
        "No answer. Check the port, that the server runs, and that its firewall lets this port in."
    ),
    Outcome.CLOSED: "Nothing listens on this port, or a firewall turned us away.",
    Outcome.REFUSED: (
        "It refused the user name and password (401). Check that the secret or password is the same on both "
        "sides."
    ),
    Outcome.CLOCK: (
        "The secret is right, but it takes our credentials for expired (401). Set the clocks of both servers."
    ),
    Outcome.FORBIDDEN: "It knows us and does not let us (403). Its own settings forbid this.",
    Outcome.FULL: "It carries as much as it is allowed to just now (486). Raise its quota.",
    Outcome.CERTIFICATE: (
        "Its certificate is not trusted: expired, made for another name, or signed by nobody known. Browsers "
        "refuse it too."
    ),
    Outcome.TLS: "It does not speak TLS on this port.",
    Outcome.OTHER: "It answered in a way a TURN server should not. Is this the right port?",
}
_CODES = {401: Outcome.REFUSED, 403: Outcome.FORBIDDEN, 486: Outcome.FULL, 508: Outcome.FULL}


@dataclass(frozen=True)
class Tried:
    """One address and how it went."""

    address: str
    outcome: Outcome

    @property
    def sentence(self) -> str:
        return WORDS[self.outcome]

    @property
    def works(self) -> bool:
        return self.outcome is Outcome.WORKS


def try_servers(servers: Sequence[Server]) -> tuple[Tried, ...]:
    """Try each address of each server, all at once: ten seconds at most, whatever the network does."""
    asked = [(read_address(url), server) for server in servers for url in server["urls"]]
    try:
        outcomes = in_time(LIMIT_SECONDS + _NAME_SECONDS + 1, lambda: asyncio.run(_try_all(asked)))
    except TimeoutError:
        outcomes = [Outcome.NO_ANSWER] * len(asked)
    return tuple(Tried(str(address), outcome) for (address, _), outcome in zip(asked, outcomes, strict=True))


async def _try_all(asked: Sequence[tuple[Address, Server]]) -> list[Outcome]:
    # A name server that hangs would hold asyncio.run at its end; the caller's limit is beyond this one.
    return list(await asyncio.gather(*(_try_one(address, server) for address, server in asked)))


async def _try_one(address: Address, server: Server) -> Outcome:
    try:
        async with asyncio.timeout(_NAME_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(
                address.host, address.port, family=socket.AF_INET
            )
    except (TimeoutError, socket.gaierror, UnicodeError):
        return Outcome.NO_NAME
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            if address.is_turn:
                relayed = await _allocate(address, str(server["username"]), str(server["credential"]))
                return Outcome.PRIVATE if _only_at_home(relayed, found[0][4][0]) else Outcome.WORKS
            await _bind(address)
            return Outcome.WORKS
    except Exception as error:
        return outcome_of(error)


def outcome_of(error: Exception) -> Outcome:
    """What a failed try means. The order matters: the others are all kinds of OSError."""
    match error:
        case TimeoutError() | stun.TransactionTimeout():
            return Outcome.NO_ANSWER
        case stun.TransactionFailed():
            return _CODES.get(error.response.error_code or 0, Outcome.OTHER)
        case ssl.SSLCertVerificationError():
            return Outcome.CERTIFICATE
        case ssl.SSLError():
            return Outcome.TLS
        case OSError() if error.errno is not None:
            return Outcome.CLOSED
        case _:  # aioice's own ConnectionError among them: an answer without what it must have
            return Outcome.OTHER


def _only_at_home(relayed: str, server: object) -> bool:
    """A public server behind address translation that does not know its own address."""
    return ipaddress.ip_address(relayed).is_private and not ipaddress.ip_address(str(server)).is_private


class _Nobody(asyncio.DatagramProtocol):
    """Takes nothing from the allocation, and notices when it is given back."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()


async def _allocate(address: Address, username: str, password: str) -> str:
    """The relay address that the server gave us; it has been given back."""
    transport, nobody = await create_turn_endpoint(
        _Nobody,
        (address.host, address.port),
        username=username,
        password=password,
        ssl=address.scheme == "turns" or None,
        transport=address.transport,
    )
    relayed: str = transport.get_extra_info("sockname")[0]
    transport.close()
    try:
        async with asyncio.timeout(_LEAVE_SECONDS):
            await nobody.gone.wait()
    except TimeoutError:
        pass  # it ends by itself within ten minutes
    return relayed


class _Question(asyncio.DatagramProtocol):
    """One STUN question over one socket."""

    def __init__(self, address: Address) -> None:
        request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        self._id = request.transaction_id
        self.transaction = stun.Transaction(request, (address.host, address.port), self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def send_stun(self, message: stun.Message, addr: tuple[str, int]) -> None:
        self._transport.sendto(bytes(message))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            message = stun.parse_message(data)
        except ValueError:
            return
        if message.transaction_id == self._id:
            self.transaction.response_received(message, addr)


async def _bind(address: Address) -> None:
    transport, question = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Question(address), remote_addr=(address.host, address.port)
    )
    try:
        message, _ = await question.transaction.run()
        if "XOR-MAPPED-ADDRESS" not in message.attributes:
            raise ConnectionError("the answer does not say where we come from")
    finally:
        transport.close()
