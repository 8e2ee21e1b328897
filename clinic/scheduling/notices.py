"""What follows from a booking, a move and a cancellation: mails, reminders, and offers of a freed time.

Each function runs inside the transaction of the act it follows from, so that what it writes exists
exactly when the act does. Both people are told whoever acted, each in their own zone, with the entry for
their calendar: one mail for one appointment, because calendars take one at a time (RFC 5546, 3.2.2).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.people import mail
from clinic.people.mail import Letter
from clinic.scheduling import letters, reminders, waiting_list
from clinic.scheduling.icalendar_out import Entry, invitation
from db.settings import settings
from db.tables import Account, Appointment


def on_booked(session: Session, appointment: Appointment, actor_id: int, now: datetime) -> None:
    """A new appointment: both are told, and both get their reminders."""
    for person in _people(session, appointment):
        _tell(session, person, letters.booked(session, person, appointment, actor_id), appointment, now)
    reminders.plan(session, appointment, now)
    waiting_list.taken(session, appointment, now)


def on_moved(
    session: Session, appointment: Appointment, was_at: datetime, actor_id: int, now: datetime
) -> None:
    """It begins at another time than `was_at`, or lasts longer or shorter."""
    for person in _people(session, appointment):
        _tell(
            session, person, letters.moved(session, person, appointment, was_at, actor_id), appointment, now
        )
    reminders.plan(session, appointment, now)
    waiting_list.taken(session, appointment, now)
    waiting_list.offer_freed(session, appointment, was_at, now)


def on_cancelled(session: Session, appointment: Appointment, actor_id: int, now: datetime) -> None:
    """It will not take place."""
    for person in _people(session, appointment):
        _tell(session, person, letters.cancelled(session, person, appointment, actor_id), appointment, now)
    reminders.forget(session, appointment)
    waiting_list.offer_freed(session, appointment, appointment.starts_at, now)


def _people(session: Session, appointment: Appointment) -> list[Account]:
    """The client and the therapist, as far as their accounts are open."""
    session.flush()
    people = (appointment.client_id, appointment.therapist_id)
    return list(
        session.scalars(
            select(Account).where(Account.id.in_(people), Account.disabled_at.is_(None)).order_by(Account.id)
        )
    )


def _tell(session: Session, to: Account, letter: Letter, appointment: Appointment, now: datetime) -> None:
    entry = Entry(
        appointment.public_id,
        appointment.sequence,
        now,
        appointment.starts_at,
        appointment.ends_at,
        appointment.status == "cancelled",
    )
    calendar, method = invitation(entry, to.zone, settings().mail_from, to.email)
    mail.write_with_calendar(session, to, letter, calendar, method, now)
