"""The versions of the clinic's intake form: one draft at a time, published ones that never change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import FormChanged, LastForm, NotFound
from clinic.intake.default_form import DEFAULT_FORM
from clinic.intake.definition import check, check_to_publish, form_from_json, form_to_json
from clinic.intake.form import Form
from clinic.oversight.audit import record
from clinic.people.details import read_minimum_age
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Account, AuditEvent, Intake, IntakeForm

DRAFT, PUBLISHED, WITHDRAWN = "draft", "published", "withdrawn"


@dataclass(frozen=True)
class FormVersion:
    """A version and how many clients are on it: `filling` have begun and not sent, `sent` have sent."""

    public_id: str
    version: int
    status: str
    edited_at: datetime
    published_at: datetime | None
    withdrawn_at: datetime | None
    filling: int
    sent: int
    in_force: bool


@dataclass(frozen=True)
class FormDraft:
    """The one draft. `revision` rises with each change of it; an edit names the one it was made on."""

    public_id: str
    version: int
    revision: int
    form: Form
    edited_at: datetime


@dataclass(frozen=True)
class FormView:
    """One version to look at, and the age by which it judges a date of birth."""

    version: int
    form: Form
    minimum_age: int
    is_draft: bool


@allowed(Permission.FORM_MANAGE)
def form_versions(viewer: Viewer) -> list[FormVersion]:
    """Every version, the newest first."""
    with db.reading() as session:
        rows = session.scalars(select(IntakeForm).order_by(IntakeForm.version.desc())).all()
        counted = session.execute(
            select(Intake.form_id, Intake.submitted_at.is_not(None), func.count())
            .where(Intake.replaced_at.is_(None))
            .group_by(Intake.form_id, Intake.submitted_at.is_not(None))
        )
        clients = {(form_id, bool(sent)): number for form_id, sent, number in counted}
    newest = next((row.id for row in rows if row.status == PUBLISHED), None)
    return [
        FormVersion(
            public_id=row.public_id,
            version=row.version,
            status=row.status,
            edited_at=row.edited_at,
            published_at=row.published_at,
            withdrawn_at=row.withdrawn_at,
            filling=clients.get((row.id, False), 0),
            sent=clients.get((row.id, True), 0),
            in_force=row.id == newest,
        )
        for row in rows
    ]


@allowed(Permission.FORM_MANAGE)
def form_of(viewer: Viewer, form_id: str) -> FormView:
    """One version as clients see or saw it.

    Raises:
        NotFound: there is none.
    """
    with db.reading() as session:
        row = _row(session, form_id)
        return FormView(
            row.version, form_from_json(row.definition), read_minimum_age(session), row.status == DRAFT
        )


@allowed(Permission.FORM_MANAGE)
def open_draft(viewer: Viewer, now: datetime) -> FormDraft:
    """The draft; where there is none, one is begun as a copy of the newest published version."""
    with db.reading() as session:
        row = _draft(session)
    if row is None:
        try:
            row = _begin(viewer, now)
        except IntegrityError:
            # Another administrator began it in the same moment: carry on with that one.
            with db.reading() as session:
                row = _draft(session)
            if row is None:
                raise
    return FormDraft(row.public_id, row.version, row.revision, form_from_json(row.definition), row.edited_at)


@allowed(Permission.FORM_MANAGE)
def save_draft(viewer: Viewer, form: Form, revision: int, now: datetime) -> int:
    """Keep the draft as `form`. Returns its new revision.

    Raises:
        FormMalformed: it cannot be kept like this; the sentence says where.
        FormChanged: the draft is no longer at `revision`; nothing was written over.
    """
    check(form)
    with db.unit_of_work() as session:
        row = _draft_at(session, revision)
        row.definition, row.edited_at = form_to_json(form), now
        row.revision += 1
        record(session, now, viewer.account_id, "form.edit", object_id=row.public_id)
        return row.revision


@allowed(Permission.FORM_MANAGE)
def publish(viewer: Viewer, revision: int, now: datetime) -> int:
    """Make the draft the form that clients fill in from now on. Returns its version.

    Who is filling in an older version goes on with theirs.

    Raises:
        FormMalformed: a section without questions, or no guardian where the clinic takes minors.
        FormChanged: the draft is no longer at `revision`.
    """
    with db.unit_of_work() as session:
        row = _draft_at(session, revision)
        check_to_publish(form_from_json(row.definition), read_minimum_age(session))
        row.status, row.published_at, row.published_by_id = PUBLISHED, now, viewer.account_id
        record(session, now, viewer.account_id, "form.publish", object_id=row.public_id)
        return row.version


@allowed(Permission.FORM_MANAGE)
def withdraw(viewer: Viewer, form_id: str, now: datetime) -> None:
    """Nobody fills in this version any more. What was sent on it stays as it is. Twice is once.

    Raises:
        NotFound: no such version, or it is the draft.
        LastForm: no other version is published.
    """
    with db.unit_of_work() as session:
        # All of them at once: two administrators who withdraw the last two wait for each other.
        published = session.scalars(
            select(IntakeForm)
            .where(IntakeForm.status == PUBLISHED)
            .order_by(IntakeForm.id)
            .with_for_update(key_share=True)
        ).all()
        row = _row(session, form_id)
        if row.status == WITHDRAWN:
            return
        if row.status == DRAFT:
            raise NotFound()
        if len(published) == 1:
            raise LastForm()
        row.status, row.withdrawn_at = WITHDRAWN, now
        record(session, now, viewer.account_id, "form.withdraw", object_id=row.public_id)


def publish_first_form(session: Session, now: datetime) -> IntakeForm:
    """The default form as version 1."""
    form = IntakeForm(
        version=1,
        definition=form_to_json(DEFAULT_FORM),
        status=PUBLISHED,
        edited_at=now,
        published_at=now,
    )
    session.add(form)
    session.flush()
    return form


def form_in_force(session: Session) -> IntakeForm:
    """The newest published version."""
    query = select(IntakeForm).where(IntakeForm.status == PUBLISHED).order_by(IntakeForm.version.desc())
    return session.scalars(query.limit(1)).one()


def _begin(viewer: Viewer, now: datetime) -> IntakeForm:
    with db.unit_of_work() as session:
        newest, highest = session.execute(
            select(func.max(IntakeForm.version), func.max(IntakeForm.revision))
        ).one()
        row = IntakeForm(
            version=newest + 1,
            definition=form_in_force(session).definition,
            status=DRAFT,
            # No revision comes twice, so that a tab with an older draft is never taken for one with this.
            revision=highest + 1,
            edited_at=now,
        )
        session.add(row)
        session.flush()
        record(session, now, viewer.account_id, "form.begin", object_id=row.public_id)
        return row


def _draft(session: Session, *, lock: bool = False) -> IntakeForm | None:
    query = select(IntakeForm).where(IntakeForm.status == DRAFT)
    return session.scalars(query.with_for_update(key_share=True) if lock else query).first()


def _draft_at(session: Session, revision: int) -> IntakeForm:
    """The draft, held until the caller commits, if it is still at this revision."""
    row = _draft(session, lock=True)
    if row is None:
        row = session.scalars(select(IntakeForm).order_by(IntakeForm.version.desc()).limit(1)).one()
    elif row.revision == revision:
        return row
    last = session.execute(
        select(Account.name, AuditEvent.at)
        .join(Account, Account.id == AuditEvent.actor_id)
        .where(AuditEvent.object_id == row.public_id, AuditEvent.action.like("form.%"))
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).first()
    raise FormChanged(*last) if last else FormChanged("Somebody", row.edited_at)


def _row(session: Session, form_id: str) -> IntakeForm:
    row = session.scalars(select(IntakeForm).where(IntakeForm.public_id == form_id)).first()
    if row is None:
        raise NotFound()
    return row
