"""An alert with something in it that nobody has acknowledged is told to more people, again and again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

import db
from clinic.safety import cases, states
from clinic.safety.policy import wait
from db.tables import RiskAlert


def escalate_due(now: datetime) -> int:
    """Tell backup, responder and administrators of each alert whose time has passed; how many that were.

    Each alert is one transaction with its row locked, in which its next time is set: of several processes
    one does it. After a stop it happens late, once, and goes on from there.
    """
    # None: raised by an older version of the portal, which knew no time to escalate.
    passed = or_(RiskAlert.escalate_at <= now, RiskAlert.escalate_at.is_(None))
    due = select(RiskAlert).where(cases.unread(), passed).order_by(RiskAlert.id)
    with db.reading() as session:
        waiting = list(session.scalars(due.with_only_columns(RiskAlert.id)))
    done = 0
    for alert_id in waiting:
        with db.unit_of_work() as session:
            alert = session.scalars(
                due.where(RiskAlert.id == alert_id).with_for_update(skip_locked=True, key_share=True)
            ).first()
            if alert is None:
                continue  # acknowledged meanwhile, or another process is doing it
            step = states.escalated(cases.case_of(alert), now, wait(session))
            if step is not None:
                cases.took(session, alert, step, None, now)
                done += 1
    return done
