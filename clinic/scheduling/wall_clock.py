"""Wall-clock times of a zone as instants. Pure.

A wall time that the clocks skip does not exist. One that they repeat is its first occurrence.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60


def instant(day: date, minute: int, zone: str) -> datetime | None:
    """The UTC instant of a wall-clock minute (0-1440) of a local day; None where the clocks skip it."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    at = local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    # A skipped time does not come back as itself.
    return at if at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local else None


def reached(day: date, minute: int, zone: str) -> datetime:
    """The first instant, UTC, at which the zone's clocks show this wall time or a later one.

    For a skipped time that is the moment of the skip: hours "until 2:30" end when 2:00 becomes 3:00.
    """
    at = instant(day, minute, zone)
    if at is not None:
        return at
    tz = ZoneInfo(zone)
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    # The skip lies between the two readings of a time that is not there.
    early, late = (local.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (1, 0))
    before = early.astimezone(tz).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(tz).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late
