"""When an appointment's room is open, and who may be in it. Pure.

The room belongs to the appointment: two seats, one for each of its people, and nobody else's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from clinic.people.viewer import Role

OPENS_MINUTES = 15  # time to find one's camera, and to be early; a clinic may choose another
CLOSES_AFTER = timedelta(minutes=60)  # sessions run over; nobody is cut off in mid-sentence


class Seat(StrEnum):
    """One of the two places in a room."""

    CLIENT = "client"
    THERAPIST = "therapist"

    @property
    def other(self) -> Seat:
        return Seat.THERAPIST if self is Seat.CLIENT else Seat.CLIENT


def seat_of(role: Role) -> Seat:
    """The seat a person of this role takes in their own appointment."""
    return Seat.CLIENT if role is Role.CLIENT else Seat.THERAPIST


def opens_at(starts_at: datetime, opens_minutes: int = OPENS_MINUTES) -> datetime:
    """`opens_minutes` before the session, as the clinic chose."""
    return starts_at - timedelta(minutes=opens_minutes)


def opens_words(opens_minutes: int, what: str = "The video room") -> str:
    """When rooms open, as a sentence for somebody who is early."""
    if opens_minutes == 0:
        return f"{what} opens when the session starts."
    span = "1 minute" if opens_minutes == 1 else f"{opens_minutes} minutes"
    return f"{what} opens {span} before the session."


def closes_at(ends_at: datetime) -> datetime:
    return ends_at + CLOSES_AFTER


def may_be_admitted(confirmed_at: datetime | None, gate_passed_at: datetime | None) -> bool:
    """Whether the therapist may let the client in: they have said where they are, so that help can be sent,
    or the therapist goes on without it for a reason."""
    return confirmed_at is not None or gate_passed_at is not None


def may_talk(seat: Seat, admitted_at: datetime | None) -> bool:
    """Whether this seat's camera and sound go to the other. The therapist may; a client once let in."""
    return seat is Seat.THERAPIST or admitted_at is not None
