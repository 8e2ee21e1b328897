"""Which items a check-in asks: the clinic chooses for everyone, a therapist for one client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import db
from clinic.oversight.audit import record
from clinic.people.care import client_in_care_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.check_in import Item, items_from, items_to_keep
from db.tables import CheckInItems, Clinic


@dataclass(frozen=True)
class ClientItems:
    """What one client's check-in asks. `of_their_own`: a therapist chose; else what the clinic asks."""

    client_id: str
    client_name: str
    items: tuple[Item, ...]
    of_their_own: bool
    clinic: tuple[Item, ...]


@allowed(Permission.CLINIC_MANAGE)
def clinic_items(viewer: Viewer) -> tuple[Item, ...]:
    """What the clinic asks of everyone whose therapist chose nothing else."""
    with db.reading() as session:
        return _of_clinic(session)


@allowed(Permission.CLINIC_MANAGE)
def choose_clinic_items(viewer: Viewer, items: Sequence[str], now: datetime) -> None:
    """Raises InvalidInput: nothing chosen, or something that no check-in asks."""
    kept = items_to_keep(items)
    with db.unit_of_work() as session:
        session.scalars(select(Clinic)).one().check_in_items = kept
        record(session, now, viewer.account_id, "check-in.choose")


@allowed(Permission.CHECK_IN_CHOOSE)
def client_items(viewer: Viewer, client_id: str, now: datetime) -> ClientItems:
    """Raises NotFound: no such client, or not one of the viewer's."""
    with db.reading() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        own, clinic = _of_client(session, client.id), _of_clinic(session)
        return ClientItems(client.public_id, client.name, own or clinic, bool(own), clinic)


@allowed(Permission.CHECK_IN_CHOOSE)
def choose_client_items(viewer: Viewer, client_id: str, items: Sequence[str] | None, now: datetime) -> None:
    """What this client is asked from now on; None: what the clinic asks everyone.

    Raises:
        NotFound: no such client, or not one of the viewer's.
        InvalidInput: nothing chosen, or something that no check-in asks.
    """
    kept = None if items is None else items_to_keep(items)
    with db.unit_of_work() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        session.refresh(client, with_for_update={"key_share": True})  # two clicks are one after the other
        session.execute(delete(CheckInItems).where(CheckInItems.client_id == client.id))
        if kept is not None:
            session.add(
                CheckInItems(client_id=client.id, items=kept, set_by_id=viewer.account_id, set_at=now)
            )
        record(
            session,
            now,
            viewer.account_id,
            "check-in.choose",
            client_id=client.id,
            object_id=client.public_id,
        )


def read_items(session: Session, client_id: int) -> tuple[Item, ...]:
    """What this client's check-in asks, inside the caller's transaction."""
    return _of_client(session, client_id) or _of_clinic(session)


def _of_client(session: Session, client_id: int) -> tuple[Item, ...]:
    kept = session.scalars(select(CheckInItems.items).where(CheckInItems.client_id == client_id)).first()
    return items_from(kept) if kept else ()


def _of_clinic(session: Session) -> tuple[Item, ...]:
    kept = session.scalars(select(Clinic.check_in_items)).first()
    return (items_from(kept) if kept else ()) or tuple(Item)
