"""When a client is asked a measure: the plan, what was done, the next session, now. Pure.

No measure is asked twice on one of the client's days. Days are the client's own calendar days, so a night
when the clocks change is one night. docs/plans.md says all of it in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from clinic.intake.age import ADULT, age_on
from clinic.measures.definition import Instrument

BEFORE_SESSION = timedelta(days=3)
# What is asked in a measure's place while nobody is named to answer its risk item.
STAND_INS = {"phq-9": "phq-8"}


class Cadence(StrEnum):
    ONCE = "once"
    SESSION = "session"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Planned:
    """A measure of a client's plan. `every_days` belongs to DAYS alone. `since_at` (UTC): a form finished
    before it does not answer a ONCE."""

    instrument_id: str
    cadence: Cadence
    every_days: int | None
    since_at: datetime


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else decides: the client's zone and age, their next session's start (UTC, None: none booked),
    and whether a response policy is in force."""

    zone: str
    adult: bool
    next_session_at: datetime | None
    policy: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A measure to answer now. `begun`: some of it is answered; `first`: none was ever finished."""

    instrument_id: str
    begun: bool
    first: bool


def is_due(
    planned: Planned, last_at: datetime | None, next_session_at: datetime | None, zone: str, now: datetime
) -> bool:
    """Whether the plan asks for a form now. `last_at`: when the latest one was finished (UTC)."""
    if last_at is not None and days_between(last_at, now, zone) < 1:
        return False
    match planned.cadence:
        case Cadence.ONCE:
            return last_at is None or last_at < planned.since_at
        case Cadence.SESSION:
            if next_session_at is None or now < next_session_at - BEFORE_SESSION:
                return False
            return last_at is None or last_at < next_session_at - BEFORE_SESSION
        case Cadence.DAYS:
            assert planned.every_days is not None
            return last_at is None or days_between(last_at, now, zone) >= planned.every_days


def days_between(earlier: datetime, later: datetime, zone: str) -> int:
    """How many midnights of the zone lie between two instants."""
    return (_day(later, zone) - _day(earlier, zone)).days


def what_is_due(
    plan: Sequence[Planned],
    finished: Mapping[str, datetime],
    unfinished: Mapping[str, bool],
    around: Circumstances,
    instruments: Mapping[str, Instrument],
    now: datetime,
) -> list[Asked]:
    """What to answer now, in the plan's order.

    Args:
        finished: measure id to when its latest form was finished (UTC).
        unfinished: measure id to whether its unfinished form has answers. Such a form stays open until it
            is finished, whenever the plan asks next: that is also how a measure is asked out of turn.
    """
    asked = (_of_plan(one, finished, unfinished, around, instruments, now) for one in plan)
    return [one for one in asked if one is not None]


def asked_as(
    instrument_id: str, around: Circumstances, instruments: Mapping[str, Instrument]
) -> Instrument | None:
    """The measure that is asked when `instrument_id` is meant: itself, its stand-in while a risk item has
    nobody to answer it, or none."""
    measure = instruments.get(instrument_id)
    if measure is not None and measure.has_risk and not around.policy:
        measure = instruments.get(STAND_INS.get(instrument_id, ""))
    return measure if measure is not None and _for_age(measure, around) else None


def family(instrument_id: str) -> tuple[str, ...]:
    """A measure and the one it is exchanged for, itself first: having done one is having done both."""
    pairs = [pair for pair in STAND_INS.items() if instrument_id in pair]
    others = [name for pair in pairs for name in pair if name != instrument_id]
    return (instrument_id, *others)


def latest_of_family(instrument_id: str, finished: Mapping[str, datetime]) -> datetime | None:
    return max((finished[name] for name in family(instrument_id) if name in finished), default=None)


def is_adult(born: date | None, today: date) -> bool:
    """Of age, or of unknown age: a clinic admits adults unless it has decided otherwise."""
    if born is None:
        return True
    return age_on(born, today) >= ADULT


def _of_plan(
    planned: Planned,
    finished: Mapping[str, datetime],
    unfinished: Mapping[str, bool],
    around: Circumstances,
    instruments: Mapping[str, Instrument],
    now: datetime,
) -> Asked | None:
    last_at = latest_of_family(planned.instrument_id, finished)
    for name in family(planned.instrument_id):
        # A PHQ-9 that was begun under the policy is finished, not begun again as a PHQ-8.
        if name in unfinished and name in instruments and _for_age(instruments[name], around):
            return Asked(name, begun=unfinished[name], first=last_at is None)
    measure = asked_as(planned.instrument_id, around, instruments)
    if measure is None or not is_due(planned, last_at, around.next_session_at, around.zone, now):
        return None
    return Asked(measure.id, begun=False, first=last_at is None)


def _for_age(measure: Instrument, around: Circumstances) -> bool:
    return around.adult or not measure.adult_only


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()
