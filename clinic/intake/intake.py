"""Filling the intake: each answer is kept as it is given, on any device, until the form is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import DraftOutdated, InvalidInput
from clinic.intake.form import FIELDS, FORM, VERSION, cannot_be_kept, problems_in
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Intake, IntakeAnswer


@dataclass(frozen=True)
class IntakeDraft:
    """The answers so far, by field name, and which sections need nothing more."""

    answers: dict[str, str]
    finished_sections: frozenset[str]
    saved_at: datetime | None
    submitted_at: datetime | None

    @property
    def ready_to_send(self) -> bool:
        return len(self.finished_sections) == len(FORM)


@allowed(Permission.INTAKE_FILL)
def draft(viewer: Viewer, now: datetime) -> IntakeDraft:
    """The client's own intake; empty where they have not begun."""
    with db.reading() as session:
        return read_intake(session, viewer.account_id, _today(viewer, now))


@allowed(Permission.INTAKE_FILL)
def keep_answers(viewer: Viewer, answers: dict[str, str], now: datetime) -> datetime:
    """Keep answers as they are, half-filled or not. Returns when they were saved (UTC).

    Raises:
        InvalidInput: a field the form does not have, an answer outside its options, or too long.
            The other answers given with it are kept.
        DraftOutdated: the form was already sent.
    """
    problems = {
        name: sentence
        for name, value in answers.items()
        if (sentence := cannot_be_kept(FIELDS[name], value) if name in FIELDS else "Not part of this form.")
    }
    keep = {name: value for name, value in answers.items() if name not in problems}
    try:
        _write(viewer, keep, now)
    except IntegrityError:
        # Two devices began at the same moment: the other's rows are there now, so write over them.
        _write(viewer, keep, now)
    if problems:
        raise InvalidInput(problems)
    return now


@allowed(Permission.INTAKE_FILL)
def submit(viewer: Viewer, now: datetime) -> None:
    """Send the intake to the therapist. Sending twice is once.

    Raises:
        InvalidInput: sections are unfinished; field name to sentence. Nothing is lost.
    """
    with db.unit_of_work() as session:
        intake = _intake_of(session, viewer.account_id, lock=True)
        if intake is not None and intake.submitted_at is not None:
            return
        kept = read_intake(session, viewer.account_id, _today(viewer, now))
        problems: dict[str, str] = {}
        for section in FORM:
            problems |= problems_in(section, kept.answers, _today(viewer, now))
        if problems or intake is None:
            raise InvalidInput(problems)
        intake.submitted_at = now
        record(
            session,
            now,
            viewer.account_id,
            "intake.submit",
            client_id=viewer.account_id,
            object_id=intake.public_id,
        )


def read_intake(session: Session, client_id: int, today: date) -> IntakeDraft:
    """One client's answers, inside the caller's transaction; the caller has decided permission."""
    intake = _intake_of(session, client_id)
    rows = (
        session.scalars(select(IntakeAnswer).where(IntakeAnswer.intake_id == intake.id)).all()
        if intake
        else []
    )
    answers = {row.field: row.value or "" for row in rows}
    return IntakeDraft(
        answers=answers,
        finished_sections=frozenset(s.name for s in FORM if not problems_in(s, answers, today)),
        saved_at=max((row.answered_at for row in rows), default=None),
        submitted_at=intake.submitted_at if intake else None,
    )


def intake_state(session: Session, client_id: int) -> tuple[bool, bool]:
    """Whether the client's intake was begun, and whether it was sent; inside the caller's transaction."""
    begun = select(IntakeAnswer.id).where(IntakeAnswer.intake_id == Intake.id).exists()
    row = session.execute(select(begun, Intake.submitted_at).where(Intake.client_id == client_id)).first()
    return (bool(row[0]), row[1] is not None) if row else (False, False)


def _write(viewer: Viewer, answers: dict[str, str], now: datetime) -> None:
    if not answers:
        return
    with db.unit_of_work() as session:
        intake = _intake_of(session, viewer.account_id, lock=True)
        if intake is None:
            intake = Intake(client_id=viewer.account_id, form_version=VERSION, started_at=now)
            session.add(intake)
            session.flush()
        elif intake.submitted_at is not None:
            raise DraftOutdated()
        rows = {
            row.field: row
            for row in session.scalars(
                select(IntakeAnswer).where(
                    IntakeAnswer.intake_id == intake.id, IntakeAnswer.field.in_(answers)
                )
            )
        }
        for name, value in answers.items():
            row = rows.get(name)
            if row is None:
                row = IntakeAnswer(intake_id=intake.id, field=name)
                session.add(row)
            row.value = value
            row.answered_at = now
        record(
            session,
            now,
            viewer.account_id,
            "intake.keep",
            client_id=viewer.account_id,
            object_id=intake.public_id,
        )


def _intake_of(session: Session, client_id: int, lock: bool = False) -> Intake | None:
    query = select(Intake).where(Intake.client_id == client_id)
    # PostgreSQL: a second device waits here; SQLite holds the write lock already.
    return session.scalars(query.with_for_update() if lock else query).first()


def _today(viewer: Viewer, now: datetime) -> date:
    return now.astimezone(ZoneInfo(viewer.zone)).date()
