"""GET /calendar/<token>.ics: a person's appointments, for their calendar, without a sign-in."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from clinic.errors import NotFound
from clinic.people.remote import remote_address
from clinic.scheduling.feed import MEDIA_TYPE, read_feed
from db.errors import DatabaseUnreachable
from web.pace import Pace

# A calendar asks every few minutes at the most; many people's may ask from one address.
_PACE = Pace(most=120, seconds=60)


async def calendar_feed(request: Request) -> Response:
    """200, or 304 to a calendar that has this version already; 404 for any address that opens nothing."""
    connected = request.client.host if request.client else None
    if not _PACE.allows(remote_address(connected, request.headers.get("x-forwarded-for")), time.monotonic()):
        return _nothing(429, {"Retry-After": "60"})
    try:
        content = await run_in_threadpool(read_feed, request.path_params["token"], datetime.now(UTC))
    except NotFound:
        return _nothing(404)
    except DatabaseUnreachable:
        # An empty or a missing calendar would take every appointment out of the person's own.
        return _nothing(503, {"Retry-After": "300"})
    version = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    # Kept by the calendar alone, and asked for again each time.
    headers = {"ETag": version, "Cache-Control": "private, no-cache"}
    if version in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def _nothing(status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(status_code=status, headers={"Cache-Control": "no-store", **(headers or {})})
