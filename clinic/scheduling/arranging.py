"""What a therapist can choose from when they book for somebody."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

import db
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.catalog import KeptType
from clinic.scheduling.clinic_rooms import KeptRoom
from clinic.scheduling.profiles import read_offered
from db.tables import Account, CareAssignment, ClinicRoom


@dataclass(frozen=True)
class OwnClient:
    """`zone` is an IANA name: the client's own clock differs from the therapist's."""

    public_id: str
    name: str
    zone: str


@dataclass(frozen=True)
class Arranging:
    """The clients whom the therapist looks after, by name; the types they offer; the rooms in use."""

    clients: tuple[OwnClient, ...]
    types: tuple[KeptType, ...]
    rooms: tuple[KeptRoom, ...]


@allowed(Permission.APPOINTMENT_ARRANGE)
def what_to_arrange(viewer: Viewer) -> Arranging:
    """Clients, session types and rooms, in one read."""
    with db.reading() as session:
        clients = session.execute(
            select(Account.public_id, Account.name, Account.zone)
            .join(CareAssignment, CareAssignment.client_id == Account.id)
            .where(
                CareAssignment.therapist_id == viewer.account_id,
                CareAssignment.until_at.is_(None),
                CareAssignment.supervises.is_(False),
                Account.disabled_at.is_(None),
            )
            .order_by(Account.name, Account.id)
        )
        rooms = session.execute(
            select(ClinicRoom.public_id, ClinicRoom.name)
            .where(ClinicRoom.ended_at.is_(None))
            .order_by(ClinicRoom.id)
        )
        return Arranging(
            tuple(OwnClient(*row) for row in clients),
            tuple(read_offered(session, viewer.account_id)),
            tuple(KeptRoom(*row, ended=False) for row in rooms),
        )
