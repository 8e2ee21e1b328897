"""A client's age: reading a date of birth, and who may sign for themselves. Pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

ADULT = 18
_OLDEST_YEAR = 1900


class Standing(StrEnum):
    """Whether a client can sign. Between the clinic's minimum age and 18 a guardian signs with them."""

    UNKNOWN = "unknown"
    TOO_YOUNG = "too young"
    WITH_GUARDIAN = "with guardian"
    ALONE = "alone"


def birth_date(value: str) -> date | None:
    """The date in "day/month/year" as typed, or None where it is not one."""
    parts = value.split("/")
    if len(parts) != 3 or not all(part.strip().isascii() and part.strip().isdigit() for part in parts):
        return None
    try:
        day, month, year = (int(part) for part in parts)
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def age_on(born: date, today: date) -> int:
    """Whole years. Born on 29 February, one is a year older on 1 March where there is no 29th."""
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (0 if had_birthday else 1)


def standing_of(born: date | None, today: date, minimum_age: int) -> Standing:
    """`today` is the client's own day."""
    if born is None:
        return Standing.UNKNOWN
    age = age_on(born, today)
    if age < minimum_age:
        return Standing.TOO_YOUNG
    return Standing.ALONE if age >= ADULT else Standing.WITH_GUARDIAN


def born_or_problem(value: str, today: date) -> tuple[date | None, str]:
    """The date in "day/month/year" as typed; else None and the sentence that says what to put right."""
    if not value.strip("/ "):
        return None, "Enter your date of birth."
    born = birth_date(value)
    if born is None or born.year < _OLDEST_YEAR:
        return None, "Enter a real date of birth, with the year in full, like 27 3 1990."
    if born > today:
        return None, "This date is in the future. Enter your date of birth, like 27 3 1990."
    return born, ""


def as_kept(born: date) -> str:
    """As `Account.born` holds it: "27/3/1990"."""
    return f"{born.day}/{born.month}/{born.year}"
