"""A therapist's caseload: everyone, those to look at first, a page at a time.

What orders and filters the list is read for all clients, in a fixed number of queries; everything else for
the page's clients alone. Colours are for therapists: docs/outcomes.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

import db
from clinic.measures.definition import Instrument
from clinic.measures.ends import Ends, read_ends, read_last_session, read_sessions
from clinic.measures.instrument import load_instruments
from clinic.measures.verdict import ASKED_FROM, Colour, Rule, Score, Verdict, has_colours, judge, rule_of
from clinic.oversight.audit import record_look
from clinic.oversight.report import supervises
from clinic.people.care import clients_visible_to
from clinic.people.discharged import discharged_among
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.caseload_order import (
    ABOUT_TO_DO,
    PLACE,
    USUALLY,
    Listed,
    Look,
    Only,
    accepts,
    first_colour,
    key_of,
)
from clinic.records.nudges import read_reminders
from clinic.records.reviews import Latest, read_latest_forms
from clinic.records.to_do import read_to_do
from db.tables import Account, Appointment, QuestionnaireResponse, RiskAlert

PAGE = 20
TREND, TREND_SINCE = 8, timedelta(weeks=26)  # scores of a tiny trend
LONGEST_SESSION = timedelta(hours=8)


@dataclass(frozen=True)
class Trend:
    """A measure of the client's: what its colour says, and its last scores of half a year, oldest first."""

    instrument: Instrument
    verdict: Verdict
    scores: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """A client. `alerts` are not closed, `unanswered` of them nobody has read. `colour` is
    the first of their measures' in order of attention; `missing` says in words
    what they have not done, `overdue` names the measures among it; `reminded_at`: today's reminder."""

    client_id: str
    name: str
    alerts: int
    unanswered: int
    colour: Colour
    trends: tuple[Trend, ...]
    unreviewed: tuple[Latest, ...]
    overdue: tuple[str, ...]
    missing: tuple[str, ...]
    next_session: datetime | None
    last_session: datetime | None
    reminded_at: datetime | None


@dataclass(frozen=True)
class Caseload:
    """`everyone` and `matching` count clients, `counts` those of everyone for each filter (without those that
    ask what is to do, unless one of them is chosen); `page` is the one shown of `pages`. `supervises`: this
    therapist supervises somebody."""

    everyone: int
    matching: int
    counts: Mapping[Only, int]
    page: int
    pages: int
    rows: tuple[Row, ...]
    supervises: bool


