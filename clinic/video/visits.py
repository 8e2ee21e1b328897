"""Entering an appointment's room: waiting, being let in, and who is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import NotConfirmed, NotFound, RoomNotOpen
from clinic.intake.consent_state import require_consent
from clinic.oversight.audit import record
from clinic.people.details import read_details
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.appointments import AppointmentView, appointment_visible_to
from clinic.video import processes
from clinic.video.rooms import Seat, may_be_admitted, may_talk, opens_words, seat_of
from db.tables import Account, Appointment, Visit

# A waiting page asks every few seconds; twenty without a word means it is gone.
_STILL_HERE = timedelta(seconds=20)
_HEARTBEAT = timedelta(seconds=5)
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Whereabouts:
    """Where the client is for one session and how to reach them and theirs, as typed; "" where nothing was
    said. `alone` is None until they said."""

    place: str
    call_back: str
    contact: str
    alone: bool | None


@dataclass(frozen=True)
class VisitState:
    """The room as one of its two people sees it. Instants are UTC.

    `confirmed_at`: when the client said that `whereabouts` holds; what is there before is half-typed.
    `gate_passed_at`: when the therapist let them in without it.
    `elsewhere`: the process that carries the room, where it is another than this one.
    """

    appointment_id: str
    seat: Seat
    other_name: str
    starts_at: datetime
    ends_at: datetime
    client_waiting_since: datetime | None
    whereabouts: Whereabouts
    confirmed_at: datetime | None
    gate_passed_at: datetime | None
    admitted_at: datetime | None
    other_present: bool
    open: bool
    clinic_phone: str | None
    elsewhere: str = ""

    @property
    def may_talk(self) -> bool:
        """Whether this person's camera and sound reach the other."""
        return may_talk(self.seat, self.admitted_at)

    @property
    def may_be_admitted(self) -> bool:
        """Whether the therapist may let the client in without giving a reason."""
        return may_be_admitted(self.confirmed_at, self.gate_passed_at)


@allowed(Permission.ROOM_ENTER)
def enter(viewer: Viewer, appointment_id: str, now: datetime) -> VisitState:
    """Come to the room's door: the client waits there, the therapist sees who does.

    Raises:
        NotFound: missing, somebody else's, or cancelled.
        RoomNotOpen: too early or over, with a sentence that says when.
        ConsentMissing: the client has not signed a required consent, and nobody let them go on without it.
    """
    try:
        return _arrive(viewer, appointment_id, now, entering=True)
    except IntegrityError:
        # Both came first in the same moment; the other's row is there now.
        return _arrive(viewer, appointment_id, now, entering=True)


@allowed(Permission.ROOM_ENTER)
def state(viewer: Viewer, appointment_id: str, now: datetime) -> VisitState:
    """As `enter`, for a page that is there already: says again that one is, without an audit event."""
    return _arrive(viewer, appointment_id, now, entering=False)


@allowed(Permission.ROOM_ADMIT)
def admit(viewer: Viewer, appointment_id: str, now: datetime) -> VisitState:
    """Let the client in. They stay let in for this appointment, whoever refreshes.

    Raises:
        NotFound: not the appointment's therapist.
        RoomNotOpen: too early or over.
        NotConfirmed: the client has not said where they are; `clinic/video/gate.py` has the way past it.
    """
    with db.unit_of_work() as session:
        appointment = open_appointment(session, viewer, appointment_id, now)
        visit = visit_of(session, appointment_id)
        if visit.admitted_at is None:
            if not may_be_admitted(visit.confirmed_at, visit.gate_passed_at):
                raise NotConfirmed()
            visit.admitted_at = now
            record(
                session,
                now,
                viewer.account_id,
                "room.admit",
                client_id=_client_account_id(session, appointment),
                object_id=appointment_id,
            )
        return seen_by(session, viewer, appointment, visit, now)


@allowed(Permission.ROOM_ENTER)
def leave(viewer: Viewer, appointment_id: str, now: datetime) -> None:
    """Go away from the door or out of the call. Coming back is `enter` again."""
    with db.unit_of_work() as session:
        appointment_visible_to(session, viewer, appointment_id)
        visit = visit_of(session, appointment_id)
        # Gone at once, and not forgotten: attendance asks whether somebody came.
        gone = now - _STILL_HERE
        if viewer.role is Role.CLIENT:
            visit.client_seen_at = visit.client_seen_at and min(visit.client_seen_at, gone)
            visit.client_waiting_since = None
        else:
            visit.therapist_seen_at = visit.therapist_seen_at and min(visit.therapist_seen_at, gone)


@dataclass(frozen=True)
class AtTheDoor:
    """A client who waits to be let in; `confirmed`: they have said where they are."""

    appointment_id: str
    client_name: str
    since_at: datetime
    confirmed: bool


@allowed(Permission.ROOM_ADMIT)
def at_the_door(viewer: Viewer, now: datetime) -> list[AtTheDoor]:
    """Who waits for this therapist, longest first: shown on every screen."""
    with db.reading() as session:
        return read_at_the_door(session, viewer, now)


def read_at_the_door(session: Session, viewer: Viewer, now: datetime) -> list[AtTheDoor]:
    """As `at_the_door`, inside the caller's transaction."""
    asked = {
        "who": viewer.account_id,
        # No room is open longer: with it, the index finds the few rows that matter.
        "since": now - _A_DAY,
        "until": now + _A_DAY,
        "seen": now - _STILL_HERE,
    }
    return [
        AtTheDoor(room, name, visit.client_waiting_since, visit.confirmed_at is not None)
        for room, name, visit in session.execute(_door(), asked)
        if visit.client_waiting_since
    ]


