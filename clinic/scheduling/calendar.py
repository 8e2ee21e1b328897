"""A therapist's week, and, for the administrator, who is booked when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

import db
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.appointments import AppointmentView, appointments_visible_to, read_views
from clinic.scheduling.busy import busy_of_therapists, held_times
from clinic.scheduling.intervals import Span, within, without
from clinic.scheduling.offers import read_hours
from clinic.scheduling.slots import open_spans
from db.tables import Account, Appointment, ClinicRoom, HoursException, SessionType


@dataclass(frozen=True)
class TimeOff:
    """Time off of the therapist's, with their note, or a closure of the clinic."""

    span: Span
    is_closure: bool
    note: str


@dataclass(frozen=True)
class Week:
    """Seven local days from `monday` in the therapist's `zone`. `free` is open and not taken; `held` is
    kept for somebody on the waiting list. Spans are UTC and lie within the week."""

    monday: date
    zone: str
    appointments: tuple[AppointmentView, ...]
    free: tuple[Span, ...]
    held: tuple[Span, ...]
    off: tuple[TimeOff, ...]


@dataclass(frozen=True)
class Booked:
    """That two people meet, and where. Nothing of why."""

    public_id: str
    starts_at: datetime
    ends_at: datetime
    therapist_name: str
    client_name: str
    session_type_name: str
    modality: str
    room_name: str


@allowed(Permission.APPOINTMENT_ARRANGE)
def week(viewer: Viewer, monday: date, now: datetime) -> Week:
    """The therapist's own week from `monday` (of any other day, the Monday before it)."""
    monday -= timedelta(days=monday.weekday())
    bounds = _days(monday, monday + timedelta(days=6), viewer.zone)
    own = [viewer.account_id]
    with db.reading() as session:
        hours = read_hours(session, own, bounds.starts_at, bounds.ends_at)[viewer.account_id]
        blocks = busy_of_therapists(session, own, bounds)[viewer.account_id].blocks
        held = [h for h in held_times(session, now, None) if h.therapist_id == viewer.account_id]
        appointments = read_views(
            session,
            appointments_visible_to(viewer),
            Appointment.status == "booked",
            Appointment.starts_at < bounds.ends_at,
            Appointment.ends_at > bounds.starts_at,
        )
        off = _time_off(session, viewer, bounds)
    works = open_spans(hours, monday - timedelta(days=1), monday + timedelta(days=7))
    free = without(within(works, bounds), [*blocks, *(h.blocks for h in held)])
    kept = within([h.span for h in held], bounds)
    return Week(monday, viewer.zone, tuple(appointments), tuple(free), tuple(kept), tuple(off))


@allowed(Permission.CLINIC_MANAGE)
def booked_on(viewer: Viewer, first_on: date, last_on: date) -> list[Booked]:
    """Every booked session that starts on the administrator's local days, both included, in order."""
    bounds = _days(first_on, last_on, viewer.zone)
    client, therapist = aliased(Account), aliased(Account)
    rows = (
        select(
            Appointment.public_id,
            Appointment.starts_at,
            Appointment.ends_at,
            therapist.name,
            client.name,
            SessionType.name,
            Appointment.modality,
            func.coalesce(ClinicRoom.name, ""),
        )
        .join(client, client.id == Appointment.client_id)
        .join(therapist, therapist.id == Appointment.therapist_id)
        .join(SessionType, SessionType.id == Appointment.session_type_id)
        .outerjoin(ClinicRoom, ClinicRoom.id == Appointment.room_id)
        .where(
            Appointment.status == "booked",
            Appointment.starts_at >= bounds.starts_at,
            Appointment.starts_at < bounds.ends_at,
        )
        .order_by(Appointment.starts_at, therapist.name)
    )
    with db.reading() as session:
        return [Booked(*row) for row in session.execute(rows)]


def _time_off(session: Session, viewer: Viewer, bounds: Span) -> list[TimeOff]:
    rows = session.scalars(
        select(HoursException)
        .where(
            HoursException.kind == "off",
            or_(HoursException.therapist_id == viewer.account_id, HoursException.therapist_id.is_(None)),
            HoursException.starts_at < bounds.ends_at,
            HoursException.ends_at > bounds.starts_at,
        )
        .order_by(HoursException.starts_at)
    )
    return [
        TimeOff(clipped, row.therapist_id is None, row.note or "")
        for row in rows
        for clipped in within([Span(row.starts_at, row.ends_at)], bounds)
    ]


def _days(first: date, last: date, zone: str) -> Span:
    tz = ZoneInfo(zone)
    return Span(
        datetime.combine(first, time(), tz).astimezone(UTC),
        datetime.combine(last + timedelta(days=1), time(), tz).astimezone(UTC),
    )
