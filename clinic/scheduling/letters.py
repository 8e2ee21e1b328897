"""Letters about appointments: when, in the reader's own zone, and how to change it.

Not with whom and not what for: an e-mail is read by others too. Nothing in one opens the video room.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.people.mail import Letter, message, portal_address
from clinic.people.viewer import Role
from clinic.scheduling.spoken import clock, day_of, long_day, moment, zone_words
from db.tables import Account, Appointment


def booked(session: Session, to: Account, appointment: Appointment, actor_id: int) -> Letter:
    return message(
        session,
        f"{_said('booked', to, actor_id)}\n\n{_when(appointment.starts_at, to)}\n\n"
        f"{_sign_in('to move or cancel it', to)}",
    )


def moved(session: Session, to: Account, appointment: Appointment, was_at: datetime, actor_id: int) -> Letter:
    return message(
        session,
        f"{_said('moved', to, actor_id)}\n\nNow: {_when(appointment.starts_at, to)}\n"
        f"Before: {_when(was_at, to)}\n\n{_sign_in('to move or cancel it', to)}",
    )


def cancelled(session: Session, to: Account, appointment: Appointment, actor_id: int) -> Letter:
    return message(
        session,
        f"{_said('cancelled', to, actor_id)}\n\n{_when(appointment.starts_at, to)}\n\n"
        f"{_sign_in('to book another', to)}",
    )


def reminder(session: Session, to: Account, appointment: Appointment) -> Letter:
    return message(
        session,
        f"You have an appointment:\n\n{_when(appointment.starts_at, to)}\n\n"
        f"{_sign_in('to see or change it', to)}\n\n"
        "To get no more of these, turn reminders off under My account.",
    )


def offer(session: Session, to: Account, starts_at: datetime, held_until: datetime) -> Letter:
    until = f"{clock(held_until, to.zone)} on {long_day(day_of(held_until, to.zone))}"
    return message(
        session,
        f"A time has become free:\n\n{_when(starts_at, to)}\n\n"
        f"We keep it until {until} for everyone who waits for such a time. Whoever books it first has it."
        f"\n\n{_sign_in('to book it', to)}",
    )


def _said(act: str, to: Account, actor_id: int) -> str:
    if to.id == actor_id:
        return f"You {act} an appointment."
    if to.role != Role.CLIENT.value:
        return f"An appointment with you was {act}."
    return (
        "The clinic booked an appointment for you."
        if act == "booked"
        else f"The clinic {act} your appointment."
    )


def _when(at: datetime, to: Account) -> str:
    return f"{moment(at, to.zone)} ({zone_words(to.zone)})"


def _sign_in(purpose: str, to: Account) -> str:
    # Staff find it all under one roof; only a client books for themselves.
    said = f"Sign in {purpose if to.role == Role.CLIENT.value else 'to see more'}"
    address = portal_address()
    return f"{said}:\n{address}" if address else f"{said}."
