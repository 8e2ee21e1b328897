"""Short-lived TURN credentials from a provider: asked for by a bearer token, kept for part of their life.

The provider's address gets `POST {"ttl": seconds}` and answers with what a browser takes:
`{"iceServers": …}`, one server or a list of them, or the list alone. The answer is a stranger's: only what
can be used is taken out of it, and nothing of it is shown or logged.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from clinic.errors import NoCredentials
from clinic.video.in_time import in_time
from clinic.video.turn import Server
from clinic.video.turn_address import Address, in_order

LIMIT_SECONDS = 5.0
MOST_BYTES = 64 * 1024
_MOST_ADDRESSES = 8  # more only make joining slower
_LONGEST_TEXT = 1000
_LONGEST_LIFE = timedelta(hours=24)
_SHORTEST_LIFE = timedelta(minutes=2)
_AFTER_A_FAILURE = timedelta(seconds=30)  # a provider that is down is not asked by each join anew
_HOME = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Minted:
    """Servers with their credentials, which live for `seconds` from when they were asked for."""

    servers: list[Server]
    seconds: int


def problem_with_mint_url(url: str) -> str | None:
    """Why the token may not be sent to this address, as a sentence; None where it may."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "Enter the whole address, as in https://turn.example.org/credentials."
    if not parts.hostname or port == 0 or parts.username is not None or parts.fragment or " " in url:
        return "Enter the whole address, as in https://turn.example.org/credentials."
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HOME):
        return "The address begins with https://, so that nobody on the way reads the token."
    return None


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    """Whom a request to this address reaches: a token entered for one is not sent to another."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def mint(url: str, token: str, seconds: int, limit: float = LIMIT_SECONDS) -> Minted:
    """Ask for credentials that live `seconds`.

    Args:
        limit: seconds after which the caller goes on, whatever the network does.

    Raises:
        NoCredentials: with what happened, for the administrator.
    """
    try:
        body = in_time(limit, lambda: _ask(url, token, seconds))
    except TimeoutError:
        raise NoCredentials(f"The provider did not answer within {limit:.0f} seconds.") from None
    return read_answer(body, seconds)


def _ask(url: str, token: str, seconds: int) -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    try:
        with (
            httpx.Client(timeout=LIMIT_SECONDS, follow_redirects=False) as client,
            client.stream("POST", url, json={"ttl": seconds}, headers=headers) as response,
        ):
            _complain_about(response.status_code)
            body = b""
            for part in response.iter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise NoCredentials("The provider's answer is too long to be credentials.")
            return body
    except httpx.TimeoutException:
        raise TimeoutError from None
    except httpx.ConnectError as error:
        raise NoCredentials(_why_no_connection(error)) from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
        raise NoCredentials("The connection to the provider broke off.") from None


def _complain_about(status: int) -> None:
    if status in (401, 403):
        raise NoCredentials(f"The provider refused the token ({status}). Enter it again.")
    if 300 <= status < 400:
        raise NoCredentials(
            f"The provider sends us on to another address ({status}). Enter the one it leads to."
        )
    if status >= 300:
        raise NoCredentials(f"The provider answered with an error ({status}).")


def _why_no_connection(error: BaseException) -> str:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return "The provider's certificate is not trusted, so the token was not sent."
        seen = seen.__cause__ or seen.__context__
    return "The provider could not be reached. Check the address, and that this server may go out to it."


def read_answer(body: bytes, asked_seconds: int) -> Minted:
    """The servers of a provider's answer, those that a call can use.

    Raises:
        NoCredentials: there is none among what it says.
    """
    nothing = NoCredentials("The provider's answer has no TURN server with a user name and a password in it.")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise nothing from None
    listed = said.get("iceServers") if isinstance(said, dict) else said
    entries = [listed] if isinstance(listed, dict) else listed
    if not isinstance(entries, list):
        raise nothing
    by_credentials: dict[tuple[str, str], list[Address]] = defaultdict(list)
    for entry in entries[:_MOST_ADDRESSES]:
        for address in in_order(_texts(entry, "urls") or _texts(entry, "url")):
            name, word = _text(entry, "username"), _text(entry, "credential")
            if not address.is_turn:
                by_credentials["", ""].append(address)
            elif name and word:
                by_credentials[name, word].append(address)
    servers: list[Server] = []
    for (name, word), addresses in by_credentials.items():
        urls = [str(address) for address in addresses[:_MOST_ADDRESSES]]
        servers.append({"urls": urls, "username": name, "credential": word} if name else {"urls": urls})
    if not any("username" in server for server in servers):
        raise nothing
    return Minted(servers, _seconds(said, asked_seconds))


def _texts(entry: Any, name: str) -> list[str]:
    value = entry.get(name) if isinstance(entry, dict) else None
    values = value if isinstance(value, list) else [value]
    return [text for text in values[:_MOST_ADDRESSES] if isinstance(text, str) and len(text) <= 300]


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) and len(value) <= _LONGEST_TEXT else ""


def _seconds(said: Any, asked: int) -> int:
    """Providers with a limit of their own say how long theirs live."""
    ttl = said.get("ttl") if isinstance(said, dict) else None
    given = int(ttl) if isinstance(ttl, int | str) and str(ttl).isdecimal() and len(str(ttl)) < 10 else asked
    return min(given, asked)


@dataclass(frozen=True)
class _Kept:
    servers: list[Server]
    fresh_until: datetime
    good_until: datetime


class Purse:
    """Credentials in hand, one set for each person and call: who comes back gets the same ones.

    They are asked for anew at half their life; when that fails, those in hand serve until they end.
    """

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept] = {}
        self._failed: dict[Hashable, tuple[datetime, NoCredentials]] = {}
        self._lock = threading.Lock()

    def servers(
        self, whose: Hashable, label: str, url: str, token: str, until: datetime, now: datetime
    ) -> list[Server]:
        """Servers with credentials that live until `until`, or as long as the provider lets them.

        Args:
            whose: the settings they are asked with; changed ones get new credentials.

        Raises:
            NoCredentials: none in hand, and the provider gives none now.
        """
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if now < kept.good_until}
            kept = self._kept.get((whose, label))
            failed = self._failed.get(whose)
        if kept is not None and now < kept.fresh_until:
            return kept.servers
        if failed is not None and now < failed[0] + _AFTER_A_FAILURE:
            if kept is not None:
                return kept.servers
            raise failed[1]
        life = min(max(until - now, _SHORTEST_LIFE), _LONGEST_LIFE)
        try:
            minted = mint(url, token, int(life.total_seconds()))
        except NoCredentials as error:
            with self._lock:
                self._failed = {whose: (now, error)}
            if kept is not None:
                return kept.servers
            raise
        lives = timedelta(seconds=minted.seconds)
        with self._lock:
            self._failed.pop(whose, None)
            self._kept[whose, label] = _Kept(minted.servers, now + lives / 2, now + lives)
        return minted.servers
