"""People and what they need, made in one place. Rows are written directly, so a test can set any past.

Everything happens around NOW, a Monday morning, unless a test says otherwise.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import select

import db
from clinic.intake import consent
from clinic.people.details import ClinicDetails
from clinic.people.passwords import hash_password
from clinic.people.viewer import Role, Viewer
from db.tables import (
    Account,
    Appointment,
    Availability,
    CareAssignment,
    Clinic,
    SessionType,
    SignIn,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ZONE = "Europe/Vienna"
PASSWORD = "several words work well"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
DETAILS = ClinicDetails(
    name="Linden Practice",
    zone=ZONE,
    phone="+43 1 5550100",
    emergency_number="112",
    crisis_line_name="Crisis line",
    crisis_line_number="142",
    alert_response="Staff read alerts on weekdays from 9:00 to 17:00.",
)
_numbers = itertools.count(1)


def make_clinic(details: ClinicDetails = DETAILS, now: datetime = NOW) -> ClinicDetails:
    """The clinic, its 50-minute session and its first consent, as set-up leaves them."""
    with db.unit_of_work() as session:
        session.add(Clinic(id=1, is_demo=False, created_at=now, **vars(details)))
        session.add(SessionType(name="Video session", length_minutes=50))
        consent.publish_first_consent(session, details.name, now)
    return details


def make_account(
    role: Role,
    name: str | None = None,
    *,
    email: str | None = None,
    zone: str = ZONE,
    disabled: bool = False,
    second_factor: bool = True,
    now: datetime = NOW,
) -> str:
    """An account whose password is PASSWORD; staff have a second step with TOTP_SECRET. Its public id."""
    number = next(_numbers)
    account = Account(
        email=email or f"{role.value}-{number}@example.org",
        password_hash=_hash(PASSWORD),
        role=role.value,
        name=name or f"{role.value.title()} {number}",
        zone=zone,
        created_at=now,
        disabled_at=now if disabled else None,
    )
    if role is not Role.CLIENT and second_factor:
        account.totp_secret, account.totp_since_at = TOTP_SECRET, now
    with db.unit_of_work() as session:
        session.add(account)
    return account.public_id


def make_viewer(
    role: Role, name: str | None = None, *, email: str | None = None, zone: str = ZONE, now: datetime = NOW
) -> Viewer:
    """A signed-in person with an account of their own."""
    public_id = make_account(role, name, email=email, zone=zone, now=now)
    with db.unit_of_work() as session:
        account = session.scalars(select(Account).where(Account.public_id == public_id)).one()
        sign_in = SignIn(
            account_id=account.id,
            token_hash=f"{next(_numbers):064d}",
            user_agent="test",
            started_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=12),
        )
        session.add(sign_in)
        session.flush()
        # The password was given a moment ago.
        return Viewer(
            account.id,
            public_id,
            role,
            account.name,
            account.zone,
            sign_in.id,
            password_at=now,
            asked_at=now,
        )


def cookie_of(viewer: Viewer, now: datetime) -> str:
    """The session cookie of a new sign-in that began at `now`, without the third of a second of bcrypt."""
    token = secrets.token_urlsafe(32)
    with db.unit_of_work() as session:
        session.add(
            SignIn(
                account_id=viewer.account_id,
                token_hash=hashlib.sha256(token.encode()).hexdigest(),
                user_agent="test",
                started_at=now,
                seen_at=now,
                password_at=now,
                expires_at=now + timedelta(hours=12),
            )
        )
    return token


def make_administrator(name: str | None = None, now: datetime = NOW) -> Viewer:
    return make_viewer(Role.ADMINISTRATOR, name, now=now)


def make_therapist(
    name: str | None = None, *, email: str | None = None, zone: str = ZONE, now: datetime = NOW
) -> Viewer:
    """A therapist with weekday hours 9:00-17:00 in their own zone."""
    viewer = make_viewer(Role.THERAPIST, name, email=email, zone=zone, now=now)
    with db.unit_of_work() as session:
        for weekday in range(5):
            session.add(
                Availability(
                    therapist_id=viewer.account_id, weekday=weekday, start_minute=9 * 60, end_minute=17 * 60
                )
            )
    return viewer


def make_client(
    name: str | None = None,
    *,
    email: str | None = None,
    therapist: Viewer | None = None,
    zone: str = ZONE,
    consented: bool = True,
    now: datetime = NOW,
) -> Viewer:
    """A client, in the care of `therapist` if one is given; needs the clinic when `consented`."""
    viewer = make_viewer(Role.CLIENT, name, email=email, zone=zone, now=now)
    if therapist is not None:
        assign(viewer, therapist, now)
    if consented:
        shown = consent.current_consent(viewer)
        consent.sign(viewer, shown.body_hash, viewer.name, True, now)
    return viewer


def assign(client: Viewer, therapist: Viewer, now: datetime = NOW) -> None:
    """Put the client in the therapist's care."""
    with db.unit_of_work() as session:
        session.add(
            CareAssignment(client_id=client.account_id, therapist_id=therapist.account_id, since_at=now)
        )


def make_appointment(
    client: Viewer,
    therapist: Viewer,
    starts_at: datetime,
    *,
    minutes: int = 50,
    cancelled: bool = False,
    now: datetime = NOW,
) -> str:
    """A booked appointment at any time, past or out of hours too. Returns its public id."""
    with db.unit_of_work() as session:
        appointment = Appointment(
            client_id=client.account_id,
            therapist_id=therapist.account_id,
            session_type_id=session.scalars(select(SessionType.id)).one(),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            status="cancelled" if cancelled else "booked",
            submit_key=f"factory-{next(_numbers)}",
            booked_at=now,
            cancelled_at=now if cancelled else None,
        )
        session.add(appointment)
    return appointment.public_id


@lru_cache
def _hash(password: str) -> str:
    # A third of a second each; the pepper is the same in every test (tests/databases.py).
    return hash_password(password)
