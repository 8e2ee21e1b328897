"""A therapist lets a client see the charts of their measures, or no longer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import db
from clinic.oversight.audit import record
from clinic.people.care import client_in_care_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import MeasuresShared


@allowed(Permission.MEASURES_SHARE)
def share(viewer: Viewer, client_id: str, shared: bool, now: datetime) -> None:
    """Share the measures' charts with the client, or stop. Said twice, it changes nothing.

    Raises:
        NotFound: no such client, or not one of the viewer's.
    """
    with db.unit_of_work() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        session.refresh(client, with_for_update={"key_share": True})  # two clicks are one after the other
        if read_shared(session, client.id) == shared:
            return
        if shared:
            session.add(MeasuresShared(client_id=client.id, since_at=now, by_id=viewer.account_id))
        else:
            session.execute(
                update(MeasuresShared)
                .where(MeasuresShared.client_id == client.id, MeasuresShared.until_at.is_(None))
                .values(until_at=now)
            )
        record(
            session,
            now,
            viewer.account_id,
            "measures.share" if shared else "measures.unshare",
            client_id=client.id,
            object_id=client.public_id,
        )


def read_shared(session: Session, client_id: int) -> bool:
    """Whether this client may see the charts of their measures, inside the caller's transaction."""
    current = select(MeasuresShared.id).where(
        MeasuresShared.client_id == client_id, MeasuresShared.until_at.is_(None)
    )
    return session.scalars(current).first() is not None
