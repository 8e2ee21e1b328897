"""The clinic's rooms for sessions in person, as the administrator keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

import db
from clinic.errors import InvalidInput, NotFound
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.catalog import lock_catalog, problem_with_name
from db.tables import ClinicRoom


@dataclass(frozen=True)
class KeptRoom:
    public_id: str
    name: str
    ended: bool


@allowed(Permission.CLINIC_MANAGE)
def rooms(viewer: Viewer) -> list[KeptRoom]:
    """Every room, those in use first, by name."""
    with db.reading() as session:
        rows = session.scalars(select(ClinicRoom).order_by(ClinicRoom.name)).all()
    kept = [KeptRoom(row.public_id, row.name, row.ended_at is not None) for row in rows]
    return sorted(kept, key=lambda room: room.ended)


@allowed(Permission.CLINIC_MANAGE)
def add_room(viewer: Viewer, name: str, now: datetime) -> None:
    """A room for sessions in person. One that was ended is used again under its name.

    Raises:
        InvalidInput: no name, too long, or in use.
    """
    if said := problem_with_name(name):
        raise InvalidInput({"room": said})
    with db.unit_of_work() as session:
        lock_catalog(session)
        row = session.scalars(select(ClinicRoom).where(ClinicRoom.name == name.strip())).first()
        if row is not None and row.ended_at is None:
            raise InvalidInput({"room": "There is a room with this name. Choose another name."})
        if row is None:
            row = ClinicRoom(name=name.strip())
            session.add(row)
        row.ended_at = None
        record(session, now, viewer.account_id, "room.add", object_id=row.public_id)


@allowed(Permission.CLINIC_MANAGE)
def end_room(viewer: Viewer, room_id: str, now: datetime) -> None:
    """Nothing more is booked into it; what is booked stays. Twice is once.

    Raises:
        NotFound: no such room.
    """
    with db.unit_of_work() as session:
        row = session.scalars(select(ClinicRoom).where(ClinicRoom.public_id == room_id)).first()
        if row is None:
            raise NotFound()
        if row.ended_at is None:
            row.ended_at = now
            record(session, now, viewer.account_id, "room.end", object_id=room_id)
