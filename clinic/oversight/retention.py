"""How long a record is kept, and what keeps it from being erased. Pure.

A clinic sets its own years. What it begins with is German law for the end of treatment and an American
guideline for young people; which law a clinic is under is for the clinic to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from clinic.errors import InvalidInput
from clinic.intake.age import ADULT

YEARS = 10
YEARS_SOURCE = "10 years after treatment has ended: German Civil Code (BGB), § 630f(3)"
AFTER_18 = 3
AFTER_18_SOURCE = (
    "3 years after coming of age, where that is later: American Psychological Association, Record Keeping "
    "Guidelines (2007)"
)
FEWEST, MOST = 1, 99


@dataclass(frozen=True)
class Rules:
    """`years` after the end of care, and never before `after_18` years after the 18th birthday."""

    years: int = YEARS
    after_18: int = AFTER_18


@dataclass(frozen=True)
class Case:
    """What is known of one client. `ended_on`: the last day of care, None while it goes on; `born` is None
    where nobody has said it."""

    ended_on: date | None
    born: date | None
    held: bool
    alerts: int


class Why(StrEnum):
    """What keeps a record from being erased."""

    CARE = "care"
    HOLD = "hold"
    ALERT = "alert"
    TIME = "time"


@dataclass(frozen=True)
class Standing:
    """`kept_until_on`: the last day on which the record has to be there; None while care goes on."""

    kept_until_on: date | None
    why_not: tuple[Why, ...]

    @property
    def erasable(self) -> bool:
        return not self.why_not


def standing(case: Case, rules: Rules, today: date) -> Standing:
    """`today` is the clinic's own day."""
    until = kept_until(case.ended_on, case.born, rules) if case.ended_on else None
    reasons = (
        (Why.CARE, until is None),
        (Why.HOLD, case.held),
        (Why.ALERT, case.alerts > 0),
        (Why.TIME, until is not None and today <= until),
    )
    return Standing(until, tuple(why for why, holds in reasons if holds))


def kept_until(ended_on: date, born: date | None, rules: Rules) -> date:
    """The later of the two. Where nobody knows when the client was born, the end of care alone counts."""
    after_care = years_after(ended_on, rules.years)
    return after_care if born is None else max(after_care, years_after(born, ADULT + rules.after_18))


def years_after(day: date, years: int) -> date:
    """The same day of the year; 1 March for 29 February where there is none."""
    year = min(day.year + years, date.max.year)
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def require_rules(years: object, after_18: object) -> Rules:
    """Raises InvalidInput where a clinic cannot keep records by these."""
    problems: dict[str, str] = {}
    if not _whole(years, FEWEST):
        problems["years"] = f"Enter whole years, from {FEWEST} to {MOST}."
    if not _whole(after_18, 0):
        problems["after_18"] = f"Enter whole years, from 0 to {MOST}."
    if problems:
        raise InvalidInput(problems)
    assert isinstance(years, int)
    assert isinstance(after_18, int)
    return Rules(years, after_18)


def _whole(value: object, fewest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and fewest <= value <= MOST
