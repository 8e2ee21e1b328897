"""Who answers a risk alert, and how soon: the clinic's own choice, made by its administrator.

Without a policy in force no measure with a risk item is asked. One counts as in force while both of the
people it names can answer: an account that was closed or became another role's ends that at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.safety.states import DEFAULT_WAIT
from db.tables import Account, ResponsePolicy

SHORTEST_MINUTES, LONGEST_MINUTES = 5, 2880
LONGEST_HOURS = 200


@dataclass(frozen=True)
class Policy:
    """The clinic's policy as staff read it. `hours` are the clinic's own words. `broken`: sentences that
    say why it is not in force, for the administrator; empty when it is."""

    responder_id: str
    responder: str
    backup_id: str
    backup: str
    hours: str
    escalate_after_minutes: int
    decided_at: datetime
    broken: tuple[str, ...]

    @property
    def in_force(self) -> bool:
        return not self.broken


def can_answer() -> ColumnElement[bool]:
    """The condition on `Account` for somebody who can answer an alert."""
    return (
        (Account.role == Role.THERAPIST.value) & Account.disabled_at.is_(None) & (Account.password_hash != "")
    )


def policy_in_force(session: Session) -> ResponsePolicy | None:
    """The clinic's policy inside the caller's transaction; None: no measure with a risk item is asked."""
    policy = session.scalars(select(ResponsePolicy)).first()
    return policy if policy is not None and len(on_call(session)) == 2 else None


def on_call(session: Session) -> list[Account]:
    """The responder and the backup, of those who can answer, in this order.

    While one of two named people can answer, that one is told and sees the alerts, in force or not.
    """
    policy = session.scalars(select(ResponsePolicy)).first()
    if policy is None:
        return []
    named = (policy.responder_id, policy.backup_id)
    people = session.scalars(select(Account).where(Account.id.in_(named), can_answer())).all()
    return sorted(people, key=lambda account: named.index(account.id))


def policy_broken() -> ColumnElement[bool]:
    """Whether somebody is named and no longer both can answer, as a condition on nothing else."""
    able = (
        select(func.count())
        .select_from(ResponsePolicy)
        .join(Account, or_(Account.id == ResponsePolicy.responder_id, Account.id == ResponsePolicy.backup_id))
        .where(can_answer())
        .scalar_subquery()
    )
    return select(ResponsePolicy.id).exists() & (able < 2)


def wait(session: Session) -> timedelta:
    """How long an alert may stand before more people are told."""
    policy = policy_in_force(session)
    return timedelta(minutes=policy.escalate_after_minutes) if policy else DEFAULT_WAIT


def named_in_policy(viewer: Viewer) -> ColumnElement[bool]:
    """Whether this person is the responder or the backup, as a condition; their account is open, since
    they are signed in."""
    return (
        select(ResponsePolicy.id)
        .where(
            or_(
                ResponsePolicy.responder_id == viewer.account_id,
                ResponsePolicy.backup_id == viewer.account_id,
            )
        )
        .exists()
    )


@allowed(Permission.CLINIC_MANAGE)
def response_policy(viewer: Viewer) -> Policy | None:
    """The policy as it stands, with what is wrong with it; None where nobody is named."""
    with db.reading() as session:
        return _read(session)


@allowed(Permission.ALERT_ACKNOWLEDGE)
def who_answers(viewer: Viewer) -> Policy | None:
    """For therapists: who answers alerts here, and in which hours."""
    with db.reading() as session:
        return _read(session)


@allowed(Permission.CLINIC_MANAGE)
def decide(
    viewer: Viewer, responder_id: str, backup_id: str, hours: str, escalate_after_minutes: int, now: datetime
) -> None:
    """Name who answers, in place of what was decided before.

    Raises:
        InvalidInput: not two different therapists who can sign in, no hours, or minutes out of range.
    """
    problems: dict[str, str] = {}
    if not hours.strip():
        problems["hours"] = "Say in words when somebody answers. For example: weekdays, 9:00 to 17:00."
    elif len(hours.strip()) > LONGEST_HOURS:
        problems["hours"] = f"The hours are too long. Use {LONGEST_HOURS} characters or fewer."
    # `type`, because True is a number too.
    if type(escalate_after_minutes) is not int or not (
        SHORTEST_MINUTES <= escalate_after_minutes <= LONGEST_MINUTES
    ):
        problems["minutes"] = f"Enter minutes from {SHORTEST_MINUTES} to {LONGEST_MINUTES:,} (two days)."
    if responder_id and responder_id == backup_id:
        problems["backup"] = "Choose somebody else as backup: two different people."
    with db.unit_of_work() as session:
        people = _therapists(session, responder_id, backup_id)
        responder, backup = people.get(responder_id), people.get(backup_id)
        if responder is None:
            problems["responder"] = "Choose a therapist with an open account who answers first."
        if backup is None:
            problems.setdefault("backup", "Choose a therapist with an open account as backup.")
        if problems or responder is None or backup is None:
            raise InvalidInput(problems)
        policy = session.scalars(select(ResponsePolicy).with_for_update(key_share=True)).first()
        if policy is None:
            policy = ResponsePolicy(id=1)
            session.add(policy)
        policy.responder_id, policy.backup_id = responder.id, backup.id
        policy.hours, policy.escalate_after_minutes = hours.strip(), escalate_after_minutes
        policy.decided_at, policy.decided_by_id = now, viewer.account_id
        session.flush()
        record(session, now, viewer.account_id, "safety.responder", object_id=responder_id)
        record(session, now, viewer.account_id, "safety.backup", object_id=backup_id)


@allowed(Permission.CLINIC_MANAGE)
def end(viewer: Viewer, now: datetime) -> None:
    """Nobody is named any more: measures with a risk item are no longer asked. Twice is once."""
    with db.unit_of_work() as session:
        policy = session.scalars(select(ResponsePolicy).with_for_update(key_share=True)).first()
        if policy is not None:
            session.execute(delete(ResponsePolicy))
            record(session, now, viewer.account_id, "safety.policy-end")


def _therapists(session: Session, *public_ids: str) -> dict[str, Account]:
    """Locked, in one order, so that no account is closed in the same moment."""
    wanted = select(Account).where(Account.public_id.in_(public_ids), can_answer()).order_by(Account.id)
    return {account.public_id: account for account in session.scalars(wanted.with_for_update(key_share=True))}


def _read(session: Session) -> Policy | None:
    policy = session.scalars(select(ResponsePolicy)).first()
    if policy is None:
        return None
    named = (policy.responder_id, policy.backup_id)
    people = {a.id: a for a in session.scalars(select(Account).where(Account.id.in_(named)))}
    able = {account.id for account in on_call(session)}
    responder, backup = people[policy.responder_id], people[policy.backup_id]
    return Policy(
        responder_id=responder.public_id,
        responder=responder.name,
        backup_id=backup.public_id,
        backup=backup.name,
        hours=policy.hours,
        escalate_after_minutes=policy.escalate_after_minutes,
        decided_at=policy.decided_at,
        broken=tuple(_why_not(person) for person in (responder, backup) if person.id not in able),
    )


def _why_not(person: Account) -> str:
    if person.disabled_at is not None:
        return f"The account of {person.name} is closed."
    if person.role != Role.THERAPIST.value:
        return f"{person.name} is no longer a therapist here."
    return f"{person.name} has not chosen a password yet."
