"""After "Leave this page": for a few minutes the portal is not where the back button leads.

The browser's history still holds our addresses. Whoever presses Back is sent on to the same harmless
page, until the cookie ends or the person opens /sign_in on purpose.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LEFT = "quiet_room_left"
LEFT_SECONDS = 300
# Says nothing about anyone, and is in nearly every country's reach.
ELSEWHERE = "https://www.wikipedia.org/"
BACK_IN = "/sign_in"


class Leaving:
    """ASGI middleware: pages asked for by a browser that has just left are answered with somewhere else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] != BACK_IN:
            headers = Headers(scope=scope)
            if "text/html" in headers.get("accept", "") and _has_left(headers):
                away = RedirectResponse(ELSEWHERE, 303, headers={"Cache-Control": "no-store"})
                await away(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _has_left(headers: Headers) -> bool:
    try:
        return LEFT in SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return False
