"""A private address under which a calendar reads a person's appointments, and one of them as a file.

The address opens without a sign-in, so it says as little as a mail does: that there is an appointment, and
when. Its token is kept as SHA-256 only; a new one replaces the one before.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

import db
from clinic.errors import NotFound
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.icalendar_out import Entry, published
from db.tables import Account, Appointment, AppointmentChange, CalendarFeed

# How far back a calendar is told of appointments.
BACK = timedelta(days=90)
MEDIA_TYPE = "text/calendar; charset=utf-8"
_TOKEN_BYTES = 24


@dataclass(frozen=True)
class Feed:
    """There is an address, made at `made_at`. What it is, is shown once."""

    made_at: datetime


@allowed(Permission.APPOINTMENT_READ)
def own_feed(viewer: Viewer) -> Feed | None:
    with db.reading() as session:
        made_at = session.scalars(
            select(CalendarFeed.made_at).where(
                CalendarFeed.account_id == viewer.account_id, CalendarFeed.revoked_at.is_(None)
            )
        ).first()
    return Feed(made_at) if made_at else None


@allowed(Permission.APPOINTMENT_READ, sensitive=True)
def make_feed(viewer: Viewer, now: datetime) -> str:
    """A new address in place of the one before: its token, which is not kept and cannot be shown again."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with db.unit_of_work() as session:
        _revoke(session, viewer.account_id, now)
        session.add(CalendarFeed(account_id=viewer.account_id, token_hash=_hash(token), made_at=now))
        record(session, now, viewer.account_id, "calendar-feed.make", object_id=viewer.public_id)
    return token


@allowed(Permission.APPOINTMENT_READ)
def revoke_feed(viewer: Viewer, now: datetime) -> None:
    """The address opens nothing any more. Revoking twice is once."""
    with db.unit_of_work() as session:
        if _revoke(session, viewer.account_id, now):
            record(session, now, viewer.account_id, "calendar-feed.revoke", object_id=viewer.public_id)


@allowed(Permission.APPOINTMENT_READ)
def appointment_file(viewer: Viewer, appointment_id: str, now: datetime) -> tuple[str, str, bytes]:
    """(file name, media type, content): one of the viewer's own appointments, to add to a calendar.

    Raises:
        NotFound: missing, or somebody else's.
    """
    with db.reading() as session:
        found = _entries(session, viewer.account_id, Appointment.public_id == appointment_id)
    if not found:
        raise NotFound()
    return "appointment.ics", MEDIA_TYPE, published(found)


def read_feed(token: str, now: datetime) -> bytes:
    """The appointments of whoever made this address: coming, and of the last `BACK`.

    Raises:
        NotFound: unknown, revoked, or the account is closed: the same for each.
    """
    with db.reading() as session:
        account_id = session.scalars(
            select(CalendarFeed.account_id)
            .join(Account, Account.id == CalendarFeed.account_id)
            .where(
                CalendarFeed.token_hash == _hash(token),
                CalendarFeed.revoked_at.is_(None),
                Account.disabled_at.is_(None),
            )
        ).first()
        if account_id is None:
            raise NotFound()
        return published(_entries(session, account_id, Appointment.starts_at > now - BACK), "Appointments")


def _entries(session: Session, account_id: int, which: ColumnElement[bool]) -> list[Entry]:
    changed = (
        select(func.max(AppointmentChange.at))
        .where(AppointmentChange.appointment_id == Appointment.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Appointment, changed)
        .where(or_(Appointment.client_id == account_id, Appointment.therapist_id == account_id), which)
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return [
        Entry(
            row.public_id,
            row.sequence,
            changed_at or row.cancelled_at or row.booked_at,
            row.starts_at,
            row.ends_at,
            row.status == "cancelled",
        )
        for row, changed_at in rows
    ]


def _revoke(session: Session, account_id: int, now: datetime) -> bool:
    """Whether there was an address to revoke."""
    revoked = session.scalars(
        update(CalendarFeed)
        .where(CalendarFeed.account_id == account_id, CalendarFeed.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(CalendarFeed.id)
    ).first()
    return revoked is not None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
