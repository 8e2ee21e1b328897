"""Whose record may be opened: the one place where a client is fetched for somebody else."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, false, or_, select, update
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
    return _clients(viewer, supervised=True)


def client_visible_to(session: Session, viewer: Viewer, client_public_id: str, now: datetime) -> Account:
    """One of them, or one whose record this therapist has opened in an emergency.

    Raises:
        NotFound: no such client, or not this person's.
    """
    return _one(session, viewer, clients_visible_to(viewer), client_public_id, now)


def client_in_care_of(session: Session, viewer: Viewer, client_public_id: str, now: datetime) -> Account:
    """The same, for whoever does something with the client or in their place: a supervisor only reads.

    Raises:
        NotFound: no such client, or not this person's to do something with.
    """
    return _one(session, viewer, clients_in_care_of(viewer), client_public_id, now)


def clients_in_care_of(viewer: Viewer) -> Select[Account]:
    """Those with whom this person does something: without those whose record they only read."""
    return _clients(viewer, supervised=False)


def lock_client(session: Session, client_public_id: str) -> None:
    """What is read after it, in a statement of its own, is what holds until the transaction ends."""
    session.execute(
        select(Account.id).where(Account.public_id == client_public_id).with_for_update(key_share=True)
    ).all()


def looked_after_by(session: Session, viewer: Viewer, client_public_id: str) -> Account:
    """A client with whom this therapist has a part of their own now, locked: care is changed by one at a
    time. An emergency, or that nobody looks after somebody, gives no say in who does.

    Raises:
        NotFound: no such client, or not one of theirs.
    """
    lock_client(session, client_public_id)
    found = session.scalars(
        select(Account).where(
            Account.public_id == client_public_id,
            Account.role == Role.CLIENT.value,
            Account.id.in_(
                select(CareAssignment.client_id).where(
                    CareAssignment.therapist_id == viewer.account_id,
                    CareAssignment.supervises.is_(False),
                    CareAssignment.until_at.is_(None),
                )
            ),
        )
    ).first()
    if found is None or viewer.role is not Role.THERAPIST:
        raise NotFound()
    return found


def _clients(viewer: Viewer, *, supervised: bool) -> Select[Account]:
    return _clients_of(viewer.role, viewer.account_id, supervised)


# The statement, not what it finds: most services begin with it, and building it takes longer than asking.
@lru_cache(maxsize=1000)
def _clients_of(role: Role, account_id: int, supervised: bool) -> Select[Account]:
    # Nobody looks after an erased client, and nobody has to.
    clients = select(Account).where(Account.role == Role.CLIENT.value, Account.erased_at.is_(None))
    if role is Role.CLIENT:
        return clients.where(Account.id == account_id)
    if role is not Role.THERAPIST:
        return clients.where(false())
    current = (
        select(CareAssignment.client_id)
        .join(Account, Account.id == CareAssignment.therapist_id)
        .where(CareAssignment.until_at.is_(None), Account.disabled_at.is_(None), _is_therapist())
    )
    looked_after = current.where(CareAssignment.supervises.is_(False))
    own = (current if supervised else looked_after).where(CareAssignment.therapist_id == account_id)
    return clients.where(or_(Account.id.in_(own), Account.id.not_in(looked_after)))


def _one(
    session: Session, viewer: Viewer, clients: Select[Account], client_public_id: str, now: datetime
) -> Account:
    wanted = Account.public_id == client_public_id
    found = session.scalars(clients.where(wanted)).first()
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
                _is_therapist(),
            )
            .order_by(CareAssignment.since_at, Account.id)
        )
    )


def end_current_part(session: Session, client_id: int, therapist_id: int, now: datetime) -> bool:
    """End somebody's part in a client's care; whether they had one. The caller has decided permission."""
    ended = session.scalars(
        update(CareAssignment)
        .where(
            CareAssignment.client_id == client_id,
            CareAssignment.therapist_id == therapist_id,
            CareAssignment.until_at.is_(None),
        )
        .values(until_at=now)
        .returning(CareAssignment.id)
    ).all()
    return bool(ended)


def _is_therapist() -> ColumnElement[bool]:
    """Somebody who became an administrator looks after nobody any more, whatever was written down then."""
    return Account.role == Role.THERAPIST.value


@allowed(Permission.HOME_OWN)
def own_therapists(viewer: Viewer) -> list[str]:
    """The names of the therapists who look after this client, the longest-standing first."""
    with db.reading() as session:
        return [therapist.name for therapist in therapists_of(session, viewer.account_id)]
