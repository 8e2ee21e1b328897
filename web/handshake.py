"""The WebSocket's door. Streamlit takes a session id as proof of who one is; this does not.

The id travels in `Sec-WebSocket-Protocol`, in upload addresses and so in proxy logs. Whoever presents
one gets that session back only with the cookie that opened it, still good; otherwise they get a new,
empty session. A handshake without an allowed Origin gets none at all.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinic.errors import NotSignedIn
from clinic.people import sign_in
from db.errors import DatabaseUnreachable
from db.settings import settings
from web.origins import allowed

STREAM = "/_stcore/stream"
_PROTOCOL = b"sec-websocket-protocol"
_KEEP_SECONDS = 3600  # longer than Streamlit keeps a session without a connection


class Handshake:
    """ASGI middleware in front of Streamlit's WebSocket."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._openers = Openers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not allowed(headers.get("origin"), headers.get("host"), settings().origins):
            # Closing before accepting is answered with 403.
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        token = _cookie(headers)
        asked = _session_asked_for(headers)
        if asked is not None and not (self._openers.opened(asked, token) and await _still_good(token)):
            scope = {**scope, "headers": _without_session(scope["headers"])}
        named = False

        async def watch(message: Message) -> None:
            nonlocal named
            if not named and message["type"] == "websocket.send" and message.get("bytes"):
                session_id = _session_named_in(message["bytes"])
                if session_id is not None:
                    named = True
                    self._openers.remember(session_id, token)
            await send(message)

        await self.app(scope, receive, watch)


class Openers:
    """Session id to the digest of the cookie that opened it, for as long as it can be resumed."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def remember(self, session_id: str, token: str | None) -> None:
        """Nothing is kept of a session without a cookie: it holds nothing that is worth resuming."""
        now = time.monotonic()
        if token is not None:
            self._known[session_id] = (_digest(token), now)
            self._known.move_to_end(session_id)
        while self._known and now - next(iter(self._known.values()))[1] > _KEEP_SECONDS:
            self._known.popitem(last=False)

    def opened(self, session_id: str, token: str | None) -> bool:
        """Whether this cookie opened that session. An unknown session was opened by nobody."""
        known = self._known.get(session_id)
        return known is not None and token is not None and hmac.compare_digest(known[0], _digest(token))


async def _still_good(token: str | None) -> bool:
    if token is None:
        return False
    try:
        await run_in_threadpool(sign_in.viewer_for, token, datetime.now(UTC))
    except (NotSignedIn, DatabaseUnreachable):
        return False
    return True


def _cookie(headers: Headers) -> str | None:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load("; ".join(headers.getlist("cookie")))
    except CookieError:
        return None
    morsel = jar.get(sign_in.COOKIE)
    return morsel.value if morsel is not None and morsel.value else None


def _session_asked_for(headers: Headers) -> str | None:
    """The third entry of the subprotocol list, where Streamlit's page puts the session to resume."""
    entries = [entry.strip() for entry in headers.get("sec-websocket-protocol", "").split(",")]
    return entries[2] if len(entries) > 2 and entries[2] else None


def _without_session(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [
        (name, b",".join(value.split(b",")[:2]) if name.lower() == _PROTOCOL else value)
        for name, value in headers
    ]


def _session_named_in(message: bytes) -> str | None:
    """The session id that Streamlit tells the browser at the start of its first run."""
    # Imported here: a process that only tests the rules above needs no Streamlit.
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    forward = ForwardMsg()
    forward.ParseFromString(message)
    if forward.WhichOneof("type") != "new_session":
        return None
    return forward.new_session.initialize.session_id or None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
