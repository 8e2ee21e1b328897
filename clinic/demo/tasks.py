"""What the demo's clients have to do between sessions: open, late, done and waiting for a look."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from db.tables import Account, Document, Task

_SHEET = """What went through my mind

1. What happened?

2. What went through my mind?

3. What would I say to a friend?
"""
_FILLED_IN = """What went through my mind

1. What happened? My sister did not call back.

2. What went through my mind? That she is angry with me.

3. What would I say to a friend? She has three children and it is Thursday.
"""


@dataclass(frozen=True)
class _Given:
    """`ago` and `until` in days from now; done `done` days ago, and looked at a day later with `looked`."""

    kind: str
    title: str
    words: str
    ago: int
    until: int | None
    reply: str = ""
    done: int | None = None
    looked: bool = False


_WALK = _Given(
    "text",
    "Walk around the park",
    "Ten minutes are enough. Note how you felt before and after.",
    6,
    1,
    "Tuesday: went in the rain. Before: heavy. After: ",
)
_MIND = _Given(
    "file",
    "Catch one thought a day",
    "The worksheet has three questions. One day on it is plenty.",
    12,
    -2,
)
_MIND_DONE = replace(_MIND, until=-3, reply="I filled in Thursday.", done=2)
_NIGHTS = _Given("focus", "Look at your nights", "What was different before the better ones?", 6, None)
_FRIEND = _Given(
    "text",
    "Call somebody you have not spoken to for a while",
    "",
    14,
    -1,
    "I called Alex. We spoke for an hour and it was easier than I thought.",
    done=1,
)
_LIST = _Given(
    "text",
    "Three things that went well",
    "In the evening, three lines.",
    27,
    -13,
    "The soup. The call with my sister. I slept until six.",
    done=14,
    looked=True,
)
# Whoever tries the demo is let in as the first client: they find one of each.
_OF_THE_FIRST = (_WALK, _MIND, _NIGHTS, _LIST)
_OF_OTHERS = ((_FRIEND, _WALK), (_NIGHTS,), (), (_LIST, _MIND_DONE), (_FRIEND, _LIST))


def add_tasks(session: Session, client: Account, therapist: Account, number: int, now: datetime) -> None:
    """A few tasks for most clients; `number` says which of them this is."""
    given = _OF_OTHERS[number % len(_OF_OTHERS)] if number else _OF_THE_FIRST
    for place, one in enumerate(given):
        _add(session, client, therapist, one, f"demo-task-{client.id}-{place}", now)


def _add(session: Session, client: Account, by: Account, one: _Given, key: str, now: datetime) -> None:
    today, set_at = now.astimezone(ZoneInfo(client.zone)).date(), now - timedelta(days=one.ago)
    task = Task(
        client_id=client.id,
        set_by_id=by.id,
        kind=one.kind,
        focus="sleep" if one.kind == "focus" else None,
        due_on=None if one.until is None else today + timedelta(days=one.until),
        submit_key=key,
        set_at=set_at,
    )
    task.title, task.words = one.title, one.words or None
    if one.kind == "file":
        task.worksheet_id = _paper(session, client, by, _SHEET, key, set_at)
    if one.reply:
        task.reply, task.reply_revision = one.reply, 1
        task.reply_kept_at = now - timedelta(days=one.done if one.done is not None else 1)
    if one.done is not None:
        task.done_at = now - timedelta(days=one.done)
        task.looked_at = task.done_at + timedelta(days=1) if one.looked else None
    session.add(task)
    session.flush()
    if one.kind == "file" and task.done_at is not None:
        _paper(session, client, client, _FILLED_IN, f"{key}-in", task.done_at, task.id)


def _paper(
    session: Session,
    client: Account,
    by: Account,
    words: str,
    key: str,
    at: datetime,
    task_id: int | None = None,
) -> int:
    content = words.encode()
    paper = Document(
        client_id=client.id,
        by_id=by.id,
        media_type="text/plain",
        size=len(content),
        submit_key=key,
        added_at=at,
        seen_at=at + timedelta(hours=3),
        task_id=task_id,
    )
    paper.name, paper.content = "one thought a day.txt", b64encode(content).decode()
    session.add(paper)
    session.flush()
    return paper.id
