"""The audit log: one event for each act on a client's data, in the act's own transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from db.tables import AuditEvent


def record(
    session: Session,
    now: datetime,
    actor_id: int | None,
    action: str,
    *,
    client_id: int | None = None,
    object_id: str | None = None,
    outcome: str = "done",
) -> None:
    """Add an event to the caller's transaction. `action` and `object_id` never hold clinical content."""
    session.add(
        AuditEvent(
            at=now,
            actor_id=actor_id,
            action=action,
            client_id=client_id,
            object_id=object_id,
            outcome=outcome,
        )
    )
