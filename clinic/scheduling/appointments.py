"""Reading appointments: one's own, whichever side of them one is on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

import db
from clinic.errors import NotFound
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.rules import Rules
from clinic.video.rooms import OPENS_MINUTES, closes_at, opens_at
from db.tables import (
    Account,
    Appointment,
    AppointmentSeries,
    BookingRules,
    Clinic,
    ClinicRoom,
    SessionType,
)


@dataclass(frozen=True)
class AppointmentView:
    """An appointment as its people see it. Instants are UTC; ids are public; `series` is one too.

    `late`: the client cancelled it after the moment until which that is free of it. `room_name` is empty
    unless they meet in person. `sequence` rises with each change.
    """

    public_id: str
    client_id: str
    client_name: str
    therapist_id: str
    therapist_name: str
    therapist_zone: str
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    late: bool
    session_type_id: str
    session_type_name: str
    modality: str
    room_name: str
    series: str | None
    sequence: int
    change_until_minutes: int
    room_opens_minutes: int

    @property
    def change_until(self) -> datetime:
        """Until then its client may move it, or cancel it without being late."""
        return self.starts_at - timedelta(minutes=self.change_until_minutes)

    @property
    def room_opens_at(self) -> datetime:
        return opens_at(self.starts_at, self.room_opens_minutes)

    def is_open(self, now: datetime) -> bool:
        """Whether its two people meet on their page now: in the video room, or with the number by phone."""
        meets = self.modality != "in_person" and not self.cancelled
        return meets and self.room_opens_at <= now < closes_at(self.ends_at)

    def room_is_open(self, now: datetime) -> bool:
        """Whether its video room is."""
        return self.modality == "video" and self.is_open(now)


@allowed(Permission.APPOINTMENT_READ)
def coming(viewer: Viewer, now: datetime) -> list[AppointmentView]:
    """The viewer's booked appointments whose room has not closed, soonest first."""
    with db.reading() as session:
        return read_coming(session, viewer, now)


@allowed(Permission.APPOINTMENT_READ)
def past(viewer: Viewer, now: datetime, most: int = 20) -> list[AppointmentView]:
    """The viewer's earlier or cancelled appointments, newest first, `most` at the most."""
    with db.reading() as session:
        # A room outlives its session a little, so "past" and "coming" ask the same rule.
        earlier = Appointment.ends_at <= now - (closes_at(now) - now)
        gone = or_(earlier, Appointment.status == "cancelled")
        query = (
            appointments_visible_to(viewer).order_by(None).order_by(Appointment.starts_at.desc()).limit(most)
        )
        return read_views(session, query, gone)


def on_days(session: Session, viewer: Viewer, first: date, days: int = 1) -> list[AppointmentView]:
    """The viewer's booked appointments that start on these days of their own, in order."""
    start = datetime.combine(first, datetime.min.time(), ZoneInfo(viewer.zone))
    end = datetime.combine(first + timedelta(days=days), datetime.min.time(), ZoneInfo(viewer.zone))
    return read_views(
        session,
        appointments_visible_to(viewer),
        Appointment.status == "booked",
        Appointment.starts_at >= start,
        Appointment.starts_at < end,
    )


def read_coming(session: Session, viewer: Viewer, now: datetime) -> list[AppointmentView]:
    """As `coming`, inside the caller's transaction."""
    still_open = Appointment.ends_at > now - (closes_at(now) - now)
    return read_views(session, appointments_visible_to(viewer), Appointment.status == "booked", still_open)


def read_with(session: Session, viewer: Viewer, client_id: int, since: datetime) -> list[AppointmentView]:
    """The viewer's appointments with one client from an instant on, oldest first, inside the caller's
    transaction."""
    whose = (Appointment.client_id == client_id, Appointment.starts_at >= since)
    return read_views(session, appointments_visible_to(viewer), *whose)


def appointment_visible_to(session: Session, viewer: Viewer, appointment_id: str) -> AppointmentView:
    """One appointment of the viewer's.

    Raises:
        NotFound: missing, or somebody else's.
    """
    found = read_views(session, appointments_visible_to(viewer), Appointment.public_id == appointment_id)
    if not found:
        raise NotFound()
    return found[0]


_client, _therapist = aliased(Account), aliased(Account)
# The clinic's rule, or what holds until it has one.
_change_until = func.coalesce(
    select(BookingRules.change_until_minutes).scalar_subquery(), Rules().change_until_minutes
).label("change_until_minutes")
_room_opens = func.coalesce(select(Clinic.room_opens_minutes).scalar_subquery(), OPENS_MINUTES).label(
    "room_opens_minutes"
)


def appointments_visible_to(viewer: Viewer) -> Select[*tuple[Any, ...]]:
    """Appointments one takes part in, as the parts of a view. Nobody else's, whatever the role."""
    rows = (
        select(
            Appointment.public_id,
            _client.public_id.label("client_id"),
            _client.name.label("client_name"),
            _therapist.public_id.label("therapist_id"),
            _therapist.name.label("therapist_name"),
            _therapist.zone.label("therapist_zone"),
            Appointment.starts_at,
            Appointment.ends_at,
            (Appointment.status == "cancelled").label("cancelled"),
            Appointment.cancelled_late.label("late"),
            SessionType.public_id.label("session_type_id"),
            SessionType.name.label("session_type_name"),
            Appointment.modality,
            func.coalesce(ClinicRoom.name, "").label("room_name"),
            AppointmentSeries.public_id.label("series"),
            Appointment.sequence,
            _change_until,
            _room_opens,
        )
        .join(SessionType, SessionType.id == Appointment.session_type_id)
        .outerjoin(ClinicRoom, ClinicRoom.id == Appointment.room_id)
        .outerjoin(AppointmentSeries, AppointmentSeries.id == Appointment.series_id)
        .join(_client, _client.id == Appointment.client_id)
        .join(_therapist, _therapist.id == Appointment.therapist_id)
        .order_by(Appointment.starts_at)
    )
    side = Appointment.client_id if viewer.role is Role.CLIENT else Appointment.therapist_id
    # An erased client's sessions are counted, and nobody opens them any more.
    return rows.where(side == viewer.account_id, _client.erased_at.is_(None))


def read_views(
    session: Session, query: Select[*tuple[Any, ...]], *conditions: ColumnElement[bool]
) -> list[AppointmentView]:
    return [AppointmentView(**row) for row in session.execute(query.where(*conditions)).mappings()]
