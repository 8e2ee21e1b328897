"""When the sessions of a series are. Pure.

A series stays at one wall-clock time of the therapist's: "Tuesdays at 9:00" is 9:00 in winter and in
summer. Where the clocks skip that time there is no session; where they repeat it, the first one counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.errors import InvalidInput
from clinic.scheduling.wall_clock import instant

MOST = 52
MOST_WEEKS = 12


@dataclass(frozen=True)
class Occurrence:
    """One date of a series: the local day, and the instant, UTC; None where the clocks skip it."""

    on: date
    starts_at: datetime | None


def occurrences(
    first_at: datetime,
    zone: str,
    every_weeks: int,
    *,
    times: int | None = None,
    until_on: date | None = None,
) -> list[Occurrence]:
    """The dates of a series that begins at `first_at`: so many times, or until a local day, included.

    Raises:
        InvalidInput: not 1 to 12 weeks, no end or two, no date at all, or more than 52.
    """
    problems = {}
    if not 1 <= every_weeks <= MOST_WEEKS:
        problems["every_weeks"] = f"Choose every 1 to {MOST_WEEKS} weeks."
    if (times is None) == (until_on is None):
        problems["times"] = "Say either how many sessions, or until which day."
    elif times is not None and not 1 <= times <= MOST:
        problems["times"] = f"Choose 1 to {MOST} sessions."
    local = first_at.astimezone(ZoneInfo(zone))
    if until_on is not None and until_on < local.date():
        problems["until_on"] = "The last day is before the first session. Choose a later day."
    if problems:
        raise InvalidInput(problems)
    step = timedelta(weeks=every_weeks)
    if times is None and until_on is not None:
        times = (until_on - local.date()) // step + 1
        if times > MOST:
            raise InvalidInput({"until_on": f"That is more than {MOST} sessions. Choose an earlier day."})
    minute = local.hour * 60 + local.minute
    days = [local.date() + step * n for n in range(times or 0)]
    return [Occurrence(day, instant(day, minute, zone)) for day in days]
