"""A client's progress over a time, for them and for their therapist: check-ins, sleep, goals, and what went
along with better days.

Up to a year, each day is a point. Where more than a year is shown, each week is one (`weeks.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, load_only

import db
from clinic.oversight.audit import record_look
from clinic.people.care import client_visible_to
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.better_days import Along, DayOf, along
from clinic.records.check_in import today_in
from clinic.records.goals import read_goals
from clinic.records.mood import tags_from
from clinic.records.nights import Night
from clinic.records.periods import MOST_DAYS, Period, by_week, since
from clinic.records.progress_words import Value
from clinic.records.sharing import read_shared
from clinic.records.sleep import read_nights
from clinic.records.weeks import SCALES, weeks_of_goals, weeks_of_moods, weeks_of_sleep
from db.tables import Goal, GoalRating, MoodEntry, SleepEntry


@dataclass(frozen=True)
class GoalProgress:
    """A goal in the client's words with its ratings: a day each, or the mean of a week."""

    public_id: str
    words: str
    ended: bool
    ratings: tuple[Value, ...]


@dataclass(frozen=True)
class Progress:
    """What is shown from `since_on` on (None: all). `weekly`: each value is the mean of the week that begins
    on its day.

    `scales` has mood, anxiety and energy; `late` counts the days entered after they were over. `asleep` is
    minutes slept; `nights` are the nights themselves, none where `weekly`. `along` counts the days of this
    time, of a year at the most. `shared`: the therapist shares the measures' charts.
    """

    since_on: date | None
    today: date
    weekly: bool
    scales: Mapping[str, tuple[Value, ...]]
    late: int
    asleep: tuple[Value, ...]
    nights: tuple[tuple[date, Night], ...]
    goals: tuple[GoalProgress, ...]
    along: tuple[Along, ...]
    shared: bool


@allowed(Permission.PROGRESS_OWN)
def own_progress(viewer: Viewer, period: Period, now: datetime) -> Progress:
    """The client's own, of this period."""
    with db.reading() as session:
        return read_progress(session, viewer.account_id, period, today_in(viewer.zone, now))


@dataclass(frozen=True)
class ClientProgress:
    """What a therapist is shown of one client. `begun`: something was said at any time."""

    client_id: str
    name: str
    begun: bool
    progress: Progress


@allowed(Permission.CLIENT_READ)
def client_progress(viewer: Viewer, client_id: str, period: Period, now: datetime) -> ClientProgress:
    """The same of one client, in the client's zone. It is a part of the record, and looking at it is one look
    at the record.

    Raises:
        NotFound: no such client, or not one of the viewer's.
    """
    with db.unit_of_work() as session:
        client = client_visible_to(session, viewer, client_id, now)
        has_goal = select(exists().where(Goal.client_id == client.id))
        found = ClientProgress(
            client.public_id,
            client.name,
            _first_day(session, client.id) is not None or bool(session.scalar(has_goal)),
            read_progress(session, client.id, period, today_in(client.zone, now)),
        )
        record_look(
            session, now, viewer.account_id, "record.open", client_id=client.id, object_id=client.public_id
        )
    return found


def read_progress(session: Session, client_id: int, period: Period, today: date) -> Progress:
    """Inside the caller's transaction; the caller has decided permission."""
    since_on = since(period, today)
    weekly = since_on is None and by_week(_first_day(session, client_id), today)
    first = since_on or date.min
    # All of a short time is no more days than a year has.
    late, nights, goals = 0, [], _goals_by_week(session, client_id) if weekly else []
    if weekly:
        scales, asleep = weeks_of_moods(session, client_id), weeks_of_sleep(session, client_id)
    else:
        scales, late = _moods(session, client_id, first)
        nights = read_nights(session, client_id, since_on)
        asleep = [Value(one.day_on, n) for one in nights if (n := one.night.asleep) is not None]
        goals = _goals(session, client_id, since_on)
    return Progress(
        since_on=since_on,
        today=today,
        weekly=weekly,
        scales={name: tuple(values) for name, values in scales.items()},
        late=late,
        asleep=tuple(asleep),
        nights=tuple((one.day_on, one.night) for one in nights),
        goals=tuple(goals),
        along=tuple(along(_days(session, client_id, max(first, today - MOST_DAYS)))),
        shared=read_shared(session, client_id),
    )


def _first_day(session: Session, client_id: int) -> date | None:
    """The first day of which anything is kept."""
    firsts = (
        select(func.min(MoodEntry.day_on)).where(MoodEntry.client_id == client_id),
        select(func.min(SleepEntry.day_on)).where(SleepEntry.client_id == client_id),
        select(func.min(GoalRating.day_on)).join(Goal).where(Goal.client_id == client_id),
    )
    return min((day for one in firsts if (day := session.scalar(one)) is not None), default=None)


def _moods(session: Session, client_id: int, first: date) -> tuple[dict[str, list[Value]], int]:
    """Each scale's days, oldest first, and how many were entered late. Nothing sealed is read for it."""
    rows = session.execute(
        select(MoodEntry.day_on, MoodEntry.late, *(getattr(MoodEntry, name) for name in SCALES))
        .where(MoodEntry.client_id == client_id, MoodEntry.day_on >= first, MoodEntry.replaced_at.is_(None))
        .order_by(MoodEntry.day_on)
    ).all()
    said = {
        name: [Value(row[0], row[place]) for row in rows if row[place] is not None]
        for place, name in enumerate(SCALES, start=2)
    }
    return said, sum(row[1] for row in rows)


def _goals(session: Session, client_id: int, since_on: date | None) -> list[GoalProgress]:
    return [
        GoalProgress(
            goal.public_id,
            goal.words,
            goal.ended_at is not None,
            tuple(Value(one.day_on, one.rating) for one in goal.ratings),
        )
        for goal in read_goals(session, client_id, since_on)
    ]


def _goals_by_week(session: Session, client_id: int) -> list[GoalProgress]:
    weeks = weeks_of_goals(session, client_id)
    goals = session.scalars(select(Goal).where(Goal.client_id == client_id).order_by(Goal.since_at, Goal.id))
    return [
        GoalProgress(
            goal.public_id, goal.words or "", goal.ended_at is not None, tuple(weeks.get(goal.id, ()))
        )
        for goal in goals
    ]


def _days(session: Session, client_id: int, first: date) -> list[DayOf]:
    """Days from the first on with a mood and something chosen. Only their tags are opened."""
    rows = session.scalars(
        select(MoodEntry)
        .options(load_only(MoodEntry.public_id, MoodEntry.mood, MoodEntry.tags_sealed))
        .where(
            MoodEntry.client_id == client_id,
            MoodEntry.day_on >= first,
            MoodEntry.replaced_at.is_(None),
            MoodEntry.mood.is_not(None),
            MoodEntry.tags_sealed.is_not(None),
        )
    )
    return [DayOf(row.mood, tags_from(row)) for row in rows if row.mood is not None]
