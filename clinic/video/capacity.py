"""How many calls this process carries, and how: what an administrator should know of it."""

from __future__ import annotations

from dataclasses import dataclass

from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.video.relay import relay


@dataclass(frozen=True)
class Capacity:
    """`calls` go on in this process now, `limit` is the most it takes. `note`: what is amiss, if anything."""

    calls: int
    limit: int
    note: str | None


@allowed(Permission.CLINIC_MANAGE)
def capacity(viewer: Viewer) -> Capacity:
    """As it is now. Says nothing about whose calls they are."""
    return Capacity(relay.calls, relay.limit, relay.note)
