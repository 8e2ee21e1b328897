"""Where several processes share the work, a browser stays with one, and is brought to the one with its room.

The balancer reads the cookie and nothing else (deploy/nginx.conf). It holds a process's name, which is no
secret: whoever changes theirs comes to another process, and is the same person there.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinic.errors import ClinicError
from clinic.people import sign_in
from clinic.video.visits import state
from db.errors import DatabaseUnreachable
from db.settings import settings

COOKIE = "qr_process"
_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")


class StaysHere:
    """ASGI middleware: a page that this process sends says which process that was."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = settings().process
        if scope["type"] != "http" or not name or not _new_here(Headers(scope=scope), name):
            await self.app(scope, receive, send)
            return

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if not any(line.startswith(f"{COOKIE}=") for line in headers.getlist("set-cookie")):
                    headers.append("Set-Cookie", _line(name))
            await send(message)

        await self.app(scope, receive, say)


async def to_room(request: Request) -> Response:
    """GET /to-room/{appointment}: the room's page, at the process that carries the room.

    Who may not be in that room is led to its page as they are, which says so.
    """
    appointment = request.path_params["appointment"]
    if not _PUBLIC_ID.fullmatch(appointment):
        return RedirectResponse("/", 303)
    token = request.cookies.get(sign_in.COOKIE, "")
    try:
        there = await run_in_threadpool(_carrier, token, appointment)
    except (ClinicError, DatabaseUnreachable):
        there = ""
    # The page asks no second time by itself: a balancer that reads no cookie would lead round and round.
    asked = {"appointment": appointment, **({"brought": "1"} if there else {})}
    response = RedirectResponse(f"/room?{urlencode(asked)}", 303, headers={"Cache-Control": "no-store"})
    if there:
        response.headers.append("Set-Cookie", _line(there))
    return response


def _carrier(token: str, appointment: str) -> str:
    """The other process that carries the room, or "".

    Raises:
        NotSignedIn: no such sign-in.
        NotFound, RoomNotOpen: as `state`.
    """
    now = datetime.now(UTC)
    return state(sign_in.viewer_for(token, now), appointment, now).elsewhere


def _line(name: str) -> str:
    secure = "; Secure" if settings().https else ""
    return f"{COOKIE}={name}; Path=/; HttpOnly; SameSite=Lax{secure}"


def _new_here(headers: Headers, name: str) -> bool:
    """Whether somebody opens a page who was with another process, or with none.

    With a page alone: what it then asks for carries the cookie, and files are kept by caches.
    """
    if "text/html" not in headers.get("accept", ""):
        return False
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return True
    return morsel is None or morsel.value != name
