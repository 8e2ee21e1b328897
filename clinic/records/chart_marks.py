"""What belongs on a client's charts beside their scores: a change of medication, an event in their life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NotFound
from clinic.oversight.audit import record
from clinic.people.care import client_in_care_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Account, ChartMark

KINDS = {"medication": "Medication", "event": "Life event"}
LONGEST = 120


@dataclass(frozen=True)
class Mark:
    """`kind` is a key of KINDS; `added_by` a name."""

    public_id: str
    day_on: date
    kind: str
    words: str
    added_by: str


@allowed(Permission.OUTCOME_MANAGE)
def add_mark(
    viewer: Viewer, client_id: str, kind: str, words: str, day_on: date | None, now: datetime
) -> None:
    """Put a mark on a day, today or before. The same one a second time is not added again.

    Raises:
        NotFound: no such client, or not one of the viewer's to do something with.
        InvalidInput: no kind, no words or too many, no day or one that has not come.
    """
    with db.unit_of_work() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        problems = {}
        if kind not in KINDS:
            problems["mark_kind"] = "Choose what it is: medication or a life event."
        if not words.strip():
            problems["mark_words"] = "Write a few words that say what it was."
        elif len(words.strip()) > LONGEST:
            problems["mark_words"] = f"Use {LONGEST} characters or fewer."
        if day_on is None or day_on > now.astimezone(ZoneInfo(client.zone)).date():
            problems["mark_day"] = "Choose the day it was: today or before."
        if day_on is None or problems:
            raise InvalidInput(problems)
        session.refresh(client, with_for_update={"key_share": True})
        if any(
            (mark.day_on, mark.kind, mark.words) == (day_on, kind, words.strip())
            for mark in read_marks(session, client.id)
        ):
            return
        added = ChartMark(
            client_id=client.id, day_on=day_on, kind=kind, added_by_id=viewer.account_id, added_at=now
        )
        added.words = words.strip()
        session.add(added)
        record(session, now, viewer.account_id, "mark.add", client_id=client.id, object_id=added.public_id)


@allowed(Permission.OUTCOME_MANAGE)
def remove_mark(viewer: Viewer, client_id: str, mark_id: str, now: datetime) -> None:
    """Take a mark off the charts; its row stays. Twice is once.

    Raises:
        NotFound: no such client, not one of the viewer's to do something with, or no mark of theirs.
    """
    with db.unit_of_work() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        mark = session.scalars(
            select(ChartMark).where(ChartMark.public_id == mark_id, ChartMark.client_id == client.id)
        ).first()
        if mark is None:
            raise NotFound()
        if mark.removed_at is None:
            mark.removed_at = now
            record(session, now, viewer.account_id, "mark.remove", client_id=client.id, object_id=mark_id)


def read_marks(session: Session, client_id: int, since_on: date | None = None) -> tuple[Mark, ...]:
    """Those that stand, oldest first, inside the caller's transaction."""
    query = (
        select(ChartMark, Account.name)
        .join(Account, Account.id == ChartMark.added_by_id)
        .where(ChartMark.client_id == client_id, ChartMark.removed_at.is_(None))
        .order_by(ChartMark.day_on, ChartMark.id)
    )
    if since_on is not None:
        query = query.where(ChartMark.day_on >= since_on)
    return tuple(
        Mark(mark.public_id, mark.day_on, mark.kind, mark.words or "", added_by)
        for mark, added_by in session.execute(query)
    )
