"""Who waits for which times, and how an offer of one stands. Pure.

Wishes are wall-clock times of the client's own day; what they are compared with are instants. So a wish
for "9:00 to 12:00" stays that across a clock change, and a session lies in it or not by its real minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from clinic.scheduling.intervals import Span
from clinic.scheduling.wall_clock import DAY_MINUTES, reached

WEEKDAYS = "0123456"


@dataclass(frozen=True)
class Wish:
    """Weekdays (digits, 0 Monday) and minutes of a local day of `zone` between which a session lies."""

    weekdays: str
    from_minute: int
    until_minute: int
    zone: str


class OfferState(StrEnum):
    """`open`: can be booked now. `yours`: booked by whoever asks. `taken`: by somebody else.
    `past`: nobody took it while it was kept; it is free for everyone, if it still is."""

    OPEN = "open"
    YOURS = "yours"
    TAKEN = "taken"
    PAST = "past"


def suits(wish: Wish, session: Span) -> bool:
    """Whether the whole session lies within the wish on the local day it begins."""
    day = session.starts_at.astimezone(ZoneInfo(wish.zone)).date()
    if str(day.weekday()) not in wish.weekdays:
        return False
    begins, ends = (reached(day, minute, wish.zone) for minute in (wish.from_minute, wish.until_minute))
    return begins <= session.starts_at and session.ends_at <= ends


def state_of(held_until: datetime, taken_at: datetime | None, mine: bool, now: datetime) -> OfferState:
    """How an offer stands. `mine`: it was taken by whoever asks."""
    if taken_at is not None:
        return OfferState.YOURS if mine else OfferState.TAKEN
    return OfferState.OPEN if now < held_until else OfferState.PAST


def problems_with(weekdays: str, from_minute: int, until_minute: int, length_minutes: int) -> dict[str, str]:
    """Field name to sentence, for each part of a wish that no session can meet."""
    problems = {}
    if not weekdays or set(weekdays) - set(WEEKDAYS):
        problems["weekdays"] = "Choose at least one day."
    if not (0 <= from_minute < until_minute <= DAY_MINUTES):
        problems["until"] = "The end of the time must be later than its start."
    elif until_minute - from_minute < length_minutes:
        problems["until"] = f"Leave room for a session: {length_minutes} minutes or more."
    return problems
