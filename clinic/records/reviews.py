"""A therapist has looked at results: which are new to them, and saying that one has seen them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record
from clinic.people.care import client_in_care_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Account, QuestionnaireResponse, ResultReview

LONGEST_NOTE = 1000


@dataclass(frozen=True)
class Latest:
    """A measure's latest finished form, scored or not. `by` and `at`: who has looked at it and when; the
    `note` is theirs, or ""."""

    instrument: str
    completed_at: datetime
    total: int | None
    reviewed_by: str
    reviewed_at: datetime | None
    note: str


@allowed(Permission.OUTCOME_MANAGE)
def review(viewer: Viewer, client_id: str, seen: datetime, note: str, now: datetime) -> int:
    """Say that one has looked at a client's results. Returns how many forms were new; twice is once.

    Args:
        seen: the newest result on this person's screen: one that came since is not covered.
        note: kept with the newest of them, or "".

    Raises:
        NotFound: no such client, or not one of the viewer's to do something with.
        InvalidInput: the note is too long.
    """
    if len(note.strip()) > LONGEST_NOTE:
        raise InvalidInput({"review_note": f"Use {LONGEST_NOTE:,} characters or fewer for the note."})
    form = QuestionnaireResponse
    with db.unit_of_work() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        session.refresh(client, with_for_update={"key_share": True})
        new = session.scalars(
            select(form.id)
            .outerjoin(ResultReview, ResultReview.response_id == form.id)
            .where(form.client_id == client.id, form.completed_at <= seen, ResultReview.id.is_(None))
            .order_by(form.completed_at.desc(), form.id.desc())
        ).all()
        for place, response_id in enumerate(new):
            made = ResultReview(response_id=response_id, by_id=viewer.account_id, at=now)
            made.note = note.strip() or None if place == 0 else None
            session.add(made)
        if new:
            record(
                session,
                now,
                viewer.account_id,
                "result.review",
                client_id=client.id,
                object_id=client.public_id,
            )
    return len(new)


def read_latest_forms(
    session: Session, client_ids: Sequence[int], *, notes: bool = False
) -> dict[int, list[Latest]]:
    """By account id, inside the caller's transaction: one query for any number of clients."""
    rows = session.execute(_latest(notes), {"ids": list(client_ids)})
    found: dict[int, dict[str, Latest]] = {}
    for client_id, name, at, total, reviewed_by, reviewed_at, *row in rows:
        note = row[0].note if row and row[0] is not None else None
        latest = Latest(name, at, total, reviewed_by or "", reviewed_at, note or "")
        found.setdefault(client_id, {})[name] = latest
    return {client_id: list(forms.values()) for client_id, forms in found.items()}


# Put together once: doing it anew costs more than asking it.
@cache
def _latest(notes: bool) -> Select[*tuple[Any, ...]]:
    form, by = QuestionnaireResponse, aliased(Account)
    edge = (
        select(form.client_id, form.instrument, func.max(form.completed_at).label("at"))
        .where(form.client_id.in_(bindparam("ids", expanding=True)), form.completed_at.is_not(None))
        .group_by(form.client_id, form.instrument)
        .subquery()
    )
    same: ColumnElement[bool] = and_(
        form.client_id == edge.c.client_id,
        form.instrument == edge.c.instrument,
        form.completed_at == edge.c.at,
    )
    asked = (form.client_id, form.instrument, edge.c.at, form.total, by.name, ResultReview.at)
    return (
        select(*asked, *((ResultReview,) if notes else ()))
        .select_from(edge)
        .join(form, same)
        .outerjoin(ResultReview, ResultReview.response_id == form.id)
        .outerjoin(by, by.id == ResultReview.by_id)
        .order_by(form.id)
    )
