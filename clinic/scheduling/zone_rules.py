"""How a zone's clocks change around a span of time, in the words calendars understand. Pure.

Calendars differ in what they read of a time zone. Google and Apple know the IANA name. Outlook reads the
rules we send, but only yearly ones: a list of single dates is ignored (MS-STANOICAL, 2.2.47). So a zone
that changes by the same rule each year is sent as two yearly rules; any other as what holds at the span.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LONG_AGO = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall-clock time
_STEP = timedelta(days=7)


@dataclass(frozen=True)
class Change:
    """At `at` (UTC) the zone's clocks go from one offset to another."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def shown(self) -> datetime:
        """What the clocks show at that moment, were they not changed. Naive: a wall-clock time."""
        return self.at.replace(tzinfo=None) + self.before


@dataclass(frozen=True)
class Observance:
    """From `begins` (wall clock, by the offset before) the offset is `after`.

    `yearly` is (month, which one of the month or -1 for the last, weekday as "SU"), or None for once.
    """

    begins: datetime
    before: timedelta
    after: timedelta
    summer: bool
    yearly: tuple[int, int, str] | None = None


def changes(zone: str, first: datetime, last: datetime) -> list[Change]:
    """Every change of the zone's clocks between two instants, to the second, in order.

    A change that is undone within a week is not seen: no zone's clocks do that.
    """
    tz, found, early = ZoneInfo(zone), [], first.astimezone(UTC).replace(microsecond=0)
    while early < last:
        late = min(early + _STEP, last.astimezone(UTC))
        before, after = _offset(early, tz), _offset(late, tz)
        if before != after:
            found.append(Change(_moment(early, late, tz), before, after))
        early = late
    return found


def observances(zone: str, starts_at: datetime, ends_at: datetime) -> list[Observance]:
    """What a calendar must know of the zone to read wall-clock times from `starts_at` to `ends_at`."""
    year = starts_at.year
    three_years = changes(zone, datetime(year - 1, 1, 1, tzinfo=UTC), datetime(year + 2, 1, 1, tzinfo=UTC))
    rules = _yearly(three_years)
    if rules:
        return rules
    held = _offset(starts_at, ZoneInfo(zone))
    constant = Observance(_LONG_AGO, held, held, summer=False)
    inside = (change for change in three_years if starts_at < change.at <= ends_at)
    return [constant, *(Observance(c.shown, c.before, c.after, c.after > c.before) for c in inside)]


def _yearly(found: Sequence[Change]) -> list[Observance]:
    """Two rules that give exactly these changes of three years; none where there is no such pair."""
    if len(found) != 6:
        return []
    rules = []
    for first in (0, 1):
        same = found[first::2]
        rule = _rule([change.shown for change in same])
        if rule is None or len({(c.before, c.after) for c in same}) > 1:
            return []
        one = same[0]
        rules.append(Observance(one.shown, one.before, one.after, one.after > one.before, rule))
    return rules


def _rule(shown: Sequence[datetime]) -> tuple[int, int, str] | None:
    """The one month, place and weekday on which these times of successive years fall, if there is one."""
    if len({at.year for at in shown}) != len(shown):
        return None
    if len({(at.month, at.weekday(), at.time()) for at in shown}) > 1:
        return None
    month, weekday = shown[0].month, _WEEKDAYS[shown[0].weekday()]
    if all((at + timedelta(days=7)).month != at.month for at in shown):
        return month, -1, weekday
    places = {(at.day - 1) // 7 + 1 for at in shown}
    return (month, places.pop(), weekday) if len(places) == 1 else None


def _offset(at: datetime, tz: ZoneInfo) -> timedelta:
    return at.astimezone(tz).utcoffset() or timedelta()


def _moment(early: datetime, late: datetime, tz: ZoneInfo) -> datetime:
    """The first second at which the offset is no longer that of `early`."""
    before = _offset(early, tz)
    while late - early > timedelta(seconds=1):
        middle = (early + (late - early) / 2).replace(microsecond=0)
        if _offset(middle, tz) == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
