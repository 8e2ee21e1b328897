"""The portal's own addresses beside its screens: the session cookie, and whether all is well."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clinic.errors import NotSignedIn
from clinic.people import sign_in
from clinic.people.details import clinic_details
from db.errors import DatabaseUnreachable
from db.settings import settings
from web.origins import allowed

_LONGEST_BODY = 1024  # a ticket has 43 characters


async def begin_session(request: Request) -> Response:
    """POST /session: a one-time ticket in, the session cookie out."""
    if not _from_our_page(request):
        return _refusal(403)
    ticket = await _ticket(request)
    if ticket is None:
        return _refusal(400)
    agent = request.headers.get("user-agent", "")
    try:
        token = await run_in_threadpool(sign_in.redeem, ticket, datetime.now(UTC), agent)
    except NotSignedIn:
        return _refusal(401)
    except DatabaseUnreachable:
        return _refusal(503)
    response = Response(status_code=204)
    response.set_cookie(
        sign_in.COOKIE,
        token,
        max_age=sign_in.SIGN_IN_HOURS * 3600,
        path="/",
        secure=_is_https(request),
        httponly=True,  # no script reads it, ours included
        samesite="lax",
    )
    return response


async def end_session(request: Request) -> Response:
    """POST /session/end: the sign-in ends in the database, so that every tab is out; then the cookie goes."""
    if not _from_our_page(request):
        return _refusal(403)
    token = request.cookies.get(sign_in.COOKIE)
    if token:
        try:
            await run_in_threadpool(_end, token)
        except DatabaseUnreachable:
            return _refusal(503)
    response = Response(status_code=204)
    response.delete_cookie(sign_in.COOKIE, path="/", secure=_is_https(request), httponly=True, samesite="lax")
    return response


async def health(_request: Request) -> Response:
    """GET /health: 200 while the database answers, else 503. For a proxy or a monitor; says nothing more."""
    try:
        await run_in_threadpool(clinic_details)
    except DatabaseUnreachable:
        return JSONResponse({"status": "database unreachable"}, status_code=503)
    return JSONResponse({"status": "ok"})


ROUTES = [
    Route("/session", begin_session, methods=["POST"]),
    Route("/session/end", end_session, methods=["POST"]),
    Route("/health", health, methods=["GET"]),
]


def _end(token: str) -> None:
    now = datetime.now(UTC)
    with suppress(NotSignedIn):  # it may have ended already
        sign_in.sign_out(sign_in.viewer_for(token, now), now)


def _from_our_page(request: Request) -> bool:
    return allowed(request.headers.get("origin"), request.headers.get("host"), settings().origins)


def _is_https(request: Request) -> bool:
    # Behind a proxy that ends TLS the request itself is plain: QUIET_ROOM_HTTPS says so.
    return settings().https or request.url.scheme == "https"


async def _ticket(request: Request) -> str | None:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_BODY:
            return None
    try:
        given = json.loads(body)
    except ValueError:
        return None
    ticket = given.get("ticket") if isinstance(given, dict) else None
    return ticket if isinstance(ticket, str) else None


def _refusal(status: int) -> Response:
    return JSONResponse({"status": "refused"}, status_code=status, headers={"Cache-Control": "no-store"})
