"""The days of the demo's clients: check-ins with everything in them, sleep, goals, and what is shared."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from clinic.demo import courses
from clinic.demo.cast import Client, Course
from clinic.records.check_in import TAGS
from db.tables import Account, CheckInReminder, Goal, GoalRating, MeasuresShared, MoodEntry, SleepEntry

_NOTES = (
    "Slept badly, but went for a walk.",
    "Long day at work. Talked to my sister.",
    "Better than yesterday.",
    "Hard to get up. Did the breathing exercise.",
    "Met a friend for coffee.",
    "Worried about next week.",
)
_GOALS = (
    "Call a friend once a week",
    "Be in bed before midnight",
    "Walk around the park each day",
    "Say no when I mean no",
    "Cook for myself twice a week",
)
# What is likelier on a better day; the others come as they like.
_BRIGHT = ("walk", "outdoors", "people", "joy")
_DIARY_DAYS = 75


def add_days(session: Session, account: Account, person: Client, now: datetime, random: Random) -> None:
    """A year of check-ins, eleven weeks of the sleep diary and two goals."""
    today = now.astimezone(ZoneInfo(person.zone)).date()
    start, end = courses.ENDS[person.course]
    keenness = random.uniform(0.4, 0.9)
    takes = random.random() < 0.4
    for back in range(courses.DAYS, 0, -1):
        away = person.course is Course.GAPS and 150 < back < 235
        if away or random.random() > keenness:
            continue
        level = start + (end - start) * (1 - back / courses.DAYS)
        at, day_on = now - timedelta(days=back), today - timedelta(days=back)
        session.add(_check_in(account.id, day_on, at, level, takes, random))
        if back <= _DIARY_DAYS:
            session.add(_night(account.id, day_on, at, level, random))
    _add_goals(session, account.id, today, now, 1 - end, random)
    if random.random() < 0.3:
        session.add(CheckInReminder(client_id=account.id, minute=20 * 60, since_at=now - timedelta(days=90)))


def share(session: Session, account: Account, therapist: Account, at: datetime) -> None:
    """The therapist lets the client see the charts of their measures."""
    session.add(MeasuresShared(client_id=account.id, since_at=at, by_id=therapist.id))


def _check_in(
    client_id: int, day_on: date, at: datetime, level: float, takes: bool, random: Random
) -> MoodEntry:
    mood = courses.mood(level, random)
    late = random.random() < 0.06
    entry = MoodEntry(
        client_id=client_id,
        day_on=day_on,
        mood=mood,
        anxiety=6 - courses.mood(level, random),
        energy=courses.mood(level, random) if random.random() < 0.9 else None,
        sleep_minutes=30 * random.randint(9, 17),
        sleep_quality=courses.mood(level, random),
        medication=random.choices(("taken", "missed"), (9, 1))[0] if takes else "none",
        late=late,
        entered_at=at + timedelta(days=1) if late else at,
    )
    bright = 0.15 + 0.12 * mood
    tags = [tag for tag in TAGS if random.random() < (bright if tag in _BRIGHT else 0.15)]
    entry.tags_json = json.dumps(tags) if tags else None
    if random.random() < 0.1:
        entry.note = random.choice(_NOTES)
    return entry


def _night(client_id: int, day_on: date, at: datetime, level: float, random: Random) -> SleepEntry:
    woke = random.randint(78, 96) * 5  # 6:30 to 8:00
    return SleepEntry(
        client_id=client_id,
        day_on=day_on,
        tried_minute=(random.randint(270, 294) * 5) % 1440,  # 22:30 to 0:30
        latency_minutes=5 * round(2 + 8 * level * random.random()),
        awake_minutes=5 * round(10 * level * random.random()) if random.random() < 0.9 else None,
        woke_minute=woke,
        up_minute=woke + 5 * random.randint(0, 6),
        quality=courses.mood(level, random),
        entered_at=at,
    )


def _add_goals(
    session: Session, client_id: int, today: date, now: datetime, reached: float, random: Random
) -> None:
    for words in random.sample(_GOALS, 2):
        weeks = random.randint(6, 14)
        goal = Goal(client_id=client_id, since_at=now - timedelta(weeks=weeks))
        goal.words = words
        session.add(goal)
        session.flush()
        for week in range(weeks + 1):
            rating = round(2 + 8 * reached * week / weeks + random.gauss(0, 0.7))
            session.add(
                GoalRating(
                    goal_id=goal.id,
                    day_on=today - timedelta(weeks=weeks - week),
                    rating=min(10, max(0, rating)),
                    entered_at=now - timedelta(weeks=weeks - week),
                )
            )
