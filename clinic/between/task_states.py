"""What may be done with a task, by when it is due, and which words it can hold. Pure rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from clinic.records.check_in import Item

LONGEST_TITLE = 100
LONGEST_WORDS = 5_000
LONGEST_REPLY = 10_000
LONGEST_REASON = 500
# A task is for the time until a later session; a date further off is a slip of the hand.
LONGEST_AHEAD = timedelta(days=366)


class Kind(StrEnum):
    TEXT = "text"
    FILE = "file"
    MEASURE = "measure"
    FOCUS = "focus"


class State(StrEnum):
    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """The first four are the client's, the last two their therapist's."""

    REPLY = "reply"
    HAND_IN = "hand-in"
    FINISH = "finish"
    TAKE_BACK = "take-back"
    LOOK_AT = "look-at"
    WITHDRAW = "withdraw"


class Refusal(StrEnum):
    """Why something is not done."""

    WITHDRAWN = "withdrawn"
    DONE = "done"
    NOT_DONE = "not-done"
    CARE_ENDED = "care-ended"
    # A measure's task is done by answering, and by nothing else: its answers are the reply.
    BY_ANSWERING = "by-answering"


class Due(StrEnum):
    WHENEVER = "whenever"
    LATER = "later"
    TODAY = "today"
    OVERDUE = "overdue"


OF_CLIENT = frozenset({Act.REPLY, Act.HAND_IN, Act.FINISH, Act.TAKE_BACK})
_MAY = {
    State.OPEN: frozenset({Act.REPLY, Act.HAND_IN, Act.FINISH, Act.WITHDRAW}),
    State.DONE: frozenset({Act.TAKE_BACK, Act.LOOK_AT}),
    State.WITHDRAWN: frozenset[Act](),
}
_LEADS_TO = {Act.FINISH: State.DONE, Act.TAKE_BACK: State.OPEN, Act.WITHDRAW: State.WITHDRAWN}


@dataclass(frozen=True)
class Standing:
    """A task as the rules see it. `cared_for`: the client's care here has not ended."""

    kind: Kind
    state: State
    cared_for: bool


@dataclass(frozen=True)
class TaskDraft:
    """A task to be set. Of `worksheet`, `instrument` and `focus` only what its kind needs counts."""

    kind: str | None
    title: str
    words: str = ""
    due_on: date | None = None
    worksheet_name: str = ""
    worksheet: bytes = field(default=b"", repr=False)
    instrument: str | None = None
    focus: str | None = None


def state_of(done_at: datetime | None, withdrawn_at: datetime | None) -> State:
    if withdrawn_at is not None:
        return State.WITHDRAWN
    return State.OPEN if done_at is None else State.DONE


def refusal(standing: Standing, act: Act) -> Refusal | None:
    """Why this is not done, or None. What stands already is not refused: pressed twice is once."""
    if act in OF_CLIENT and not standing.cared_for:
        return Refusal.CARE_ENDED
    if standing.kind is Kind.MEASURE and act in OF_CLIENT:
        return Refusal.BY_ANSWERING
    if is_already(standing.state, act) or act in _MAY[standing.state]:
        return None
    if standing.state is State.WITHDRAWN:
        return Refusal.WITHDRAWN
    return Refusal.DONE if standing.state is State.DONE else Refusal.NOT_DONE


def is_already(state: State, act: Act) -> bool:
    """Whether the task stands where this act would lead it."""
    return _LEADS_TO.get(act) is state


def due(due_on: date | None, zone: str, now: datetime) -> Due:
    """How a task stands with its day, which ends at midnight where the client is. Calendar days are compared,
    not hours: a day of 23 or 25 hours ends when its date does."""
    if due_on is None:
        return Due.WHENEVER
    today = now.astimezone(ZoneInfo(zone)).date()
    if due_on == today:
        return Due.TODAY
    return Due.OVERDUE if due_on < today else Due.LATER


def wrong_draft(draft: TaskDraft, asked: tuple[Item, ...], today: date) -> dict[str, str]:
    """Field to sentence; empty where the task can be set.

    Args:
        asked: what this client's check-in asks.
        today: the client's own day.
    """
    wrong = {}
    if draft.kind not in set(Kind):
        wrong["kind"] = "Choose what kind of task this is."
    if not draft.title.strip():
        wrong["title"] = "Write what there is to do, in a few words."
    elif len(draft.title.strip()) > LONGEST_TITLE or "\n" in draft.title.strip():
        wrong["title"] = f"Use one line of {LONGEST_TITLE} characters or fewer."
    if len(draft.words.strip()) > LONGEST_WORDS:
        wrong["words"] = f"This is too long. Use {LONGEST_WORDS:,} characters or fewer."
    if draft.kind == Kind.FILE and not draft.worksheet:
        wrong["worksheet"] = "Choose the worksheet."
    if draft.kind == Kind.MEASURE and not draft.instrument:
        wrong["instrument"] = "Choose which questions."
    if draft.kind == Kind.FOCUS and (said := _wrong_focus(draft.focus, asked)):
        wrong["focus"] = said
    if draft.due_on is not None and not today <= draft.due_on <= today + LONGEST_AHEAD:
        wrong["due_on"] = "Choose a day from today on, within a year, or leave it out."
    return wrong


def wrong_reason(reason: str) -> dict[str, str]:
    """The client reads why; without a reason a task that vanishes is a riddle."""
    if not reason.strip():
        return {"reason": "Write why. The client reads it."}
    if len(reason.strip()) > LONGEST_REASON:
        return {"reason": f"Use {LONGEST_REASON} characters or fewer."}
    return {}


def _wrong_focus(focus: str | None, asked: tuple[Item, ...]) -> str:
    if focus not in set(Item):
        return "Choose what to look at."
    if focus not in asked:
        return "This client's check-in does not ask that. Choose something it asks, or change what it asks."
    return ""
