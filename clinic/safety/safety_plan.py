"""A client's safety plan: six steps in the client's own words, each edit a new version.

The six steps are those of Stanley and Brown 2012 (docs/safety.md); their headings and hints here are our own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, PlanEditedElsewhere
from clinic.oversight.audit import record, record_look
from clinic.people.care import client_in_care_of, client_visible_to
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.safety.plan_changes import Sitting, Version, sittings
from db.tables import Account, SafetyPlan

LONGEST_STEP = 4000


@dataclass(frozen=True)
class PlanStep:
    """`numbers`: people and their telephone numbers are expected here, one a line."""

    name: str
    heading: str
    hint: str
    numbers: bool = False


STEPS = (
    PlanStep(
        "signs",
        "Signs that things are getting hard",
        "Thoughts, feelings, places or things that happen before a bad time.",
    ),
    PlanStep("own", "What I can do on my own", "Things that have helped before, without anyone else."),
    PlanStep(
        "company",
        "People and places that take my mind off it",
        "Who is good to be with, and where it is good to be. You need not talk about it there.",
    ),
    PlanStep("ask", "People I can ask for help", "One a line, with their phone number.", numbers=True),
    PlanStep("services", "Professionals and services", "One a line, with their phone number.", numbers=True),
    PlanStep(
        "around",
        "Making my surroundings safer",
        "What could be put away or given to someone, and who can help with that.",
    ),
)
NAMES = frozenset(step.name for step in STEPS)


@dataclass(frozen=True)
class Plan:
    """A version of the plan: step name to text, as typed; "" where nothing was written. Version 0: none."""

    version: int
    steps: dict[str, str]
    edited_at: datetime | None
    edited_by: str

    @property
    def is_empty(self) -> bool:
        return not any(text.strip() for text in self.steps.values())


@allowed(Permission.SAFETY_PLAN_EDIT)
def safety_plan(viewer: Viewer, client_id: str, now: datetime) -> tuple[str, Plan]:
    """The client's name and their plan as it stands.

    Raises:
        NotFound: no such client, or not this person's.
    """
    with db.unit_of_work() as session:
        client = _looked_at(session, viewer, client_id, "safety-plan.open", now)
        return client.name, read_plan(session, client.id)


@allowed(Permission.SAFETY_PLAN_EDIT)
def plan_history(viewer: Viewer, client_id: str, now: datetime) -> tuple[Sitting, ...]:
    """Who changed what in a client's plan, step by step, the newest first.

    Raises:
        NotFound: no such client, or not this person's.
    """
    with db.unit_of_work() as session:
        client = _looked_at(session, viewer, client_id, "safety-plan.history", now)
        rows = session.execute(
            select(SafetyPlan, Account.name)
            .join(Account, Account.id == SafetyPlan.edited_by_id)
            .where(SafetyPlan.client_id == client.id)
            .order_by(SafetyPlan.version)
        ).all()
        versions = [Version(row.version, _texts(row), row.edited_at, by) for row, by in rows]
    return sittings(versions, [step.name for step in STEPS])


@allowed(Permission.HELP_ASK)
def own_plan(viewer: Viewer) -> Plan:
    """One's own, for the screens that show it in a bad moment."""
    with db.reading() as session:
        return read_plan(session, viewer.account_id)


@allowed(Permission.SAFETY_PLAN_EDIT)
def keep_step(viewer: Viewer, client_id: str, name: str, text: str, based_on: int, now: datetime) -> int:
    """Keep one step as it was typed; returns the version it is in. Unchanged, there is no new one.

    Args:
        based_on: the version that the person had before them. Other steps may have changed since.

    Raises:
        NotFound: no such client, or not this person's.
        InvalidInput: no such step, or too long.
        PlanEditedElsewhere: this very step was changed since. Nothing was kept; both texts are there.
    """
    if name not in NAMES:
        raise InvalidInput({name[:40]: "This step is not part of the plan."})
    if len(text) > LONGEST_STEP:
        raise InvalidInput({name: f"This step is too long. Use {LONGEST_STEP:,} characters or fewer."})
    try:
        with db.unit_of_work() as session:
            client = client_in_care_of(session, viewer, client_id, now)
            plan = read_plan(session, client.id)
            if plan.steps[name] == text:
                return plan.version
            if plan.version != based_on and _step(session, client.id, based_on, name) != plan.steps[name]:
                raise PlanEditedElsewhere()
            row = SafetyPlan(
                client_id=client.id,
                version=plan.version + 1,
                edited_at=now,
                edited_by_id=viewer.account_id,
            )
            row.steps_json = json.dumps(plan.steps | {name: text})
            session.add(row)
            session.flush()
            record(
                session,
                now,
                viewer.account_id,
                "safety-plan.edit",
                client_id=client.id,
                object_id=row.public_id,
            )
            return row.version
    except IntegrityError:
        # Somebody else kept the next version in this very moment.
        raise PlanEditedElsewhere() from None


def _looked_at(session: Session, viewer: Viewer, client_id: str, action: str, now: datetime) -> Account:
    """The client, and that somebody else than they looked."""
    client = client_visible_to(session, viewer, client_id, now)
    if viewer.role is not Role.CLIENT:
        record_look(session, now, viewer.account_id, action, client_id=client.id, object_id=client.public_id)
    return client


def read_plan(session: Session, client_id: int) -> Plan:
    """The newest version, inside the caller's transaction; the caller has decided permission."""
    row = session.execute(
        select(SafetyPlan, Account.name)
        .join(Account, Account.id == SafetyPlan.edited_by_id)
        .where(SafetyPlan.client_id == client_id)
        .order_by(SafetyPlan.version.desc())
        .limit(1)
    ).first()
    if row is None:
        return Plan(0, dict.fromkeys((step.name for step in STEPS), ""), None, "")
    kept, by = row
    return Plan(kept.version, _texts(kept), kept.edited_at, by)


def _step(session: Session, client_id: int, version: int, name: str) -> str:
    """A step's text in an older version; "" before the first."""
    row = session.scalars(
        select(SafetyPlan).where(SafetyPlan.client_id == client_id, SafetyPlan.version == version)
    ).first()
    return _texts(row)[name] if row is not None else ""


def _texts(row: SafetyPlan) -> dict[str, str]:
    kept = json.loads(row.steps_json or "{}")
    return {step.name: str(kept.get(step.name, "")) for step in STEPS}
