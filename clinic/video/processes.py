"""Several processes on one database: which of them carries a room, so that its two people meet there.

The media of a call pass through the memory of one process. Where several share the work, each has a name
(QUIET_ROOM_PROCESS), and says every few seconds that it is there. Whoever comes to a room first gives it to a
process; whoever comes by another is brought there (web/process_cookie.py). A process that was not heard of
for fifteen seconds keeps no room: the next to ask takes it over. Alone, without a name, none of it happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

import db
from db.settings import settings
from db.tables import PortalProcess, Visit

SAY_SECONDS = 3
GONE = timedelta(seconds=15)
_FORGOTTEN = timedelta(days=1)
_IN_THE_ROOM = timedelta(seconds=20)


@dataclass(frozen=True)
class Known:
    """A process as it last spoke of itself: rooms it carries, and the most it takes."""

    name: str
    calls: int
    limit: int
    seen_at: datetime

    def alive(self, now: datetime) -> bool:
        return now - self.seen_at < GONE


def say(calls: int, limit: int, now: datetime) -> None:
    """This process is there, with so many rooms of so many. Nothing where it is alone."""
    name = settings().process
    if not name:
        return
    with db.unit_of_work() as session:
        row = session.get(PortalProcess, name)
        if row is None:
            # Names that no process has any more go with the first word of a new one.
            session.execute(delete(PortalProcess).where(PortalProcess.seen_at < now - _FORGOTTEN))
            row = PortalProcess(name=name)
            session.add(row)
        row.calls, row.most, row.seen_at = calls, limit, now


def say_goodbye() -> None:
    """It ends now: its rooms are free at once."""
    if name := settings().process:
        with db.unit_of_work() as session:
            session.execute(delete(PortalProcess).where(PortalProcess.name == name))


def known(session: Session) -> list[Known]:
    """Every process that has been heard of in the last day, by its name."""
    rows = session.scalars(select(PortalProcess).order_by(PortalProcess.name))
    return [Known(row.name, row.calls, row.most, row.seen_at) for row in rows]


def elsewhere(session: Session, visit: Visit, now: datetime) -> str:
    """The name of the other process that carries this room; "" where it is this one, or nobody's."""
    mine = settings().process
    if not mine or visit.carried_by in (None, mine):
        return ""
    heard = session.scalars(
        select(PortalProcess.seen_at).where(PortalProcess.name == visit.carried_by)
    ).first()
    return str(visit.carried_by) if heard is not None and now - heard < GONE else ""


def is_free(session: Session, visit: Visit, now: datetime) -> bool:
    """Whether no process that is there carries this room. Never where this one is alone."""
    mine = settings().process
    return bool(mine) and visit.carried_by != mine and not elsewhere(session, visit, now)


def take(session: Session, visit: Visit, now: datetime) -> None:
    """Give a room that is free to this process, or, where this one is full, to the one with most places left.

    Of two that take it in the same moment one gets it, and the other finds that out here.
    """
    if not is_free(session, visit, now):
        return
    session.flush()
    session.execute(
        update(Visit)
        .where(Visit.id == visit.id, Visit.carried_by.is_not_distinct_from(visit.carried_by))
        .values(carried_by=_best(session, now))
        .execution_options(synchronize_session=False)
    )
    session.refresh(visit, ["carried_by"])


def _best(session: Session, now: datetime) -> str:
    mine = settings().process
    left = {}
    for process in known(session):
        if process.alive(now):
            # Counted by who is in its rooms, waiting or talking: what it said of itself is seconds old, and
            # sessions begin on the hour.
            there = select(func.count()).where(
                Visit.carried_by == process.name, Visit.client_seen_at > now - _IN_THE_ROOM
            )
            left[process.name] = process.limit - session.scalars(there).one()
    if left.get(mine, 1) > 0 or not left:
        return mine
    best = max(left, key=lambda name: left[name])
    return best if left[best] > 0 else mine
