"""Episodes: from when on change is counted. Earlier ones stay, and can be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput
from clinic.measures.ends import Span
from clinic.oversight.audit import record
from clinic.people.care import client_in_care_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.wall_clock import reached
from db.tables import Account, Episode


@dataclass(frozen=True)
class EpisodeView:
    """`public_id` is "" for the first one, which began by itself. `made_by`: who began it."""

    public_id: str
    span: Span
    made_by: str


@allowed(Permission.OUTCOME_MANAGE)
def begin_episode(viewer: Viewer, client_id: str, day_on: date | None, now: datetime) -> None:
    """From this day on, a day of the client's own, change is counted from the first score after it. Twice
    is once.

    Raises:
        NotFound: no such client, or not one of the viewer's to do something with.
        InvalidInput: no day, or one that has not come.
    """
    with db.unit_of_work() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        if day_on is None or day_on > now.astimezone(ZoneInfo(client.zone)).date():
            raise InvalidInput({"episode": "Choose the day from which to count: today or before."})
        # Two presses at once are one after the other.
        session.refresh(client, with_for_update={"key_share": True})
        began_at = reached(day_on, 0, client.zone)
        there = select(Episode.id).where(Episode.client_id == client.id, Episode.began_at == began_at)
        if session.scalars(there).first() is not None:
            return
        add_episode(session, viewer, client.id, began_at, now)


def add_episode(session: Session, viewer: Viewer, client_id: int, began_at: datetime, now: datetime) -> None:
    """Inside the caller's transaction, which holds the client and knows that none begins at that moment."""
    made = Episode(client_id=client_id, began_at=began_at, made_at=now, made_by_id=viewer.account_id)
    session.add(made)
    record(session, now, viewer.account_id, "episode.begin", client_id=client_id, object_id=made.public_id)


@allowed(Permission.OUTCOME_MANAGE)
def remove_episode(viewer: Viewer, client_id: str, episode_id: str, now: datetime) -> None:
    """Take back a beginning that was a mistake: its scores count to the episode before it. Twice is once.

    Raises:
        NotFound: no such client, or not one of the viewer's to do something with.
    """
    with db.unit_of_work() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        made = session.scalars(
            select(Episode).where(Episode.public_id == episode_id, Episode.client_id == client.id)
        ).first()
        if made is not None:
            session.delete(made)
            record(
                session, now, viewer.account_id, "episode.remove", client_id=client.id, object_id=episode_id
            )


def read_episodes(session: Session, client_id: int) -> tuple[EpisodeView, ...]:
    """All of a client's, the current one first, inside the caller's transaction. There is always one."""
    rows = session.execute(
        select(Episode.public_id, Episode.began_at, Account.name)
        .join(Account, Account.id == Episode.made_by_id)
        .where(Episode.client_id == client_id)
        .order_by(Episode.began_at.desc())
    ).all()
    found: list[EpisodeView] = []
    until: datetime | None = None
    for public_id, began_at, made_by in rows:
        found.append(EpisodeView(public_id, Span(began_at, until), made_by))
        until = began_at
    return (*found, EpisodeView("", Span(None, until), ""))
