"""Which web pages may speak to this portal in a browser's name. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit


def allowed(origin: str | None, host: str | None, listed: Sequence[str]) -> bool:
    """Whether a request that says it comes from `origin` may act with the browser's cookie.

    Its own host, or an origin the deployment lists (QUIET_ROOM_ORIGINS). A missing Origin is refused:
    every browser sends one with a WebSocket and with a POST, so whoever leaves it out is none.
    """
    if not origin or not host:
        return False
    if origin in listed:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()
