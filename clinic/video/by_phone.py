"""A session by phone: from the start, or from when the video would not connect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import NotFound, RoomNotOpen
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.safety.contact import read_contact
from clinic.scheduling.appointments import AppointmentView, appointment_visible_to
from clinic.video.rooms import opens_words
from clinic.video.visits import visit_of
from db.tables import Account, Appointment, Visit


@dataclass(frozen=True)
class ByPhone:
    """How the two of a session reach each other by phone. Instants are UTC.

    `number`: the client's, as typed: for this session, else of their intake; "" where they gave none.
    `from_the_start`: it was booked so. `zone`: the viewer's own.
    """

    number: str
    from_the_start: bool
    appointment: AppointmentView
    zone: str

    @property
    def ending(self) -> str:
        """The last three digits: enough to know it, too little to learn it over a shoulder."""
        digits = [sign for sign in self.number if sign.isdigit()]
        return "".join(digits[-3:]) if len(digits) >= 6 else ""


@allowed(Permission.ROOM_ENTER)
def by_phone(viewer: Viewer, appointment_id: str, now: datetime) -> ByPhone:
    """The number that the session's client is called on.

    Raises:
        NotFound: missing, somebody else's, or cancelled.
        RoomNotOpen: a session by phone, too early or over: a number is shown while it is needed. For one by
            video, the room says so itself.
    """
    with db.reading() as session:
        appointment = _booked(session, viewer, appointment_id)
        if appointment.modality == "phone" and not appointment.is_open(now):
            raise RoomNotOpen(
                opens_words(appointment.room_opens_minutes, "This session is by phone. This page")
                if now < appointment.starts_at
                else "This session is over."
            )
        client = session.scalars(select(Account).where(Account.public_id == appointment.client_id)).one()
        visit = session.scalars(
            select(Visit)
            .join(Appointment, Appointment.id == Visit.appointment_id)
            .where(Appointment.public_id == appointment_id)
        ).first()
        said = visit.call_back if visit is not None else ""
        number = said or read_contact(session, client).phone
        return ByPhone(number, appointment.modality == "phone", appointment, viewer.zone)


@allowed(Permission.ROOM_ADMIT)
def go_on_by_phone(viewer: Viewer, appointment_id: str, now: datetime) -> None:
    """The therapist phones instead: their client's screen says so, and attendance is not read off the call.

    Raises:
        NotFound: not the appointment's therapist, or cancelled.
    """
    with db.unit_of_work() as session:
        appointment = _booked(session, viewer, appointment_id)
        visit = visit_of(session, appointment_id)
        if visit.by_phone_at is None:
            visit.by_phone_at = now
            client = session.scalars(
                select(Account.id).where(Account.public_id == appointment.client_id)
            ).one()
            record(
                session, now, viewer.account_id, "room.by-phone", client_id=client, object_id=appointment_id
            )


def _booked(session: Session, viewer: Viewer, appointment_id: str) -> AppointmentView:
    appointment = appointment_visible_to(session, viewer, appointment_id)
    if appointment.cancelled:
        raise NotFound("This session was cancelled.")
    return appointment
