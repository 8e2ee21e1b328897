"""What administrators see of alerts: that the net holds. No client's name, no answer, no note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

import db
from clinic.errors import InvalidInput
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.safety import cases
from clinic.safety.cases import TEST
from clinic.safety.policy import on_call, policy_broken
from clinic.safety.trail import MailState, mail_fails, read_mails
from db.tables import Account, Clinic, RiskAlert

# "Test alerts monthly."
TEST_EVERY = timedelta(days=31)


@dataclass(frozen=True)
class Overseen:
    """One open alert. `unseen`: the client has said something that nobody has acknowledged; `mails` are to
    whom it was sent, and whether it was."""

    public_id: str
    raised_at: datetime
    escalate_at: datetime | None
    escalations: int
    unseen: bool
    acknowledged_at: datetime | None
    is_test: bool
    mails: tuple[MailState, ...]


@dataclass(frozen=True)
class Net:
    """What the banner on administrators' screens says. `unacknowledged`: in how many alerts there is
    something that nobody has acknowledged, the oldest raised at `since`. `policy_broken`: somebody whom it
    names can no longer answer."""

    unacknowledged: int
    since: datetime | None
    mail_fails: bool
    policy_broken: bool


@dataclass(frozen=True)
class Trial:
    """The last test alert: when, who has said that they have it and when, and its mails."""

    sent_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str
    mails: tuple[MailState, ...]

    def is_old(self, now: datetime) -> bool:
        return now - self.sent_at > TEST_EVERY


@allowed(Permission.ALERT_OVERSEE)
def overseen_alerts(viewer: Viewer) -> list[Overseen]:
    """Every open alert, the oldest first."""
    query = select(RiskAlert).where(RiskAlert.resolved_at.is_(None)).order_by(RiskAlert.raised_at)
    with db.reading() as session:
        return [
            Overseen(
                public_id=alert.public_id,
                raised_at=alert.raised_at,
                escalate_at=alert.escalate_at,
                escalations=alert.escalations,
                unseen=cases.case_of(alert).unseen,
                acknowledged_at=alert.acknowledged_at,
                is_test=alert.instrument == TEST,
                mails=read_mails(session, alert.id),
            )
            for alert in session.scalars(query)
        ]


@allowed(Permission.ALERT_OVERSEE)
def net(viewer: Viewer) -> Net:
    """How things stand, in one query: a row for each open alert, or one without."""
    query = (
        select(RiskAlert.raised_at, cases.unread(), mail_fails(), policy_broken())
        .select_from(Clinic)
        .outerjoin(RiskAlert, RiskAlert.resolved_at.is_(None))
    )
    with db.reading() as session:
        rows = session.execute(query).all()
    open_since = [at for at, unread, _, _ in rows if at is not None and unread]
    return Net(
        unacknowledged=len(open_since),
        since=min(open_since, default=None),
        mail_fails=any(fails for _, _, fails, _ in rows),
        policy_broken=any(broken for _, _, _, broken in rows),
    )


@allowed(Permission.ALERT_OVERSEE)
def last_test(viewer: Viewer) -> Trial | None:
    """The newest test alert; None: there was none."""
    with db.reading() as session:
        row = session.execute(
            select(RiskAlert, Account.name)
            .outerjoin(Account, Account.id == RiskAlert.resolved_by_id)
            .where(RiskAlert.instrument == TEST)
            .order_by(RiskAlert.raised_at.desc(), RiskAlert.id.desc())
            .limit(1)
        ).first()
        if row is None:
            return None
        alert, by = row
        return Trial(alert.raised_at, alert.resolved_at, by or "", read_mails(session, alert.id))


@allowed(Permission.ALERT_OVERSEE)
def send_test(viewer: Viewer, now: datetime) -> None:
    """A test alert to responder and backup: it goes the way of a real one, mails, clock and all. While one
    is open there is no second.

    Raises:
        InvalidInput: nobody is named who could answer it.
    """
    with db.unit_of_work() as session:
        # One at a time, whoever presses: the clinic's row is the lock.
        session.scalars(select(Clinic.id).with_for_update(key_share=True)).one()
        if not on_call(session):
            raise InvalidInput({"test": "Name who answers alerts first. Then you can send a test."})
        still_open = select(RiskAlert.id).where(RiskAlert.instrument == TEST, RiskAlert.resolved_at.is_(None))
        if session.scalars(still_open).first() is None:
            cases.without_form(session, viewer.account_id, TEST, now)
