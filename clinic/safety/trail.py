"""What happened to an alert, in order: its events and the mails about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from clinic.safety.states import Kind
from db.tables import Account, OutboxMail, RiskAlert, RiskEvent


@dataclass(frozen=True)
class Event:
    """One event. `who` is "" where the portal did it by itself. `value` is the answer that was given,
    `note` what staff wrote."""

    at: datetime
    kind: Kind
    who: str
    value: int | None
    note: str


@dataclass(frozen=True)
class MailState:
    """One mail about an alert: sent, given up, or still to go. `failed_at`: when it first failed."""

    to: str
    written_at: datetime
    sent_at: datetime | None
    failed_at: datetime | None
    given_up_at: datetime | None
    tries: int

    @property
    def failing(self) -> bool:
        return self.failed_at is not None and self.sent_at is None


_ANSWERS = (Kind.RAISED, Kind.RISEN, Kind.REPEATED)


def read_events(session: Session, alert_id: int) -> tuple[Event, ...]:
    """The oldest first, inside the caller's transaction."""
    rows = session.execute(
        select(RiskEvent, Account.name)
        .outerjoin(Account, Account.id == RiskEvent.actor_id)
        .where(RiskEvent.alert_id == alert_id)
        .order_by(RiskEvent.id)
    )
    return tuple(_event(row, who or "") for row, who in rows)


def read_mails(session: Session, alert_id: int) -> tuple[MailState, ...]:
    """The oldest first, inside the caller's transaction."""
    rows = session.execute(
        select(
            Account.name,
            OutboxMail.written_at,
            OutboxMail.sent_at,
            OutboxMail.failed_at,
            OutboxMail.given_up_at,
            OutboxMail.attempts,
        )
        .join(Account, Account.id == OutboxMail.to_id)
        .where(OutboxMail.alert_id == alert_id)
        .order_by(OutboxMail.id)
    )
    return tuple(MailState(*row) for row in rows)


def mail_fails() -> ColumnElement[bool]:
    """Whether a mail about the alert of the enclosing query could not be sent so far."""
    return (
        select(OutboxMail.id)
        .where(
            OutboxMail.alert_id == RiskAlert.id,
            OutboxMail.failed_at.is_not(None),
            OutboxMail.sent_at.is_(None),
        )
        .exists()
    )


def _event(row: RiskEvent, who: str) -> Event:
    kind = Kind(row.kind)
    detail = row.detail or ""
    answers = kind in _ANSWERS and detail.isdigit()
    return Event(row.at, kind, who, int(detail) if answers else None, "" if answers else detail)
