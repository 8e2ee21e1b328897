"""Where the end of a client's care stands, and what may follow. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from clinic.errors import AlertsOpen, DischargeChanged, InvalidInput

REASONS = {
    "agreed": "We agreed that the work is done",
    "client": "The client wished to end",
    "moved": "The client moved away",
    "referred": "Referred to somebody else",
    "lost": "The client no longer came",
    "other": "Another reason",
}
LONGEST_SUMMARY = 20_000


class State(StrEnum):
    """Of one discharge. `begun`: a summary is being written, and care goes on."""

    BEGUN = "begun"
    DISCHARGED = "discharged"
    REOPENED = "reopened"


class Act(StrEnum):
    KEEP = "keep"
    DISCHARGE = "discharge"
    REOPEN = "reopen"


_MAY = {
    State.BEGUN: frozenset({Act.KEEP, Act.DISCHARGE}),
    State.DISCHARGED: frozenset({Act.REOPEN}),
    State.REOPENED: frozenset[Act](),
}


def state_of(discharged_at: datetime | None, reopened_at: datetime | None) -> State:
    if reopened_at is not None:
        return State.REOPENED
    return State.BEGUN if discharged_at is None else State.DISCHARGED


def require(state: State, act: Act) -> None:
    """Raises DischargeChanged where this no longer may be done."""
    if act not in _MAY[state]:
        raise DischargeChanged()


def require_ready(reason: str | None, summary: str, alerts: int, coming: int, cancel: bool | None) -> None:
    """That care can end: `coming` sessions are kept or cancelled by choice, and no alert is open.

    Raises:
        AlertsOpen: somebody's safety is not settled.
        InvalidInput: a reason, a summary or the choice is missing.
    """
    if alerts:
        raise AlertsOpen()
    problems: dict[str, str] = {}
    if reason not in REASONS:
        problems["reason"] = "Choose why care ends."
    if not summary.strip():
        problems["summary"] = "Write a summary. The client gets it, in your words."
    if coming and cancel is None:
        problems["coming"] = "Choose what happens with the sessions that are booked."
    if problems:
        raise InvalidInput(problems)
