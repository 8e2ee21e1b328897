"""The end of a client's care, with a summary for them, and its beginning again: docs/handover.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import db
from clinic.between.task_list import read_open
from clinic.errors import DischargeChanged, EditedElsewhere, Elsewhere, InvalidInput
from clinic.oversight.audit import record
from clinic.people.care import client_in_care_of, looked_after_by, therapists_of
from clinic.people.details import read_details
from clinic.people.discharge_states import (
    LONGEST_SUMMARY,
    REASONS,
    Act,
    State,
    require,
    require_ready,
    state_of,
)
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.episodes import add_episode
from clinic.scheduling.waiting_list import end_waiting
from clinic.scheduling.writing import cancel_row, coming_with
from db.tables import Account, Appointment, CareAssignment, Discharge, ProgressNote, RiskAlert


@dataclass(frozen=True)
class DischargeView:
    """Where it stands. `by`: who last wrote."""

    state: State
    by: str
    reason: str | None
    summary: str
    revision: int
    kept_at: datetime
    discharged_at: datetime | None


@dataclass(frozen=True)
class Ending:
    """What there is to end: `current` is what is being written or holds now, `earlier` those after which care
    began again; `coming` when booked sessions begin, `alerts` how many are not closed, `unsigned` how many
    notes were begun and not signed, `tasks` what the client was given and has not done."""

    client_id: str
    client_name: str
    current: DischargeView | None
    earlier: tuple[DischargeView, ...]
    coming: tuple[datetime, ...]
    alerts: int
    unsigned: int
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class CareOver:
    """For a client whose care has ended: when, and whom to call."""

    discharged_at: datetime
    clinic: str
    phone: str


@allowed(Permission.CARE_END)
def ending(viewer: Viewer, client_id: str, now: datetime) -> Ending:
    """Raises NotFound: no such client, or not the viewer's to do something with."""
    with db.reading() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        rows = session.execute(
            select(Discharge, Account.name)
            .join(Account, Account.id == Discharge.by_id)
            .where(Discharge.client_id == client.id)
            .order_by(Discharge.started_at.desc(), Discharge.id.desc())
        ).all()
        views = [_view(row, by) for row, by in rows]
        return Ending(
            client.public_id,
            client.name,
            next((one for one in views if one.state is not State.REOPENED), None),
            tuple(one for one in views if one.state is State.REOPENED),
            tuple(one.starts_at for one in coming_with(session, client.id, now)),
            _alerts(session, client.id),
            _unsigned(session, client.id),
            tuple(task.title for task in read_open(session, client.id, now)),
        )


@allowed(Permission.CARE_END)
def keep_summary(
    viewer: Viewer, client_id: str, reason: str | None, summary: str, based_on: int, now: datetime
) -> int:
    """Keep what is typed; returns its revision. The first keeping begins the discharge; care goes on.

    Args:
        based_on: the revision that the person had before them; 0 where there was none.

    Raises:
        NotFound: no such client, or the viewer does not look after them.
        InvalidInput: no such reason, or too long.
        EditedElsewhere: it was changed since. Nothing was kept; it carries what stands there now.
        DischargeChanged: care has ended already.
    """
    if reason is not None and reason not in REASONS:
        raise InvalidInput({"reason": "Choose why care ends."})
    if len(summary) > LONGEST_SUMMARY:
        raise InvalidInput({"summary": f"That is too long. Use {LONGEST_SUMMARY:,} characters or fewer."})
    with db.unit_of_work() as session:
        client = looked_after_by(session, viewer, client_id)
        row = _current(session, client.id)
        if row is None:
            row = Discharge(
                client_id=client.id, by_id=viewer.account_id, revision=0, started_at=now, kept_at=now
            )
            session.add(row)
            session.flush()
            record(session, now, viewer.account_id, "discharge.begin", client_id=client.id)
        require(state_of(row.discharged_at, row.reopened_at), Act.KEEP)
        if row.reason == reason and (row.summary or "") == summary:
            return row.revision
        if based_on != row.revision:
            raise _elsewhere(session, row)
        row.by_id, row.reason, row.summary = viewer.account_id, reason, summary or None
        row.revision, row.kept_at = row.revision + 1, now
        return row.revision


