"""How sessions went: what the call knows of one, what its therapist says, what its client says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NotFound, SessionNotBegun
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.appointments import (
    AppointmentView,
    appointment_visible_to,
    appointments_visible_to,
    read_coming,
    read_views,
)
from clinic.video.attendance import Attendance, Booked, Happened, Spell, happened
from clinic.video.rooms import Seat
from clinic.video.visits import visit_of
from db.tables import Account, Appointment, Visit, VisitSpell

# Sessions older than this are no longer asked about; they can still be said by hand.
ASKED_FOR = timedelta(days=14)
FEEDBACK = ("yes", "mostly", "no")


@dataclass(frozen=True)
class SessionReport:
    """One session as its therapist looks back on it. `attendance` is None until they said it; `feedback` is
    the client's answer to whether they saw and heard well."""

    appointment: AppointmentView
    happened: Happened
    attendance: Attendance | None
    attendance_at: datetime | None
    feedback: str | None


@dataclass(frozen=True)
class Afterwards:
    """What the screen after a session shows. `report` is the therapist's alone, `feedback` the client's own
    answer. `following` is the next session: the client's, or the therapist's with this client."""

    room_open: bool
    following: AppointmentView | None
    feedback: str | None
    report: SessionReport | None


@allowed(Permission.ROOM_ENTER)
def afterwards(viewer: Viewer, appointment_id: str, now: datetime) -> Afterwards:
    """What there is to say once one has left the room.

    Raises:
        NotFound: missing, or somebody else's.
    """
    with db.reading() as session:
        appointment = appointment_visible_to(session, viewer, appointment_id)
        reports = _reports(session, [appointment], now)
        coming = [
            other
            for other in read_coming(session, viewer, now)
            if other.public_id != appointment_id
            and other.starts_at > now
            and other.client_id == appointment.client_id
        ]
    is_client = viewer.role is Role.CLIENT
    return Afterwards(
        room_open=appointment.room_is_open(now),
        following=coming[0] if coming else None,
        feedback=reports[0].feedback if is_client else None,
        report=None if is_client or appointment.cancelled else reports[0],
    )


@allowed(Permission.ATTENDANCE_CONFIRM)
def session_report(viewer: Viewer, appointment_id: str, now: datetime) -> SessionReport:
    """One of the therapist's sessions, with what the call knows of it.

    Raises:
        NotFound: missing, somebody else's, or cancelled.
    """
    with db.reading() as session:
        return _reports(session, [_held(session, viewer, appointment_id)], now)[0]


@allowed(Permission.ATTENDANCE_CONFIRM)
def to_confirm(viewer: Viewer, now: datetime) -> list[SessionReport]:
    """The therapist's sessions of the last 14 days whose attendance they have not said, oldest first."""
    with db.reading() as session:
        over = read_views(session, appointments_visible_to(viewer), *_unsaid(now))
        return _reports(session, over, now)


def count_to_confirm(session: Session, viewer: Viewer, now: datetime) -> int:
    """How many `to_confirm` gives, inside the caller's transaction."""
    own = Appointment.therapist_id == viewer.account_id
    counted = select(func.count()).select_from(Appointment).where(own, *_unsaid(now))
    return session.scalars(counted).one()


def _unsaid(now: datetime) -> tuple[ColumnElement[bool], ...]:
    said = select(Visit.appointment_id).where(Visit.attendance.is_not(None))
    return (
        Appointment.status == "booked",
        Appointment.starts_at > now - ASKED_FOR,
        Appointment.ends_at <= now,
        Appointment.id.not_in(said),
    )


