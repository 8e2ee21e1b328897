"""Opening the record of another therapist's client in an emergency: for a reason, for a day, and seen.

"Break glass": nobody is kept from helping, and nobody looks unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

import db
from clinic.errors import InvalidInput, NotFound
from clinic.oversight.audit import record
from clinic.people import mail, throttle
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.sign_in import normal_email
from clinic.people.viewer import Role, Viewer
from db.tables import Account, EmergencyAccess

LASTS = timedelta(hours=24)
_SHORTEST_REASON, _LONGEST_REASON = 10, 500


@dataclass(frozen=True)
class Opening:
    """One emergency access, as the administrator reads it. Instants are UTC."""

    public_id: str
    client_name: str
    therapist_name: str
    reason: str
    since_at: datetime
    until_at: datetime
    seen: bool


@allowed(Permission.RECORD_EMERGENCY)
def open_anyway(viewer: Viewer, client_email: str, reason: str, now: datetime) -> str:
    """Open a record for a day. The administrators are told at once. Returns the client's public id.

    Raises:
        InvalidInput: no reason in words.
        NotFound: no client with this e-mail.
        TooManyGuesses: so that nobody finds out who is a client by trying.
    """
    if not _SHORTEST_REASON <= len(reason.strip()) <= _LONGEST_REASON:
        raise InvalidInput({"reason": "Say in a sentence why you need this record now."})
    guess = throttle.reserve(f"emergency {viewer.public_id}", "", "", now)
    with db.unit_of_work() as session:
        client = session.scalars(
            select(Account).where(
                Account.email == normal_email(client_email),
                Account.role == Role.CLIENT.value,
                Account.erased_at.is_(None),
            )
        ).first()
        if client is None:
            raise NotFound("There is no client with this email. Check it and try again.")
        opening = EmergencyAccess(
            client_id=client.id, therapist_id=viewer.account_id, since_at=now, until_at=now + LASTS
        )
        opening.reason = reason.strip()
        session.add(opening)
        for administrator in session.scalars(
            select(Account).where(Account.role == Role.ADMINISTRATOR.value, Account.disabled_at.is_(None))
        ):
            mail.write(session, administrator, mail.emergency_access(session), now)
        record(
            session,
            now,
            viewer.account_id,
            "record.emergency",
            client_id=client.id,
            object_id=client.public_id,
        )
        found = client.public_id
    throttle.was_right(guess)
    return found


@allowed(Permission.CLINIC_MANAGE)
def openings(viewer: Viewer) -> list[Opening]:
    """Every emergency access, the newest first."""
    client, therapist = aliased(Account), aliased(Account)
    with db.reading() as session:
        rows = session.execute(
            select(EmergencyAccess, client.name, therapist.name)
            .join(client, client.id == EmergencyAccess.client_id)
            .join(therapist, therapist.id == EmergencyAccess.therapist_id)
            .order_by(EmergencyAccess.since_at.desc())
        ).all()
        return [
            Opening(
                row.public_id, name, by, row.reason or "", row.since_at, row.until_at, row.seen_at is not None
            )
            for row, name, by in rows
        ]


@allowed(Permission.CLINIC_MANAGE)
def mark_seen(viewer: Viewer, opening_id: str, now: datetime) -> None:
    """The administrator has read it. Raises NotFound where there is none."""
    with db.unit_of_work() as session:
        opening = session.scalars(
            select(EmergencyAccess).where(EmergencyAccess.public_id == opening_id)
        ).first()
        if opening is None:
            raise NotFound()
        if opening.seen_at is None:
            opening.seen_at = now
            record(
                session,
                now,
                viewer.account_id,
                "record.emergency-seen",
                client_id=opening.client_id,
                object_id=opening_id,
            )


def is_open(viewer: Viewer, now: datetime) -> ColumnElement[bool]:
    """The condition on `Account` for clients whose record this therapist has opened so."""
    return Account.id.in_(
        select(EmergencyAccess.client_id).where(
            EmergencyAccess.therapist_id == viewer.account_id,
            EmergencyAccess.since_at <= now,
            EmergencyAccess.until_at > now,
        )
    )
