"""The portal's own addresses beside its screens: the session cookie, and whether all is well."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clinic.errors import ClinicError, NotSignedIn, PasswordNeeded
from clinic.oversight.audit import coming_from
from clinic.oversight.audit_log import audit_csv
from clinic.oversight.own_data import own_data
from clinic.people import devices, sign_in
from clinic.people.details import clinic_details
from clinic.people.remote import remote_address
from clinic.people.viewer import Viewer
from db.errors import DatabaseUnreachable
from db.settings import settings
from web.leaving import LEFT, LEFT_SECONDS
from web.origins import allowed

PROVIDER_COOKIES = "_streamlit_user"  # and its parts, and the tokens beside it
_LONGEST_BODY = 1024  # a ticket has 43 characters
Make = Callable[[Viewer, datetime], tuple[str, str, bytes]]
# Each makes (file name, media type, content) for the viewer, or refuses.
DOWNLOADS: dict[str, Make] = {"my-data": own_data, "audit-log": audit_csv}


async def begin_session(request: Request) -> Response:
    """POST /session: a one-time ticket in, the session cookie out."""
    if not _from_our_page(request):
        return _refusal(403)
    given = await _json(request)
    ticket, shared = given.get("ticket"), given.get("shared") is True
    if not isinstance(ticket, str):
        return _refusal(400)
    agent = request.headers.get("user-agent", "")
    try:
        token, person = await run_in_threadpool(_redeem, ticket, agent, _address(request))
    except NotSignedIn:
        return _refusal(401)
    except DatabaseUnreachable:
        return _refusal(503)
    response = Response(status_code=204)
    secure = _is_https(request)
    # On a shared device the cookie ends with the browser, and nothing remembers who was here.
    _set(response, sign_in.COOKIE, token, None if shared else sign_in.SIGN_IN_HOURS * 3600, secure)
    if not shared:
        _set(response, devices.COOKIE, devices.device_cookie(person), devices.DAYS * 86400, secure)
    response.delete_cookie(LEFT, path="/")
    for name in request.cookies:
        if name.startswith(PROVIDER_COOKIES):  # it has said who this is; ours lets in from here on
            response.delete_cookie(name, path="/")
    return response


async def end_session(request: Request) -> Response:
    """POST /session/end: the sign-in ends in the database, so that every tab is out; then the cookie goes.

    With `{"leave": true}` the browser is led away for a while from whatever the back button shows
    (web/leaving.py).
    """
    if not _from_our_page(request):
        return _refusal(403)
    token = request.cookies.get(sign_in.COOKIE)
    if token:
        try:
            await run_in_threadpool(_end, token, _address(request))
        except DatabaseUnreachable:
            return _refusal(503)
    secure = _is_https(request)
    response = Response(status_code=204, headers={"Clear-Site-Data": '"cache", "storage"'})
    response.delete_cookie(sign_in.COOKIE, path="/", secure=secure, httponly=True, samesite="lax")
    if (await _json(request)).get("leave") is True:
        _set(response, LEFT, "1", LEFT_SECONDS, secure)
    return response


async def download(request: Request) -> Response:
    """GET /download/{what}: a file made for whoever asks, and kept nowhere."""
    token = request.cookies.get(sign_in.COOKIE)
    make = DOWNLOADS.get(request.path_params["what"])
    if make is None:
        return _refusal(404)
    try:
        name, kind, content = await run_in_threadpool(_made_for, make, token, _address(request))
    except NotSignedIn:
        return _refusal(401)
    except PasswordNeeded:
        return _refusal(403)
    except ClinicError:
        return _refusal(404)
    except DatabaseUnreachable:
        return _refusal(503)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=kind, headers=headers)


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
    Route("/download/{what}", download, methods=["GET"]),
    Route("/health", health, methods=["GET"]),
]


def _redeem(ticket: str, agent: str, address: str) -> tuple[str, str]:
    """The session's token, and whose it is."""
    now = datetime.now(UTC)
    coming_from.set(address)
    token = sign_in.redeem(ticket, now, agent, address)
    return token, sign_in.viewer_for(token, now).public_id


def _end(token: str, address: str) -> None:
    now = datetime.now(UTC)
    coming_from.set(address)
    with suppress(NotSignedIn):  # it may have ended already
        sign_in.sign_out(sign_in.viewer_for(token, now), now)


def _made_for(make: Make, token: str | None, address: str) -> tuple[str, str, bytes]:
    now = datetime.now(UTC)
    coming_from.set(address)
    return make(sign_in.viewer_for(token or "", now), now)


def _set(response: Response, name: str, value: str, seconds: int | None, secure: bool) -> None:
    # HttpOnly: no script reads it, ours included.
    response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")


def _from_our_page(request: Request) -> bool:
    return allowed(request.headers.get("origin"), request.headers.get("host"), settings().origins)


def _is_https(request: Request) -> bool:
    # Behind a proxy that ends TLS the request itself is plain: QUIET_ROOM_HTTPS says so.
    return settings().https or request.url.scheme == "https"


def _address(request: Request) -> str:
    connected = request.client.host if request.client else None
    return remote_address(connected, request.headers.get("x-forwarded-for"))


async def _json(request: Request) -> dict[str, Any]:
    """The body's JSON object; empty where there is none, or more than a page of ours sends."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_BODY:
            return {}
    try:
        given = json.loads(body)
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _refusal(status: int) -> Response:
    return JSONResponse({"status": "refused"}, status_code=status, headers={"Cache-Control": "no-store"})
