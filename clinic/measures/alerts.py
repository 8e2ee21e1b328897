"""Risk alerts: raised with the answer that caused them, open until a therapist acknowledges them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import NotFound
from clinic.measures.instrument import instrument
from clinic.oversight.audit import record
from clinic.people.care import clients_visible_to
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Account, QuestionnaireResponse, RiskAlert, RiskEvent


@dataclass(frozen=True)
class Alert:
    """An alert as the client's therapist sees it. `answer_words` are the option's own words."""

    public_id: str
    client_id: str
    client_name: str
    measure: str
    item: int
    item_text: str
    answer_words: str
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None


def raise_alert(
    session: Session, viewer: Viewer, response: QuestionnaireResponse, item: int, value: int, now: datetime
) -> None:
    """Open an alert in the caller's transaction. The same item answered higher re-opens it;
    answered lower later, it stays as it is: a 0 afterwards does not undo what was said."""
    alert = session.scalars(
        select(RiskAlert).where(RiskAlert.response_id == response.id, RiskAlert.item == item)
    ).first()
    if alert is None:
        alert = RiskAlert(
            client_id=viewer.account_id,
            response_id=response.id,
            instrument=response.instrument,
            item=item,
            raised_at=now,
        )
        alert.answer = str(value)
        session.add(alert)
        session.flush()
        kind = "raised"
    elif value > int(alert.answer or 0):
        alert.answer, alert.raised_at = str(value), now
        alert.acknowledged_at = alert.acknowledged_by_id = None
        kind = "risen"
    else:
        return
    session.add(RiskEvent(alert_id=alert.id, at=now, kind=kind, actor_id=viewer.account_id))


@allowed(Permission.ALERT_ACKNOWLEDGE)
def open_alerts(viewer: Viewer) -> list[Alert]:
    """Every alert of one's own clients that nobody has acknowledged, oldest first."""
    with db.reading() as session:
        return read_alerts(session, viewer, only_open=True)


@allowed(Permission.ALERT_ACKNOWLEDGE)
def acknowledge(viewer: Viewer, alert_id: str, now: datetime) -> None:
    """Say that one has seen an alert. Twice is once; the first person stays on record.

    Raises:
        NotFound: missing, or not one of the viewer's clients.
    """
    with db.unit_of_work() as session:
        visible = clients_visible_to(viewer).with_only_columns(Account.id)
        alert = session.scalars(
            select(RiskAlert)
            .where(RiskAlert.public_id == alert_id, RiskAlert.client_id.in_(visible))
            .with_for_update()
        ).first()
        if alert is None:
            raise NotFound()
        if alert.acknowledged_at is not None:
            return
        alert.acknowledged_at, alert.acknowledged_by_id = now, viewer.account_id
        session.add(RiskEvent(alert_id=alert.id, at=now, kind="acknowledged", actor_id=viewer.account_id))
        record(
            session,
            now,
            viewer.account_id,
            "alert.acknowledge",
            client_id=alert.client_id,
            object_id=alert.public_id,
        )


def read_alerts(
    session: Session, viewer: Viewer, *, only_open: bool, client_id: int | None = None
) -> list[Alert]:
    """Alerts of the viewer's clients inside the caller's transaction, oldest first."""
    visible = clients_visible_to(viewer).with_only_columns(Account.id)
    query = (
        select(RiskAlert, Account)
        .join(Account, Account.id == RiskAlert.client_id)
        .where(RiskAlert.client_id.in_(visible))
        .order_by(RiskAlert.raised_at)
    )
    if only_open:
        query = query.where(RiskAlert.acknowledged_at.is_(None))
    if client_id is not None:
        query = query.where(RiskAlert.client_id == client_id)
    rows = session.execute(query).all()
    names = _names(session, {alert.acknowledged_by_id for alert, _ in rows if alert.acknowledged_by_id})
    return [_alert(alert, client, names) for alert, client in rows]


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    return {
        row.id: row.name
        for row in session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))
    }


def _alert(alert: RiskAlert, client: Account, names: dict[int, str]) -> Alert:
    asked = instrument(alert.instrument)
    value = int(alert.answer or 0)
    return Alert(
        public_id=alert.public_id,
        client_id=client.public_id,
        client_name=client.name,
        measure=asked.name,
        item=alert.item,
        item_text=next(item.text for item in asked.items if item.number == alert.item),
        answer_words=next((o.label for o in asked.options if o.value == value), str(value)),
        raised_at=alert.raised_at,
        acknowledged_at=alert.acknowledged_at,
        acknowledged_by=names.get(alert.acknowledged_by_id or 0),
    )
