"""How many calls this portal carries, and how: what an administrator should know of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import db
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.video import processes
from clinic.video.processes import Known
from clinic.video.relay import relay
from db.settings import settings


@dataclass(frozen=True)
class Capacity:
    """`calls` go on now, `limit` is the most there can be: of this process, or of all that share the work.

    `note`: what is amiss in this process, if anything. `silent`: processes that have not been heard of for a
    while, and since when. Instants are UTC.
    """

    calls: int
    limit: int
    note: str | None
    processes: tuple[Known, ...] = ()
    silent: tuple[Known, ...] = ()


@allowed(Permission.CLINIC_MANAGE)
def capacity(viewer: Viewer, now: datetime) -> Capacity:
    """As it is now. Says nothing about whose calls they are."""
    mine = settings().process
    if not mine:
        return Capacity(relay.calls, relay.limit, relay.note)
    with db.reading() as session:
        every = processes.known(session)
    others = [each for each in every if each.name != mine]
    alive = [Known(mine, relay.calls, relay.limit, now), *(each for each in others if each.alive(now))]
    return Capacity(
        calls=sum(each.calls for each in alive),
        limit=sum(each.limit for each in alive),
        note=relay.note,
        processes=tuple(sorted(alive, key=lambda each: each.name)),
        silent=tuple(each for each in others if not each.alive(now)),
    )


def say_alive(now: datetime) -> int:
    """A round: where several processes share the work, this one says that it is there. Returns its calls."""
    processes.say(relay.calls, relay.limit, now)
    return relay.calls
