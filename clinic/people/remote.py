"""Where a person comes from, as far as the server can know."""

from __future__ import annotations

from db.settings import settings


def remote_address(connected: str | None, forwarded: str | None) -> str:
    """The address of the browser; "" where unknown.

    `X-Forwarded-For` is anybody's to write. It is read only where the deployment says that a proxy of its
    own stands in front (QUIET_ROOM_HTTPS), and then its last part is the one which that proxy wrote.
    """
    if settings().https and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()[:45]
    return (connected or "")[:45]
