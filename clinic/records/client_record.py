"""A client's record as their therapist opens it, and the list of one's clients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import db
from clinic.intake.consent import has_signed
from clinic.intake.intake import IntakeDraft, read_intake
from clinic.measures.alerts import Alert, read_alerts
from clinic.measures.questionnaires import Point, Response, read_latest, read_series
from clinic.oversight.audit import record_look
from clinic.people.care import client_visible_to, clients_visible_to
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.mood import Mood, read_moods
from clinic.scheduling.appointments import AppointmentView, read_with
from db.tables import Account, Appointment, QuestionnaireResponse, RiskAlert

MOOD_WINDOW = timedelta(days=92)


@dataclass(frozen=True)
class ClientRecord:
    """Everything on the record's page. `mood` covers the last three months, notes not opened."""

    client_id: str
    name: str
    zone: str
    consent_signed: bool
    intake: IntakeDraft
    series: dict[str, list[Point]]
    latest: dict[str, Response]
    alerts: tuple[Alert, ...]
    mood: tuple[Mood, ...]
    coming: tuple[AppointmentView, ...]
    past: tuple[AppointmentView, ...]


@dataclass(frozen=True)
class ClientSummary:
    """A row of a therapist's list of clients. Totals are by measure: (latest, when)."""

    client_id: str
    name: str
    open_alerts: int
    latest: dict[str, tuple[int, datetime]]
    next_session: datetime | None
    last_session: datetime | None


@allowed(Permission.CLIENT_READ)
def client_record(viewer: Viewer, client_id: str, now: datetime) -> ClientRecord:
    """Open a record. That it was opened is written in the same transaction.

    Raises:
        NotFound: no such client, or not one of the viewer's.
    """
    with db.unit_of_work() as session:
        client = client_visible_to(session, viewer, client_id, now)
        today = now.astimezone(ZoneInfo(client.zone)).date()
        series = read_series(session, client.id)
        latest = {name: read_latest(session, client.id, name) for name in series}
        meetings = read_with(session, viewer, client.id)
        found = ClientRecord(
            client_id=client.public_id,
            name=client.name,
            zone=client.zone,
            consent_signed=has_signed(session, client.id),
            intake=read_intake(session, client.id, today),
            series=series,
            latest={name: response for name, response in latest.items() if response is not None},
            alerts=tuple(read_alerts(session, viewer, only_open=False, client_id=client.id)),
            mood=tuple(read_moods(session, client.id, today - MOOD_WINDOW, notes=False)),
            coming=tuple(a for a in meetings if a.ends_at > now and not a.cancelled),
            past=tuple(a for a in reversed(meetings) if a.ends_at <= now)[:10],
        )
        record_look(
            session, now, viewer.account_id, "record.open", client_id=client.id, object_id=client.public_id
        )
    return found


@allowed(Permission.CLIENT_LIST)
def clients(viewer: Viewer, now: datetime) -> list[ClientSummary]:
    """One's clients: those with open alerts first, then by name."""
    with db.unit_of_work() as session:
        record_look(session, now, viewer.account_id, "client.list")
        accounts = session.scalars(clients_visible_to(viewer).order_by(Account.name, Account.id)).all()
        ids = [account.id for account in accounts]
        counted = session.execute(
            select(RiskAlert.client_id, func.count())
            .where(RiskAlert.client_id.in_(ids), RiskAlert.acknowledged_at.is_(None))
            .group_by(RiskAlert.client_id)
        )
        alerts = dict(counted.all())
        latest = _latest_totals(session, ids)
        next_at, last_at = _sessions_around(session, viewer, now)
    rows = [
        ClientSummary(
            account.public_id,
            account.name,
            alerts.get(account.id, 0),
            latest.get(account.id, {}),
            next_at.get(account.id),
            last_at.get(account.id),
        )
        for account in accounts
    ]
    return sorted(rows, key=lambda row: row.open_alerts == 0)


def _latest_totals(session: Session, ids: list[int]) -> dict[int, dict[str, tuple[int, datetime]]]:
    ranked = (
        select(
            QuestionnaireResponse.client_id,
            QuestionnaireResponse.instrument,
            QuestionnaireResponse.total,
            QuestionnaireResponse.completed_at,
            func.row_number()
            .over(
                partition_by=(QuestionnaireResponse.client_id, QuestionnaireResponse.instrument),
                order_by=QuestionnaireResponse.completed_at.desc(),
            )
            .label("place"),
        )
        .where(QuestionnaireResponse.client_id.in_(ids), QuestionnaireResponse.total.is_not(None))
        .subquery()
    )
    latest: dict[int, dict[str, tuple[int, datetime]]] = {}
    for client_id, name, total, at in session.execute(
        select(ranked.c.client_id, ranked.c.instrument, ranked.c.total, ranked.c.completed_at).where(
            ranked.c.place == 1
        )
    ):
        latest.setdefault(client_id, {})[name] = (total, at)
    return latest


def _sessions_around(
    session: Session, viewer: Viewer, now: datetime
) -> tuple[dict[int, datetime], dict[int, datetime]]:
    mine = (Appointment.therapist_id == viewer.account_id, Appointment.status == "booked")
    after = session.execute(
        select(Appointment.client_id, func.min(Appointment.starts_at))
        .where(*mine, Appointment.ends_at > now)
        .group_by(Appointment.client_id)
    )
    before = session.execute(
        select(Appointment.client_id, func.max(Appointment.starts_at))
        .where(*mine, Appointment.ends_at <= now)
        .group_by(Appointment.client_id)
    )
    return dict(after.all()), dict(before.all())
