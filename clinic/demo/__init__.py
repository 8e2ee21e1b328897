"""The demo clinic: made-up people with a year behind them, the same for the same moment.

Loaded only in demo mode (clinic/start.py). Rows are written directly, so that they can lie in the past.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

import db
from clinic.demo.build import build
from clinic.errors import NotADemo
from db.tables import Base, Clinic, Document, KeyCheck, Task

# Any number serves, as long as every version of the portal uses the same one.
_FILL_LOCK = 7_305_002


def fill(now: datetime) -> None:
    """Make the demo clinic where there is no clinic yet. Several processes may try: one does."""
    with db.unit_of_work() as session:
        _lock(session)
        if session.scalars(select(Clinic.id)).first() is None:
            build(session, now.replace(second=0, microsecond=0))


def reset(now: datetime) -> None:
    """Throw everything away and make the demo clinic again, in one transaction. Keys stay.

    Raises:
        NotADemo: the clinic there is somebody's own.
    """
    with db.unit_of_work() as session:
        _lock(session)
        if session.scalars(select(Clinic.is_demo)).first() is False:
            raise NotADemo()
        # A document points at its task, and a task at its worksheet: neither can go first as it is.
        session.execute(update(Document).values(task_id=None))
        session.execute(delete(Task))
        for table in reversed(Base.metadata.sorted_tables):
            if table is not KeyCheck.__table__:
                session.execute(delete(table))
        build(session, now.replace(second=0, microsecond=0))


def _lock(session: Session) -> None:
    # SQLite's transaction has the write lock already (BEGIN IMMEDIATE).
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _FILL_LOCK})
