"""A series of sessions: looked at first, then booked as it was seen, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NotFound, SeriesChanged, SlotNotOffered
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.appointments import AppointmentView, appointments_visible_to, read_views
from clinic.scheduling.booking import staff_wish
from clinic.scheduling.busy import lock_calendars
from clinic.scheduling.places import FURTHEST, Clash, Wish, clashes, staff_place
from clinic.scheduling.series import Occurrence, occurrences
from clinic.scheduling.writing import add_appointment, cancel_row, key_of, locked, refused_in_words
from db.tables import Account, Appointment, AppointmentSeries, SessionType


@dataclass(frozen=True)
class PlannedSession:
    """One date of a plan, local day and instant, with what speaks against it."""

    on: date
    starts_at: datetime | None
    clashes: tuple[Clash, ...]

    @property
    def clash(self) -> Clash | None:
        """Why it is left out; being outside the hours alone is no reason."""
        return next((one for one in self.clashes if one is not Clash.OUTSIDE), None)


@dataclass(frozen=True)
class SeriesPlan:
    """What a series would be, in the therapist's `zone`. Ids are public."""

    client_id: str
    client_name: str
    session_type_id: str
    session_type_name: str
    zone: str
    first_at: datetime
    every_weeks: int
    times: int | None
    until_on: date | None
    sessions: tuple[PlannedSession, ...]

    @property
    def bookable(self) -> tuple[PlannedSession, ...]:
        return tuple(one for one in self.sessions if one.clash is None)

    @property
    def left_out(self) -> tuple[PlannedSession, ...]:
        return tuple(one for one in self.sessions if one.clash is not None)


@allowed(Permission.APPOINTMENT_ARRANGE)
def plan_series(
    viewer: Viewer,
    client_id: str,
    session_type_id: str,
    first_at: datetime,
    every_weeks: int,
    now: datetime,
    *,
    times: int | None = None,
    until_on: date | None = None,
) -> SeriesPlan:
    """Each date of a series at the same time of the therapist's clock, and why it clashes. Writes nothing.

    Raises:
        NotFound: not a client or a type of theirs.
        InvalidInput: no series (see `occurrences`), or one that begins in the past or years ahead.
    """
    with db.reading() as session:
        return _plan(session, viewer, client_id, session_type_id, first_at, every_weeks, now, times, until_on)


@allowed(Permission.APPOINTMENT_ARRANGE)
def book_series(
    viewer: Viewer, plan: SeriesPlan, submit_key: str, now: datetime, *, without_clashes: bool = True
) -> list[AppointmentView]:
    """Book a plan as it was seen, in one transaction: every session that does not clash, or, unless
    `without_clashes`, all or nothing. The same `submit_key` again gives the same sessions.

    Raises:
        NotFound: not a client or a type of theirs.
        SeriesChanged: something clashes now that did not, or does not any more.
        SlotNotOffered: every session clashes, or one does and all were wanted.
    """
    key = key_of(viewer, submit_key)
    with refused_in_words(), db.unit_of_work() as session:
        wanted = session.scalars(select(Account.id).where(Account.public_id == plan.client_id)).all()
        lock_calendars(session, [viewer.account_id, *wanted])
        done = select(AppointmentSeries).where(AppointmentSeries.submit_key == key)
        series = session.scalars(done).first()
        if series is not None:
            return _views_of(session, viewer, series)
        # Only what was asked for is believed of it; what clashes is looked at anew.
        asked = (plan.client_id, plan.session_type_id, plan.first_at, plan.every_weeks)
        if _plan(session, viewer, *asked, now, plan.times, plan.until_on) != plan:
            raise SeriesChanged()
        if not plan.bookable or (plan.left_out and not without_clashes):
            raise SlotNotOffered("These sessions can't all be booked. Choose another time.")
        series = AppointmentSeries(
            every_weeks=plan.every_weeks,
            zone=plan.zone,
            submit_key=key,
            made_at=now,
            made_by_id=viewer.account_id,
        )
        session.add(series)
        session.flush()
        for number, one in enumerate(plan.bookable):
            assert one.starts_at is not None
            wish = staff_wish(session, viewer, plan.client_id, plan.session_type_id, one.starts_at)
            place = staff_place(session, wish, now, "")
            of_series = f"{series.public_id}:{number}"
            add_appointment(session, place, of_series, viewer.account_id, now, series_id=series.id)
        return _views_of(session, viewer, series)


@allowed(Permission.APPOINTMENT_ARRANGE)
def cancel_rest(viewer: Viewer, appointment_id: str, now: datetime) -> list[AppointmentView]:
    """Cancel this session of a series and those after it that have not begun. Returns what was cancelled.

    Raises:
        NotFound: missing, somebody else's, or not of a series.
    """
    with db.unit_of_work() as session:
        found = locked(session, viewer, appointment_id)
        if found.series_id is None:
            raise NotFound()
        rest = session.scalars(
            select(Appointment)
            .where(
                Appointment.series_id == found.series_id,
                Appointment.therapist_id == viewer.account_id,
                Appointment.client_id == found.client_id,
                Appointment.status == "booked",
                Appointment.starts_at >= found.starts_at,
                Appointment.starts_at > now,
            )
            .order_by(Appointment.starts_at)
        ).all()
        for one in rest:
            cancel_row(session, one, viewer, now, late=False)
        session.flush()
        ids = [one.id for one in rest]
        return read_views(session, appointments_visible_to(viewer), Appointment.id.in_(ids))


def _plan(
    session: Session,
    viewer: Viewer,
    client_id: str,
    session_type_id: str,
    first_at: datetime,
    every_weeks: int,
    now: datetime,
    times: int | None,
    until_on: date | None,
) -> SeriesPlan:
    wish = staff_wish(session, viewer, client_id, session_type_id, first_at)
    if not now < first_at <= now + FURTHEST:
        raise InvalidInput({"first_at": "Choose a coming time, at most 3 years ahead."})
    zone = wish.therapist.zone
    dates = occurrences(first_at, zone, every_weeks, times=times, until_on=until_on)
    return SeriesPlan(
        client_id,
        session.get_one(Account, wish.client_id).name,
        session_type_id,
        session.get_one(SessionType, wish.session_type_id).name,
        zone,
        first_at,
        every_weeks,
        times,
        until_on,
        tuple(_planned(session, wish, one, now) for one in dates),
    )


def _planned(session: Session, first: Wish, one: Occurrence, now: datetime) -> PlannedSession:
    if one.starts_at is None:
        return PlannedSession(one.on, None, (Clash.SKIPPED,))
    wish = replace(first, starts_at=one.starts_at)
    return PlannedSession(one.on, one.starts_at, tuple(clashes(session, wish, now)))


def _views_of(session: Session, viewer: Viewer, series: AppointmentSeries) -> list[AppointmentView]:
    return read_views(session, appointments_visible_to(viewer), Appointment.series_id == series.id)
