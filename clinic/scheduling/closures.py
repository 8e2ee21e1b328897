"""Days on which the clinic is closed: whole days of the clinic's own zone, each with a name."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NotFound
from clinic.oversight.audit import record
from clinic.people.details import read_details
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.intervals import Span
from clinic.scheduling.time_off import Closure, closure_of, problems_with_days, whole_days
from db.tables import Appointment, Clinic, HoursException

LONGEST_NAME = 60


@allowed(Permission.CLINIC_MANAGE)
def closures(viewer: Viewer, now: datetime) -> list[Closure]:
    """Closures that are not over, soonest first."""
    with db.reading() as session:
        rows = session.scalars(
            select(HoursException)
            .where(HoursException.therapist_id.is_(None), HoursException.ends_at > now)
            .order_by(HoursException.starts_at, HoursException.id)
        )
        return [closure_of(row) for row in rows]


@allowed(Permission.CLINIC_MANAGE)
def sessions_on(viewer: Viewer, first_on: date | None, last_on: date | None, now: datetime) -> int:
    """How many booked sessions a closure would meet. Said before saving; none is cancelled.

    Raises:
        InvalidInput: a day to put right.
    """
    with db.reading() as session:
        span = _span(session, first_on, last_on, now)
        count = select(func.count()).select_from(Appointment)
        return session.scalars(
            count.where(
                Appointment.status == "booked",
                Appointment.starts_at < span.ends_at,
                Appointment.ends_at > span.starts_at,
            )
        ).one()


@allowed(Permission.CLINIC_MANAGE)
def add_closure(
    viewer: Viewer, name: str, first_on: date | None, last_on: date | None, now: datetime
) -> None:
    """Close the clinic on whole days, both included. The very same days again are once.

    Raises:
        InvalidInput: a field to put right; nothing was added.
    """
    problems = {}
    if not name.strip():
        problems["closure"] = "Enter a name, for example “Christmas”. Therapists see it."
    elif len(name.strip()) > LONGEST_NAME:
        problems["closure"] = f"The name is too long. Use {LONGEST_NAME} characters or fewer."
    with db.unit_of_work() as session:
        session.execute(select(Clinic.id).with_for_update(key_share=True))
        try:
            span = _span(session, first_on, last_on, now)
        except InvalidInput as error:
            raise InvalidInput(problems | error.fields) from error
        if problems:
            raise InvalidInput(problems)
        same = select(HoursException.id).where(
            HoursException.therapist_id.is_(None),
            HoursException.starts_at == span.starts_at,
            HoursException.ends_at == span.ends_at,
        )
        if session.scalars(same).first() is not None:
            return
        added = HoursException(kind="off", starts_at=span.starts_at, ends_at=span.ends_at)
        added.note = name.strip()
        session.add(added)
        record(session, now, viewer.account_id, "closure.add", object_id=added.public_id)


@allowed(Permission.CLINIC_MANAGE)
def remove_closure(viewer: Viewer, closure_id: str, now: datetime) -> None:
    """The clinic is open then after all.

    Raises:
        NotFound: no such closure; a therapist's time off is none.
    """
    with db.unit_of_work() as session:
        row = session.scalars(
            select(HoursException).where(
                HoursException.public_id == closure_id, HoursException.therapist_id.is_(None)
            )
        ).first()
        if row is None:
            raise NotFound()
        session.delete(row)
        record(session, now, viewer.account_id, "closure.remove", object_id=closure_id)


def _span(session: Session, first_on: date | None, last_on: date | None, now: datetime) -> Span:
    """The days' instants.

    Raises:
        InvalidInput: a day to put right.
    """
    details = read_details(session)
    zone = details.zone if details else "UTC"
    problems = problems_with_days(first_on, last_on, now.astimezone(ZoneInfo(zone)).date())
    if problems or first_on is None or last_on is None:
        raise InvalidInput(problems)
    return whole_days(first_on, last_on, zone)