@allowed(Permission.CARE_END, sensitive=True)
def discharge(
    viewer: Viewer, client_id: str, revision: int, cancel_coming: bool | None, now: datetime
) -> None:
    """End the client's care with what was written. Booked sessions are kept or cancelled by choice; the
    client waits for no time any more. Twice is told.

    Raises:
        NotFound: no such client, or the viewer does not look after them.
        AlertsOpen, InvalidInput: it is not ready; see `require_ready`.
        DischargeChanged: nothing was begun, it was changed since, or care has ended already.
    """
    with db.unit_of_work() as session:
        client = looked_after_by(session, viewer, client_id)
        row = _current(session, client.id)
        if row is None or row.revision != revision:
            raise DischargeChanged()
        require(state_of(row.discharged_at, row.reopened_at), Act.DISCHARGE)
        coming = coming_with(session, client.id, now, lock=True)
        require_ready(row.reason, row.summary or "", _alerts(session, client.id), len(coming), cancel_coming)
        for appointment in coming if cancel_coming else []:
            cancel_row(session, appointment, viewer, now, late=False)
        end_waiting(session, client.id, now)
        row.discharged_at = now
        record(
            session, now, viewer.account_id, "care.discharge", client_id=client.id, object_id=row.public_id
        )


@allowed(Permission.CARE_END)
def reopen(viewer: Viewer, client_id: str, now: datetime) -> None:
    """Care begins again, as a new episode from this moment. Twice is told.

    Raises:
        NotFound: no such client, or not the viewer's to do something with.
        DischargeChanged: their care has not ended, or began again already.
    """
    with db.unit_of_work() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        session.refresh(client, with_for_update={"key_share": True})
        row = _current(session, client.id)
        if row is None:
            raise DischargeChanged()
        require(state_of(row.discharged_at, row.reopened_at), Act.REOPEN)
        row.reopened_at, row.reopened_by_id = now, viewer.account_id
        if not therapists_of(session, client.id):
            session.add(CareAssignment(client_id=client.id, therapist_id=viewer.account_id, since_at=now))
        add_episode(session, viewer, client.id, now, now)
        record(session, now, viewer.account_id, "care.reopen", client_id=client.id, object_id=row.public_id)


@allowed(Permission.HOME_OWN)
def own_ending(viewer: Viewer) -> CareOver | None:
    """None while one's care goes on."""
    with db.reading() as session:
        row = _current(session, viewer.account_id)
        if row is None or row.discharged_at is None:
            return None
        details = read_details(session)
        return CareOver(row.discharged_at, details.name if details else "", details.phone if details else "")


def _view(row: Discharge, by: str) -> DischargeView:
    state = state_of(row.discharged_at, row.reopened_at)
    return DischargeView(
        state, by, row.reason, row.summary or "", row.revision, row.kept_at, row.discharged_at
    )


def _elsewhere(session: Session, row: Discharge) -> EditedElsewhere:
    by = session.get_one(Account, row.by_id).name
    now = Elsewhere(by, row.kept_at, row.summary or "", row.revision)
    return EditedElsewhere(
        {"summary": "This was changed somewhere else. Nothing is lost: both texts are below."},
        {"summary": now},
    )


def _current(session: Session, client_id: int) -> Discharge | None:
    return session.scalars(
        select(Discharge).where(Discharge.client_id == client_id, Discharge.reopened_at.is_(None))
    ).first()


def _alerts(session: Session, client_id: int) -> int:
    open_ones = select(func.count()).where(RiskAlert.client_id == client_id, RiskAlert.resolved_at.is_(None))
    return session.scalars(open_ones).one()


def _unsigned(session: Session, client_id: int) -> int:
    return session.scalars(
        select(func.count(ProgressNote.id))
        .join(Appointment, Appointment.id == ProgressNote.appointment_id)
        .where(Appointment.client_id == client_id, ProgressNote.signed_at.is_(None))
    ).one()
