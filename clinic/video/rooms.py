"""When an appointment's room is open, and who may be in it. Pure.

The room belongs to the appointment: two seats, one for each of its people, and nobody else's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from clinic.people.viewer import Role

OPENS_BEFORE = timedelta(minutes=15)  # time to find one's camera, and to be early
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


def opens_at(starts_at: datetime) -> datetime:
    return starts_at - OPENS_BEFORE


def closes_at(ends_at: datetime) -> datetime:
    return ends_at + CLOSES_AFTER


def may_talk(seat: Seat, admitted_at: datetime | None) -> bool:
    """Whether this seat's camera and sound go to the other. The therapist may; a client once let in."""
    return seat is Seat.THERAPIST or admitted_at is not None
