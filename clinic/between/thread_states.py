"""What may be done in a conversation: open or closed, and by whom. Pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from clinic.people.viewer import Role

LONGEST_SUBJECT = 100
LONGEST_BODY = 5_000
# Whoever looked at a thread this recently is reading it, and is not told by mail what they see anyway.
READING = timedelta(seconds=45)


class Refusal(StrEnum):
    """Why something is not done."""

    CLOSED = "closed"
    CARE_ENDED = "care-ended"
    NOT_THEIRS = "not-theirs"


@dataclass(frozen=True)
class Standing:
    """A thread as the rules see it. `cared_for`: the client's care here has not ended."""

    closed: bool
    cared_for: bool


def may_write(standing: Standing) -> Refusal | None:
    """Why nobody adds to it, or None. A message into care that has ended would be read by nobody."""
    if not standing.cared_for:
        return Refusal.CARE_ENDED
    return Refusal.CLOSED if standing.closed else None


def may_close(role: Role) -> Refusal | None:
    """Staff close; closing what is closed is nothing new, so it is not refused."""
    return None if role is Role.THERAPIST else Refusal.NOT_THEIRS


def may_open_again(role: Role, standing: Standing) -> Refusal | None:
    if role is not Role.THERAPIST:
        return Refusal.NOT_THEIRS
    return None if standing.cared_for else Refusal.CARE_ENDED


def is_mailed(mailed_at: datetime | None, read_at: datetime | None, now: datetime) -> bool:
    """Whether somebody is told by mail of a message sent `now`: not while they read, and not a second time
    until they have read what the last mail was about."""
    if read_at is not None and now - read_at < READING:
        return False
    return mailed_at is None or (read_at is not None and read_at >= mailed_at)


def wrong_text(subject: str | None, body: str) -> dict[str, str]:
    """Field to sentence; empty where it can be sent. `subject` is None for an answer in a thread."""
    wrong = {}
    if subject is not None:
        if not subject.strip():
            wrong["subject"] = "Write what this is about."
        elif len(subject.strip()) > LONGEST_SUBJECT or "\n" in subject.strip():
            wrong["subject"] = f"Use one line of {LONGEST_SUBJECT} characters or fewer."
    if not body.strip():
        wrong["body"] = "Write a message first."
    elif len(body.strip()) > LONGEST_BODY:
        wrong["body"] = f"This message is too long. Use {LONGEST_BODY:,} characters or fewer."
    return wrong
