"""Finished forms, for charts and records. Totals are plain columns: no sealed answer is opened for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

import db
from clinic.measures.asking import read_situation
from clinic.measures.due import asked_as, family
from clinic.measures.ends import Span, told, within
from clinic.measures.instrument import load_instruments
from clinic.measures.questionnaires import Response, as_response
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.sharing import read_shared
from db.tables import Account, QuestionnaireResponse


@dataclass(frozen=True)
class Point:
    """One finished form on a chart. `total` is None where items were skipped or the measure has none;
    `entered_by` the therapist who filled it in with the client, or ""."""

    at: datetime
    total: int | None
    version: str
    entered_by: str = ""


@allowed(Permission.PROGRESS_OWN)
def own_series(viewer: Viewer, now: datetime) -> dict[str, list[Point]]:
    """The client's own finished forms, oldest first, by measure in the plan's order: the outcomes that they
    are asked about now; none unless their therapist shares them. Screens are no outcomes, and what is no
    longer asked is their therapist's record."""
    with db.reading() as session:
        return read_own_series(session, session.get_one(Account, viewer.account_id), now)


def read_own_series(session: Session, client: Account, now: datetime) -> dict[str, list[Point]]:
    """The same inside the caller's transaction."""
    if not read_shared(session, client.id):
        return {}
    measures = load_instruments()
    situation, series = read_situation(session, client, now), read_series(session, client.id)
    shown: dict[str, list[Point]] = {}
    for planned in situation.plan:
        answered = [name for name in family(planned.instrument_id) if name in series]
        asked = asked_as(planned.instrument_id, situation.around, measures)
        # A measure and its stand-in are two lines, each shown once it has something on it.
        for name in answered or ([asked.id] if asked else []):
            if name in measures and measures[name].charted:
                shown[name] = series.get(name, [])
    return shown


def read_series(session: Session, client_id: int) -> dict[str, list[Point]]:
    """Every measure that was ever finished, also one that is no longer there, inside the caller's
    transaction; in the order of the measures, each oldest first."""
    return read_points(session, client_id, Span())


def read_points(session: Session, client_id: int, span: Span) -> dict[str, list[Point]]:
    """The same for the forms finished in a span."""
    series: dict[str, list[Point]] = {}
    query = _finished(bool(span.began_at), bool(span.until_at))
    for name, at, total, version, entered_by in session.execute(query, {"client": client_id, **told(span)}):
        series.setdefault(name, []).append(Point(at, total, version, entered_by or ""))
    known = [name for name in load_instruments() if name in series]
    return {name: series[name] for name in dict.fromkeys((*known, *series))}


# Put together once: doing it anew costs more than asking it.
@cache
def _finished(began: bool, until: bool) -> Select[*tuple[Any, ...]]:
    form, helper = QuestionnaireResponse, aliased(Account)
    return (
        select(form.instrument, form.completed_at, form.total, form.instrument_version, helper.name)
        .outerjoin(helper, helper.id == form.entered_by_id)
        .where(form.client_id == bindparam("client"), form.completed_at.is_not(None), *within(began, until))
        .order_by(form.completed_at, form.id)
    )


@cache
def _latest() -> Select[QuestionnaireResponse]:
    form = QuestionnaireResponse
    newest = (
        select(form.instrument, func.max(form.completed_at).label("at"))
        .where(form.client_id == bindparam("client"), form.completed_at.is_not(None))
        .group_by(form.instrument)
        .subquery()
    )
    return (
        select(form)
        .join(newest, and_(newest.c.instrument == form.instrument, newest.c.at == form.completed_at))
        .where(form.client_id == bindparam("client"))
        .order_by(form.id)
    )


def read_latest(session: Session, client: Account) -> dict[str, Response]:
    """Each measure's latest finished form with its answers, inside the caller's transaction; of those that
    are still there to say what the answers mean."""
    rows = session.scalars(_latest(), {"client": client.id})
    known = load_instruments()
    return {row.instrument: as_response(session, row, client.name) for row in rows if row.instrument in known}
