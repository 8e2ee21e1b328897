"""Tasks that are a measure to answer: finishing its form is what makes them done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.between.task_states import Kind
from clinic.measures.due import family
from clinic.oversight.audit import record
from db.tables import Task


def measure_finished(
    session: Session, actor_id: int, client_id: int, instrument_id: str, now: datetime
) -> None:
    """In the transaction that finishes the form: each open task that asked for this measure, or for the one
    that it stands in for, is done with it."""
    asked = session.scalars(
        select(Task)
        .where(
            Task.client_id == client_id,
            Task.kind == Kind.MEASURE.value,
            Task.instrument.in_(family(instrument_id)),
            Task.set_at <= now,
            Task.done_at.is_(None),
            Task.withdrawn_at.is_(None),
        )
        .order_by(Task.id)
        .with_for_update(key_share=True)
    ).all()
    for task in asked:
        task.done_at = now
        record(session, now, actor_id, "task.finish", client_id=client_id, object_id=task.public_id)
