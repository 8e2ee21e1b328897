"""A client's check-ins day by day, as their therapist reads them: with the notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import db
from clinic.oversight.audit import record_look
from clinic.people.care import client_visible_to
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.mood import Mood, count_moods, read_newest_moods

PAGE = 14


@dataclass(frozen=True)
class DayByDay:
    """Fourteen days that the client said something of, the newest first. `page` counts from 0; `count` is of
    all of them. A day's `late` says that it was filled in after it was over."""

    days: tuple[Mood, ...]
    page: int
    count: int

    @property
    def first(self) -> int:
        """Which of all the days, counted from 1, is the newest one here."""
        return self.page * PAGE + 1

    @property
    def older(self) -> bool:
        return self.count > (self.page + 1) * PAGE


@allowed(Permission.CLIENT_READ)
def day_by_day(viewer: Viewer, client_id: str, page: int, now: datetime) -> DayByDay:
    """A page of one client's check-ins; the last one where there are fewer. Only its own notes are opened,
    and that they were is written down.

    Raises:
        NotFound: no such client, or not one of the viewer's.
    """
    with db.unit_of_work() as session:
        client = client_visible_to(session, viewer, client_id, now)
        count = count_moods(session, client.id)
        page = min(max(page, 0), max(count - 1, 0) // PAGE)
        days = read_newest_moods(session, client.id, page * PAGE, PAGE)
        record_look(
            session, now, viewer.account_id, "check-in.read", client_id=client.id, object_id=client.public_id
        )
    return DayByDay(tuple(days), page, count)
