"""Reading tasks: one's own, a client's, and those that came back and nobody has looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

import db
from clinic.between.task_states import (
    Act,
    Due,
    Kind,
    Refusal,
    Standing,
    State,
    due,
    refusal,
    state_of,
)
from clinic.errors import InvalidInput, NotFound, TaskEnded, TaskNotDone
from clinic.measures.asking import read_situation
from clinic.measures.due import family
from clinic.oversight.audit import record_look
from clinic.people.care import clients_in_care_of
from clinic.people.discharged import discharged_among, require_own_care
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.records.check_in import Item
from clinic.records.check_in_items import read_items
from db.tables import Account, Document, Task

_BY_ANSWERING = "This task is done once its questions are answered."


@dataclass(frozen=True)
class TaskRow:
    """A task in a list. `due` is how it stands with its day in the client's own zone."""

    public_id: str
    client_id: str
    client_name: str
    title: str
    kind: Kind
    state: State
    due_on: date | None
    due: Due
    set_at: datetime
    done_at: datetime | None
    looked_at: datetime | None


@dataclass(frozen=True)
class ClientTasks:
    """`open`: what is due first in front, then what has no day; `ended`: done or withdrawn, newest first."""

    client_id: str
    client_name: str
    care_ended: bool
    open: tuple[TaskRow, ...]
    ended: tuple[TaskRow, ...]


@dataclass(frozen=True)
class Paper:
    """A document of a task: the worksheet, or something that was handed in."""

    public_id: str
    name: str
    added_at: datetime
    withdrawn: bool


@dataclass(frozen=True)
class TaskView:
    """One task, whole. Of a reply, the therapist gets what the client has finished: until then it is a draft.

    `asked`: the measure that is on the client's screen for this task now, or None. `focus_asked`: the
    check-in asks for the focus still. `withdrawn_reason` is the therapist's; `set_by` their name.
    """

    row: TaskRow
    set_by: str
    words: str
    standing: Standing
    worksheet: Paper | None
    instrument: str | None
    asked: str | None
    focus: Item | None
    focus_asked: bool
    reply: str
    reply_revision: int
    handed_in: tuple[Paper, ...]
    withdrawn_at: datetime | None
    withdrawn_reason: str

    def may(self, act: Act) -> bool:
        return refusal(self.standing, act) is None


@allowed(Permission.TASK_READ)
def client_tasks(viewer: Viewer, client_id: str, now: datetime) -> ClientTasks:
    """Every task of a client: one's own, or of somebody one looks after.

    Raises:
        NotFound: no such client, or not this person's.
    """
    with db.unit_of_work() if viewer.role is Role.THERAPIST else db.reading() as session:
        client = session.scalars(clients_in_care_of(viewer).where(Account.public_id == client_id)).first()
        if client is None:
            raise NotFound()
        if viewer.role is Role.THERAPIST:
            record_look(
                session, now, viewer.account_id, "task.list", client_id=client.id, object_id=client.public_id
            )
        of_client = select(Task).where(Task.client_id == client.id)
        ended = read_rows(
            session, of_client.where(Task.done_at.is_not(None) | Task.withdrawn_at.is_not(None)), now
        )
        return ClientTasks(
            client.public_id,
            client.name,
            bool(discharged_among(session, [client.id])),
            read_open(session, client.id, now),
            tuple(sorted(ended, key=lambda row: row.done_at or row.set_at, reverse=True)),
        )


@allowed(Permission.TASK_SET)
def to_look_at(viewer: Viewer, now: datetime) -> tuple[TaskRow, ...]:
    """What clients have done and nobody has looked at, of all one looks after: who waits longest first."""
    clients = clients_in_care_of(viewer).with_only_columns(Account.id)
    with db.unit_of_work() as session:
        record_look(session, now, viewer.account_id, "task.list")
        waiting = select(Task).where(
            Task.client_id.in_(clients), Task.done_at.is_not(None), Task.looked_at.is_(None)
        )
        return read_rows(session, waiting.order_by(Task.done_at, Task.id), now)


@allowed(Permission.TASK_READ)
def read_task(viewer: Viewer, task_id: str, now: datetime) -> TaskView:
    """Raises NotFound: no such task, or not of this person or of somebody they look after."""
    with db.unit_of_work() if viewer.role is Role.THERAPIST else db.reading() as session:
        task = find_task(session, viewer, task_id)
        if viewer.role is Role.THERAPIST:
            record_look(
                session,
                now,
                viewer.account_id,
                "task.read",
                client_id=task.client_id,
                object_id=task.public_id,
            )
        return _view(session, viewer, task, now)


