"""The first and the latest score of each measure in an episode, for many clients in one query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from clinic.measures.verdict import Score
from db.tables import Account, Appointment, Episode, QuestionnaireResponse, Visit

Ends = dict[int, dict[str, tuple[Score, Score]]]


@dataclass(frozen=True)
class Span:
    """An episode: from `began_at` (None: from the first score) until the next one begins (None: it lasts)."""

    began_at: datetime | None = None
    until_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return (self.began_at is None or at >= self.began_at) and (
            self.until_at is None or at < self.until_at
        )


def read_ends(session: Session, client_ids: Sequence[int], now: datetime, span: Span | None = None) -> Ends:
    """By account id and measure, inside the caller's transaction: of each client's current episode, or of
    `span`. One query, answered from an index; of forms finished at the same instant the first one kept is
    first and the last one kept latest."""
    query = _ends_of_current() if span is None else _ends_within(bool(span.began_at), bool(span.until_at))
    given: dict[str, Any] = {"ids": list(client_ids), "now": now, **told(span or Span())}
    found: Ends = {}
    for client_id, name, *ends in session.execute(query, given):
        found.setdefault(client_id, {})[name] = (Score(*ends[:3]), Score(*ends[3:]))
    return found


def read_courses(
    session: Session, names: Iterable[str], before: datetime
) -> Iterator[tuple[int, str, Score, Score]]:
    """(client, measure, first score, latest score) of every episode of everyone, of the scores before an
    instant; inside the caller's transaction, in one query."""
    form = QuestionnaireResponse
    following = func.lead(Episode.began_at).over(partition_by=Episode.client_id, order_by=Episode.began_at)
    episode = select(Episode.client_id, Episode.began_at, following.label("until_at")).subquery()
    edges = (
        _edges()
        .outerjoin(
            episode,
            and_(
                episode.c.client_id == form.client_id,
                form.completed_at >= episode.c.began_at,
                or_(episode.c.until_at.is_(None), form.completed_at < episode.c.until_at),
            ),
        )
        .where(form.completed_at < before, form.instrument.in_(names))
        .group_by(episode.c.began_at)
    )
    # An episode's first score is no other's: of doubles at one instant the last read counts.
    found = {(row[0], row[1], row[2]): row for row in session.execute(_scores_at(edges))}
    for client_id, name, *ends in found.values():
        yield client_id, name, Score(*ends[:3]), Score(*ends[3:])


# A query is put together once: doing it anew costs more than asking it.
@cache
def _ends_of_current() -> Select[*tuple[Any, ...]]:
    began = (
        select(Episode.client_id, func.max(Episode.began_at).label("began_at"))
        .where(Episode.began_at <= bindparam("now"))
        .group_by(Episode.client_id)
        .subquery()
    )
    form = QuestionnaireResponse
    return _scores_at(
        _edges()
        .outerjoin(began, began.c.client_id == form.client_id)
        .where(
            form.client_id.in_(bindparam("ids", expanding=True)),
            or_(began.c.began_at.is_(None), form.completed_at >= began.c.began_at),
        )
    )


@cache
def _ends_within(began: bool, until: bool) -> Select[*tuple[Any, ...]]:
    ids: BindParameter[int] = bindparam("ids", expanding=True)
    return _scores_at(_edges().where(QuestionnaireResponse.client_id.in_(ids), *within(began, until)))


def _edges() -> Select[*tuple[Any, ...]]:
    """When the first and the latest score of each client's measures was finished; to be narrowed."""
    form = QuestionnaireResponse
    return (
        select(
            form.client_id,
            form.instrument,
            func.min(form.completed_at).label("first_at"),
            func.max(form.completed_at).label("latest_at"),
        )
        .where(form.total.is_not(None), form.completed_at.is_not(None))
        .group_by(form.client_id, form.instrument)
    )


def _scores_at(edges: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The scores at those instants; of doubles, last the one that was kept first with the one kept last."""
    edge, form = edges.subquery(), QuestionnaireResponse
    first, latest = aliased(form), aliased(form)

    def at(row: type[QuestionnaireResponse], instant: ColumnElement[datetime]) -> ColumnElement[bool]:
        return and_(
            row.client_id == edge.c.client_id,
            row.instrument == edge.c.instrument,
            row.completed_at == instant,
            row.total.is_not(None),
        )

    return (
        select(
            edge.c.client_id,
            edge.c.instrument,
            edge.c.first_at,
            first.total,
            first.instrument_version,
            edge.c.latest_at,
            latest.total,
            latest.instrument_version,
        )
        .join(first, at(first, edge.c.first_at))
        .join(latest, at(latest, edge.c.latest_at))
        .order_by(first.id.desc(), latest.id)
    )


def within(began: bool, until: bool) -> list[ColumnElement[bool]]:
    """The conditions on a form of a span with these ends, whose instants go with the query: `told`."""
    at = QuestionnaireResponse.completed_at
    return [
        *([at >= bindparam("began_at", type_=at.type)] if began else []),
        *([at < bindparam("until_at", type_=at.type)] if until else []),
    ]


def told(span: Span) -> dict[str, datetime | None]:
    return {"began_at": span.began_at, "until_at": span.until_at}


def took_place(now: datetime) -> list[ColumnElement[bool]]:
    """The conditions on an appointment that is over and was not missed. One whose attendance nobody has
    confirmed counts: a therapist who forgets to say so would else never see amber."""
    missed = select(Visit.appointment_id).where(Visit.attendance == "no_show")
    return [
        Appointment.status == "booked",
        Appointment.ends_at <= now,
        Appointment.id.not_in(missed),
    ]


def read_sessions(session: Session, client_ids: Sequence[int], now: datetime) -> dict[int, list[datetime]]:
    """When the sessions that took place ended, by account id, with whomever they were."""
    found: dict[int, list[datetime]] = {}
    for client_id, ended_at in session.execute(
        select(Appointment.client_id, Appointment.ends_at)
        .where(Appointment.client_id.in_(client_ids), *took_place(now))
        .order_by(Appointment.ends_at)
    ):
        found.setdefault(client_id, []).append(ended_at)
    return found


def read_last_session(
    session: Session, client_ids: Sequence[int], now: datetime, place: int
) -> dict[int, datetime]:
    """When the last session but so many ended (1: the last one itself), by account id; who had fewer is left
    out. One query, an index's few rows for each client."""
    ended = (
        select(Appointment.ends_at)
        .where(Appointment.client_id == Account.id, *took_place(now))
        .order_by(Appointment.starts_at.desc())
        .limit(1)
        .offset(place - 1)
        .correlate(Account)
        .scalar_subquery()
    )
    rows = session.execute(select(Account.id, ended).where(Account.id.in_(client_ids)))
    return {client_id: at for client_id, at in rows if at is not None}
