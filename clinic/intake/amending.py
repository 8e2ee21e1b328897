"""Changing an answer after the intake was sent: with a reason, and what stood there before stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

import db
from clinic.errors import EditedElsewhere, Elsewhere, InvalidInput
from clinic.intake.answers import NOT_ON_THE_FORM, problem_with
from clinic.intake.form import BORN
from clinic.intake.intake import EDITED, subject, today_of
from clinic.intake.reading import intake_of, read_intake
from clinic.oversight.audit import record
from clinic.people.details import read_minimum_age
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import IntakeAmendment, IntakeAnswer

LONGEST_REASON = 500
REASON = "reason"


@dataclass(frozen=True)
class Change:
    """The field, its new answer, the revision that was seen (0: none was given), and why."""

    field: str
    value: str
    revision: int
    reason: str


@allowed(Permission.INTAKE_FILL)
def amend(viewer: Viewer, change: Change, now: datetime, client_id: str | None = None) -> None:
    """Change one answer of a sent intake, by the rules of the form it was sent on.

    Raises:
        InvalidInput: no reason, an answer the form would not take, or a field it does not ask.
        EditedElsewhere: somebody amended it meanwhile.
        NotFound: not a client of the viewer's.
    """
    with db.unit_of_work() as session:
        client = subject(session, viewer, client_id, now)
        intake = intake_of(session, client.id, lock=True)
        today = today_of(client, now)
        kept = read_intake(session, client.id, today)
        if intake is None or intake.submitted_at is None:
            raise InvalidInput(
                {change.field: "This intake is not sent yet. Change the answer in it directly."}
            )
        field, there = kept.asked.field(change.field), kept.kept.get(change.field)
        if field is None:
            raise InvalidInput({change.field: NOT_ON_THE_FORM})
        wrong = problem_with(field, change.value, today, read_minimum_age(session))
        before = there.value if there else ""
        if wrong is None and change.value == before:
            wrong = "This is what it says already. Change the answer, or go back."
        problems = {change.field: wrong} if wrong else {}
        if not change.reason.strip():
            problems[REASON] = "Say in a few words why you change it."
        elif len(change.reason) > LONGEST_REASON:
            problems[REASON] = f"Use {LONGEST_REASON} characters or fewer for the reason."
        if there and there.revision != change.revision and there.answered_at:
            now_there = Elsewhere(there.by or client.name, there.answered_at, before, there.revision)
            raise EditedElsewhere({**problems, change.field: EDITED}, {change.field: now_there})
        if problems:
            raise InvalidInput(problems)
        amended = IntakeAmendment(
            intake_id=intake.id, field=change.field, amended_at=now, amended_by_id=viewer.account_id
        )
        amended.before = before if there else None
        amended.after, amended.reason = change.value, change.reason.strip()
        session.add(amended)
        row = session.scalars(
            select(IntakeAnswer).where(
                IntakeAnswer.intake_id == intake.id, IntakeAnswer.field == change.field
            )
        ).first()
        if row is None:
            row = IntakeAnswer(intake_id=intake.id, field=change.field, revision=0)
            session.add(row)
        row.value, row.answered_at, row.answered_by_id = change.value, now, viewer.account_id
        row.revision += 1
        if change.field == BORN:
            client.born = change.value
        record(
            session, now, viewer.account_id, "intake.amend", client_id=client.id, object_id=intake.public_id
        )