def read_open(session: Session, client_id: int, now: datetime) -> tuple[TaskRow, ...]:
    """A client's open tasks, what is due first in front. In the transaction of a caller who has decided
    permission."""
    still_open = select(Task).where(
        Task.client_id == client_id, Task.done_at.is_(None), Task.withdrawn_at.is_(None)
    )
    return read_rows(session, still_open.order_by(Task.due_on.is_(None), Task.due_on, Task.id), now)


def read_rows(session: Session, query: Select[Task], now: datetime) -> tuple[TaskRow, ...]:
    found = session.execute(query.join(Account, Account.id == Task.client_id).add_columns(Account)).all()
    return tuple(_row(task, client, now) for task, client in found)


def find_task(session: Session, viewer: Viewer, task_id: str, *, lock: bool = False) -> Task:
    """Raises NotFound: no such task, or not of this person or of somebody they look after."""
    clients = clients_in_care_of(viewer).with_only_columns(Account.id)
    query = select(Task).where(Task.client_id.in_(clients), Task.public_id == task_id)
    found = session.scalars(query.with_for_update(of=Task, key_share=True) if lock else query).first()
    if found is None:
        raise NotFound()
    return found


def task_for(session: Session, viewer: Viewer, task_id: str, act: Act) -> Task:
    """The task, held, to which this may be done now.

    Raises:
        NotFound: no such task, or not of this person or of somebody they look after.
        InvalidInput: a measure's task, which is done by answering.
        TaskEnded, TaskNotDone: it does not stand as this needs it.
        CareEnded: the client's care here has ended.
    """
    task = find_task(session, viewer, task_id, lock=True)
    match refusal(standing_of(session, task), act):
        case Refusal.CARE_ENDED:
            require_own_care(session, task.client_id)
        case Refusal.BY_ANSWERING:
            raise InvalidInput({"task": _BY_ANSWERING})
        case Refusal.NOT_DONE:
            raise TaskNotDone()
        case Refusal.WITHDRAWN | Refusal.DONE:
            raise TaskEnded()
    return task


def standing_of(session: Session, task: Task) -> Standing:
    ended = bool(discharged_among(session, [task.client_id]))
    return Standing(Kind(task.kind), state_of(task.done_at, task.withdrawn_at), cared_for=not ended)


def _row(task: Task, client: Account, now: datetime) -> TaskRow:
    return TaskRow(
        task.public_id,
        client.public_id,
        client.name,
        task.title or "",
        Kind(task.kind),
        state_of(task.done_at, task.withdrawn_at),
        task.due_on,
        due(task.due_on, client.zone, now),
        task.set_at,
        task.done_at,
        task.looked_at,
    )


def _view(session: Session, viewer: Viewer, task: Task, now: datetime) -> TaskView:
    client = session.get_one(Account, task.client_id)
    standing = standing_of(session, task)
    focus = Item(task.focus) if task.focus else None
    shown = viewer.role is Role.CLIENT or standing.state is State.DONE
    worksheet = session.get_one(Document, task.worksheet_id) if task.worksheet_id is not None else None
    handed_in = session.scalars(
        select(Document).where(Document.task_id == task.id).order_by(Document.added_at, Document.id)
    )
    return TaskView(
        row=_row(task, client, now),
        set_by=session.get_one(Account, task.set_by_id).name,
        words=task.words or "",
        standing=standing,
        worksheet=_paper(worksheet) if worksheet is not None else None,
        instrument=task.instrument,
        asked=_asked(session, client, task.instrument, now) if standing.state is State.OPEN else None,
        focus=focus,
        focus_asked=focus is not None and focus in read_items(session, client.id),
        reply=(task.reply or "") if shown else "",
        reply_revision=task.reply_revision,
        handed_in=tuple(_paper(row) for row in handed_in),
        withdrawn_at=task.withdrawn_at,
        withdrawn_reason=task.withdrawn_reason or "",
    )


def _asked(session: Session, client: Account, instrument_id: str | None, now: datetime) -> str | None:
    """The measure that stands on the client's screen for this one: itself, or what stands in for it."""
    if instrument_id is None:
        return None
    asked = [one.instrument.id for one in read_situation(session, client, now).due(now)]
    return next((name for name in asked if name in family(instrument_id)), None)


def _paper(row: Document) -> Paper:
    return Paper(row.public_id, row.name or "", row.added_at, row.withdrawn_at is not None)
