"""A task that a therapist is setting, kept as it is typed, for themselves alone; the worksheet is not in it.

Kept beside the drafts of messages, under a word that is no thread's id: one table for what somebody has typed
about a client and not sent yet.
"""

from __future__ import annotations

import json
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.between.task_states import LONGEST_TITLE, LONGEST_WORDS, TaskDraft
from clinic.errors import EditedElsewhere, Elsewhere, InvalidInput, NotFound
from clinic.people.care import clients_in_care_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Account, MessageDraft

PLACE = "task"
CHANGED = (
    "This task was changed in another window since you saw it here. Nothing is lost: both texts are below."
)
_EMPTY = TaskDraft(None, "")


@allowed(Permission.TASK_SET)
def read_task_draft(viewer: Viewer, client_id: str) -> tuple[TaskDraft, int]:
    """One's own, and its revision; 0: nothing is kept.

    Raises:
        NotFound: no such client, or not this therapist's.
    """
    with db.reading() as session:
        return _shown(_row(session, viewer, _client(session, viewer, client_id)))


@allowed(Permission.TASK_SET)
def keep_task_draft(viewer: Viewer, client_id: str, draft: TaskDraft, revision: int, now: datetime) -> int:
    """Keep it as it stands on the screen; returns its revision. Unchanged, it stays as it is.

    Args:
        revision: the one that the person had before them.

    Raises:
        NotFound: no such client, or not this therapist's.
        InvalidInput: too long.
        EditedElsewhere: another window kept another text since. Nothing was kept; `now` has it.
    """
    if len(draft.words) > LONGEST_WORDS or len(draft.title) > LONGEST_TITLE:
        raise InvalidInput({"words": f"This is too long. Use {LONGEST_WORDS:,} characters or fewer."})
    text = _packed(draft)
    try:
        with db.unit_of_work() as session:
            owner = _client(session, viewer, client_id)
            row = _row(session, viewer, owner, lock=True)
            if (row.body if row is not None else _packed(_EMPTY)) == text:
                return row.revision if row is not None else 0
            if row is not None and row.revision != revision:
                raise _changed(row, viewer)
            if row is None:
                # Set from another window, it is among the tasks: what is typed here is a new one.
                row = MessageDraft(
                    account_id=viewer.account_id, client_id=owner, thread_key=PLACE, revision=revision
                )
                session.add(row)
            row.body, row.revision, row.kept_at = text, row.revision + 1, now
            return row.revision
    except IntegrityError:
        # The first keeping, from two windows in the same moment.
        with db.reading() as session:
            there = _row(session, viewer, _client(session, viewer, client_id))
            if there is None:
                raise
            raise _changed(there, viewer) from None


def _client(session: Session, viewer: Viewer, client_id: str) -> int:
    found = session.scalars(
        clients_in_care_of(viewer).with_only_columns(Account.id).where(Account.public_id == client_id)
    ).first()
    if found is None:
        raise NotFound()
    return found


def _row(session: Session, viewer: Viewer, client_id: int, lock: bool = False) -> MessageDraft | None:
    query = select(MessageDraft).where(
        MessageDraft.account_id == viewer.account_id,
        MessageDraft.client_id == client_id,
        MessageDraft.thread_key == PLACE,
    )
    return session.scalars(query.with_for_update(key_share=True) if lock else query).first()


def _packed(draft: TaskDraft) -> str:
    kept = {
        "kind": draft.kind,
        "title": draft.title,
        "words": draft.words,
        "due_on": draft.due_on.isoformat() if draft.due_on else None,
        "instrument": draft.instrument,
        "focus": draft.focus,
    }
    return json.dumps(kept, ensure_ascii=False)


def _shown(row: MessageDraft | None) -> tuple[TaskDraft, int]:
    if row is None:
        return _EMPTY, 0
    kept = json.loads(row.body or "{}")
    due_on = kept.pop("due_on", None)
    return TaskDraft(**kept, due_on=date.fromisoformat(due_on) if due_on else None), row.revision


def _changed(row: MessageDraft, viewer: Viewer) -> EditedElsewhere:
    there, revision = _shown(row)
    now = {
        name: Elsewhere(viewer.name, row.kept_at, value, revision)
        for name, value in (("title", there.title), ("words", there.words))
    }
    return EditedElsewhere({"words": CHANGED}, now)
