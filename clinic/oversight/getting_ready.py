"""How far the clinic is set up: a few steps, each with what shows that it is done.

What can be seen is looked at, not asked: a mail that arrived, numbers that somebody tried. What only a person
knows they settle here. A step that is put off stays on the list, and on the administrator's first screen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record
from clinic.oversight.mail_test import last_arrived
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from db.settings import settings
from db.tables import (
    Account,
    AuditEvent,
    BackupRun,
    Clinic,
    CrisisPlace,
    ResponsePolicy,
    TurnSettings,
)


class Step(StrEnum):
    """In the order they are done: what keeps people safe first."""

    SECOND_STEP = "second-step"
    CRISIS = "crisis"
    ANSWERS = "answers"
    CONSENTS = "consents"
    SESSIONS = "sessions"
    LOOK = "look"
    ADDRESS = "address"
    MAIL = "mail"
    VIDEO = "video"
    KEYS = "keys"
    BACKUP = "backup"
    THERAPIST = "therapist"


class Stand(StrEnum):
    OPEN = "open"
    PUT_OFF = "put-off"
    DONE = "done"


# What nothing in the portal shows: whoever looked says so.
SETTLED_BY_HAND = (Step.CONSENTS, Step.SESSIONS, Step.LOOK, Step.KEYS)


@allowed(Permission.CLINIC_MANAGE)
def steps(viewer: Viewer) -> dict[Step, Stand]:
    """Every step, and how it stands."""
    with db.reading() as session:
        clinic = session.scalars(select(Clinic)).one()
        settled, put_off = _names(clinic.settled_steps), _names(clinic.put_off_steps)
        return {
            step: Stand.DONE
            if step in settled or _SEEN[step](session)
            else Stand.PUT_OFF
            if step in put_off
            else Stand.OPEN
            for step in Step
        }


@allowed(Permission.CLINIC_MANAGE)
def settle(viewer: Viewer, step: Step, now: datetime) -> None:
    """Say that a step is done that only a person can know of.

    Raises:
        InvalidInput: the portal sees for itself whether this one is.
    """
    if step not in SETTLED_BY_HAND:
        raise InvalidInput({"step": "This step is done when the portal sees that it works."})
    with db.unit_of_work() as session:
        clinic = session.scalars(select(Clinic).with_for_update(key_share=True)).one()
        clinic.settled_steps = ",".join(sorted({*_names(clinic.settled_steps), step.value}))
        record(session, now, viewer.account_id, "set-up.settle", object_id=step.value)


@allowed(Permission.CLINIC_MANAGE)
def put_off(viewer: Viewer, step: Step, now: datetime) -> None:
    """Not now. It stays on the list."""
    with db.unit_of_work() as session:
        clinic = session.scalars(select(Clinic).with_for_update(key_share=True)).one()
        clinic.put_off_steps = ",".join(sorted({*_names(clinic.put_off_steps), step.value}))
        record(session, now, viewer.account_id, "set-up.put-off", object_id=step.value)


def _names(kept: str) -> set[str]:
    return set(kept.split(",")) - {""}


def _any(query: Select[int]) -> Callable[[Session], bool]:
    return lambda session: session.scalars(query.limit(1)).first() is not None


def _acted(like: str) -> Callable[[Session], bool]:
    return _any(select(AuditEvent.id).where(AuditEvent.action.like(like), AuditEvent.outcome == "done"))


_SEEN: dict[Step, Callable[[Session], bool]] = {
    Step.SECOND_STEP: _any(
        select(Account.id).where(Account.role == Role.ADMINISTRATOR.value, Account.totp_since_at.is_not(None))
    ),
    Step.CRISIS: _any(select(CrisisPlace.id).where(CrisisPlace.verified_on.is_not(None))),
    Step.ANSWERS: _any(select(ResponsePolicy.id)),
    Step.CONSENTS: _acted("consent.publish"),
    Step.SESSIONS: _acted("session-type.%"),
    Step.LOOK: _acted("look.%"),
    Step.ADDRESS: lambda _session: any(origin.startswith("https://") for origin in settings().origins),
    Step.MAIL: lambda session: last_arrived(session) is not None,
    Step.VIDEO: lambda session: bool(settings().turn_urls) or _any(select(TurnSettings.id))(session),
    Step.KEYS: lambda _session: False,
    Step.BACKUP: _any(select(BackupRun.id).where(BackupRun.proved_at.is_not(None))),
    Step.THERAPIST: _any(
        select(Account.id).where(Account.role == Role.THERAPIST.value, Account.disabled_at.is_(None))
    ),
}
