"""Whose record may be opened: the one place where a client is fetched for somebody else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session

import db
from clinic.errors import NotFound
from clinic.people import emergency
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from db.tables import Account, CareAssignment


def clients_visible_to(viewer: Viewer) -> Select[Account]:
    """The clients this person may see: oneself; for a therapist, those one looks after or supervises
    now, and those whom nobody looks after, so that an alert of theirs is never unseen. Others: none."""
    clients = select(Account).where(Account.role == Role.CLIENT.value)
    if viewer.role is Role.CLIENT:
        return clients.where(Account.id == viewer.account_id)
    if viewer.role is not Role.THERAPIST:
        return clients.where(false())
    current = (
        select(CareAssignment.client_id)
        .join(Account, Account.id == CareAssignment.therapist_id)
        .where(CareAssignment.until_at.is_(None), Account.disabled_at.is_(None))
    )
    own = current.where(CareAssignment.therapist_id == viewer.account_id)
    looked_after = current.where(CareAssignment.supervises.is_(False))
    return clients.where(or_(Account.id.in_(own), Account.id.not_in(looked_after)))


def client_visible_to(session: Session, viewer: Viewer, client_public_id: str, now: datetime) -> Account:
    """One of them, or one whose record this therapist has opened in an emergency.

    Raises:
        NotFound: no such client, or not this person's.
    """
    wanted = Account.public_id == client_public_id
    found = session.scalars(clients_visible_to(viewer).where(wanted)).first()
    if found is None and viewer.role is Role.THERAPIST:
        found = session.scalars(select(Account).where(wanted, emergency.is_open(viewer, now))).first()
    if found is None:
        raise NotFound()
    return found


def therapists_of(session: Session, client_id: int) -> list[Account]:
    """The client's current therapists, the longest-standing first."""
    return list(
        session.scalars(
            select(Account)
            .join(CareAssignment, CareAssignment.therapist_id == Account.id)
            .where(
                CareAssignment.client_id == client_id,
                CareAssignment.until_at.is_(None),
                CareAssignment.supervises.is_(False),
                Account.disabled_at.is_(None),
            )
            .order_by(CareAssignment.since_at, Account.id)
        )
    )


@allowed(Permission.HOME_OWN)
def own_therapists(viewer: Viewer) -> list[str]:
    """The names of the therapists who look after this client, the longest-standing first."""
    with db.reading() as session:
        return [therapist.name for therapist in therapists_of(session, viewer.account_id)]
