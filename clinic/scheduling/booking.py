"""Booking, moving and cancelling one appointment. The database itself refuses an overlap, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import (
    AppointmentChanged,
    ClinicError,
    InvalidInput,
    SlotNotOffered,
    SlotTaken,
    TooLateToCancel,
    TooLateToMove,
)
from clinic.intake.consent_state import require_consent
from clinic.people.care import therapists_of
from clinic.people.discharged import require_in_care, require_own_care
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.appointments import AppointmentView
from clinic.scheduling.busy import lock_calendars
from clinic.scheduling.choices import (
    choose,
    choose_for,
    client_of,
    kind_of_staff,
    length_kept,
    length_of,
)
from clinic.scheduling.offers import Offer, free_times, times_to_move_to
from clinic.scheduling.places import (
    IN_PERSON,
    Clash,
    Place,
    Wish,
    clashes,
    offered_place,
    staff_place,
)
from clinic.scheduling.rules import read_rules
from clinic.scheduling.writing import (
    add_appointment,
    by_submit_key,
    cancel_row,
    key_of,
    locked,
    put,
    refused_in_words,
    view_of,
)
from db.tables import Account, Appointment, AppointmentChange, CareAssignment, SessionType

_NEAREST = 3
_NEAR = timedelta(days=7)


@allowed(Permission.APPOINTMENT_BOOK)
def book(
    viewer: Viewer,
    therapist_id: str,
    starts_at: datetime,
    submit_key: str,
    now: datetime,
    *,
    session_type_id: str | None = None,
) -> AppointmentView:
    """Book one of the offered times; without a type, of the first they can book with this therapist.
    The same `submit_key` again gives the same appointment.

    Raises:
        NotFound: not a therapist or a type this client may book.
        SlotNotOffered: past, too soon, too far, or outside the therapist's hours.
        SlotTaken: somebody was faster; it carries the nearest free times.
        AlreadyMeeting: the client has another session then.
        RoomTaken: no room is free.
        ConsentMissing: the consent in force is not signed yet.
        CareEnded: the client's care here has ended.
    """
    key = key_of(viewer, submit_key)

    def others() -> list[Offer]:
        return free_times(
            viewer,
            now,
            session_type_id=session_type_id,
            therapist_id=therapist_id,
            until=starts_at + _NEAR,
        )

    with _telling_the_nearest(starts_at, others), refused_in_words(), db.unit_of_work() as session:
        wanted = session.scalars(select(Account.id).where(Account.public_id == therapist_id)).all()
        lock_calendars(session, [viewer.account_id, *wanted])
        done = by_submit_key(session, viewer, key)
        if done is not None:
            return done
        require_own_care(session, viewer.account_id)
        require_consent(session, viewer.account_id, now)
        choice = choose(session, viewer.account_id, session_type_id, therapist_id)
        therapist = choice.therapists[0]
        wish = wish_for(choice.kind, therapist, viewer.account_id, starts_at)
        place = offered_place(session, wish, now)
        _assign(session, viewer.account_id, therapist.id, now)
        made = add_appointment(session, place, key, viewer.account_id, now)
        return view_of(session, viewer, made)


@allowed(Permission.APPOINTMENT_ARRANGE)
def book_for(
    viewer: Viewer,
    client_id: str,
    session_type_id: str,
    starts_at: datetime,
    submit_key: str,
    now: datetime,
    *,
    room_id: str | None = None,
    overlap_reason: str = "",
) -> AppointmentView:
    """Book a client whom the therapist looks after, inside or outside their hours. It may overlap another
    session of theirs for a reason of 10 letters or more. `room_id`: instead of the first free room.

    Raises:
        NotFound: not a client, a type or a room of theirs.
        InvalidInput: a room for a session that needs none.
        SlotNotOffered: past, or years ahead.
        Overlapping, AlreadyMeeting, TimeHeld, RoomTaken: something else is there; see `staff_place`.
    """
    key = key_of(viewer, submit_key)
    with refused_in_words(), db.unit_of_work() as session:
        wanted = session.scalars(select(Account.id).where(Account.public_id == client_id)).all()
        lock_calendars(session, [viewer.account_id, *wanted])
        done = by_submit_key(session, viewer, key)
        if done is not None:
            return done
        wish = staff_wish(session, viewer, client_id, session_type_id, starts_at, room_id)
        place = staff_place(session, wish, now, overlap_reason)
        made = add_appointment(session, place, key, viewer.account_id, now)
        return view_of(session, viewer, made)


@allowed(Permission.APPOINTMENT_ARRANGE)
def clashes_at(
    viewer: Viewer,
    client_id: str,
    session_type_id: str,
    starts_at: datetime,
    now: datetime,
    *,
    room_id: str | None = None,
) -> list[Clash]:
    """What speaks against booking this client then, to be shown before it is done. Writes nothing.

    Raises:
        NotFound: not a client, a type or a room of theirs.
    """
    with db.reading() as session:
        wish = staff_wish(session, viewer, client_id, session_type_id, starts_at, room_id)
        return clashes(session, wish, now)


@allowed(Permission.APPOINTMENT_MOVE)
def move(
    viewer: Viewer,
    appointment_id: str,
    starts_at: datetime,
    submit_key: str,
    now: datetime,
    *,
    overlap_reason: str = "",
    sequence: int | None = None,
) -> AppointmentView:
    """Move a coming appointment of the viewer's: a client to an offered time and within the clinic's rules,
    a therapist to any coming time. `sequence` is the one they saw; the same `submit_key` again is once.

    Raises:
        NotFound: missing, or somebody else's.
        AppointmentChanged: cancelled, or moved since they saw it.
        TooLateToCancel: it has begun.
        TooLateToMove: a client, after the clinic's limit.
        And what `book` raises for a client, or `book_for` for a therapist.
    """
    key = key_of(viewer, submit_key)

    def others() -> list[Offer]:
        return times_to_move_to(viewer, appointment_id, now)

    with _telling_the_nearest(starts_at, others), refused_in_words(), db.unit_of_work() as session:
        found = locked(session, viewer, appointment_id)
        done = select(AppointmentChange.id).where(
            AppointmentChange.submit_key == key, AppointmentChange.appointment_id == found.id
        )
        if session.scalars(done).first() is not None:
            return view_of(session, viewer, found)
        if found.status == "cancelled" or sequence not in (None, found.sequence):
            raise AppointmentChanged()
        if found.starts_at <= now:
            raise TooLateToCancel()
        if found.starts_at == starts_at:
            raise SlotNotOffered("The session is at that time already. Choose another time.")
        place = _new_place(session, viewer, found, starts_at, now, overlap_reason)
        put(session, found, place, key, viewer.account_id, now)
        return view_of(session, viewer, found)


@allowed(Permission.APPOINTMENT_CANCEL)
def cancel(
    viewer: Viewer, appointment_id: str, now: datetime, *, sequence: int | None = None
) -> AppointmentView:
    """Cancel a coming appointment of the viewer's. Cancelling twice is once; a client who does it after the
    clinic's limit is late. `sequence` is the one they saw.

    Raises:
        NotFound: missing, or somebody else's.
        AppointmentChanged: the other one cancelled it, or it was moved since they saw it.
        TooLateToCancel: it has begun.
    """
    with db.unit_of_work() as session:
        found = locked(session, viewer, appointment_id)
        if found.status != "cancelled":
            if sequence not in (None, found.sequence):
                raise AppointmentChanged()
            if found.starts_at <= now:
                raise TooLateToCancel()
            until = read_rules(session).change_until(found.starts_at)
            cancel_row(session, found, viewer, now, late=viewer.role is Role.CLIENT and now > until)
        elif found.cancelled_by_id != viewer.account_id:
            raise AppointmentChanged()
        return view_of(session, viewer, found)


def wish_for(kind: SessionType, therapist: Account, client_id: int, starts_at: datetime) -> Wish:
    return Wish(therapist, client_id, kind.modality, kind.id, length_of(kind), starts_at)


def staff_wish(
    session: Session,
    viewer: Viewer,
    client_id: str,
    session_type_id: str,
    starts_at: datetime,
    room_id: str | None = None,
) -> Wish:
    """What a therapist asks for; errors as in `book_for`."""
    client = client_of(session, viewer, client_id)
    require_in_care(session, client.id)
    kind = kind_of_staff(session, viewer.account_id, session_type_id)
    if room_id is not None and kind.modality != IN_PERSON:
        raise InvalidInput({"room": "Only sessions in person have a room. Leave it out."})
    therapist = session.get_one(Account, viewer.account_id)
    return Wish(therapist, client.id, kind.modality, kind.id, length_of(kind), starts_at, room_id=room_id)


def _new_place(
    session: Session,
    viewer: Viewer,
    found: Appointment,
    starts_at: datetime,
    now: datetime,
    overlap_reason: str,
) -> Place:
    """Where a booked appointment can move to: it keeps its length, and is not in its own way."""
    wish = Wish(
        session.get_one(Account, found.therapist_id),
        found.client_id,
        found.modality,
        found.session_type_id,
        length_kept(found),
        starts_at,
        but=found.id,
    )
    if viewer.role is not Role.CLIENT:
        return staff_place(session, wish, now, overlap_reason)
    if now > read_rules(session).change_until(found.starts_at):
        raise TooLateToMove()
    choose_for(session, found)
    return offered_place(session, wish, now)


def _assign(session: Session, client_id: int, therapist_id: int, now: datetime) -> None:
    """A client without a therapist gets the one they booked, who can then read their record."""
    if not therapists_of(session, client_id):
        session.add(CareAssignment(client_id=client_id, therapist_id=therapist_id, since_at=now))


@contextmanager
def _telling_the_nearest(starts_at: datetime, others: Callable[[], list[Offer]]) -> Iterator[None]:
    """A lost race says which times are left, the three nearest in order."""
    try:
        yield
    except SlotTaken as taken:
        try:
            left = [offer.starts_at for offer in others()]
        except ClinicError:
            left = []
        nearest = sorted(left, key=lambda at: abs(at - starts_at))[:_NEAREST]
        raise SlotTaken(sorted(nearest)) from taken
