"""How far back a client looks at their own progress. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum


class Period(StrEnum):
    WEEKS = "4-weeks"
    MONTHS = "3-months"
    YEAR = "year"
    ALL = "all"


PERIOD_WORDS = {
    Period.WEEKS: "4 weeks",
    Period.MONTHS: "3 months",
    Period.YEAR: "A year",
    Period.ALL: "All",
}
_DAYS = {Period.WEEKS: 28, Period.MONTHS: 92, Period.YEAR: 366}
# Beyond this, days are too many for a screen (and for the wire): a week is one point.
MOST_DAYS = timedelta(days=366)


def period_from(word: str) -> Period:
    """The period of an address; three months for a word that names none."""
    return Period(word) if word in tuple(Period) else Period.MONTHS


def since(period: Period, today: date) -> date | None:
    """The first day shown; None for all."""
    days = _DAYS.get(period)
    return None if days is None else today - timedelta(days=days - 1)


def by_week(first_on: date | None, today: date) -> bool:
    """Whether what began on that day is shown by the week."""
    return first_on is not None and today - first_on > MOST_DAYS
