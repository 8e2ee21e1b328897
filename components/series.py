"""What a chart is drawn and told from: forms and check-ins over time. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

MEAN_OVER_DAYS = 7
MEAN_NEEDS_DAYS = 4


class Form(Protocol):
    """One filling of a measure. `at` is UTC; `total` is None where not every question was answered; scores of
    different `version`s of the questions are not joined."""

    @property
    def at(self) -> datetime: ...
    @property
    def total(self) -> int | None: ...
    @property
    def version(self) -> str: ...


class StaffForm(Form, Protocol):
    """And the therapist who filled it in with the client, or ""."""

    @property
    def entered_by(self) -> str: ...


class CheckIn(Protocol):
    """One day's mood, 1 (very low) to 5 (very good); None where it was left out."""

    @property
    def day_on(self) -> date: ...
    @property
    def mood(self) -> int | None: ...


def scored(forms: Iterable[Form]) -> list[tuple[datetime, int]]:
    """Instant and total of the forms that have one, oldest first."""
    kept = [(form.at, form.total) for form in forms if form.total is not None]
    # By instant alone: of two at the same one, the order given counts.
    return sorted(kept, key=lambda one: one[0])


def trailing_means(check_ins: Sequence[CheckIn]) -> list[tuple[date, float | None]]:
    """For each calendar day from the first check-in to the last, the mean of that day and the six before.

    None where fewer than four of the seven were logged: a missed day is left out, never filled in.
    """
    moods = {one.day_on: one.mood for one in check_ins if one.mood is not None}
    if not moods:
        return []
    first, last = min(moods), max(moods)
    means: list[tuple[date, float | None]] = []
    week: deque[int | None] = deque(maxlen=MEAN_OVER_DAYS)
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        week.append(moods.get(day))
        logged = [mood for mood in week if mood is not None]
        means.append((day, sum(logged) / len(logged) if len(logged) >= MEAN_NEEDS_DAYS else None))
    return means
