"""What went along with better days: days counted, and no more. Pure.

Two counts beside each other, "on 6 of the 8 days with a walk, on 5 of the 14 without", are what a person can
check against their own diary. They say nothing of what caused what (a good day may be what makes a walk
possible), so nothing is ranked, tested or picked for being large: everything with enough days is shown, in
the list's order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clinic.records.check_in import GOOD, TAGS

# With fewer days on either side a count says more of chance than of the days.
FEWEST = 5


@dataclass(frozen=True)
class DayOf:
    """A day with a mood, and what it had in it: tags, by their codes."""

    mood: int
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Along:
    """Days with a tag and days without, and how many of each had a good or very good mood."""

    tag: str
    days_with: int
    good_with: int
    days_without: int
    good_without: int


def along(days: Sequence[DayOf]) -> list[Along]:
    """Each tag that enough days had and enough had not.

    A day counts as "without" only if something else was chosen that day: where nothing was, nobody knows.
    """
    known = [day for day in days if day.tags]
    found = []
    for tag in TAGS:
        with_it = [day.mood for day in known if tag in day.tags]
        without = [day.mood for day in known if tag not in day.tags]
        if min(len(with_it), len(without)) >= FEWEST:
            found.append(Along(tag, len(with_it), _good(with_it), len(without), _good(without)))
    return found


def _good(moods: Sequence[int]) -> int:
    return sum(mood >= GOOD for mood in moods)
