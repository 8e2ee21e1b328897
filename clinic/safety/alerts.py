"""Risk alerts as staff meet them: raised with the answer that caused them, open until they are closed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, case, or_, select
from sqlalchemy.orm import Session

import db
from clinic.errors import NotFound
from clinic.measures.instrument import instrument
from clinic.oversight.audit import record_look
from clinic.people import emergency
from clinic.people.care import clients_visible_to
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.safety import cases
from clinic.safety.cases import HELP, TEST
from clinic.safety.contact import Contact, read_contact
from clinic.safety.policy import named_in_policy
from clinic.safety.safety_plan import Plan, read_plan
from clinic.safety.states import Stage
from clinic.safety.trail import Event, MailState, mail_fails, read_events, read_mails
from db.tables import Account, QuestionnaireResponse, RiskAlert


@dataclass(frozen=True)
class Alert:
    """An alert as those who answer it see it. `answer_words` are the option's own words: the highest answer
    so far. `raised_at` is since when somebody has to look. `is_test`: nobody is behind it."""

    public_id: str
    client_id: str
    client_name: str
    measure: str
    item: int
    item_text: str
    answer_words: str
    raised_at: datetime
    answered_at: datetime
    help_asked_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None
    resolved_by: str | None
    escalations: int
    stage: Stage
    unseen: bool
    mail_fails: bool
    is_test: bool


@dataclass(frozen=True)
class AlertFile:
    """One alert with all that answering it takes. `contact` and `plan` are None for a test.

    `form_finished_at` is None while the form it comes from is unfinished; `form_is_there` is False for
    an alert without a form. `answer_labels` are the words of each answer in the trail.
    """

    alert: Alert
    contact: Contact | None
    plan: Plan | None
    events: tuple[Event, ...]
    mails: tuple[MailState, ...]
    answer_labels: dict[int, str]
    form_is_there: bool
    form_finished_at: datetime | None


@dataclass(frozen=True)
class Waiting:
    """What the banner on every screen says. `name` and `since` are of the one that waits longest, real ones
    before tests; `name` is "" for a test."""

    unseen: int
    unclosed: int
    name: str
    alert_id: str
    since: datetime | None
    mail_fails: bool


def raise_alert(
    session: Session, actor_id: int, response: QuestionnaireResponse, item: int, value: int, now: datetime
) -> None:
    """Open an alert in the caller's transaction, with its mails, or add the answer to the open one. A
    higher answer raises it anew; a lower one later undoes nothing of what was said."""
    cases.answer(
        session,
        client_id=response.client_id,
        actor_id=actor_id,
        response_id=response.id,
        instrument=response.instrument,
        item=item,
        value=value,
        now=now,
    )


@allowed(Permission.ALERT_ACKNOWLEDGE)
def open_alerts(viewer: Viewer) -> list[Alert]:
    """Every alert that nobody has closed: what nobody has acknowledged first, then the oldest."""
    with db.reading() as session:
        return read_alerts(session, viewer, only_open=True)


@allowed(Permission.ALERT_ACKNOWLEDGE)
def closed_alerts(viewer: Viewer) -> list[Alert]:
    """The last fifty that were closed, the newest first."""
    with db.reading() as session:
        query = _visible(viewer).where(RiskAlert.resolved_at.is_not(None))
        query = query.order_by(None).order_by(RiskAlert.resolved_at.desc()).limit(50)
        return _read(session, session.execute(query).all())


@allowed(Permission.ALERT_ACKNOWLEDGE)
def waiting(viewer: Viewer) -> Waiting:
    """What is open for this person, in one query."""
    unseen = cases.unread()
    is_test = RiskAlert.instrument == TEST
    name = case((is_test, ""), else_=Account.name)
    query = (
        select(RiskAlert.public_id, RiskAlert.raised_at, name, unseen, mail_fails())
        .join(Account, Account.id == RiskAlert.client_id)
        .where(RiskAlert.resolved_at.is_(None), answered_by(viewer))
        .order_by(unseen.desc(), is_test, RiskAlert.raised_at)
    )
    with db.reading() as session:
        rows = session.execute(query).all()
    first = rows[0] if rows else None
    return Waiting(
        unseen=sum(bool(row[3]) for row in rows),
        unclosed=len(rows),
        name=first[2] if first else "",
        alert_id=first[0] if first else "",
        since=first[1] if first else None,
        mail_fails=any(row[4] for row in rows),
    )


@allowed(Permission.ALERT_ACKNOWLEDGE)
def alert_file(viewer: Viewer, alert_id: str, now: datetime) -> AlertFile:
    """Open one alert. That the client's contact was read is written in the same transaction.

    Raises:
        NotFound: missing, or not for this person to answer.
    """
    with db.unit_of_work() as session:
        row = session.execute(_visible(viewer).where(RiskAlert.public_id == alert_id)).first()
        if row is None:
            raise NotFound()
        alert, client = row[0], row[1]
        form = session.get(QuestionnaireResponse, alert.response_id) if alert.response_id else None
        is_test = alert.instrument == TEST
        if not is_test:
            # The log is read by administrators: it names whose contact was read, and no alert.
            record_look(
                session,
                now,
                viewer.account_id,
                "contact.open",
                client_id=client.id,
                object_id=client.public_id,
            )
        return AlertFile(
            alert=_read(session, [row])[0],
            contact=None if is_test else read_contact(session, client),
            plan=None if is_test else read_plan(session, client.id),
            events=read_events(session, alert.id),
            mails=read_mails(session, alert.id),
            answer_labels=_labels(alert),
            form_is_there=form is not None,
            form_finished_at=form.completed_at if form else None,
        )


def read_alerts(
    session: Session, viewer: Viewer, *, only_open: bool, client_id: int | None = None
) -> list[Alert]:
    """Alerts for this viewer to answer, inside the caller's transaction: what is unseen first, then the
    oldest."""
    query = _visible(viewer)
    if only_open:
        query = query.where(RiskAlert.resolved_at.is_(None))
    if client_id is not None:
        query = query.where(RiskAlert.client_id == client_id)
    found = _read(session, session.execute(query).all())
    return sorted(found, key=lambda alert: (not alert.unseen, alert.is_test))


def answered_by(viewer: Viewer) -> ColumnElement[bool]:
    """The condition for alerts that this person answers: of their own clients, of clients nobody looks
    after, and of one whose record they have opened in an emergency; every one where the policy names them."""
    visible = clients_visible_to(viewer).with_only_columns(Account.id)
    opened = select(Account.id).where(emergency.is_open(viewer, viewer.asked_at))
    return or_(RiskAlert.client_id.in_(visible), RiskAlert.client_id.in_(opened), named_in_policy(viewer))


def _visible(viewer: Viewer) -> Select[RiskAlert, Account, bool]:
    return (
        select(RiskAlert, Account, mail_fails())
        .join(Account, Account.id == RiskAlert.client_id)
        .where(answered_by(viewer))
        .order_by(RiskAlert.raised_at)
    )


def _read(session: Session, rows: Sequence[Row[RiskAlert, Account, bool]]) -> list[Alert]:
    ids = {alert.acknowledged_by_id for alert, _, _ in rows} | {alert.resolved_by_id for alert, _, _ in rows}
    names = {
        row.id: row.name
        for row in session.execute(select(Account.id, Account.name).where(Account.id.in_(ids - {None})))
    }
    return [_alert(alert, client, names, fails) for alert, client, fails in rows]


def _alert(alert: RiskAlert, client: Account, names: dict[int, str], fails: bool) -> Alert:
    stands = cases.case_of(alert)
    measure, question = _asked(alert)
    return Alert(
        public_id=alert.public_id,
        client_id=client.public_id,
        client_name=client.name,
        measure=measure,
        item=alert.item,
        item_text=question,
        answer_words=_labels(alert).get(stands.highest, ""),
        raised_at=alert.raised_at,
        answered_at=alert.answered_at,
        help_asked_at=alert.help_asked_at,
        acknowledged_at=alert.acknowledged_at,
        acknowledged_by=names.get(alert.acknowledged_by_id or 0),
        resolved_at=alert.resolved_at,
        resolved_by=names.get(alert.resolved_by_id or 0),
        escalations=alert.escalations,
        stage=stands.stage,
        unseen=stands.unseen,
        mail_fails=fails,
        is_test=alert.instrument == TEST,
    )


def _asked(alert: RiskAlert) -> tuple[str, str]:
    """The measure's name and the question's words."""
    if alert.instrument == TEST:
        return "Test", "This is a test of how alerts reach you. No client is behind it."
    if alert.instrument == HELP:
        return "Help", "Pressed “I need help now”"
    try:
        asked = instrument(alert.instrument)
        return asked.name, next(item.text for item in asked.items if item.number == alert.item)
    except (NotFound, StopIteration):
        # The clinic took the measure's file away. What was answered stays an alert.
        return alert.instrument.upper(), f"Question {alert.item}"


def _labels(alert: RiskAlert) -> dict[int, str]:
    """The words of each answer to this question."""
    if alert.instrument in (TEST, HELP):
        return {}
    # Of a measure whose file changed or went, the value itself says what was answered.
    labels = {n: str(n) for n in range(int(alert.answer or 0) + 1)}
    with suppress(NotFound):
        labels |= {one.value: one.label for one in instrument(alert.instrument).options_of(alert.item)}
    return labels
