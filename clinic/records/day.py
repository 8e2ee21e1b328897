"""A therapist's day: safety first, then who is seen when and whether they are ready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

import db
from clinic.measures.alerts import Alert, read_alerts
from clinic.oversight.audit import record_look
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.appointments import AppointmentView, on_day
from clinic.video.visits import read_waiting
from db.tables import Account, ConsentSignature, ConsentText, Intake


@dataclass(frozen=True)
class DayEntry:
    """One session of the day. `missing` names in words what the client has not done yet."""

    appointment: AppointmentView
    waiting_since: datetime | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Day:
    on: date
    alerts: tuple[Alert, ...]
    sessions: tuple[DayEntry, ...]


@allowed(Permission.DAY_READ)
def day(viewer: Viewer, now: datetime) -> Day:
    """Today, in the therapist's own zone: open alerts of their clients and today's sessions."""
    today = now.astimezone(ZoneInfo(viewer.zone)).date()
    with db.unit_of_work() as session:
        record_look(session, now, viewer.account_id, "day.open")
        appointments = on_day(session, viewer, today)
        waiting = read_waiting(session, [a.public_id for a in appointments], now)
        clients = [a.client_id for a in appointments]
        in_force = select(ConsentText.id).order_by(ConsentText.version.desc()).limit(1).scalar_subquery()
        signed = set(
            session.scalars(
                select(Account.public_id)
                .join(ConsentSignature, ConsentSignature.client_id == Account.id)
                .where(Account.public_id.in_(clients), ConsentSignature.consent_text_id == in_force)
            )
        )
        sent = set(
            session.scalars(
                select(Account.public_id)
                .join(Intake, Intake.client_id == Account.id)
                .where(Account.public_id.in_(clients), Intake.submitted_at.is_not(None))
            )
        )
        alerts = read_alerts(session, viewer, only_open=True)
    entries = [
        DayEntry(
            a,
            waiting.get(a.public_id),
            tuple(
                word
                for word, done in (("consent", a.client_id in signed), ("intake", a.client_id in sent))
                if not done
            ),
        )
        for a in appointments
    ]
    return Day(today, tuple(alerts), tuple(entries))
