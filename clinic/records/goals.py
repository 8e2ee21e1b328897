"""What a client wants to get closer to, in their own words, and how close they say they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import GoalEnded, InvalidInput, NotFound, TooManyGoals
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.check_in import BACK, day_to_keep, today_in
from clinic.records.drafts import Form, forget_draft, read_draft
from db.tables import Account, Goal, GoalRating

MOST = 3
LONGEST = 200
LOWEST, HIGHEST = 0, 10


@dataclass(frozen=True)
class Rating:
    """How close on a day: 0 not at all, 10 reached."""

    day_on: date
    rating: int


@dataclass(frozen=True)
class KeptGoal:
    """A goal with its ratings, oldest first. `ended_at` is when the client was done with it."""

    public_id: str
    words: str
    since_at: datetime
    ended_at: datetime | None
    ratings: tuple[Rating, ...]

    def on(self, day: date) -> int | None:
        return next((one.rating for one in self.ratings if one.day_on == day), None)


@dataclass(frozen=True)
class GoalsPage:
    """Open goals, the oldest first, and those that were ended, the newest first."""

    open: tuple[KeptGoal, ...]
    ended: tuple[KeptGoal, ...]
    today: date
    draft: str

    @property
    def may_add(self) -> bool:
        return len(self.open) < MOST


@allowed(Permission.MOOD_LOG)
def goals_page(viewer: Viewer, now: datetime) -> GoalsPage:
    """Every goal, each with its ratings of the last seven days: the rest is on the client's progress."""
    with db.reading() as session:
        today = today_in(viewer.zone, now)
        goals = read_goals(session, viewer.account_id, today - BACK, ended_before=True)
        draft = read_draft(session, viewer.account_id, Form.GOAL)
    ended = sorted((g for g in goals if g.ended_at), key=lambda g: g.ended_at or now, reverse=True)
    return GoalsPage(
        tuple(goal for goal in goals if goal.ended_at is None),
        tuple(ended),
        today,
        str(draft.answers.get("words", "")) if draft else "",
    )


@allowed(Permission.MOOD_LOG)
def add_goal(viewer: Viewer, words: str, now: datetime) -> str:
    """A new goal; its public id. The same words as an open goal's are that goal.

    Raises:
        InvalidInput: no words, or too many of them.
        TooManyGoals: three are open already.
    """
    words = words.strip()
    if not words:
        raise InvalidInput({"words": "Write what you want to get closer to."})
    if len(words) > LONGEST:
        raise InvalidInput({"words": f"Use {LONGEST} characters or fewer."})
    with db.unit_of_work() as session:
        # Two clicks at once are one after the other: the client's own row is what is held.
        session.get_one(Account, viewer.account_id, with_for_update={"key_share": True})
        there = session.scalars(
            select(Goal).where(Goal.client_id == viewer.account_id, Goal.ended_at.is_(None))
        ).all()
        forget_draft(session, viewer.account_id, Form.GOAL)
        for goal in there:
            if goal.words == words:
                return goal.public_id
        if len(there) >= MOST:
            raise TooManyGoals()
        goal = Goal(client_id=viewer.account_id, since_at=now)
        goal.words = words
        session.add(goal)
        _record(session, viewer, "goal.add", goal.public_id, now)
        return goal.public_id


@allowed(Permission.MOOD_LOG)
def rate_goal(
    viewer: Viewer, goal_id: str, rating: int | None, now: datetime, day_on: date | None = None
) -> None:
    """How close the client is today, or was on one of the seven days before. Said again for the same day, it
    replaces the earlier, which stays on record.

    Raises:
        NotFound: no goal of theirs.
        GoalEnded: they are done with it.
        InvalidInput: not a whole number from 0 to 10, a day to come or too far back.
    """
    day_on = day_to_keep(day_on, today_in(viewer.zone, now))
    whole = isinstance(rating, int) and not isinstance(rating, bool)
    if not whole or rating is None or not LOWEST <= rating <= HIGHEST:
        raise InvalidInput({"rating": "Choose a number from 0 to 10."})
    try:
        _rate(viewer, goal_id, rating, day_on, now)
    except IntegrityError:
        # A second device rated the same day in between: now there is a row to replace.
        _rate(viewer, goal_id, rating, day_on, now)


@allowed(Permission.MOOD_LOG)
def end_goal(viewer: Viewer, goal_id: str, now: datetime) -> None:
    """The client is done with it, whyever; what they said of it stays on record.

    Raises:
        NotFound: no goal of theirs.
    """
    with db.unit_of_work() as session:
        goal = _own(session, viewer, goal_id)
        if goal.ended_at is None:
            goal.ended_at = now
            _record(session, viewer, "goal.end", goal_id, now)


def read_goals(
    session: Session, client_id: int, since_on: date | None, *, ended_before: bool = False
) -> list[KeptGoal]:
    """Goals that were open on that day or later, the oldest first, with the ratings from it on; inside the
    caller's transaction, who has decided permission. `ended_before`: those ended earlier too."""
    goals = session.scalars(select(Goal).where(Goal.client_id == client_id).order_by(Goal.since_at, Goal.id))
    first = date.min if since_on is None or ended_before else since_on
    shown = [goal for goal in goals if goal.ended_at is None or goal.ended_at.date() >= first]
    ratings = _ratings(session, [goal.id for goal in shown], since_on)
    return [
        KeptGoal(
            goal.public_id,
            goal.words or "",
            goal.since_at,
            goal.ended_at,
            tuple(ratings.get(goal.id, ())),
        )
        for goal in shown
    ]


def _ratings(session: Session, ids: Sequence[int], since_on: date | None) -> dict[int, list[Rating]]:
    rows = (
        select(GoalRating.goal_id, GoalRating.day_on, GoalRating.rating)
        .where(GoalRating.goal_id.in_(ids), GoalRating.replaced_at.is_(None))
        .order_by(GoalRating.day_on)
    )
    if since_on is not None:
        rows = rows.where(GoalRating.day_on >= since_on)
    found: dict[int, list[Rating]] = {}
    for goal_id, day_on, rating in session.execute(rows):
        found.setdefault(goal_id, []).append(Rating(day_on, rating))
    return found


def _own(session: Session, viewer: Viewer, goal_id: str) -> Goal:
    goal = session.scalars(
        select(Goal)
        .where(Goal.public_id == goal_id, Goal.client_id == viewer.account_id)
        .with_for_update(key_share=True)
    ).first()
    if goal is None:
        raise NotFound()
    return goal


def _rate(viewer: Viewer, goal_id: str, rating: int, day_on: date, now: datetime) -> None:
    with db.unit_of_work() as session:
        goal = _own(session, viewer, goal_id)
        if goal.ended_at is not None:
            raise GoalEnded()
        before = session.scalars(
            select(GoalRating).where(
                GoalRating.goal_id == goal.id, GoalRating.day_on == day_on, GoalRating.replaced_at.is_(None)
            )
        ).first()
        if before is not None:
            if before.rating == rating:
                return
            before.replaced_at = now
            session.flush()  # one current rating a day
        session.add(GoalRating(goal_id=goal.id, day_on=day_on, rating=rating, entered_at=now))
        _record(session, viewer, "goal.rate", goal_id, now)


def _record(session: Session, viewer: Viewer, action: str, goal_id: str, now: datetime) -> None:
    record(session, now, viewer.account_id, action, client_id=viewer.account_id, object_id=goal_id)
