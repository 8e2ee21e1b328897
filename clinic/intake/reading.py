"""What is kept of a client's intake, as whoever may see it reads it. Inside the caller's transaction; the
caller has decided permission."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.intake.answers import problems_in, problems_to_send
from clinic.intake.definition import form_from_json
from clinic.intake.form import BORN, Form, minutes_for, shown
from clinic.intake.forms import WITHDRAWN, form_in_force
from clinic.people.details import read_minimum_age
from db.tables import Account, Intake, IntakeAmendment, IntakeAnswer, IntakeForm


@dataclass(frozen=True)
class KeptAnswer:
    """One answer. `revision` rises with each change, 0: not given here but known from elsewhere; `by` is
    who gave it where that was not the client."""

    value: str
    revision: int
    answered_at: datetime | None
    by: str | None


@dataclass(frozen=True)
class Amendment:
    """An answer changed after it was sent."""

    before: str
    after: str
    reason: str
    amended_at: datetime
    by: str


@dataclass(frozen=True)
class IntakeDraft:
    """A client's intake: the form it is bound to, the answers so far, and what is left.

    `asked` is the part of the form that is shown, given the answers. `answers` has hidden fields' too:
    they stay kept. `withdrawn`: the clinic took the form back before this was sent.
    """

    client_name: str
    version: int
    form: Form
    asked: Form
    kept: dict[str, KeptAnswer]
    finished_sections: frozenset[str]
    problems: dict[str, str]
    saved_at: datetime | None
    submitted_at: datetime | None
    withdrawn: bool
    amendments: dict[str, tuple[Amendment, ...]] = field(default_factory=dict)

    @property
    def answers(self) -> dict[str, str]:
        return {name: answer.value for name, answer in self.kept.items()}

    @property
    def begun(self) -> bool:
        return self.saved_at is not None

    @property
    def ready_to_send(self) -> bool:
        return not self.problems

    @property
    def minutes_left(self) -> int:
        """About how many minutes the open questions take."""
        return minutes_for(self.asked, self.answers)


def read_intake(session: Session, client_id: int, today: date) -> IntakeDraft:
    """One client's current intake; empty, on the form in force, where they have not begun."""
    client = session.get_one(Account, client_id)
    intake = intake_of(session, client_id)
    form_row = session.get_one(IntakeForm, intake.form_id) if intake else form_in_force(session)
    kept = _answers(session, intake, client_id) if intake else {}
    saved_at = max((a.answered_at for a in kept.values() if a.answered_at), default=None)
    if BORN not in kept and client.born:
        # Asked before, with the consent: not asked twice.
        kept[BORN] = KeptAnswer(client.born, 0, None, None)
    form = form_from_json(form_row.definition)
    answers = {name: answer.value for name, answer in kept.items()}
    asked = shown(form, answers, today)
    minimum_age = read_minimum_age(session)
    return IntakeDraft(
        client_name=client.name,
        version=form_row.version,
        form=form,
        asked=asked,
        kept=kept,
        finished_sections=frozenset(
            s.name for s in asked.sections if not problems_in(s.fields, answers, today, minimum_age)
        ),
        problems=problems_to_send(form, answers, today, minimum_age),
        saved_at=saved_at,
        submitted_at=intake.submitted_at if intake else None,
        withdrawn=intake is not None and intake.submitted_at is None and form_row.status == WITHDRAWN,
        amendments=_amendments(session, intake.id) if intake and intake.submitted_at else {},
    )


def intake_state(session: Session, client_id: int) -> tuple[bool, bool]:
    """Whether the client's intake was begun, and whether it was sent."""
    begun = select(IntakeAnswer.id).where(IntakeAnswer.intake_id == Intake.id).exists()
    row = session.execute(
        select(begun, Intake.submitted_at).where(Intake.client_id == client_id, Intake.replaced_at.is_(None))
    ).first()
    return (bool(row[0]), row[1] is not None) if row else (False, False)


def intake_of(session: Session, client_id: int, *, lock: bool = False) -> Intake | None:
    """The client's current one, held until the caller commits if `lock`."""
    query = select(Intake).where(Intake.client_id == client_id, Intake.replaced_at.is_(None))
    # PostgreSQL: a second device waits here; SQLite holds the write lock already.
    return session.scalars(query.with_for_update(key_share=True) if lock else query).first()


def _answers(session: Session, intake: Intake, client_id: int) -> dict[str, KeptAnswer]:
    rows = session.execute(
        select(IntakeAnswer, Account.name)
        .join(Account, Account.id == IntakeAnswer.answered_by_id, isouter=True)
        .where(IntakeAnswer.intake_id == intake.id)
    )
    return {
        row.field: KeptAnswer(
            row.value or "",
            row.revision,
            row.answered_at,
            name if row.answered_by_id not in (None, client_id) else None,
        )
        for row, name in rows
    }


def _amendments(session: Session, intake_id: int) -> dict[str, tuple[Amendment, ...]]:
    found: dict[str, tuple[Amendment, ...]] = {}
    for row, name in session.execute(
        select(IntakeAmendment, Account.name)
        .join(Account, Account.id == IntakeAmendment.amended_by_id)
        .where(IntakeAmendment.intake_id == intake_id)
        .order_by(IntakeAmendment.id)
    ):
        told = Amendment(row.before or "", row.after or "", row.reason or "", row.amended_at, name)
        found[row.field] = (*found.get(row.field, ()), told)
    return found
