"""A clinic with a safety net, and the ways to look at what it did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

import db
from clinic.measures import questionnaires
from clinic.measures.instrument import instrument
from clinic.people.viewer import Viewer
from clinic.safety import policy
from clinic.safety.alerts import Alert, open_alerts
from db.tables import Account, OutboxMail, QuestionnaireResponse, RiskAlert, RiskEvent
from tests.factories import NOW, make_administrator

MINUTES = 30  # until an alert of `make_policy`'s clinic escalates


def make_policy(responder: Viewer, backup: Viewer, *, minutes: int = MINUTES, now: datetime = NOW) -> Viewer:
    """A response policy, decided by an administrator, who is returned."""
    ada = make_administrator("Ada", now=now)
    policy.decide(ada, responder.public_id, backup.public_id, "weekdays, 9:00 to 17:00", minutes, now)
    return ada


def answer(client: Viewer, value: int | None, at: datetime = NOW) -> str:
    """The client's answer to question 9, on the unfinished form. Returns the form's public id."""
    response_id = unfinished(client, at)
    questionnaires.keep_answer(client, response_id, 9, value, at)
    return response_id


def unfinished(client: Viewer, at: datetime = NOW) -> str:
    """The client's unfinished PHQ-9. It stays open, and alerts, whether or not a policy is in force now."""
    open_one = select(QuestionnaireResponse).where(
        QuestionnaireResponse.client_id == client.account_id, QuestionnaireResponse.completed_at.is_(None)
    )
    with db.unit_of_work() as session:
        row = session.scalars(open_one).first()
        if row is None:
            row = QuestionnaireResponse(
                client_id=client.account_id,
                instrument="phq-9",
                instrument_version=instrument("phq-9").version,
                started_at=at,
            )
            row.answers_json = "{}"
            session.add(row)
        return row.public_id


def only_alert(viewer: Viewer) -> Alert:
    """The one open alert this person sees."""
    [alert] = open_alerts(viewer)
    return alert


def trail() -> list[str]:
    """The kinds of all events, in order."""
    with db.reading() as session:
        return list(session.scalars(select(RiskEvent.kind).order_by(RiskEvent.id)))


def mailed(since: datetime = NOW) -> list[str]:
    """The names of those to whom a mail about an alert was written since then, in order."""
    with db.reading() as session:
        return list(
            session.scalars(
                select(Account.name)
                .join(OutboxMail, OutboxMail.to_id == Account.id)
                .where(OutboxMail.alert_id.is_not(None), OutboxMail.written_at >= since)
                .order_by(OutboxMail.id)
            )
        )


def rows() -> list[RiskAlert]:
    with db.reading() as session:
        return list(session.scalars(select(RiskAlert).order_by(RiskAlert.id)))
