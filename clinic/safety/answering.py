"""Answering an alert: somebody has read it, does something, writes it down, and closes it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import AlertChanged, InvalidInput, NotFound
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.safety import cases, states
from clinic.safety.alerts import answered_by
from clinic.safety.cases import TEST
from clinic.safety.states import ACTIONS, NEEDS_NOTE, Kind
from db.tables import RiskAlert

LONGEST_NOTE = 4000


@allowed(Permission.ALERT_ACKNOWLEDGE)
def acknowledge(viewer: Viewer, alert_id: str, seen: datetime, now: datetime) -> None:
    """Say that one has read an alert and answers for it. Twice is once; the first person stays on record,
    until the client says something new. A test is closed by it.

    Args:
        seen: `answered_at` of the alert as it stood on this person's screen: it covers that, and no more.

    Raises:
        NotFound: missing, or not for this person to answer.
        AlertChanged: the client has said something since.
    """
    with db.unit_of_work() as session:
        alert = _locked(session, viewer, alert_id)
        if alert.answered_at > seen:
            raise AlertChanged()
        step = states.acknowledged(cases.case_of(alert), now)
        if step is None:
            return
        cases.took(session, alert, step, viewer.account_id, now)
        if alert.instrument == TEST:
            done = states.acted(cases.case_of(alert), Kind.OTHER, now)
            closed = states.resolved(done.case, now)
            if closed is not None:
                cases.took(session, alert, closed, viewer.account_id, now)


@allowed(Permission.ALERT_ACKNOWLEDGE)
def act(viewer: Viewer, alert_id: str, kind: str, note: str, now: datetime) -> None:
    """Record what was done. Pressed twice in a moment is once.

    Args:
        kind: the value of one of `states.ACTIONS`.

    Raises:
        NotFound: missing, or not for this person to answer.
        InvalidInput: no such action, no note where one is needed, or the alert is not to be acted on now.
    """
    problems = _problems_with_note(note)
    if kind not in ACTIONS:
        problems["kind"] = "Choose what you did from the list."
    elif Kind(kind) in NEEDS_NOTE and not note.strip():
        needed = "what you did" if kind == Kind.OTHER else "why nothing more is needed"
        problems["note"] = f"Write {needed}."
    if problems:
        raise InvalidInput(problems)
    with db.unit_of_work() as session:
        alert = _locked(session, viewer, alert_id)
        step = states.acted(cases.case_of(alert), Kind(kind), now)
        if not cases.pressed_twice(session, alert, viewer.account_id, Kind(kind), note.strip(), now):
            cases.took(session, alert, step, viewer.account_id, now, note.strip())


@allowed(Permission.ALERT_ACKNOWLEDGE)
def resolve(viewer: Viewer, alert_id: str, note: str, now: datetime) -> None:
    """Close an alert, with a note on how things stand. Twice is once.

    Raises:
        NotFound: missing, or not for this person to answer.
        InvalidInput: no note, something unseen, or nothing was done since the last rise.
    """
    problems = _problems_with_note(note)
    if not note.strip():
        problems["note"] = "Write how things stand, and what happens next."
    if problems:
        raise InvalidInput(problems)
    with db.unit_of_work() as session:
        alert = _locked(session, viewer, alert_id)
        step = states.resolved(cases.case_of(alert), now)
        if step is not None:
            cases.took(session, alert, step, viewer.account_id, now, note.strip())


def _locked(session: Session, viewer: Viewer, alert_id: str) -> RiskAlert:
    alert = session.scalars(
        select(RiskAlert)
        .where(RiskAlert.public_id == alert_id, answered_by(viewer))
        .with_for_update(key_share=True)
    ).first()
    if alert is None:
        raise NotFound()
    return alert


def _problems_with_note(note: str) -> dict[str, str]:
    if len(note.strip()) > LONGEST_NOTE:
        return {"note": f"The note is too long. Use {LONGEST_NOTE:,} characters or fewer."}
    return {}
