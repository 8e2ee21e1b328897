"""Cases as they are kept: a row, its trail and its mails, inside the caller's transaction.

Whoever changes a case has its row locked first and writes the audit event last, everywhere in this order:
the audit log's own lock is held until the transaction ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic.oversight.audit import record
from clinic.people import mail
from clinic.people.care import therapists_of
from clinic.people.viewer import Role
from clinic.safety import states
from clinic.safety.policy import can_answer, on_call, wait
from clinic.safety.states import Case, Kind, Step
from db.tables import Account, RiskAlert, RiskEvent

# Kept in the column of the measure: cases that no measure began. No file can have such an id.
HELP, TEST = "#help", "#test"


def case_of(alert: RiskAlert) -> Case:
    return Case(
        highest=int(alert.answer or 0),
        answered_at=alert.answered_at,
        escalate_at=alert.escalate_at,
        help_asked_at=alert.help_asked_at,
        escalations=alert.escalations,
        acknowledged_at=alert.acknowledged_at,
        acted_at=alert.acted_at,
        resolved_at=alert.resolved_at,
    )


def unread() -> ColumnElement[bool]:
    """The condition for an open case in which the client said something that nobody has acknowledged; as
    `Case.unseen`."""
    return RiskAlert.resolved_at.is_(None) & or_(
        RiskAlert.acknowledged_at.is_(None), RiskAlert.acknowledged_at < RiskAlert.answered_at
    )


def open_case(session: Session, client_id: int, instrument: str, item: int) -> RiskAlert | None:
    """The client's open case of this question, locked."""
    return session.scalars(
        select(RiskAlert)
        .where(
            RiskAlert.client_id == client_id,
            RiskAlert.instrument == instrument,
            RiskAlert.item == item,
            RiskAlert.resolved_at.is_(None),
        )
        .with_for_update(key_share=True)
    ).first()


def answer(
    session: Session,
    *,
    client_id: int,
    actor_id: int,
    response_id: int | None,
    instrument: str,
    item: int,
    value: int,
    now: datetime,
) -> RiskAlert:
    """A risk answer to its case: a new one, or the open one. Of two answers in the same moment that both
    find none open, the database lets one begin a case, and the other is added to it."""
    alert = open_case(session, client_id, instrument, item)
    while alert is None:
        begun = _begin(session, client_id, instrument, item, value, now)
        if begun is not None:
            begun.response_id = response_id
            step = states.opened(value, now, wait(session))
            # Who asks for help tells more people than an answer does, in the step that follows.
            step = replace(step, tell=instrument != HELP)
            took(session, begun, step, actor_id, now, value)
            return begun
        alert = open_case(session, client_id, instrument, item)
    alert.response_id = response_id
    step = states.answered(case_of(alert), value, now, wait(session))
    took(session, alert, step, actor_id, now, value)
    return alert


def without_form(session: Session, account_id: int, instrument: str, now: datetime) -> RiskAlert:
    """A case that no answer began: a client's call for HELP, an administrator's TEST."""
    return answer(
        session,
        client_id=account_id,
        actor_id=account_id,
        response_id=None,
        instrument=instrument,
        item=0,
        value=0,
        now=now,
    )


def took(
    session: Session,
    alert: RiskAlert,
    step: Step,
    actor_id: int | None,
    now: datetime,
    detail: int | str | None = None,
) -> None:
    """Keep what a step made of a case, its event, its mails and its line in the audit log.

    The audit log says that it happened and to which alert. Whose alert it is, is not in it: the log is
    read by administrators. `actor_id` of a client stands in the trail alone, for the same reason.
    """
    case = step.case
    alert.answer = str(case.highest)
    alert.answered_at, alert.escalate_at = case.answered_at, case.escalate_at
    alert.help_asked_at, alert.escalations = case.help_asked_at, case.escalations
    alert.acknowledged_at, alert.acted_at = case.acknowledged_at, case.acted_at
    alert.resolved_at = case.resolved_at
    if step.kind is Kind.ACKNOWLEDGED:
        alert.acknowledged_by_id = actor_id
    elif case.acknowledged_at is None:
        alert.acknowledged_by_id = None
    if step.tell and step.kind is not Kind.ESCALATED:
        alert.raised_at = now  # anew: since when somebody has to look
    if step.kind is Kind.RESOLVED:
        alert.resolved_by_id = actor_id
    event = RiskEvent(alert_id=alert.id, at=now, kind=step.kind.value, actor_id=actor_id)
    event.detail = None if detail in (None, "") else str(detail)
    session.add(event)
    if step.tell:
        tell(session, alert, step.kind, now)
    session.flush()
    staff = actor_id if actor_id != alert.client_id or alert.instrument == TEST else None
    record(session, now, staff, f"alert.{step.kind.value}", object_id=alert.public_id)


def tell(session: Session, alert: RiskAlert, kind: Kind, now: datetime) -> None:
    """A mail to each of those who are told of this, once."""
    letter = mail.alert_test(session) if alert.instrument == TEST else mail.needs_answer(session)
    client_id = None if alert.instrument == TEST else alert.client_id
    for person in whom_to_tell(session, client_id, kind):
        mail.write(session, person, letter, now, alert_id=alert.id)


def whom_to_tell(session: Session, client_id: int | None, kind: Kind) -> list[Account]:
    """An answer: responder, backup and the client's therapists. Once it escalates, or the client asks for
    help: the administrators too. Never nobody who can sign in, while there is anybody: where none of these
    can, the administrators; where there is none, every therapist. No client: a test."""
    people = on_call(session)
    if client_id is not None:
        people += therapists_of(session, client_id)
    if kind in (Kind.ESCALATED, Kind.HELP_ASKED) or not _somebody(people):
        people += administrators(session)
    if not _somebody(people):
        people += session.scalars(select(Account).where(can_answer()).order_by(Account.id))
    return _each_once(people)


def _somebody(people: Iterable[Account]) -> bool:
    """Whether one of them has chosen a password, and so can read what is sent to them."""
    return any(person.password_hash for person in people)


def pressed_twice(
    session: Session, alert: RiskAlert, actor_id: int, kind: Kind, note: str, now: datetime
) -> bool:
    """Whether this very step by this very person was the last thing that happened, a moment ago."""
    last = session.scalars(
        select(RiskEvent).where(RiskEvent.alert_id == alert.id).order_by(RiskEvent.id.desc()).limit(1)
    ).first()
    return (
        last is not None
        and (last.kind, last.actor_id) == (kind.value, actor_id)
        and note in ("", last.detail or "")
        and now - last.at < states.SAME_PRESS
    )


def administrators(session: Session) -> list[Account]:
    """Those who can sign in."""
    return list(
        session.scalars(
            select(Account)
            .where(
                Account.role == Role.ADMINISTRATOR.value,
                Account.disabled_at.is_(None),
                Account.password_hash != "",
            )
            .order_by(Account.id)
        )
    )


def _each_once(people: Iterable[Account]) -> list[Account]:
    return list({person.id: person for person in people}.values())


def _begin(
    session: Session, client_id: int, instrument: str, item: int, value: int, now: datetime
) -> RiskAlert | None:
    """A new case's row; None where somebody else began it in this moment."""
    alert = RiskAlert(client_id=client_id, instrument=instrument, item=item, raised_at=now, answered_at=now)
    alert.answer = str(value)
    try:
        with session.begin_nested():
            session.add(alert)
            session.flush()
    except IntegrityError:
        return None
    return alert
