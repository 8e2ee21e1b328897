"""Tasks between sessions, as whoever looks after the client sets them, looks at what came back, or withdraws
them. A task belongs to the client: a new therapist goes on with what was set before."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.between.documents import keep
from clinic.between.drafts import forget_draft
from clinic.between.file_kinds import FileKind, kind_of
from clinic.between.task_drafts import PLACE
from clinic.between.task_list import standing_of, task_for
from clinic.between.task_states import Act, Kind, TaskDraft, is_already, wrong_draft, wrong_reason
from clinic.errors import InvalidInput, NotFound
from clinic.measures.plans import put_on_screen
from clinic.oversight.audit import record
from clinic.people import mail
from clinic.people.care import clients_in_care_of
from clinic.people.discharged import require_in_care
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.check_in import today_in
from clinic.records.check_in_items import read_items
from db.tables import Account, Task

# Several tasks that are set in one sitting are told of by one mail.
ONE_SITTING = timedelta(hours=1)


@allowed(Permission.TASK_SET)
def set_task(
    viewer: Viewer,
    client_id: str,
    draft: TaskDraft,
    submit_key: str,
    now: datetime,
    *,
    draft_revision: int = 0,
) -> str:
    """Set a task; returns its public id. The same key again is once. The client is told by mail that there is
    something new. A measure is asked of them now, by the rules of their plan. The draft that was set goes;
    one that another window has kept since (`draft_revision` is not its own) stays.

    Raises:
        NotFound: no such client or measure, or not this therapist's to set something.
        CareEnded: nothing new begins with a client whose care has ended.
        InvalidInput: something is missing, too long, or not asked by the client's check-in.
        NotAsked: the measure cannot be asked of this client, or was answered today.
        FileRefused, TooManyDocuments: the worksheet is not taken.
    """
    # Before the transaction, in which nobody else writes.
    worksheet = (
        kind_of(draft.worksheet_name, draft.worksheet)
        if draft.kind == Kind.FILE and draft.worksheet
        else None
    )
    try:
        with db.unit_of_work() as session:
            client = _client(session, viewer, client_id)
            if (done := _already_set(session, viewer, submit_key)) is not None:
                return done
            require_in_care(session, client.id)
            asked, today = read_items(session, client.id), today_in(client.zone, now)
            if wrong := wrong_draft(draft, asked, today):
                raise InvalidInput(wrong)
            task = _write(session, viewer, client, draft, worksheet, submit_key, now)
            _note(session, viewer, task, "task.set", now)
            _tell(session, client, task, now)
            forget_draft(session, viewer, client.id, PLACE, draft_revision)
            return task.public_id
    except IntegrityError:
        # The same submission arrived twice in one moment: the other one was first.
        with db.reading() as session:
            done = _already_set(session, viewer, submit_key)
        if done is None:
            raise NotFound() from None  # somebody else's key
        return done


@allowed(Permission.TASK_SET)
def look_at(viewer: Viewer, task_id: str, now: datetime) -> None:
    """The therapist has looked at what came back. Twice is once: the first look counts.

    Raises:
        NotFound: no such task, or not of a client this therapist looks after.
        TaskNotDone, TaskEnded: the client has taken it back, or it was withdrawn.
    """
    with db.unit_of_work() as session:
        task = task_for(session, viewer, task_id, Act.LOOK_AT)
        if task.looked_at is None:
            task.looked_at = now
            _note(session, viewer, task, "task.look", now)


@allowed(Permission.TASK_SET)
def withdraw(viewer: Viewer, task_id: str, reason: str, now: datetime) -> None:
    """The task no longer stands, and the client reads why. What they wrote stays theirs. Twice is once.

    Raises:
        NotFound: no such task, or not of a client this therapist looks after.
        InvalidInput: no reason, or a long one.
        TaskEnded: the client has done it meanwhile.
    """
    with db.unit_of_work() as session:
        task = task_for(session, viewer, task_id, Act.WITHDRAW)
        if is_already(standing_of(session, task).state, Act.WITHDRAW):
            return
        if wrong := wrong_reason(reason):
            raise InvalidInput(wrong)
        task.withdrawn_at, task.withdrawn_reason = now, reason.strip()
        _note(session, viewer, task, "task.withdraw", now)


def _client(session: Session, viewer: Viewer, client_id: str) -> Account:
    """The client, held: setting a task and ending their care are one after the other. An emergency gives no
    say in what somebody does at home."""
    found = session.scalars(
        clients_in_care_of(viewer)
        .where(Account.public_id == client_id)
        .with_for_update(of=Account, key_share=True)
    ).first()
    if found is None:
        raise NotFound()
    return found


def _write(
    session: Session,
    viewer: Viewer,
    client: Account,
    draft: TaskDraft,
    worksheet: FileKind | None,
    submit_key: str,
    now: datetime,
) -> Task:
    kind = Kind(draft.kind or "")
    task = Task(
        client_id=client.id,
        set_by_id=viewer.account_id,
        kind=kind.value,
        due_on=draft.due_on,
        submit_key=submit_key,
        set_at=now,
    )
    task.title, task.words = draft.title.strip(), draft.words.strip() or None
    if kind is Kind.FILE:
        task.worksheet_id = keep(
            session,
            client_id=client.id,
            by_id=viewer.account_id,
            name=draft.worksheet_name,
            content=draft.worksheet,
            submit_key=submit_key,  # one submission, in two tables
            now=now,
            kind=worksheet,
        ).id
    if kind is Kind.MEASURE and draft.instrument is not None:
        put_on_screen(session, viewer, client, draft.instrument, now)
        task.instrument = draft.instrument
    if kind is Kind.FOCUS:
        task.focus = draft.focus
    session.add(task)
    session.flush()
    return task


def _tell(session: Session, client: Account, task: Task, now: datetime) -> None:
    """By mail, that there is something new and nothing of it; once for what is set in one sitting."""
    before = session.scalars(
        select(Task.id)
        .where(Task.client_id == client.id, Task.id != task.id, Task.set_at > now - ONE_SITTING)
        .limit(1)
    ).first()
    if before is None and client.disabled_at is None:
        mail.write(session, client, mail.something_new(session), now)


def _already_set(session: Session, viewer: Viewer, submit_key: str) -> str | None:
    """The task that this very submission has set already."""
    return session.scalars(
        select(Task.public_id).where(Task.submit_key == submit_key, Task.set_by_id == viewer.account_id)
    ).first()


def _note(session: Session, viewer: Viewer, task: Task, act: str, now: datetime) -> None:
    record(session, now, viewer.account_id, act, client_id=task.client_id, object_id=task.public_id)
