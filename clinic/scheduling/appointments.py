"""Booking, cancelling and reading appointments. The database itself refuses an overlap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

import db
from clinic.errors import AlreadyMeeting, NotFound, SlotNotOffered, SlotTaken, TooLateToCancel
from clinic.intake.consent import require_consent
from clinic.oversight.audit import record
from clinic.people.care import therapists_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.slots import HORIZON, Span, WeeklyHours, free_spans
from clinic.video.rooms import closes_at, opens_at
from db.tables import Account, Appointment, Availability, CareAssignment, SessionType


@dataclass(frozen=True)
class Offer:
    """A time a client can book, UTC, with whom."""

    therapist_id: str
    therapist_name: str
    therapist_zone: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class AppointmentView:
    """An appointment as its people see it. Instants are UTC; ids are public."""

    public_id: str
    client_id: str
    client_name: str
    therapist_id: str
    therapist_name: str
    therapist_zone: str
    starts_at: datetime
    ends_at: datetime
    cancelled: bool

    @property
    def room_opens_at(self) -> datetime:
        return opens_at(self.starts_at)

    def room_is_open(self, now: datetime) -> bool:
        return not self.cancelled and opens_at(self.starts_at) <= now < closes_at(self.ends_at)


@allowed(Permission.APPOINTMENT_BOOK)
def free_times(viewer: Viewer, now: datetime) -> list[Offer]:
    """The times the client can book, in order, until the horizon: with their own therapists, or,
    while they have none, with any of the clinic's.

    Raises:
        ConsentMissing: the consent in force is not signed yet.
    """
    with db.reading() as session:
        require_consent(session, viewer.account_id)
        length = _session_type(session).length_minutes
        therapists = _bookable(session, viewer)
        ids = [therapist.id for therapist in therapists]
        hours, busy = _hours(session, ids), _busy(session, ids, now)
        own = _busy_of_client(session, viewer.account_id, now)
    offers = [
        Offer(t.public_id, t.name, t.zone, span.starts_at, span.ends_at)
        for t in therapists
        for span in free_spans(hours[t.id], t.zone, length, busy[t.id] + own, now)
    ]
    return sorted(offers, key=lambda offer: (offer.starts_at, offer.therapist_name))


@allowed(Permission.APPOINTMENT_BOOK)
def book(
    viewer: Viewer, therapist_id: str, starts_at: datetime, submit_key: str, now: datetime
) -> AppointmentView:
    """Book one of the offered times. The same `submit_key` again gives the same appointment.

    Raises:
        NotFound: not a therapist this client may book with.
        SlotNotOffered: past, too soon, too far, or outside the therapist's hours.
        SlotTaken: somebody was faster.
        AlreadyMeeting: the client has another session then.
        ConsentMissing: the consent in force is not signed yet.
    """
    key = f"{viewer.account_id}:{submit_key}"[:64]
    try:
        with db.unit_of_work() as session:
            done = _by_submit_key(session, viewer, key)
            if done is not None:
                return done
            require_consent(session, viewer.account_id)
            therapist = next((t for t in _bookable(session, viewer) if t.public_id == therapist_id), None)
            if therapist is None:
                raise NotFound()
            kind = _session_type(session)
            hours = _hours(session, [therapist.id])[therapist.id]
            # Offered were it not for other bookings? Those are the database's to refuse.
            spans = free_spans(hours, therapist.zone, kind.length_minutes, (), now)
            span = next((s for s in spans if s.starts_at == starts_at), None)
            if span is None:
                raise SlotNotOffered()
            appointment = Appointment(
                client_id=viewer.account_id,
                therapist_id=therapist.id,
                session_type_id=kind.id,
                starts_at=span.starts_at,
                ends_at=span.ends_at,
                status="booked",
                submit_key=key,
                booked_at=now,
            )
            session.add(appointment)
            session.flush()
            _assign(session, viewer.account_id, therapist.id, now)
            record(
                session,
                now,
                viewer.account_id,
                "appointment.book",
                client_id=viewer.account_id,
                object_id=appointment.public_id,
            )
            return _views(session, appointments_visible_to(viewer), Appointment.id == appointment.id)[0]
    except IntegrityError as error:
        return _after_refusal(viewer, key, error)


@allowed(Permission.APPOINTMENT_CANCEL)
def cancel(viewer: Viewer, appointment_id: str, now: datetime) -> AppointmentView:
    """Cancel one of the viewer's own coming appointments. Cancelling twice is once.

    Raises:
        NotFound: missing, or somebody else's.
        TooLateToCancel: it has begun.
    """
    with db.unit_of_work() as session:
        found = appointment_visible_to(session, viewer, appointment_id)
        if not found.cancelled:
            if found.starts_at <= now:
                raise TooLateToCancel()
            session.execute(
                update(Appointment)
                .where(Appointment.public_id == appointment_id)
                .values(status="cancelled", cancelled_at=now)
            )
            client_id = session.scalars(select(Account.id).where(Account.public_id == found.client_id)).one()
            record(
                session,
                now,
                viewer.account_id,
                "appointment.cancel",
                client_id=client_id,
                object_id=appointment_id,
            )
        return appointment_visible_to(session, viewer, appointment_id)


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
        return _views(session, query, gone)


def on_day(session: Session, viewer: Viewer, day: date) -> list[AppointmentView]:
    """The viewer's booked appointments that start on their own local `day`."""
    start = datetime.combine(day, datetime.min.time(), ZoneInfo(viewer.zone))
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(viewer.zone))
    return _views(
        session,
        appointments_visible_to(viewer),
        Appointment.status == "booked",
        Appointment.starts_at >= start,
        Appointment.starts_at < end,
    )


