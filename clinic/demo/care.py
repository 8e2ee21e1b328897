"""A co-therapist, and a client whose care has ended, in the demo clinic."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from db.tables import Account, Appointment, CareAssignment, Discharge, Handover

_SUMMARY = (
    "We met most weeks. You came because nights were long and work had become too much. You found out what "
    "helps you sleep, and said no at work more than once. If it gets hard again, look at your safety plan, "
    "and call us."
)


def add_care(
    session: Session,
    client: Account,
    beside: Account,
    ended: Account,
    their: Account,
    therapist: Account,
    now: datetime,
) -> None:
    """`beside` looks after `client` of `therapist` too; the care of `ended` by `their` ended an hour ago."""
    joined = now - timedelta(days=20)
    session.add(CareAssignment(client_id=client.id, therapist_id=beside.id, since_at=joined))
    given = Handover(
        client_id=client.id,
        by_id=therapist.id,
        to_id=beside.id,
        kind="co_therapist",
        submit_key="demo",
        at=joined,
    )
    given.words = "I am away in the summer. It would be good if Sam knew you before then."
    session.add(given)
    at = now - timedelta(hours=1)
    session.execute(
        update(Appointment)
        .where(Appointment.client_id == ended.id, Appointment.starts_at > now, Appointment.status == "booked")
        .values(status="cancelled", cancelled_at=at, cancelled_by_id=their.id, sequence=1)
    )
    gone = Discharge(
        client_id=ended.id,
        by_id=their.id,
        reason="agreed",
        revision=1,
        started_at=at,
        kept_at=at,
        discharged_at=at,
    )
    gone.summary = _SUMMARY
    session.add(gone)
