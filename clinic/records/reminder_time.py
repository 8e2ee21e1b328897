"""When a client's check-in reminder is due. Pure.

Asked for at a minute of the client's own day: "9 in the evening" stays that when they travel or the clocks
change. A minute that the clocks skip is the moment of the skip; one that they repeat is its first. After a
stop of the portal a reminder still goes out within two hours, and after that not at all: a reminder for the
evening that comes at night helps nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.scheduling.wall_clock import DAY_MINUTES, reached

LATE = timedelta(hours=2)
# Clocks change by an hour at the most, so this far from the minute no reminder can be due.
_SHIFT = 60
_NEAR = int(LATE.total_seconds()) // 60 + _SHIFT


@dataclass(frozen=True)
class Asked:
    """What a client asked for. `since_at`: when they set or resumed it; `asked_on`: the last local day they
    were reminded of. Paused with neither an end nor a day: until they start again."""

    minute: int
    since_at: datetime
    paused: bool
    paused_until_on: date | None
    asked_on: date | None


def due_on(asked: Asked, zone: str, now: datetime) -> date | None:
    """The local day a reminder is due for now, if one is: today's, or yesterday's just after midnight."""
    local = now.astimezone(ZoneInfo(zone))
    # Cheap, and true of nearly everybody at any moment.
    since = (local.hour * 60 + local.minute - asked.minute) % DAY_MINUTES
    if _NEAR < since < DAY_MINUTES - _SHIFT:
        return None
    for day in (local.date() - timedelta(days=1), local.date()):
        at = reached(day, asked.minute, zone)
        new = asked.asked_on is None or asked.asked_on < day
        if new and asked.since_at <= at <= now <= at + LATE and not paused_on(asked, day):
            return day
    return None


def paused_on(asked: Asked, day: date) -> bool:
    """A pause until a day ends as that day begins."""
    return asked.paused and (asked.paused_until_on is None or day < asked.paused_until_on)
