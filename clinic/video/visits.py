"""Entering an appointment's room: waiting, being let in, and who is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import NotAdmitted, NotFound, RoomNotOpen
from clinic.intake.consent import require_consent
from clinic.oversight.audit import record
from clinic.people.details import read_details
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.appointments import AppointmentView, appointment_visible_to
from clinic.video.relay import Leg, relay
from clinic.video.rooms import Seat, closes_at, may_talk, seat_of
from clinic.video.turn import Server, ice_servers
from db.settings import settings
from db.tables import Account, Appointment, SignIn, Visit

# A waiting page asks every few seconds; twenty without a word means it is gone.
_STILL_HERE = timedelta(seconds=20)
_HEARTBEAT = timedelta(seconds=5)
_CALL_IS_LIFE = timedelta(minutes=1)
# Each open connection, and by which sign-in it was granted for which appointment.
_calls: WeakKeyDictionary[Leg, tuple[int, str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class VisitState:
    """The room as one of its two people sees it. Instants are UTC."""

    appointment_id: str
    seat: Seat
    other_name: str
    starts_at: datetime
    ends_at: datetime
    client_waiting_since: datetime | None
    admitted_at: datetime | None
    other_present: bool
    open: bool
    clinic_phone: str | None

    @property
    def may_talk(self) -> bool:
        """Whether this person's camera and sound reach the other."""
        return may_talk(self.seat, self.admitted_at)


@allowed(Permission.ROOM_ENTER)
def enter(viewer: Viewer, appointment_id: str, now: datetime) -> VisitState:
    """Come to the room's door: the client waits there, the therapist sees who does.

    Raises:
        NotFound: missing, somebody else's, or cancelled.
        RoomNotOpen: too early or over, with a sentence that says when.
        ConsentMissing: the client has not signed the consent in force.
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
    """
    with db.unit_of_work() as session:
        appointment = _open_appointment(session, viewer, appointment_id, now)
        visit = _visit(session, appointment_id)
        if visit.admitted_at is None:
            visit.admitted_at = now
            record(
                session,
                now,
                viewer.account_id,
                "room.admit",
                client_id=_client_account_id(session, appointment),
                object_id=appointment_id,
            )
        return _seen_by(session, viewer, appointment, visit, now)


@dataclass(frozen=True)
class Line:
    """What a connection to the room is made with."""

    leg: Leg
    ice_servers: list[Server]


@allowed(Permission.ROOM_ENTER)
def connect(viewer: Viewer, appointment_id: str, now: datetime) -> Line:
    """A connection to the room, for somebody who may talk in it now. It takes the seat once media comes.

    Raises:
        NotFound: missing, somebody else's, or cancelled.
        RoomNotOpen: too early or over.
        NotAdmitted: the client has not been let in.
    """
    here = state(viewer, appointment_id, now)
    if not here.may_talk:
        raise NotAdmitted()
    chosen = settings()
    servers = ice_servers(
        chosen.turn_urls,
        chosen.turn_secret,
        label=f"{appointment_id}:{here.seat}",
        until=closes_at(here.ends_at),
    )
    leg = relay.leg(appointment_id, here.seat)
    _calls[leg] = (viewer.session_id, appointment_id)
    return Line(leg, servers)


def close_ended(now: datetime) -> int:
    """End every call whose person may not be in it any more: signed out, closed, cancelled, or over.

    Run every few seconds. A browser that keeps its connection open gains nothing by it. Somebody in a call
    is there: their sign-in does not end for being idle. Returns how many calls were ended.
    """
    calls = {leg: granted for leg, granted in list(_calls.items()) if not leg.closed}
    if not calls:
        return 0
    with db.unit_of_work() as session:
        talking = {sign_in for sign_in, _ in calls.values()}
        signed_in = set(
            session.scalars(
                select(SignIn.id)
                .join(Account, Account.id == SignIn.account_id)
                .where(
                    SignIn.id.in_(talking),
                    SignIn.ended_at.is_(None),
                    SignIn.expires_at > now,
                    Account.disabled_at.is_(None),
                )
            )
        )
        booked = select(Appointment.public_id, Appointment.ends_at).where(
            Appointment.public_id.in_({room for _, room in calls.values()}), Appointment.status == "booked"
        )
        open_rooms = {room for room, ends_at in session.execute(booked) if now < closes_at(ends_at)}
        session.execute(
            update(SignIn)
            .where(SignIn.id.in_(signed_in), SignIn.seen_at < now - _CALL_IS_LIFE)
            .values(seen_at=now)
        )
    ended = [leg for leg, (who, room) in calls.items() if who not in signed_in or room not in open_rooms]
    for leg in ended:
        leg.close()
    return len(ended)


@allowed(Permission.ROOM_ENTER)
def leave(viewer: Viewer, appointment_id: str, now: datetime) -> None:
    """Go away from the door or out of the call. Coming back is `enter` again."""
    with db.unit_of_work() as session:
        appointment_visible_to(session, viewer, appointment_id)
        visit = _visit(session, appointment_id)
        if viewer.role is Role.CLIENT:
            visit.client_seen_at = visit.client_waiting_since = None
        else:
            visit.therapist_seen_at = None


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
            appointment = _open_appointment(session, viewer, appointment_id, now)
            visit = _visit_or_none(session, appointment_id)
            seen_at = _own_seen(viewer, visit) if visit else None
            if visit is not None and seen_at is not None and now - seen_at < _HEARTBEAT:
                return _seen_by(session, viewer, appointment, visit, now)
    with db.unit_of_work() as session:
        appointment = _open_appointment(session, viewer, appointment_id, now)
        if viewer.role is Role.CLIENT:
            require_consent(session, viewer.account_id)
        visit = _visit(session, appointment_id)
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
        return _seen_by(session, viewer, appointment, visit, now)


def _open_appointment(
    session: Session, viewer: Viewer, appointment_id: str, now: datetime
) -> AppointmentView:
    appointment = appointment_visible_to(session, viewer, appointment_id)
    if appointment.cancelled:
        raise NotFound("This session was cancelled.")
    if not appointment.room_is_open(now):
        raise RoomNotOpen(
            "The video room opens 15 minutes before the session."
            if now < appointment.starts_at
            else "This session is over, and its video room is closed."
        )
    return appointment


def _seen_by(
    session: Session, viewer: Viewer, appointment: AppointmentView, visit: Visit, now: datetime
) -> VisitState:
    is_client = viewer.role is Role.CLIENT
    details = read_details(session)
    return VisitState(
        appointment_id=appointment.public_id,
        seat=seat_of(viewer.role),
        other_name=appointment.therapist_name if is_client else appointment.client_name,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        client_waiting_since=visit.client_waiting_since if _here(visit.client_seen_at, now) else None,
        admitted_at=visit.admitted_at,
        other_present=_here(visit.therapist_seen_at if is_client else visit.client_seen_at, now),
        open=True,
        clinic_phone=details.phone if details else None,
    )


def _visit_or_none(session: Session, appointment_id: str) -> Visit | None:
    return session.scalars(
        select(Visit)
        .join(Appointment, Appointment.id == Visit.appointment_id)
        .where(Appointment.public_id == appointment_id)
    ).first()


def _visit(session: Session, appointment_id: str) -> Visit:
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