@allowed(Permission.ATTENDANCE_CONFIRM)
def confirm_attendance(viewer: Viewer, appointment_id: str, attendance: str, now: datetime) -> SessionReport:
    """Say how a session was, however it took place; or say it differently later.

    Raises:
        NotFound: missing, somebody else's, or cancelled.
        SessionNotBegun: nobody can say yet.
        InvalidInput: not one of the answers.
    """
    if attendance not in [known.value for known in Attendance]:
        raise InvalidInput({"attendance": "Choose how the session was."})
    with db.unit_of_work() as session:
        appointment = _held(session, viewer, appointment_id)
        if now < appointment.starts_at:
            raise SessionNotBegun()
        visit = visit_of(session, appointment_id)
        if visit.attendance != attendance:
            changed = visit.attendance is not None
            visit.attendance, visit.attendance_at = attendance, now
            visit.attendance_by_id = viewer.account_id
            record(
                session,
                now,
                viewer.account_id,
                "attendance.change" if changed else "attendance.confirm",
                client_id=session.scalars(
                    select(Account.id).where(Account.public_id == appointment.client_id)
                ).one(),
                object_id=appointment_id,
            )
            session.flush()
        return _reports(session, [appointment], now)[0]


@allowed(Permission.ROOM_ANSWER)
def say_feedback(viewer: Viewer, appointment_id: str, answer: str, now: datetime) -> None:
    """The client says whether they could see and hear well. Nobody has to.

    Raises:
        NotFound: missing, somebody else's, or cancelled.
        SessionNotBegun: there is nothing to say yet.
        InvalidInput: not one of the answers.
    """
    if answer not in FEEDBACK:
        raise InvalidInput({"feedback": "Choose one of the answers."})
    with db.unit_of_work() as session:
        appointment = _held(session, viewer, appointment_id)
        if now < appointment.room_opens_at:
            raise SessionNotBegun()
        visit = visit_of(session, appointment_id)
        if visit.feedback != answer:
            visit.feedback = answer
            record(
                session,
                now,
                viewer.account_id,
                "room.feedback",
                client_id=viewer.account_id,
                object_id=appointment_id,
            )


def read_attendance(session: Session, appointment_ids: Sequence[str]) -> dict[str, Attendance]:
    """Public id to what its therapist said, where they did; the caller has decided permission."""
    rows = session.execute(
        select(Appointment.public_id, Visit.attendance)
        .join(Visit, Visit.appointment_id == Appointment.id)
        .where(Appointment.public_id.in_(appointment_ids), Visit.attendance.is_not(None))
    )
    return {public_id: Attendance(said) for public_id, said in rows if said}


def _held(session: Session, viewer: Viewer, appointment_id: str) -> AppointmentView:
    appointment = appointment_visible_to(session, viewer, appointment_id)
    if appointment.cancelled:
        raise NotFound("This session was cancelled.")
    return appointment


def _reports(session: Session, appointments: Sequence[AppointmentView], now: datetime) -> list[SessionReport]:
    """In the order given: three queries, however many there are."""
    ids = [appointment.public_id for appointment in appointments]
    rows = session.execute(
        select(Appointment.public_id, Visit)
        .join(Visit, Visit.appointment_id == Appointment.id)
        .where(Appointment.public_id.in_(ids))
    )
    visits = dict(rows.all())
    spells: dict[int, list[Spell]] = {}
    for row in session.scalars(
        select(VisitSpell).where(VisitSpell.visit_id.in_([visit.id for visit in visits.values()]))
    ):
        spell = Spell(Seat(row.seat), row.began_at, row.ended_at or row.seen_at, row.ending)
        spells.setdefault(row.visit_id, []).append(spell)
    return [_report(one, visits.get(one.public_id), spells, now) for one in appointments]


def _report(
    appointment: AppointmentView, visit: Visit | None, spells: dict[int, list[Spell]], now: datetime
) -> SessionReport:
    own = spells.get(visit.id, []) if visit else []
    booked = Booked(
        appointment.starts_at,
        appointment.ends_at,
        came=visit is not None
        and (any(s.seat is Seat.CLIENT for s in own) or visit.client_seen_at is not None),
        therapist_came=visit is not None and visit.therapist_seen_at is not None,
        by_phone=appointment.modality != "video" or (visit is not None and visit.by_phone_at is not None),
    )
    return SessionReport(
        appointment,
        happened(booked, own, now),
        Attendance(visit.attendance) if visit and visit.attendance else None,
        visit.attendance_at if visit else None,
        visit.feedback if visit else None,
    )
