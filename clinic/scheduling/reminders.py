"""Reminders of coming appointments.

A reminder is a row with the moment it is due. Any process sends what is due: it locks the appointment,
marks its due reminders as done and writes the mail, all in one transaction. So each is sent once whoever
is awake and whenever they stop; late where nobody was awake, and not at all once the session has begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, exists, select, update
from sqlalchemy.orm import Session

import db
from clinic.oversight.audit import record
from clinic.people import mail
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling import letters
from clinic.scheduling.rules import read_rules
from db.tables import Account, Appointment, Reminder


def plan(session: Session, appointment: Appointment, now: datetime) -> None:
    """Give the appointment the reminders of the clinic's rules, in place of those it has.

    Those that would be due already are left out: the person has just been told of the appointment.
    """
    _plan(session, appointment, _spans(session), now)


def forget(session: Session, appointment: Appointment) -> None:
    """The appointment will not take place: nobody is reminded of it."""
    session.execute(delete(Reminder).where(Reminder.appointment_id == appointment.id))


def remake_reminders(session: Session, now: datetime) -> None:
    """The clinic changed its rules: every coming appointment gets the reminders of the new ones.

    Inside the transaction that saves the rules.
    """
    session.flush()
    spans = _spans(session)
    coming = select(Appointment).where(Appointment.status == "booked", Appointment.starts_at > now)
    for appointment in session.scalars(coming):
        _plan(session, appointment, spans, now)


def send_due_reminders(now: datetime, most: int = 200) -> int:
    """Write the mails of due reminders, of `most` appointments at the most; returns how many mails."""
    with db.reading() as session:
        if session.scalars(_with_due(now)).first() is None:
            return 0  # and no write lock was taken to find that out
    written = 0
    for _ in range(most):
        found = _remind_of_one(now)
        if found is None:
            break
        written += found
    return written


@allowed(Permission.APPOINTMENT_READ)
def reminders_on(viewer: Viewer) -> bool:
    """Whether this person gets reminders."""
    with db.reading() as session:
        return session.scalars(select(Account.mail_reminders).where(Account.id == viewer.account_id)).one()


@allowed(Permission.APPOINTMENT_READ)
def turn_reminders(viewer: Viewer, on: bool, now: datetime) -> None:
    """Turn one's own reminders on or off. What came due while they were off is not sent afterwards."""
    with db.unit_of_work() as session:
        session.execute(update(Account).where(Account.id == viewer.account_id).values(mail_reminders=on))
        record(session, now, viewer.account_id, "reminders.change", object_id=viewer.public_id)


def _spans(session: Session) -> list[timedelta]:
    """How long before a session people are reminded."""
    return [timedelta(minutes=minutes) for minutes in read_rules(session).reminder_minutes]


def _plan(session: Session, appointment: Appointment, spans: Sequence[timedelta], now: datetime) -> None:
    forget(session, appointment)
    for due_at in {appointment.starts_at - span for span in spans}:
        if due_at > now:
            for account_id in (appointment.client_id, appointment.therapist_id):
                session.add(Reminder(appointment_id=appointment.id, account_id=account_id, due_at=due_at))


def _remind_of_one(now: datetime) -> int | None:
    """All that is due about one appointment, in one transaction: how many mails; None if nothing is left."""
    with db.unit_of_work() as session:
        # The appointment is what is locked: two processes never hold two reminders of the same one,
        # and nobody moves it meanwhile.
        appointment = session.scalars(
            _with_due(now).limit(1).with_for_update(skip_locked=True, of=Appointment, key_share=True)
        ).first()
        if appointment is None:
            return None
        due = session.scalars(
            update(Reminder)
            .where(
                Reminder.appointment_id == appointment.id, Reminder.done_at.is_(None), Reminder.due_at <= now
            )
            .values(done_at=now)
            .returning(Reminder.account_id)
        ).all()
        if appointment.status != "booked" or appointment.starts_at <= now:
            return 0
        to = session.scalars(
            select(Account).where(
                Account.id.in_(due), Account.mail_reminders.is_(True), Account.disabled_at.is_(None)
            )
        ).all()
        for account in to:
            mail.write(session, account, letters.reminder(session, account, appointment), now)
        return len(to)


def _with_due(now: datetime) -> Select[Appointment]:
    """The appointments somebody is to be reminded of by now, the next one first."""
    due = exists().where(
        Reminder.appointment_id == Appointment.id, Reminder.done_at.is_(None), Reminder.due_at <= now
    )
    return select(Appointment).where(due).order_by(Appointment.starts_at, Appointment.id)
