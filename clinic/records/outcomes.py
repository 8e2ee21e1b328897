"""A client's outcomes as their therapist reads them: a period's scores, what they say, what was beside.

A period is limited, so that a record of ten years opens as fast as one of three months.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, bindparam, or_, select, true
from sqlalchemy.orm import Session

from clinic.measures.definition import Instrument
from clinic.measures.ends import Span, read_ends, read_sessions, told, within
from clinic.measures.instrument import load_instruments
from clinic.measures.questionnaires import Response
from clinic.measures.results import Point, read_latest, read_points
from clinic.measures.verdict import Score, Verdict, judge, without_score
from clinic.records.chart_marks import Mark, read_marks
from clinic.records.episodes import EpisodeView, read_episodes
from clinic.records.reviews import Latest, read_latest_forms
from clinic.records.sharing import read_shared
from db.tables import Account, QuestionnaireResponse

# Days back from now; None: all there is.
PERIODS: Mapping[str, int | None] = {
    "3 months": 92,
    "6 months": 184,
    "1 year": 366,
    "3 years": 1096,
    "All": None,
}
USUAL = "6 months"


@dataclass(frozen=True)
class Wanted:
    """What the charts are to show: a key of PERIODS, and an episode's public id; None: the current one."""

    period: str = USUAL
    episode: str | None = None


USUALLY = Wanted()


@dataclass(frozen=True)
class RiskAnswer:
    """One answer to a risk item. `words` are the answer's own; `calls`: it called for crisis help.
    `entered_by`: the therapist who filled the form in with the client, or "": the client alone."""

    at: datetime
    instrument: str
    item: int
    words: str
    calls: bool
    entered_by: str


@dataclass(frozen=True)
class MeasureOutcome:
    """One measure. `points` are the period's, oldest first; `verdict` is the whole episode's."""

    instrument: Instrument
    points: tuple[Point, ...]
    verdict: Verdict
    latest: Response
    risk: tuple[RiskAnswer, ...]


@dataclass(frozen=True)
class Outcomes:
    """`measures`: outcomes before screens. `from_at` is None where the period has no beginning. `latest`:
    every measure's latest form and whether somebody has looked at it. `shared`: the client sees charts."""

    wanted: Wanted
    from_at: datetime | None
    episode: EpisodeView
    episodes: tuple[EpisodeView, ...]
    measures: tuple[MeasureOutcome, ...]
    sessions: tuple[datetime, ...]
    marks: tuple[Mark, ...]
    latest: tuple[Latest, ...]
    shared: bool

    @property
    def unreviewed(self) -> tuple[Latest, ...]:
        return tuple(form for form in self.latest if form.reviewed_at is None)


def read_outcomes(session: Session, client: Account, wanted: Wanted, now: datetime) -> Outcomes:
    """Inside the caller's transaction, who has decided permission. A period or an episode that is not there
    is the usual one."""
    episodes = read_episodes(session, client.id)
    episode = next((one for one in episodes if one.public_id == wanted.episode), episodes[0])
    days = PERIODS.get(wanted.period, PERIODS[USUAL])
    from_at = None if days is None else now - timedelta(days=days)
    shown = Span(max(filter(None, (from_at, episode.span.began_at)), default=None), episode.span.until_at)
    ends = read_ends(session, [client.id], now, episode.span).get(client.id, {})
    sessions = read_sessions(session, [client.id], now).get(client.id, [])
    held = [at for at in sessions if episode.span.holds(at)]
    points = read_points(session, client.id, shown)
    latest = read_latest_forms(session, [client.id], notes=True).get(client.id, [])
    answers = read_latest(session, client)
    risk = _risk_answers(session, client.id, shown)
    known = [measure for name, measure in load_instruments().items() if name in answers]
    return Outcomes(
        wanted=wanted,
        from_at=from_at,
        episode=episode,
        episodes=episodes,
        measures=tuple(
            MeasureOutcome(
                instrument=measure,
                points=tuple(points.get(measure.id, ())),
                verdict=_verdict(measure, ends, held),
                latest=answers[measure.id],
                risk=tuple(answer for answer in risk if answer.instrument == measure.id),
            )
            for measure in sorted(known, key=lambda measure: not measure.charted)
        ),
        sessions=tuple(at for at in held if shown.holds(at)),
        marks=read_marks(
            session,
            client.id,
            shown.began_at.astimezone(ZoneInfo(client.zone)).date() if shown.began_at else None,
        ),
        latest=tuple(sorted(latest, key=lambda form: form.completed_at, reverse=True)),
        shared=read_shared(session, client.id),
    )


def _verdict(
    measure: Instrument, ends: Mapping[str, tuple[Score, Score]], sessions: Sequence[datetime]
) -> Verdict:
    if measure.id not in ends:
        return without_score(measure)
    first, latest = ends[measure.id]
    return judge(measure, first, latest, sum(ended > first.at for ended in sessions))


def _risk_answers(session: Session, client_id: int, shown: Span) -> list[RiskAnswer]:
    """Every answer to a risk item in these days, oldest first; of an unfinished form too."""
    measures = {name: measure for name, measure in load_instruments().items() if measure.has_risk}
    query = _with_risk(bool(shown.began_at), bool(shown.until_at))
    rows = session.execute(query, {"client": client_id, "names": list(measures), **told(shown)})
    found = []
    for row, entered_by in rows:
        answers = json.loads(row.answers_json or "{}")
        at = row.completed_at or row.started_at
        for item in measures[row.instrument].items:
            if item.risk and str(item.number) in answers and shown.holds(at):
                value = answers[str(item.number)]
                words = {option.value: option.label for option in item.options}.get(value, str(value))
                found.append(
                    RiskAnswer(
                        at,
                        row.instrument,
                        item.number,
                        words,
                        calls=value >= item.risk.at_least,
                        entered_by=entered_by or "",
                    )
                )
    return sorted(found, key=lambda answer: answer.at)


@cache
def _with_risk(began: bool, until: bool) -> Select[QuestionnaireResponse, str]:
    form = QuestionnaireResponse
    return (
        select(form, Account.name)
        .outerjoin(Account, Account.id == form.entered_by_id)
        .where(
            form.client_id == bindparam("client"),
            form.instrument.in_(bindparam("names", expanding=True)),
            or_(form.completed_at.is_(None), and_(true(), *within(began, until))),
        )
        .order_by(form.completed_at)
    )
