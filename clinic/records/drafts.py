"""What a client has typed into a form of their own and not saved yet, so that a reload loses nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record_look
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.check_in import day_to_keep, today_in
from db.tables import ClientDraft

_LONGEST = 10_000  # characters of JSON: a note of 2,000 written in any script


class Form(StrEnum):
    CHECK_IN = "check_in"
    SLEEP = "sleep"
    GOAL = "goal"


@dataclass(frozen=True)
class Draft:
    """`answers` as the screen kept them: whoever reads them checks each."""

    day_on: date
    answers: dict[str, object]


@allowed(Permission.MOOD_LOG)
def keep_draft(
    viewer: Viewer, form: Form, answers: Mapping[str, object], now: datetime, day_on: date | None = None
) -> None:
    """Keep what stands in the form now, in place of what stood there before.

    Raises:
        InvalidInput: more than a form holds, or a day that cannot be filled in.
    """
    day_on = day_to_keep(day_on, today_in(viewer.zone, now))
    text = json.dumps(answers, ensure_ascii=False)
    if len(text) > _LONGEST:
        raise InvalidInput({"form": "That is more than fits here. Write less, then save it."})
    try:
        _keep(viewer, form, day_on, text, now)
    except IntegrityError:
        # A second device began the same form in between: now there is a row to write over.
        _keep(viewer, form, day_on, text, now)


def read_draft(session: Session, client_id: int, form: Form) -> Draft | None:
    """Inside the caller's transaction; the caller has decided permission."""
    row = session.scalars(
        select(ClientDraft).where(ClientDraft.client_id == client_id, ClientDraft.form == form.value)
    ).first()
    if row is None:
        return None
    return Draft(row.day_on, json.loads(row.answers_json or "{}"))


def forget_draft(session: Session, client_id: int, form: Form) -> None:
    """It is saved: inside the transaction that saves it."""
    session.execute(
        delete(ClientDraft).where(ClientDraft.client_id == client_id, ClientDraft.form == form.value)
    )


def _keep(viewer: Viewer, form: Form, day_on: date, text: str, now: datetime) -> None:
    with db.unit_of_work() as session:
        row = session.scalars(
            select(ClientDraft)
            .where(ClientDraft.client_id == viewer.account_id, ClientDraft.form == form.value)
            .with_for_update(key_share=True)
        ).first()
        if row is None:
            row = ClientDraft(client_id=viewer.account_id, form=form.value)
            session.add(row)
        row.day_on, row.answers_json, row.kept_at = day_on, text, now
        session.flush()
        # Each key typed is the same sitting: one event for it.
        record_look(session, now, viewer.account_id, "draft.keep", client_id=viewer.account_id)
