"""The states of a case, and what moves it from one to the next. Pure.

A case is one client's answers to one question of one measure, from the first that needs somebody until a
person closes it. Nothing but a person closes it: no later answer does, and no time that passes.

    raised -> acknowledged -> acted on -> resolved

A higher answer, or the client's "I need help now", takes an open case back to raised, at any point. Any
other answer has to be read too: until somebody has, the case escalates as a raised one does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from clinic.errors import InvalidInput

# Until a clinic has decided how long it waits: an hour.
DEFAULT_WAIT = timedelta(minutes=60)
# The same step by the same person within this time is the same press of a button.
SAME_PRESS = timedelta(seconds=30)


class Stage(StrEnum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    ACTED_ON = "acted on"
    RESOLVED = "resolved"


class Kind(StrEnum):
    """What can happen to a case: the kinds of events in its trail."""

    RAISED = "raised"
    RISEN = "risen"
    REPEATED = "answered-again"
    HELP_ASKED = "help-asked"
    SAYS_SAFE = "says-safe"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    CALLED = "called"
    REACHED = "reached"
    NOT_REACHED = "not-reached"
    PLAN_REVIEWED = "plan-reviewed"
    EMERGENCY_SERVICES = "emergency-services"
    OTHER = "other"
    NO_ACTION = "no-action"
    RESOLVED = "resolved"


ACTIONS = (
    Kind.CALLED,
    Kind.REACHED,
    Kind.NOT_REACHED,
    Kind.PLAN_REVIEWED,
    Kind.EMERGENCY_SERVICES,
    Kind.OTHER,
    Kind.NO_ACTION,
)
# These say nothing by themselves: what was done, and why nothing was, has to be written.
NEEDS_NOTE = frozenset({Kind.OTHER, Kind.NO_ACTION})


@dataclass(frozen=True)
class Case:
    """A case as it stands. Instants are UTC.

    `highest` is the highest answer so far, `answered_at` when the client last did something.
    `escalate_at` is when more people are told unless somebody acknowledges the case before.
    """

    highest: int
    answered_at: datetime
    escalate_at: datetime | None
    help_asked_at: datetime | None = None
    escalations: int = 0
    acknowledged_at: datetime | None = None
    acted_at: datetime | None = None
    resolved_at: datetime | None = None

    @property
    def stage(self) -> Stage:
        if self.resolved_at is not None:
            return Stage.RESOLVED
        if self.acknowledged_at is None:
            return Stage.RAISED
        return Stage.ACKNOWLEDGED if self.acted_at is None else Stage.ACTED_ON

    @property
    def unseen(self) -> bool:
        """Whether the client has said something that nobody has acknowledged."""
        if self.resolved_at is not None:
            return False
        return self.acknowledged_at is None or self.acknowledged_at < self.answered_at


@dataclass(frozen=True)
class Step:
    """What a case becomes, and the event that says so. `tell`: people are mailed now."""

    case: Case
    kind: Kind
    tell: bool = False


def opened(value: int, now: datetime, wait: timedelta) -> Step:
    """A first answer that needs somebody."""
    return Step(Case(value, answered_at=now, escalate_at=now + wait), Kind.RAISED, tell=True)


def answered(case: Case, value: int, now: datetime, wait: timedelta) -> Step:
    """The same question answered again in an open case: only a rise starts it anew."""
    if value > case.highest:
        return Step(_anew(replace(case, highest=value), now, wait), Kind.RISEN, tell=True)
    # Mails nobody now, and yet is not for whoever happens to look: the clock runs until it is read.
    escalate_at = case.escalate_at if case.unseen else now + wait
    return Step(replace(case, answered_at=_later(case, now), escalate_at=escalate_at), Kind.REPEATED)


def asked_for_help(case: Case, now: datetime, wait: timedelta) -> Step | None:
    """The client pressed "I need help now". None: pressed twice in a moment, and nobody has read it yet."""
    just_pressed = case.help_asked_at is not None and now - case.help_asked_at < SAME_PRESS
    if just_pressed and case.stage is Stage.RAISED:
        return None
    return Step(_anew(replace(case, help_asked_at=now), now, wait), Kind.HELP_ASKED, tell=True)


def escalated(case: Case, now: datetime, wait: timedelta) -> Step | None:
    """More people are told, and the clock starts anew. None: not due."""
    if not case.unseen or (case.escalate_at is not None and case.escalate_at > now):
        return None
    moved = replace(case, escalate_at=now + wait, escalations=case.escalations + 1)
    return Step(moved, Kind.ESCALATED, tell=True)


def acknowledged(case: Case, now: datetime) -> Step | None:
    """Somebody has read it and answers for it. None: somebody has already, and nothing is new."""
    if case.resolved_at is not None or not case.unseen:
        return None
    # Never before the answer it speaks of, whatever two computers' clocks say.
    at = max(now, case.answered_at)
    return Step(replace(case, acknowledged_at=at, escalate_at=None), Kind.ACKNOWLEDGED)


def acted(case: Case, kind: Kind, now: datetime) -> Step:
    """Something was done about it.

    Raises:
        InvalidInput: not one of `ACTIONS`, the case is closed, or nobody has acknowledged it (again).
    """
    if kind not in ACTIONS:
        raise InvalidInput({"kind": "Choose what you did from the list."})
    if case.resolved_at is not None:
        raise InvalidInput({"kind": "This alert is closed. Nothing more can be added to it."})
    if case.acknowledged_at is None:
        raise InvalidInput(
            {"kind": "There is something new here that nobody has acknowledged. Read it and acknowledge it."}
        )
    return Step(replace(case, acted_at=now), kind)


def resolved(case: Case, now: datetime) -> Step | None:
    """A person closes the case. None: it is closed already.

    Raises:
        InvalidInput: something is unseen, or nothing was done since the last rise.
    """
    if case.resolved_at is not None:
        return None
    if case.unseen:
        raise InvalidInput({"close": "There is an answer nobody has acknowledged. Read it first."})
    if case.acted_at is None:
        raise InvalidInput({"close": "Record what was done first. Then you can close it."})
    return Step(replace(case, resolved_at=now, escalate_at=None), Kind.RESOLVED)


def _anew(case: Case, now: datetime, wait: timedelta) -> Case:
    """Back to raised: whoever acknowledged or acted did so before this was said."""
    return replace(
        case, answered_at=_later(case, now), escalate_at=now + wait, acknowledged_at=None, acted_at=None
    )


def _later(case: Case, now: datetime) -> datetime:
    """`now`, but after all that came before, whatever two computers' clocks say: never seen by then."""
    before = max(case.answered_at, case.acknowledged_at or case.answered_at)
    return max(now, before + timedelta.resolution)
