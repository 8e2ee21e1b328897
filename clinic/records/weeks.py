"""Years of days as one value a week, made in the database: ten years of days never leave it.

A week begins on a Monday. Check-ins and sleep need four of its days; a goal, said now and then, needs one.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Float, Integer, case, cast, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from clinic.records.nights import DAY_MINUTES
from clinic.records.progress_words import Value
from db.tables import Goal, GoalRating, MoodEntry, SleepEntry

FEWEST_DAYS = 4  # of a week: with fewer, its mean says more of the days that are missing
SCALES = ("mood", "anxiety", "energy")
_A_MONDAY = date(1990, 1, 1)


class week_number(FunctionElement[int]):
    """Of a date column: whole weeks since a Monday long ago."""

    type = Integer()
    inherit_cache = True


@compiles(week_number, "sqlite")
def _on_sqlite(element: week_number, compiler: SQLCompiler, **how: Any) -> str:
    day = compiler.process(element.clauses, **how)
    return f"(CAST(julianday({day}) - julianday('{_A_MONDAY}') AS INTEGER) / 7)"


@compiles(week_number, "postgresql")
def _on_postgresql(element: week_number, compiler: SQLCompiler, **how: Any) -> str:
    return f"(({compiler.process(element.clauses, **how)} - DATE '{_A_MONDAY}') / 7)"


def weeks_of_moods(session: Session, client_id: int) -> dict[str, list[Value]]:
    """Mean mood, anxiety and energy of each week, oldest first, inside the caller's transaction."""
    columns = [getattr(MoodEntry, name) for name in SCALES]
    number = week_number(MoodEntry.day_on)
    rows = session.execute(
        select(number, *(part for column in columns for part in (func.count(column), _mean(column))))
        .where(MoodEntry.client_id == client_id, MoodEntry.replaced_at.is_(None))
        .group_by(number)
        .order_by(number)
    ).all()
    return {
        name: [
            Value(_monday(row[0]), row[2 + 2 * place]) for row in rows if row[1 + 2 * place] >= FEWEST_DAYS
        ]
        for place, name in enumerate(SCALES)
    }


def weeks_of_sleep(session: Session, client_id: int) -> list[Value]:
    """Mean minutes slept of each week's nights: the sum of `nights.Night.asleep`, in SQL."""
    lying = (SleepEntry.woke_minute - SleepEntry.tried_minute + DAY_MINUTES) % DAY_MINUTES
    slept = lying - SleepEntry.latency_minutes - SleepEntry.awake_minutes
    asleep, number = case((slept >= 0, slept)), week_number(SleepEntry.day_on)
    rows = session.execute(
        select(number, _mean(asleep))
        .where(SleepEntry.client_id == client_id, SleepEntry.replaced_at.is_(None))
        .group_by(number)
        .having(func.count(asleep) >= FEWEST_DAYS)
        .order_by(number)
    )
    return [Value(_monday(week), mean) for week, mean in rows]


def weeks_of_goals(session: Session, client_id: int) -> dict[int, list[Value]]:
    """Goal id to the mean of what was said in each week in which something was."""
    number = week_number(GoalRating.day_on)
    rows = session.execute(
        select(GoalRating.goal_id, number, _mean(GoalRating.rating))
        .join(Goal, Goal.id == GoalRating.goal_id)
        .where(Goal.client_id == client_id, GoalRating.replaced_at.is_(None))
        .group_by(GoalRating.goal_id, number)
        .order_by(number)
    )
    found: dict[int, list[Value]] = {}
    for goal_id, week, mean in rows:
        found.setdefault(goal_id, []).append(Value(_monday(week), mean))
    return found


def _mean(column: Any) -> Any:
    return cast(func.avg(column), Float)


def _monday(week: int) -> date:
    return _A_MONDAY + timedelta(weeks=week)
