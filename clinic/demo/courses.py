"""A client's year in numbers: totals that go somewhere, answers that add up to them, moods beside them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from clinic.demo.cast import Course
from clinic.measures.instrument import Instrument

DAYS = 364
_WEEK = timedelta(days=7)
# Where a course begins and ends, as a share of the measure's range.
ENDS = {
    Course.IMPROVING: (0.68, 0.2),
    Course.UNCHANGED: (0.42, 0.4),
    Course.WORSE: (0.28, 0.66),
    Course.GAPS: (0.6, 0.33),
    Course.SKIPPING: (0.55, 0.3),
}


def forms(course: Course, now: datetime, random: Random) -> Iterator[tuple[datetime, float]]:
    """When the client answers their measures, and how they are then, 0 (best) to 1; oldest first.

    The last is more than a week ago, so that the measures are due again.
    """
    start, end = ENDS[course]
    weeks = DAYS // 7
    silent = range(18, 30) if course is Course.GAPS else range(0)
    for week in range(1, weeks - 1, random.choice((1, 2))):
        if week in silent or random.random() < 0.08:
            continue
        share = week / weeks
        at = now - timedelta(days=DAYS) + week * _WEEK + timedelta(minutes=random.randrange(600))
        yield at, min(1.0, max(0.0, start + (end - start) * share + random.gauss(0, 0.05)))


def answers(
    measure: Instrument, level: float, random: Random, *, skipped: bool = False, risk: int = 0
) -> dict[int, int]:
    """Item answers whose total is about `level` of the range. Risk items get `risk` and no more."""
    most = measure.items[0].highest
    plain = [item.number for item in measure.items if item.risk is None]
    given = {item.number: 0 if item.risk is None else risk for item in measure.items}
    left = min(round(level * measure.highest), most * len(plain)) - risk
    while left > 0:
        number = random.choice(plain)
        if given[number] < most:
            given[number] += 1
            left -= 1
    if skipped:
        del given[random.choice(plain)]
    return given


def difficulty(measure: Instrument, given: dict[int, int]) -> int | None:
    """The answer to the unscored difficulty item, where the form asks it."""
    total = sum(given.values())
    if measure.difficulty is None or len(given) < len(measure.items) or total == measure.lowest:
        return None
    options = measure.difficulty.options
    return options[min(len(options) - 1, total * len(options) // (measure.highest + 1))].value


def mood(level: float, random: Random) -> int:
    """A day's mood, 1 to 5, better the lower the level."""
    return min(5, max(1, round(5 - 4 * level + random.gauss(0, 0.7))))
