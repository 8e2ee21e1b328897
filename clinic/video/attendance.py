"""What a session's attendance was, from who was in the call and when. Pure.

Only a suggestion: the therapist knows what the call does not. Nothing here is charged or shown to a client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from clinic.scheduling.intervals import Span, tidied, within
from clinic.video.rooms import Seat

# Together for less than this part of the booked time, a session is taken for cut short.
ENOUGH = (2, 3)
# So long after the start, somebody who has not come is taken for missing.
GRACE = timedelta(minutes=15)
_MINUTE = timedelta(minutes=1)
LOST = "lost"


class Attendance(StrEnum):
    """How a session was, as the therapist says it."""

    ATTENDED = "attended"
    CUT_SHORT = "cut_short"
    NO_SHOW = "no_show"


class Reason(StrEnum):
    """Why something is suggested, or why nothing is."""

    LONG_ENOUGH = "long_enough"
    TOO_SHORT = "too_short"
    NEVER_CAME = "never_came"
    STILL_TIME = "still_time"
    WAITED_IN_VAIN = "waited_in_vain"
    NOBODY = "nobody"
    NOT_BY_VIDEO = "not_by_video"


@dataclass(frozen=True)
class Spell:
    """One stretch of somebody's being in the call. `until_at` is its end, or when it was last seen to last;
    `ending` how it ended, None while it lasts."""

    seat: Seat
    began_at: datetime
    until_at: datetime
    ending: str | None


@dataclass(frozen=True)
class Booked:
    """What was planned. `came`: the client was at the door or in the call; `therapist_came` likewise.
    `by_phone`: it was not, or did not stay, by video."""

    starts_at: datetime
    ends_at: datetime
    came: bool
    therapist_came: bool
    by_phone: bool


@dataclass(frozen=True)
class Happened:
    """What the call knows. Minutes are whole ones, begun ones left out; `lost` counts connections that broke
    off. `suggestion` is None where the call does not tell."""

    joined_at: dict[Seat, datetime]
    minutes: dict[Seat, int]
    together_minutes: int
    booked_minutes: int
    lost: int
    suggestion: Attendance | None
    reason: Reason


def happened(booked: Booked, spells: Sequence[Spell], now: datetime) -> Happened:
    """Read a session's attendance off its spells."""
    of = {seat: [s for s in spells if s.seat is seat] for seat in Seat}
    present = {seat: tidied(Span(s.began_at, s.until_at) for s in of[seat]) for seat in Seat}
    both = [part for span in present[Seat.CLIENT] for part in within(present[Seat.THERAPIST], span)]
    together, length = _sum(both), booked.ends_at - booked.starts_at
    suggestion, reason = _suggested(booked, together, length, bool(of[Seat.THERAPIST]), now)
    return Happened(
        joined_at={seat: min(s.began_at for s in own) for seat, own in of.items() if own},
        minutes={seat: _sum(present[seat]) // _MINUTE for seat in Seat},
        together_minutes=together // _MINUTE,
        booked_minutes=length // _MINUTE,
        lost=sum(s.ending == LOST for s in spells),
        suggestion=suggestion,
        reason=reason,
    )


def _suggested(
    booked: Booked, together: timedelta, length: timedelta, in_call: bool, now: datetime
) -> tuple[Attendance | None, Reason]:
    part, whole = ENOUGH
    if together * whole >= length * part:
        return Attendance.ATTENDED, Reason.LONG_ENOUGH
    if booked.by_phone:
        return None, Reason.NOT_BY_VIDEO
    if together > timedelta():
        return Attendance.CUT_SHORT, Reason.TOO_SHORT
    if booked.came:
        # They did what was theirs to do: nothing is held against them.
        return None, Reason.WAITED_IN_VAIN
    if not (in_call or booked.therapist_came):
        return None, Reason.NOBODY
    if now < min(booked.starts_at + GRACE, booked.ends_at):
        return None, Reason.STILL_TIME
    return Attendance.NO_SHOW, Reason.NEVER_CAME


def _sum(spans: Sequence[Span]) -> timedelta:
    return sum((span.ends_at - span.starts_at for span in spans), timedelta())
