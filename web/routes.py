"""The portal's own addresses beside its screens: the session cookie, and whether all is well."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clinic.between.documents import read_document
from clinic.errors import ClinicError, NotSignedIn, PasswordNeeded
from clinic.intake.consent_copy import copy_of, own_copy
from clinic.oversight.audit import coming_from
from clinic.oversight.audit_log import audit_csv
from clinic.oversight.own_data import own_data
from clinic.oversight.record_zip import own_record_zip, record_zip
from clinic.oversight.report import report_csv
from clinic.people import devices, sign_in
from clinic.people.details import clinic_details
from clinic.people.discharge_file import discharge_file, own_discharge_file
from clinic.people.remote import remote_address
from clinic.people.viewer import Viewer
from clinic.records.outcomes import USUAL, Wanted
from clinic.records.outcomes_file import outcomes_file
from clinic.records.summary import own_summary
from clinic.safety.plan_copy import plan_file
from clinic.scheduling import profiles
from clinic.scheduling.feed import appointment_file
from db.errors import DatabaseUnreachable
from db.settings import settings
from web.attachment import attachment
from web.feed import calendar_feed
from web.leaving import LEFT, LEFT_SECONDS
from web.origins import allowed
from web.process_cookie import to_room

PROVIDER_COOKIES = "_streamlit_user"  # and its parts, and the tokens beside it
_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LONGEST_BODY = 1024  # a ticket has 43 characters
File = tuple[str, str, bytes]
Make = Callable[[Viewer, Mapping[str, str], datetime], File]


def _consent(viewer: Viewer, asked: Mapping[str, str], now: datetime) -> File:
    """A signed consent: one's own, or of the client who is named."""
    if client := asked.get("client"):
        return copy_of(viewer, client, asked.get("signature", ""), now)
    return own_copy(viewer, asked.get("signature", ""), now)


def _outcomes(viewer: Viewer, asked: Mapping[str, str], now: datetime) -> File:
    """A client's charts for whom the address says, of the period and the episode on the screen."""
    wanted = Wanted(asked.get("period", USUAL), asked.get("episode"))
    return outcomes_file(viewer, asked.get("client", ""), wanted, asked.get("for", ""), now)


def _safety_plan(viewer: Viewer, asked: Mapping[str, str], now: datetime) -> File:
    """One's own plan, or of the client who is named."""
    return plan_file(viewer, asked.get("client", viewer.public_id), now)


def _discharge(viewer: Viewer, asked: Mapping[str, str], now: datetime) -> File:
    """The summary of a client's care: one's own, or of the client who is named."""
    if client := asked.get("client"):
        return discharge_file(viewer, client, now)
    return own_discharge_file(viewer, now)


def _record(viewer: Viewer, asked: Mapping[str, str], now: datetime) -> File:
    """A whole record: one's own, or of the client who is named."""
    if client := asked.get("client"):
        return record_zip(viewer, client, now)
    return own_record_zip(viewer, now)


# Each makes (file name, media type, content) for the viewer and what the address asks, or refuses.
DOWNLOADS: dict[str, Make] = {
    "my-data": lambda viewer, _asked, now: own_data(viewer, now),
    "record": _record,
    "audit-log": lambda viewer, _asked, now: audit_csv(viewer, now),
    "consent": _consent,
    "my-progress": lambda viewer, asked, now: own_summary(viewer, asked.get("period", ""), now),
    "outcomes": _outcomes,
    "discharge-summary": _discharge,
    "outcomes-report": lambda viewer, _asked, now: report_csv(viewer, now),
    "safety-plan": _safety_plan,
    "document": lambda viewer, asked, now: read_document(viewer, asked.get("id", ""), now),
    "appointment": lambda viewer, asked, now: appointment_file(viewer, asked.get("id", ""), now),
}


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
        name, kind, content = await run_in_threadpool(
            _made_for, make, token, request.query_params, _address(request)
        )
    except NotSignedIn:
        return _refusal(401)
    except PasswordNeeded:
        return _refusal(403)
    except ClinicError:
        return _refusal(404)
    except DatabaseUnreachable:
        return _refusal(503)
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "no-store"}
    return Response(content, media_type=kind, headers=headers)


async def photo(request: Request) -> Response:
    """GET /photo/{therapist}: a JPEG, for people who are signed in; for anybody where newcomers may look."""
    therapist_id = request.path_params["therapist"]
    if not _PUBLIC_ID.fullmatch(therapist_id):
        return _refusal(404)
    token = request.cookies.get(sign_in.COOKIE)
    try:
        content = await run_in_threadpool(_photo_for, therapist_id, token)
    except ClinicError:
        return _refusal(404)
    except DatabaseUnreachable:
        return _refusal(503)
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


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
    Route("/photo/{therapist}", photo, methods=["GET"]),
    Route("/calendar/{token}.ics", calendar_feed, methods=["GET"]),
    Route("/to-room/{appointment}", to_room, methods=["GET"]),
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


def _made_for(make: Make, token: str | None, asked: Mapping[str, str], address: str) -> File:
    now = datetime.now(UTC)
    coming_from.set(address)
    return make(sign_in.viewer_for(token or "", now), asked, now)


def _photo_for(therapist_id: str, token: str | None) -> bytes:
    try:
        viewer = sign_in.viewer_for(token or "", datetime.now(UTC), active=False)
    except NotSignedIn:
        return profiles.public_photo(therapist_id)
    return profiles.photo(viewer, therapist_id)


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
