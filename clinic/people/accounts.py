"""Accounts: what one needs, and the lists that pages show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy import select

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record
from clinic.people.passwords import MAXIMUM_LENGTH, MINIMUM_LENGTH, hash_password
from clinic.people.permissions import Permission, require
from clinic.people.sign_in import normal_email
from clinic.people.viewer import Role, Viewer
from db.tables import Account, Availability, CareAssignment

# One @, no spaces, a dot in the host. More would refuse addresses that work.
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True)
class Person:
    """A row of the administrator's list. No clinical content."""

    public_id: str
    name: str
    email: str
    role: Role
    zone: str
    disabled: bool


def people(viewer: Viewer) -> list[Person]:
    """Everyone with an account, staff first, then by name."""
    require(viewer, Permission.CLINIC_MANAGE)
    with db.reading() as session:
        accounts = session.scalars(select(Account).order_by(Account.name, Account.id)).all()
    listed = [
        Person(a.public_id, a.name, a.email, Role(a.role), a.zone, a.disabled_at is not None)
        for a in accounts
    ]
    return sorted(listed, key=lambda person: person.role is Role.CLIENT)


def create_account(
    viewer: Viewer,
    role: Role,
    name: str,
    email: str,
    password: str,
    zone: str,
    now: datetime,
    therapist_id: str | None = None,
) -> str:
    """Give a person an account; a client is assigned to the therapist named by public id.

    A new therapist starts with weekday hours 9:00-17:00 in their zone.

    Returns:
        The new account's public id.

    Raises:
        InvalidInput: a field to put right; nothing was created.
    """
    require(viewer, Permission.CLINIC_MANAGE)
    problems = problems_with_account(name, email, password)
    if zone not in available_timezones():
        problems["zone"] = "Choose a time zone from the list."
    hashed = hash_password(password) if not problems else ""
    with db.unit_of_work() as session:
        if (
            "email" not in problems
            and session.scalars(select(Account.id).where(Account.email == normal_email(email))).first()
        ):
            problems["email"] = "Somebody already has an account with this email."
        therapist = session.scalars(
            select(Account).where(
                Account.public_id == (therapist_id or ""), Account.role == Role.THERAPIST.value
            )
        ).first()
        if role is Role.CLIENT and therapist is None:
            problems["therapist"] = "Choose a therapist."
        if problems:
            raise InvalidInput(problems)
        account = Account(
            email=normal_email(email),
            password_hash=hashed,
            role=role.value,
            name=name.strip(),
            zone=zone,
            created_at=now,
        )
        session.add(account)
        session.flush()
        if role is Role.CLIENT and therapist is not None:
            session.add(CareAssignment(client_id=account.id, therapist_id=therapist.id, since_at=now))
        if role is Role.THERAPIST:
            for weekday in range(5):
                session.add(
                    Availability(
                        therapist_id=account.id, weekday=weekday, start_minute=9 * 60, end_minute=17 * 60
                    )
                )
        record(
            session,
            now,
            viewer.account_id,
            "account.create",
            client_id=account.id if role is Role.CLIENT else None,
            object_id=account.public_id,
        )
        return account.public_id


def problems_with_account(name: str, email: str, password: str) -> dict[str, str]:
    """Field name to sentence, for what an account cannot have."""
    problems: dict[str, str] = {}
    if not name.strip():
        problems["person"] = "Enter a name."
    elif len(name) > 100:
        problems["person"] = "The name is too long. Use 100 characters or fewer."
    if not _EMAIL.fullmatch(email.strip()) or len(email) > 254:
        problems["email"] = "Enter an email address in the format name@example.com."
    if len(password) < MINIMUM_LENGTH:
        problems["password"] = (
            f"Use a password of {MINIMUM_LENGTH} characters or more. Several words work well."
        )
    elif len(password) > MAXIMUM_LENGTH:
        problems["password"] = f"Use a password of {MAXIMUM_LENGTH} characters or fewer."
    return problems
