"""Writing an appointment, and everything that follows from it, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.errors import AlreadyMeeting, NotFound, RoomTaken, SlotTaken
from clinic.oversight.audit import record
from clinic.people.viewer import Role, Viewer
from clinic.scheduling import notices
from clinic.scheduling.appointments import AppointmentView, appointments_visible_to, read_views
from clinic.scheduling.busy import lock_calendars
from clinic.scheduling.places import Place
from db.tables import Appointment, AppointmentChange, HeldTime, Visit

_OF_ITS_TIME = (
    "client_seen_at",
    "client_waiting_since",
    "therapist_seen_at",
    "admitted_at",
    "confirmed_at",
    "gate_passed_at",
    "by_phone_at",
)


def key_of(viewer: Viewer, submit_key: str) -> str:
    """A submission as the database keeps it: nobody can name somebody else's."""
    return f"{viewer.account_id}:{submit_key}"[:64]


def by_submit_key(session: Session, viewer: Viewer, key: str) -> AppointmentView | None:
    found = read_views(session, appointments_visible_to(viewer), Appointment.submit_key == key)
    return found[0] if found else None


def locked(session: Session, viewer: Viewer, appointment_id: str) -> Appointment:
    """One of the viewer's appointments, as it is once nobody else can write it.

    Raises:
        NotFound: missing, or somebody else's.
    """
    side = Appointment.client_id if viewer.role is Role.CLIENT else Appointment.therapist_id
    whose = session.execute(
        select(Appointment.id, Appointment.client_id, Appointment.therapist_id).where(
            Appointment.public_id == appointment_id, side == viewer.account_id
        )
    ).first()
    if whose is None:
        raise NotFound()
    lock_calendars(session, [whose.client_id, whose.therapist_id])
    return session.get_one(Appointment, whose.id)


def view_of(session: Session, viewer: Viewer, appointment: Appointment) -> AppointmentView:
    session.flush()
    return read_views(session, appointments_visible_to(viewer), Appointment.id == appointment.id)[0]


def add_appointment(
    session: Session, place: Place, key: str, actor_id: int, now: datetime, *, series_id: int | None = None
) -> Appointment:
    """Write a new appointment with everything that follows from it, in the caller's transaction."""
    wish = place.wish
    made = Appointment(
        client_id=wish.client_id,
        therapist_id=wish.therapist.id,
        session_type_id=wish.session_type_id,
        modality=wish.modality,
        series_id=series_id,
        status="booked",
        submit_key=key,
        booked_at=now,
        booked_by_id=actor_id,
        **_columns(place),
    )
    session.add(made)
    session.flush()
    session.add(
        AppointmentChange(
            appointment_id=made.id, kind="booked", at=now, by_id=actor_id, starts_after_at=wish.starts_at
        )
    )
    _take_held(session, place, now)
    notices.on_booked(session, made, actor_id, now)
    _record(session, now, actor_id, "appointment.book", made)
    return made


def coming_with(
    session: Session, client_id: int, now: datetime, therapist_id: int | None = None, *, lock: bool = False
) -> list[Appointment]:
    """A client's booked sessions that have not begun, the next first; with one therapist where one is named.
    `lock` holds them. The caller has decided permission."""
    coming = (
        select(Appointment)
        .where(
            Appointment.client_id == client_id, Appointment.status == "booked", Appointment.starts_at > now
        )
        .order_by(Appointment.starts_at)
    )
    if therapist_id is not None:
        coming = coming.where(Appointment.therapist_id == therapist_id)
    return list(session.scalars(coming.with_for_update(key_share=True) if lock else coming))


def cancel_row(session: Session, found: Appointment, viewer: Viewer, now: datetime, *, late: bool) -> None:
    """Cancel a booked appointment that is locked, with everything that follows from it."""
    found.status, found.cancelled_at = "cancelled", now
    found.cancelled_by_id, found.cancelled_late = viewer.account_id, late
    found.sequence += 1
    session.add(
        AppointmentChange(
            appointment_id=found.id,
            kind="cancelled",
            at=now,
            by_id=viewer.account_id,
            starts_before_at=found.starts_at,
        )
    )
    session.flush()
    notices.on_cancelled(session, found, viewer.account_id, now)
    _record(session, now, viewer.account_id, "appointment.cancel", found)


def put(session: Session, found: Appointment, place: Place, key: str, actor_id: int, now: datetime) -> None:
    was_at = found.starts_at
    for name, value in _columns(place).items():
        setattr(found, name, value)
    found.sequence += 1
    session.add(
        AppointmentChange(
            appointment_id=found.id,
            kind="moved",
            at=now,
            by_id=actor_id,
            submit_key=key,
            starts_before_at=was_at,
            starts_after_at=found.starts_at,
        )
    )
    session.flush()
    # Whoever came, said where they are and was let in did so for another time.
    session.execute(update(Visit).where(Visit.appointment_id == found.id).values(dict.fromkeys(_OF_ITS_TIME)))
    _take_held(session, place, now)
    notices.on_moved(session, found, was_at, actor_id, now)
    _record(session, now, actor_id, "appointment.move", found)


def _columns(place: Place) -> dict[str, object]:
    span, blocks = place.wish.span, place.wish.blocks
    return {
        "starts_at": span.starts_at,
        "ends_at": span.ends_at,
        "blocks_from": blocks.starts_at,
        "blocks_until": blocks.ends_at,
        "room_id": place.room_id,
        "overlap_allowed": place.overlap_reason is not None,
        "overlap_reason": place.overlap_reason,
    }


def _take_held(session: Session, place: Place, now: datetime) -> None:
    if place.held:
        session.execute(update(HeldTime).where(HeldTime.id.in_(place.held)).values(taken_at=now))


def _record(session: Session, now: datetime, actor_id: int, action: str, of: Appointment) -> None:
    record(session, now, actor_id, action, client_id=of.client_id, object_id=of.public_id)


@contextmanager
def refused_in_words() -> Iterator[None]:
    """What the database refuses, whoever was faster, in the clinic's words."""
    try:
        yield
    except IntegrityError as error:
        said = str(error.orig)
        for name, refusal in (("client", AlreadyMeeting), ("therapist", SlotTaken), ("room", RoomTaken)):
            if f"ex_appointment_{name}" in said:
                raise refusal() from error
        raise