def read_coming(session: Session, viewer: Viewer, now: datetime) -> list[AppointmentView]:
    """As `coming`, inside the caller's transaction."""
    still_open = Appointment.ends_at > now - (closes_at(now) - now)
    return _views(session, appointments_visible_to(viewer), Appointment.status == "booked", still_open)


def read_with(session: Session, viewer: Viewer, client_id: int) -> list[AppointmentView]:
    """The viewer's appointments with one client, oldest first, inside the caller's transaction."""
    return _views(session, appointments_visible_to(viewer), Appointment.client_id == client_id)


def appointment_visible_to(session: Session, viewer: Viewer, appointment_id: str) -> AppointmentView:
    """One appointment of the viewer's.

    Raises:
        NotFound: missing, or somebody else's.
    """
    found = _views(session, appointments_visible_to(viewer), Appointment.public_id == appointment_id)
    if not found:
        raise NotFound()
    return found[0]


_client, _therapist = aliased(Account), aliased(Account)


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
        )
        .join(_client, _client.id == Appointment.client_id)
        .join(_therapist, _therapist.id == Appointment.therapist_id)
        .order_by(Appointment.starts_at)
    )
    side = Appointment.client_id if viewer.role is Role.CLIENT else Appointment.therapist_id
    return rows.where(side == viewer.account_id)


def _views(
    session: Session, query: Select[*tuple[Any, ...]], *conditions: ColumnElement[bool]
) -> list[AppointmentView]:
    return [AppointmentView(**row) for row in session.execute(query.where(*conditions)).mappings()]


def _after_refusal(viewer: Viewer, key: str, error: IntegrityError) -> AppointmentView:
    """The database refused: say why in the clinic's words, or find that it was the same submit twice."""
    with db.reading() as session:
        done = _by_submit_key(session, viewer, key)
    if done is not None:
        return done
    said = str(error.orig)
    if "ex_appointment_client" in said:
        raise AlreadyMeeting() from error
    if "ex_appointment_therapist" in said:
        raise SlotTaken() from error
    raise error


def _by_submit_key(session: Session, viewer: Viewer, key: str) -> AppointmentView | None:
    found = _views(session, appointments_visible_to(viewer), Appointment.submit_key == key)
    return found[0] if found else None


def _session_type(session: Session) -> SessionType:
    return session.scalars(select(SessionType).order_by(SessionType.id)).first() or _nothing()


def _nothing() -> SessionType:
    raise SlotNotOffered("The clinic has not set up its sessions yet. Call the clinic to book.")


def _bookable(session: Session, viewer: Viewer) -> list[Account]:
    own = therapists_of(session, viewer.account_id)
    if own:
        return own
    return list(
        session.scalars(
            select(Account)
            .where(Account.role == Role.THERAPIST.value, Account.disabled_at.is_(None))
            .order_by(Account.name, Account.id)
        )
    )


def _assign(session: Session, client_id: int, therapist_id: int, now: datetime) -> None:
    """A client without a therapist gets the one they booked, who can then read their record."""
    if not therapists_of(session, client_id):
        session.add(CareAssignment(client_id=client_id, therapist_id=therapist_id, since_at=now))


def _hours(session: Session, therapist_ids: list[int]) -> dict[int, list[WeeklyHours]]:
    hours: dict[int, list[WeeklyHours]] = {therapist_id: [] for therapist_id in therapist_ids}
    for row in session.scalars(select(Availability).where(Availability.therapist_id.in_(therapist_ids))):
        hours[row.therapist_id].append(
            WeeklyHours(row.weekday, row.start_minute, row.end_minute, row.valid_from_on, row.valid_until_on)
        )
    return hours


def _busy(session: Session, therapist_ids: list[int], now: datetime) -> dict[int, list[Span]]:
    busy: dict[int, list[Span]] = {therapist_id: [] for therapist_id in therapist_ids}
    for therapist_id, starts_at, ends_at in session.execute(
        select(Appointment.therapist_id, Appointment.starts_at, Appointment.ends_at).where(
            Appointment.therapist_id.in_(therapist_ids), *_in_horizon(now)
        )
    ):
        busy[therapist_id].append(Span(starts_at, ends_at))
    return busy


def _busy_of_client(session: Session, client_id: int, now: datetime) -> list[Span]:
    rows = session.execute(
        select(Appointment.starts_at, Appointment.ends_at).where(
            Appointment.client_id == client_id, *_in_horizon(now)
        )
    )
    return [Span(starts_at, ends_at) for starts_at, ends_at in rows]


def _in_horizon(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Appointment.status == "booked",
        Appointment.ends_at > now,
        Appointment.starts_at < now + HORIZON + timedelta(days=1),
    )
