"""Filling the intake: each answer is kept as it is given, on any device, until the form is sent.

A client fills in their own; a therapist fills it in with a client of theirs, whom `client_id` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import DraftOutdated, EditedElsewhere, Elsewhere, FormWithdrawn, InvalidInput, NotFound
from clinic.intake.answers import NOT_ON_THE_FORM, cannot_be_kept
from clinic.intake.definition import form_from_json
from clinic.intake.form import BORN, Form
from clinic.intake.forms import WITHDRAWN, form_in_force
from clinic.intake.reading import IntakeDraft, intake_of, read_intake
from clinic.oversight.audit import record, record_look
from clinic.people.care import client_in_care_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from db.tables import Account, Intake, IntakeAnswer, IntakeForm

# Field name to (the answer, the revision of it that was seen: 0 where there was none).
Answers = Mapping[str, tuple[str, int]]
EDITED = "Somebody has changed this answer since you saw it. Choose which one to keep."


@dataclass(frozen=True)
class Saved:
    """When answers were saved (UTC), and the revision each field now has."""

    at: datetime
    revisions: dict[str, int]


@allowed(Permission.INTAKE_FILL)
def draft(viewer: Viewer, now: datetime, client_id: str | None = None) -> IntakeDraft:
    """The intake as it stands; empty where nobody has begun. A therapist's look is written down.

    Raises:
        NotFound: not a client of the viewer's.
    """
    with db.reading() if client_id is None else db.unit_of_work() as session:
        client = subject(session, viewer, client_id, now)
        if client.id != viewer.account_id:
            record_look(
                session,
                now,
                viewer.account_id,
                "intake.open",
                client_id=client.id,
                object_id=client.public_id,
            )
        return read_intake(session, client.id, today_of(client, now))


@allowed(Permission.INTAKE_FILL)
def keep_answers(viewer: Viewer, answers: Answers, now: datetime, client_id: str | None = None) -> Saved:
    """Keep answers as they are, half-filled or not.

    Raises, with the other answers given along kept:
        InvalidInput: a field the form does not have, an answer outside its options, or too long.
        EditedElsewhere: an answer has a newer revision, with other words; both are there to choose from.

    Raises, with nothing changed:
        DraftOutdated: the form was already sent.
        FormWithdrawn: the clinic took this version of the form back: `carry_over` goes on with the new one.
        NotFound: not a client of the viewer's.
    """
    if not answers:
        return Saved(now, {})
    try:
        return _keep(viewer, answers, now, client_id)
    except IntegrityError:
        # Two devices began at the same moment: the other's rows are there now, so go on with them.
        return _keep(viewer, answers, now, client_id)


@allowed(Permission.INTAKE_FILL)
def submit(viewer: Viewer, now: datetime, client_id: str | None = None) -> None:
    """Send the intake to the therapist. Sending twice is once.

    Raises:
        InvalidInput: what to put right first; field name to sentence. Nothing is lost.
        FormWithdrawn: the clinic took this version of the form back.
        NotFound: not a client of the viewer's.
    """
    with db.unit_of_work() as session:
        client = subject(session, viewer, client_id, now)
        intake = intake_of(session, client.id, lock=True)
        if intake is not None and intake.submitted_at is not None:
            return
        kept = read_intake(session, client.id, today_of(client, now))
        if kept.withdrawn:
            raise FormWithdrawn()
        if kept.problems or intake is None:
            raise InvalidInput(kept.problems)
        if kept.kept[BORN].revision == 0:
            # Known from before and confirmed by sending: part of what was sent.
            _write(session, intake, {BORN: kept.answers[BORN]}, {}, viewer, now)
        if not client.born:
            client.born = kept.answers[BORN]
        intake.submitted_at, intake.submitted_by_id = now, viewer.account_id
        record(
            session, now, viewer.account_id, "intake.submit", client_id=client.id, object_id=intake.public_id
        )


@allowed(Permission.INTAKE_FILL)
def carry_over(viewer: Viewer, now: datetime, client_id: str | None = None) -> None:
    """Go on with the newest form, where this draft's was withdrawn: with every answer that fits it. The
    old draft stays as it was. Where there is nothing to carry over, nothing happens.

    Raises:
        NotFound: not a client of the viewer's.
    """
    with db.unit_of_work() as session:
        client = subject(session, viewer, client_id, now)
        old = intake_of(session, client.id, lock=True)
        if old is None or old.submitted_at is not None:
            return
        if session.get_one(IntakeForm, old.form_id).status != WITHDRAWN:
            return
        newest = form_in_force(session)
        old.replaced_at = now
        session.flush()  # one current intake a client
        new = Intake(client_id=client.id, form_id=newest.id, started_at=now)
        session.add(new)
        session.flush()
        _copy_what_fits(session, old, new, form_from_json(newest.definition))
        record(
            session, now, viewer.account_id, "intake.carry-over", client_id=client.id, object_id=new.public_id
        )


def subject(session: Session, viewer: Viewer, client_id: str | None, now: datetime) -> Account:
    """Whose intake: the client's own, or that of a client of this therapist's.

    Raises:
        NotFound: nobody whose intake the viewer may fill in.
    """
    if client_id is not None:
        return client_in_care_of(session, viewer, client_id, now)
    if viewer.role is not Role.CLIENT:
        raise NotFound()
    return session.get_one(Account, viewer.account_id)


def today_of(client: Account, now: datetime) -> date:
    """The client's own day, which their age goes by."""
    return now.astimezone(ZoneInfo(client.zone)).date()