# Put together once: every screen of a therapist's asks it every few seconds.
@cache
def _door() -> Select[*tuple[Any, ...]]:
    return (
        select(Appointment.public_id, Account.name, Visit)
        .join(Visit, Visit.appointment_id == Appointment.id)
        .join(Account, Account.id == Appointment.client_id)
        .where(
            Appointment.therapist_id == bindparam("who"),
            Appointment.starts_at.between(bindparam("since"), bindparam("until")),
            Appointment.status == "booked",
            Visit.admitted_at.is_(None),
            Visit.client_waiting_since.is_not(None),
            Visit.client_seen_at > bindparam("seen"),
        )
        .order_by(Visit.client_waiting_since, Appointment.id)
    )


def whereabouts_of(visit: Visit) -> Whereabouts:
    """As the row has it."""
    alone = None if visit.alone is None else visit.alone == "alone"
    return Whereabouts(visit.place or "", visit.call_back or "", visit.contact or "", alone)


def read_waiting(session: Session, appointment_ids: list[str], now: datetime) -> dict[str, datetime]:
    """Public id to since when the client waits, for those who wait now and are not let in yet."""
    rows = session.execute(
        select(Appointment.public_id, Visit)
        .join(Visit, Visit.appointment_id == Appointment.id)
        .where(Appointment.public_id.in_(appointment_ids))
    )
    return {
        public_id: visit.client_waiting_since
        for public_id, visit in rows
        if visit.admitted_at is None and visit.client_waiting_since and _here(visit.client_seen_at, now)
    }


def _arrive(viewer: Viewer, appointment_id: str, now: datetime, entering: bool) -> VisitState:
    if not entering:
        # Most polls find that they were seen a moment ago, and then only read.
        with db.reading() as session:
            appointment = open_appointment(session, viewer, appointment_id, now)
            visit = _visit_or_none(session, appointment_id)
            seen_at = _own_seen(viewer, visit) if visit else None
            seen = seen_at is not None and now - seen_at < _HEARTBEAT
            if visit is not None and seen and not processes.is_free(session, visit, now):
                return seen_by(session, viewer, appointment, visit, now)
    with db.unit_of_work() as session:
        appointment = open_appointment(session, viewer, appointment_id, now)
        visit = visit_of(session, appointment_id)
        # A new version that is published during a session does not end it: who was let in is let in.
        if viewer.role is Role.CLIENT and (entering or visit.admitted_at is None):
            require_consent(session, viewer.account_id, now)
        processes.take(session, visit, now)
        if viewer.role is Role.CLIENT:
            if visit.client_waiting_since is None or not _here(visit.client_seen_at, now):
                visit.client_waiting_since = now
            visit.client_seen_at = now
        else:
            visit.therapist_seen_at = now
        if entering:
            record(
                session,
                now,
                viewer.account_id,
                "room.enter",
                client_id=_client_account_id(session, appointment),
                object_id=appointment_id,
            )
        return seen_by(session, viewer, appointment, visit, now)


def open_appointment(session: Session, viewer: Viewer, appointment_id: str, now: datetime) -> AppointmentView:
    """An appointment of the viewer's whose room is open, inside the caller's transaction.

    Raises:
        NotFound: missing, somebody else's, or cancelled.
        RoomNotOpen: too early or over, or not by video.
    """
    appointment = appointment_visible_to(session, viewer, appointment_id)
    if appointment.cancelled:
        raise NotFound("This session was cancelled.")
    if appointment.modality != "video":
        raise RoomNotOpen("This session does not take place by video.")
    if not appointment.room_is_open(now):
        raise RoomNotOpen(
            opens_words(appointment.room_opens_minutes)
            if now < appointment.starts_at
            else "This session is over, and its video room is closed."
        )
    return appointment


def seen_by(
    session: Session, viewer: Viewer, appointment: AppointmentView, visit: Visit, now: datetime
) -> VisitState:
    """The room as the viewer sees it; the caller has found their appointment and its visit."""
    is_client = viewer.role is Role.CLIENT
    details = read_details(session)
    return VisitState(
        appointment_id=appointment.public_id,
        seat=seat_of(viewer.role),
        other_name=appointment.therapist_name if is_client else appointment.client_name,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        client_waiting_since=visit.client_waiting_since if _here(visit.client_seen_at, now) else None,
        whereabouts=whereabouts_of(visit),
        confirmed_at=visit.confirmed_at,
        gate_passed_at=visit.gate_passed_at,
        admitted_at=visit.admitted_at,
        other_present=_here(visit.therapist_seen_at if is_client else visit.client_seen_at, now),
        open=True,
        clinic_phone=details.phone if details else None,
        elsewhere=processes.elsewhere(session, visit, now),
    )


def _visit_or_none(session: Session, appointment_id: str) -> Visit | None:
    return session.scalars(
        select(Visit)
        .join(Appointment, Appointment.id == Visit.appointment_id)
        .where(Appointment.public_id == appointment_id)
    ).first()


def visit_of(session: Session, appointment_id: str) -> Visit:
    """The visit of an appointment that the caller has found for its viewer; made where there is none yet."""
    visit = _visit_or_none(session, appointment_id)
    if visit is None:
        internal = session.scalars(
            select(Appointment.id).where(Appointment.public_id == appointment_id)
        ).one()
        visit = Visit(appointment_id=internal)
        session.add(visit)
        session.flush()
    return visit


def _own_seen(viewer: Viewer, visit: Visit) -> datetime | None:
    return visit.client_seen_at if viewer.role is Role.CLIENT else visit.therapist_seen_at


def _here(seen_at: datetime | None, now: datetime) -> bool:
    return seen_at is not None and now - seen_at < _STILL_HERE


def _client_account_id(session: Session, appointment: AppointmentView) -> int:
    return session.scalars(select(Account.id).where(Account.public_id == appointment.client_id)).one()
