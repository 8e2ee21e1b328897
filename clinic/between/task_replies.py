"""Tasks between sessions, as the client answers them. The reply is kept as it is typed, and is theirs alone
until they say that the task is done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.between.documents import keep
from clinic.between.file_kinds import kind_of
from clinic.between.message_mail import tell_of_document
from clinic.between.task_list import find_task, standing_of, task_for
from clinic.between.task_states import LONGEST_REPLY, Act, State, is_already
from clinic.errors import EditedElsewhere, Elsewhere, InvalidInput, TaskEnded
from clinic.oversight.audit import record, record_look
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Document, Task

CHANGED = (
    "This reply was changed in another window since you saw it here. Nothing is lost: both texts are below."
)
DONE = (
    "You have said in another window that this is done. What you typed here is not lost: it is below. "
    "Take the task back to go on with it."
)
_TOO_LONG = f"This is too long. Use {LONGEST_REPLY:,} characters or fewer."


@allowed(Permission.TASK_ANSWER)
def keep_reply(viewer: Viewer, task_id: str, text: str, revision: int, now: datetime) -> int:
    """Keep the reply as it stands on the screen; returns its revision. Unchanged, it stays as it is.

    Args:
        revision: the one that the person had before them; 0 where there was none.

    Raises:
        NotFound: no such task of theirs.
        InvalidInput: too long.
        TaskEnded, CareEnded: nobody adds to it.
        EditedElsewhere: another window kept another text since. Nothing was kept; `now` has it.
    """
    with db.unit_of_work() as session:
        task = find_task(session, viewer, task_id, lock=True)
        if (task.reply or "") != text:
            task = _to_answer(session, viewer, task_id, Act.REPLY)
            _keep(session, viewer, task, text, revision, now)
        return task.reply_revision


@allowed(Permission.TASK_ANSWER)
def finish(viewer: Viewer, task_id: str, text: str, revision: int, now: datetime) -> None:
    """The client says that it is done, with the reply that stands on their screen. Twice is once.

    Raises:
        NotFound: no such task of theirs.
        InvalidInput: the reply is too long, or a measure's task, which is done by answering.
        TaskEnded, CareEnded: it was withdrawn, done with another text, or nobody would look at it.
        EditedElsewhere: as in `keep_reply`; the task is not done.
    """
    with db.unit_of_work() as session:
        task = task_for(session, viewer, task_id, Act.FINISH)
        if is_already(standing_of(session, task).state, Act.FINISH):
            if (task.reply or "") != text:
                raise TaskEnded(DONE)
            return
        _keep(session, viewer, task, text, revision, now)
        task.done_at = now
        _note(session, viewer, task, "task.finish", now)


@allowed(Permission.TASK_ANSWER)
def take_back(viewer: Viewer, task_id: str, now: datetime) -> None:
    """It is not done after all: the client goes on with it, and it is looked at anew later. Twice is once.

    Raises:
        NotFound: no such task of theirs.
        InvalidInput: a measure's task: what was answered stays.
        TaskEnded, CareEnded: it was withdrawn, or nobody would look at it.
    """
    with db.unit_of_work() as session:
        task = task_for(session, viewer, task_id, Act.TAKE_BACK)
        if not is_already(standing_of(session, task).state, Act.TAKE_BACK):
            task.done_at = task.looked_at = None
            _note(session, viewer, task, "task.take-back", now)


@allowed(Permission.TASK_ANSWER)
def hand_in(viewer: Viewer, task_id: str, name: str, content: bytes, submit_key: str, now: datetime) -> None:
    """A file as the answer; it is a document of the client's, and their therapist can open it from now on.
    The same key again is once.

    Raises:
        NotFound: no such task of theirs, or somebody else's key.
        InvalidInput: a measure's task, which is done by answering.
        TaskEnded, CareEnded: nobody adds to it.
        FileRefused, TooManyDocuments: the file is not taken.
    """
    kind = kind_of(name, content)  # before the transaction, in which nobody else writes
    with db.unit_of_work() as session:
        task = _to_answer(session, viewer, task_id, Act.HAND_IN)
        if _is_in(session, task, submit_key):
            return
        paper = keep(
            session,
            client_id=task.client_id,
            by_id=viewer.account_id,
            name=name,
            content=content,
            submit_key=submit_key,
            now=now,
            task_id=task.id,
            kind=kind,
        )
        tell_of_document(session, paper, viewer, now)
        _note(session, viewer, task, "task.hand-in", now)


def _is_in(session: Session, task: Task, submit_key: str) -> bool:
    """Whether this very submission was handed in already."""
    there = select(Document.id).where(Document.submit_key == submit_key, Document.task_id == task.id)
    return session.scalars(there).first() is not None


def _to_answer(session: Session, viewer: Viewer, task_id: str, act: Act) -> Task:
    """As `task_for`; where another window has finished it, the sentence says so."""
    try:
        return task_for(session, viewer, task_id, act)
    except TaskEnded:
        task = find_task(session, viewer, task_id)
        if standing_of(session, task).state is State.DONE:
            raise TaskEnded(DONE) from None
        raise


def _keep(session: Session, viewer: Viewer, task: Task, text: str, revision: int, now: datetime) -> None:
    if len(text) > LONGEST_REPLY:
        raise InvalidInput({"reply": _TOO_LONG})
    there = task.reply or ""
    if there == text:
        return
    if task.reply_revision != revision:
        kept_at = task.reply_kept_at or now
        raise EditedElsewhere(
            {"reply": CHANGED}, {"reply": Elsewhere(viewer.name, kept_at, there, task.reply_revision)}
        )
    task.reply, task.reply_revision, task.reply_kept_at = text, revision + 1, now
    # Each key typed is the same sitting: one event for it.
    record_look(
        session, now, viewer.account_id, "task.reply", client_id=task.client_id, object_id=task.public_id
    )


def _note(session: Session, viewer: Viewer, task: Task, act: str, now: datetime) -> None:
    record(session, now, viewer.account_id, act, client_id=task.client_id, object_id=task.public_id)
