"""Shares of a group with their 95 % intervals, what of a report is withheld, what a pair of scores counts as.

Pure. docs/outcomes.md says all of it in words.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from math import sqrt

from clinic.measures.change import Z, change
from clinic.measures.definition import Instrument
from clinic.measures.verdict import Score, has_colours
from clinic.scheduling.wall_clock import reached

WILSON = "Wilson EB. J Am Stat Assoc 1927;22:209-212"


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of a group of `of`. Both are None where the group is too small to be shown; `of` 0: nobody."""

    name: str
    count: int | None
    of: int | None

    @property
    def withheld(self) -> bool:
        return self.of is None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the share, 0 to 1; None where there is nobody or nothing is shown."""
        return wilson(self.count, self.of) if self.count is not None and self.of else None


def wilson(count: int, of: int) -> tuple[float, float]:
    """Wilson's score interval for a share, 0 to 1: never beyond either end, unlike the textbook one."""
    if not 0 <= count <= of or not of:
        raise ValueError("a share is of a group with somebody in it")
    share, square = count / of, Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    low = 0.0 if count == 0 else max(0.0, middle - half)
    return low, 1.0 if count == of else min(1.0, middle + half)


def withheld(parts: Sequence[Set[int]], smallest: int) -> set[int]:
    """Which parts of a whole are not shown, given the people in each; the whole itself may be.

    Parts under `smallest` are not. So that nobody gets one of them by taking the shown parts from the whole,
    the smallest of the others join them until together they hold `smallest` people. Nobody is no group.
    """
    hidden = {n for n, part in enumerate(parts) if 0 < len(part) < smallest}
    others = sorted(
        (n for n, part in enumerate(parts) if len(part) >= smallest), key=lambda n: (len(parts[n]), n)
    )
    while hidden and others and len(set[int]().union(*(parts[n] for n in hidden))) < smallest:
        hidden.add(others.pop(0))
    return hidden


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one course by its first and latest score. `case`: it began on the case side; the two recoveries are
    of those alone."""

    improved: bool
    deteriorated: bool
    case: bool
    recovered: bool
    reliably_recovered: bool


def outcome_of(measure: Instrument, first: Score, latest: Score) -> Outcome | None:
    """None where the two are not compared: one score, other questions, or a measure without a threshold."""
    same = first.version == latest.version == measure.version
    if not has_colours(measure) or not same or latest.at <= first.at:
        return None
    found = change(measure, first.total, latest.total)
    cut = measure.cut_off
    case = cut is not None and cut.met(first.total)
    recovered = case and cut is not None and not cut.met(latest.total)
    improved = bool(found.reliable) and found.direction == "better"
    return Outcome(
        improved=improved,
        deteriorated=bool(found.reliable) and found.direction == "worse",
        case=case,
        recovered=recovered,
        reliably_recovered=recovered and improved,
    )


@dataclass(frozen=True, slots=True)
class Quarter:
    """A calendar quarter of the clinic's zone, from `from_at` until `until_at` (UTC, not included)."""

    label: str
    from_at: datetime
    until_at: datetime


def whole_quarters(today: date, zone: str, number: int) -> tuple[Quarter, ...]:
    """The last quarters that are over, oldest first. One that is not over is left out: two looks at it a day
    apart would differ by one person."""
    index = today.year * 4 + (today.month - 1) // 3
    return tuple(_quarter(n, zone) for n in range(index - number, index))


def _quarter(index: int, zone: str) -> Quarter:
    def begins(n: int) -> date:
        return date(n // 4, n % 4 * 3 + 1, 1)

    first, following = begins(index), begins(index + 1)
    months = f"{first:%B} to {date(first.year, first.month + 2, 1):%B} {first.year}"
    return Quarter(months, reached(first, 0, zone), reached(following, 0, zone))
