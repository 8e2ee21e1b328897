"""What a night in the sleep diary adds up to. Pure.

Times are minutes after midnight on the clock by the bed, as the diary is filled in. A span is what that
clock showed at its end minus what it showed at its beginning, over midnight where need be; so in a night in
which the clocks change, it is an hour off what a stopwatch would say. That is how sleep diaries are read:
nobody who wakes at 7 does sums about the government's hour.

The words are this clinic's own and no validated scale. What was left out is never made up: a sum that needs
it is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

DAY_MINUTES = 24 * 60
LONGEST_AWAKE = 12 * 60
LONGEST_NIGHT = 18 * 60  # a longer one is a slip: 11 in the morning for 11 at night


@dataclass(frozen=True)
class Night:
    """One night. `tried`: when the person tried to sleep; `latency`: minutes until they slept; `awake`:
    minutes awake in the night; `woke`: for the last time; `up`: when they got up; `quality`: 1 to 5."""

    tried: int | None = None
    latency: int | None = None
    awake: int | None = None
    woke: int | None = None
    up: int | None = None
    quality: int | None = None

    @property
    def asleep(self) -> int | None:
        """Minutes slept: from trying to waking, less the time to fall asleep and the time awake."""
        if self.tried is None or self.woke is None or self.latency is None or self.awake is None:
            return None
        slept = span(self.tried, self.woke) - self.latency - self.awake
        return slept if slept >= 0 else None

    @property
    def in_bed(self) -> int | None:
        """Minutes from trying to sleep to getting up."""
        if self.tried is None or self.up is None:
            return None
        return span(self.tried, self.up)

    @property
    def efficiency(self) -> int | None:
        """Sleep efficiency: of the minutes from trying to sleep to getting up, how many in a hundred were
        slept. Whole percent, a half up."""
        asleep, in_bed = self.asleep, self.in_bed
        if asleep is None or not in_bed or asleep > in_bed:
            return None
        return (200 * asleep + in_bed) // (2 * in_bed)


def span(start: int, end: int) -> int:
    """Minutes on the clock from one time to the next time it shows the other: 23:00 to 7:00 is 480."""
    return (end - start) % DAY_MINUTES


def problems_with(night: Night) -> dict[str, str]:
    """Field name to sentence, for what is out of range, or cannot be with what else is said of the night."""
    problems = {}
    for name in ("tried", "woke", "up"):
        if not _in(getattr(night, name), 0, DAY_MINUTES - 1):
            problems[name] = "Enter a time of day."
    for name in ("latency", "awake"):
        if not _in(getattr(night, name), 0, LONGEST_AWAKE):
            problems[name] = "Enter minutes, from 0 to 720."
    if not _in(night.quality, 1, 5):
        problems["quality"] = "Choose one of the five answers, or leave it out."
    return problems or _contradictions(night)


def is_empty(night: Night) -> bool:
    return night == Night()


def night_from(kept: Mapping[str, object]) -> Night:
    """A night out of a draft: whatever can be kept of it, and nothing else."""
    found: dict[str, Any] = {}
    for name in (field.name for field in fields(Night) if field.name in kept):
        value: Any = kept[name]
        if not problems_with(Night(**{name: value})):
            found[name] = value
    return Night(**found)


def _contradictions(night: Night) -> dict[str, str]:
    if night.tried is None:
        return {}
    if night.woke is not None:
        lying = span(night.tried, night.woke)
        if lying > LONGEST_NIGHT:
            return {"woke": "That is a night of more than 18 hours. Look at both times again."}
        if (night.latency or 0) + (night.awake or 0) > lying:
            return {"awake": "That is longer awake than the whole night. Look at the times again."}
        if night.up is not None and span(night.tried, night.up) < lying:
            return {"up": "You got up before you woke up. Look at the times again."}
    if night.up is not None and span(night.tried, night.up) > LONGEST_NIGHT:
        return {"up": "That is a night of more than 18 hours. Look at both times again."}
    return {}


def _in(value: object, least: int, most: int) -> bool:
    if value is None:
        return True
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