@allowed(Permission.CLIENT_LIST)
def caseload(viewer: Viewer, now: datetime, look: Look = USUALLY) -> Caseload:
    """One's clients, as `look` says."""
    with db.unit_of_work() as session:
        record_look(session, now, viewer.account_id, "client.list")
        everyone, ends = _everyone(session, viewer, now)
        if look.only in ABOUT_TO_DO:
            everyone = _with_to_do(session, everyone, now)
        # Those about what is to do are counted where that was read.
        counted = [only for only in Only if only not in ABOUT_TO_DO or look.only in ABOUT_TO_DO]
        tests = {only: accepts(only) for only in counted}
        wanted = look.words.strip().casefold()
        matching = [
            client for client in everyone if wanted in client.name.casefold() and tests[look.only](client)
        ]
        matching.sort(key=key_of(look.order))
        pages = max(1, -(-len(matching) // PAGE))
        page = min(max(look.page, 0), pages - 1)
        shown = matching[page * PAGE : (page + 1) * PAGE]
        rows = _rows(session, viewer, shown, ends, now)
        return Caseload(
            everyone=sum(not client.discharged for client in everyone),
            matching=len(matching),
            counts={only: sum(map(test, everyone)) for only, test in tests.items()},
            page=page,
            pages=pages,
            rows=rows,
            supervises=supervises(session, viewer),
        )


def _everyone(session: Session, viewer: Viewer, now: datetime) -> tuple[list[Listed], Ends]:
    clients = session.execute(
        clients_visible_to(viewer)
        .with_only_columns(Account.id, Account.name)
        .order_by(Account.name, Account.id)
    ).all()
    ids = [client_id for client_id, _ in clients]
    alerts = {
        client_id: (number, unanswered)
        for client_id, number, unanswered in session.execute(
            select(
                RiskAlert.client_id,
                func.count(),
                func.sum(case((RiskAlert.acknowledged_at.is_(None), 1), else_=0)),
            )
            .where(RiskAlert.client_id.in_(ids), RiskAlert.resolved_at.is_(None))
            .group_by(RiskAlert.client_id)
        )
    }
    coming = dict(
        session.execute(
            select(Appointment.client_id, func.min(Appointment.starts_at))
            .where(
                Appointment.therapist_id == viewer.account_id,
                Appointment.status == "booked",
                # A session lasts eight hours at the most: said of its start, an index finds it.
                Appointment.starts_at > now - LONGEST_SESSION,
                Appointment.ends_at > now,
            )
            .group_by(Appointment.client_id)
        ).all()
    )
    ends, forms = read_ends(session, ids, now), read_latest_forms(session, ids)
    colours, ended = _colours(session, ends, now), discharged_among(session, ids)
    found = [
        Listed(
            id=client_id,
            name=name,
            alerts=alerts.get(client_id, (0, 0))[0],
            unanswered=alerts.get(client_id, (0, 0))[1],
            colour=colours.get(client_id, Colour.NONE),
            unreviewed=any(form.reviewed_at is None for form in forms.get(client_id, ())),
            next_at=coming.get(client_id),
            newest_at=max((form.completed_at for form in forms.get(client_id, ())), default=None),
            discharged=client_id in ended,
        )
        for client_id, name in clients
    ]
    return found, ends


def _with_to_do(session: Session, listed: Sequence[Listed], now: datetime) -> list[Listed]:
    accounts = session.scalars(select(Account).where(Account.id.in_([client.id for client in listed]))).all()
    to_do = read_to_do(session, accounts, now)
    return [
        replace(client, not_done=found.consent or found.intake, overdue=bool(found.due))
        for client in listed
        for found in (to_do[client.id],)
    ]


def _colours(session: Session, ends: Ends, now: datetime) -> dict[int, Colour]:
    """Each client's first colour. Sessions are counted of those alone whose colour hangs on them."""
    measures = {name: measure for name, measure in load_instruments().items() if has_colours(measure)}
    rules: dict[int, list[Rule]] = {}
    waiting: dict[int, list[tuple[Instrument, Score, Score]]] = {}
    for client_id, of in ends.items():
        for name, (first, latest) in of.items():
            if (measure := measures.get(name)) is None:
                continue
            rule = rule_of(measure, first, latest, 0)
            if rule is Rule.EARLY:
                waiting.setdefault(client_id, []).append((measure, first, latest))
            else:
                rules.setdefault(client_id, []).append(rule)
    # That four or more took place since a first score is that the fourth last did.
    fourth = read_last_session(session, list(waiting), now, ASKED_FROM)
    for client_id, pairs in waiting.items():
        ended = fourth.get(client_id)
        for measure, first, latest in pairs:
            number = ASKED_FROM if ended is not None and ended > first.at else 0
            rules.setdefault(client_id, []).append(rule_of(measure, first, latest, number))
    return {client_id: first_colour(rule for rule in found) for client_id, found in rules.items()}


def _rows(
    session: Session, viewer: Viewer, shown: Sequence[Listed], ends: Ends, now: datetime
) -> tuple[Row, ...]:
    ids = [client.id for client in shown]
    accounts = {a.id: a for a in session.scalars(select(Account).where(Account.id.in_(ids)))}
    ordered = [accounts[client_id] for client_id in ids]
    to_do, reminded = read_to_do(session, ordered, now), read_reminders(session, ordered, now)
    forms, sessions = read_latest_forms(session, ids), read_sessions(session, ids, now)
    scores = _scores(session, ids, now)
    return tuple(
        Row(
            client_id=accounts[client.id].public_id,
            name=client.name,
            alerts=client.alerts,
            unanswered=client.unanswered,
            colour=client.colour,
            trends=_trends(ends.get(client.id, {}), scores.get(client.id, {}), sessions.get(client.id, [])),
            unreviewed=tuple(form for form in forms.get(client.id, ()) if form.reviewed_at is None),
            overdue=tuple(due.instrument.name for due in to_do[client.id].due),
            missing=to_do[client.id].words,
            next_session=client.next_at,
            last_session=max(sessions.get(client.id, ()), default=None),
            reminded_at=reminded.get(client.id),
        )
        for client in shown
    )


def _trends(
    ends: Mapping[str, tuple[Score, Score]],
    scores: Mapping[str, list[tuple[datetime, int]]],
    sessions: Sequence[datetime],
) -> tuple[Trend, ...]:
    """Of the measures that are outcomes, the colour to look at first in front."""
    found = []
    for name, measure in load_instruments().items():
        if name in ends and measure.charted:
            first, latest = ends[name]
            said = judge(measure, first, latest, sum(ended > first.at for ended in sessions))
            since = tuple(total for at, total in scores.get(name, ()) if at >= first.at)
            found.append(Trend(measure, said, since[-TREND:]))
    return tuple(sorted(found, key=lambda trend: PLACE[trend.verdict.colour]))


def _scores(
    session: Session, ids: Sequence[int], now: datetime
) -> dict[int, dict[str, list[tuple[datetime, int]]]]:
    form = QuestionnaireResponse
    found: dict[int, dict[str, list[tuple[datetime, int]]]] = {}
    for client_id, name, at, total in session.execute(
        select(form.client_id, form.instrument, form.completed_at, form.total)
        .where(
            form.client_id.in_(ids),
            form.total.is_not(None),
            form.completed_at >= now - TREND_SINCE,
        )
        .order_by(form.completed_at, form.id)
    ):
        if at is not None and total is not None:
            found.setdefault(client_id, {}).setdefault(name, []).append((at, total))
    return found
