"""Whether a client's care here has ended. Read by whoever would begin something new with them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.errors import CareEnded
from clinic.people.details import read_details
from db.tables import Discharge


def discharged_among(session: Session, client_ids: Collection[int]) -> set[int]:
    """Of these account ids, those whose care has ended and has not begun again."""
    return set(
        session.scalars(
            select(Discharge.client_id).where(
                Discharge.client_id.in_(client_ids),
                Discharge.discharged_at.is_not(None),
                Discharge.reopened_at.is_(None),
            )
        )
    )


def require_own_care(session: Session, client_id: int) -> None:
    """As `require_in_care`, in words for the client themselves: whom to call."""
    if discharged_among(session, [client_id]):
        details = read_details(session)
        raise CareEnded(
            f"Your care here has ended. To come back, call us: {details.phone if details else ''}"
        )


def require_in_care(session: Session, client_id: int) -> None:
    """Raises CareEnded where nothing new may begin with this client."""
    if discharged_among(session, [client_id]):
        raise CareEnded()