def _keep(viewer: Viewer, answers: Answers, now: datetime, client_id: str | None) -> Saved:
    with db.unit_of_work() as session:
        client = subject(session, viewer, client_id, now)
        intake = intake_of(session, client.id, lock=True)
        form_row = session.get_one(IntakeForm, intake.form_id) if intake else form_in_force(session)
        if intake is not None and intake.submitted_at is not None:
            raise DraftOutdated()
        if form_row.status == WITHDRAWN:
            raise FormWithdrawn()
        problems = _refused(form_from_json(form_row.definition), answers)
        rows = _rows(session, intake, answers)
        elsewhere = {
            name: row
            for name, row in rows.items()
            if name not in problems and row.revision != answers[name][1] and row.value != answers[name][0]
        }
        keep = {
            name: value
            for name, (value, _) in answers.items()
            if name not in problems and name not in elsewhere
        }
        if keep:
            if intake is None:
                intake = Intake(client_id=client.id, form_id=form_row.id, started_at=now)
                session.add(intake)
                session.flush()
            _write(session, intake, keep, rows, viewer, now)
            record(
                session,
                now,
                viewer.account_id,
                "intake.keep",
                client_id=client.id,
                object_id=intake.public_id,
            )
        saved = Saved(now, {name: row.revision for name, row in rows.items()})
        told = {name: _told(session, row) for name, row in elsewhere.items()}
    if told:
        raise EditedElsewhere({**problems, **dict.fromkeys(told, EDITED)}, told)
    if problems:
        raise InvalidInput(problems)
    return saved


def _refused(form: Form, answers: Answers) -> dict[str, str]:
    fields = {field.name: field for field in form.fields()}
    return {
        name: sentence
        for name, (value, _) in answers.items()
        if (sentence := cannot_be_kept(fields[name], value) if name in fields else NOT_ON_THE_FORM)
    }


def _rows(session: Session, intake: Intake | None, names: Mapping[str, object]) -> dict[str, IntakeAnswer]:
    if intake is None:
        return {}
    found = session.scalars(
        select(IntakeAnswer).where(IntakeAnswer.intake_id == intake.id, IntakeAnswer.field.in_(names))
    )
    return {row.field: row for row in found}


def _write(
    session: Session,
    intake: Intake,
    answers: Mapping[str, str],
    rows: dict[str, IntakeAnswer],
    viewer: Viewer,
    now: datetime,
) -> None:
    """Put each answer into its row, a new one where there is none; `rows` has them all afterwards."""
    for name, value in answers.items():
        row = rows.get(name)
        if row is None:
            row = rows[name] = IntakeAnswer(intake_id=intake.id, field=name, revision=1)
            session.add(row)
        elif row.value == value:
            continue
        else:
            row.revision += 1
        row.value, row.answered_at, row.answered_by_id = value, now, viewer.account_id


def _told(session: Session, row: IntakeAnswer) -> Elsewhere:
    author = session.get(Account, row.answered_by_id) if row.answered_by_id else None
    return Elsewhere(author.name if author else "Somebody", row.answered_at, row.value or "", row.revision)


def _copy_what_fits(session: Session, old: Intake, new: Intake, form: Form) -> None:
    fields = {field.name: field for field in form.fields()}
    for row in session.scalars(select(IntakeAnswer).where(IntakeAnswer.intake_id == old.id)):
        value = row.value or ""
        if row.field in fields and cannot_be_kept(fields[row.field], value) is None:
            copy = IntakeAnswer(
                intake_id=new.id,
                field=row.field,
                answered_at=row.answered_at,
                answered_by_id=row.answered_by_id,
            )
            copy.value = value
            session.add(copy)
