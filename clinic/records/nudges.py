"""Reminding a client of what is open: one click, one mail that says nothing, once a day at the most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import db
from clinic.errors import NothingToDo
from clinic.measures.due import days_between
from clinic.oversight.audit import record
from clinic.people import mail
from clinic.people.care import client_in_care_of
from clinic.people.discharged import require_in_care
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.readiness import CHECK_ASKED, check_reason
from clinic.records.to_do import read_to_do
from clinic.video.device_checks import read_checks
from db.tables import Account, Appointment, Nudge


@dataclass(frozen=True)
class Reminded:
    """`sent_at`: when today's reminder went; `before`: it had gone already, and none was sent now."""

    sent_at: datetime
    before: bool


@allowed(Permission.CLIENT_NUDGE)
def remind(viewer: Viewer, client_id: str, now: datetime) -> Reminded:
    """Write to a client that something is open. On one of the client's days a second one is not sent,
    whoever asks.

    Raises:
        NotFound: no such client, or not one of the viewer's.
        NothingToDo: nothing is open, or the client can no longer sign in.
    """
    with db.unit_of_work() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        require_in_care(session, client.id)
        # Two clicks at once are one after the other.
        session.refresh(client, with_for_update={"key_share": True})
        today = read_reminders(session, [client], now).get(client.id)
        if today is not None:
            return Reminded(today, before=True)
        left = read_to_do(session, [client], now)[client.id].is_open or check_is_due(session, client, now)
        if client.disabled_at is not None or not left:
            raise NothingToDo()
        mail.write(session, client, mail.reminder(session), now)
        session.add(Nudge(client_id=client.id, therapist_id=viewer.account_id, sent_at=now))
        record(
            session, now, viewer.account_id, "client.nudge", client_id=client.id, object_id=client.public_id
        )
    return Reminded(now, before=False)


def check_is_due(session: Session, client: Account, now: datetime) -> bool:
    """Whether a video session comes soon and the client's last device check will not do for it."""
    coming = session.scalars(
        select(Appointment.starts_at)
        .where(
            Appointment.client_id == client.id,
            Appointment.status == "booked",
            Appointment.modality == "video",
            Appointment.ends_at > now,
            Appointment.starts_at <= now + CHECK_ASKED,
        )
        .order_by(Appointment.starts_at)
        .limit(1)
    ).first()
    if coming is None:
        return False
    check = read_checks(session, [client.id]).get(client.id)
    return check_reason(check.at if check else None, check is not None and check.works, coming) is not None


def read_reminders(session: Session, clients: Sequence[Account], now: datetime) -> dict[int, datetime]:
    """Account id to when today's reminder went, in each client's own day, inside the caller's transaction."""
    zones = {client.id: client.zone for client in clients}
    rows = session.execute(
        select(Nudge.client_id, func.max(Nudge.sent_at))
        .where(Nudge.client_id.in_(zones))
        .group_by(Nudge.client_id)
    )
    return {client_id: at for client_id, at in rows if days_between(at, now, zones[client_id]) < 1}
