"""Filling a measure: one item at a time, each answer kept, a risk answer raised in the same transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import DraftOutdated, InvalidInput, NotFound
from clinic.measures.alerts import raise_alert
from clinic.measures.instrument import Instrument, instrument, load_instruments
from clinic.measures.risk import triggered
from clinic.measures.scoring import AnswerOutsideOptions, score
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import QuestionnaireResponse

# "Over the last 2 weeks": asked weekly, as measurement-based care usually does (docs/measures.md).
ASKED_EVERY = timedelta(days=6)
DIFFICULTY = 0  # the number under which an instrument's unscored difficulty item is kept
AT_INTAKE = ("phq-9", "gad-7")


@dataclass(frozen=True)
class Due:
    """A measure to answer now. `begun`: there is an unfinished form to carry on with."""

    instrument: Instrument
    begun: bool
    first: bool


@dataclass(frozen=True)
class Response:
    """A form as it stands: item number to option value, for the items answered so far."""

    public_id: str
    instrument: Instrument
    answers: dict[int, int]
    completed_at: datetime | None

    @property
    def at_risk(self) -> bool:
        """Whether any answer calls for crisis help."""
        return any(triggered(self.instrument, item, value) for item, value in _scored(self.answers).items())


@dataclass(frozen=True)
class Kept:
    """What keeping an answer did. `at_risk`: crisis help must be shown before anything else."""

    saved_at: datetime
    at_risk: bool


@dataclass(frozen=True)
class Point:
    """One finished form on a chart. `total` is None where items were skipped."""

    at: datetime
    total: int | None
    version: str


@allowed(Permission.QUESTIONNAIRE_FILL)
def due(viewer: Viewer, now: datetime) -> list[Due]:
    """The measures this client has not answered in the last week, in the clinic's order."""
    with db.reading() as session:
        return read_due(session, viewer.account_id, now)


def read_due(session: Session, client_id: int, now: datetime) -> list[Due]:
    rows = session.execute(
        select(QuestionnaireResponse.instrument, QuestionnaireResponse.completed_at).where(
            QuestionnaireResponse.client_id == client_id
        )
    ).all()
    listed = []
    for name in AT_INTAKE:
        completed = [at for instrument_id, at in rows if instrument_id == name and at is not None]
        if any(now - at < ASKED_EVERY for at in completed):
            continue
        begun = any(instrument_id == name and at is None for instrument_id, at in rows)
        listed.append(Due(instrument(name), begun=begun, first=not completed))
    return listed


@allowed(Permission.QUESTIONNAIRE_FILL)
def open_response(viewer: Viewer, instrument_id: str, now: datetime) -> Response:
    """The client's unfinished form of this measure, begun now if there is none.

    Raises:
        NotFound: no such measure, or it is not due.
    """
    if instrument_id not in load_instruments():
        raise NotFound()
    with db.reading() as session:
        row = _unfinished(session, viewer.account_id, instrument_id)
        if row is None and instrument_id not in {
            d.instrument.id for d in read_due(session, viewer.account_id, now)
        }:
            raise NotFound("There are no questions to answer now. They come back about once a week.")
    if row is not None:
        return _response(row)
    try:
        with db.unit_of_work() as session:
            row = QuestionnaireResponse(
                client_id=viewer.account_id,
                instrument=instrument_id,
                instrument_version=instrument(instrument_id).version,
                started_at=now,
            )
            row.answers_json = "{}"
            session.add(row)
            record(
                session,
                now,
                viewer.account_id,
                "questionnaire.begin",
                client_id=viewer.account_id,
                object_id=row.public_id,
            )
    except IntegrityError:
        # Begun on another device in the same moment: carry on with that one.
        with db.reading() as session:
            row = _unfinished(session, viewer.account_id, instrument_id)
            if row is None:
                raise
    return _response(row)


@allowed(Permission.QUESTIONNAIRE_FILL)
def keep_answer(viewer: Viewer, response_id: str, item: int, value: int | None, now: datetime) -> Kept:
    """Keep one answer (None: skipped). A risk answer raises its alert in the same transaction, so
    one is never kept without the other, and it does so on an unfinished form too.

    Raises:
        InvalidInput: no such item, or a value that is not among its options.
        NotFound: not the viewer's form.
        DraftOutdated: the form is finished.
    """
    with db.unit_of_work() as session:
        row = _own(session, viewer, response_id)
        if row.completed_at is not None:
            raise DraftOutdated()
        asked = instrument(row.instrument)
        answers = _answers(row)
        answers.pop(item, None)
        if value is not None:
            answers[item] = value
        _check(asked, answers)
        row.answers_json = json.dumps(answers)
        at_risk = value is not None and item != DIFFICULTY and triggered(asked, item, value)
        if at_risk and value is not None:
            raise_alert(session, viewer, row, item, value, now)
        record(
            session,
            now,
            viewer.account_id,
            "questionnaire.answer",
            client_id=viewer.account_id,
            object_id=row.public_id,
        )
    return Kept(now, at_risk)


@allowed(Permission.QUESTIONNAIRE_FILL)
def finish(viewer: Viewer, response_id: str, now: datetime) -> Response:
    """Send the form. With skipped items it is kept without a total. Finishing twice is once.

    Raises:
        NotFound: not the viewer's form.
        InvalidInput: nothing was answered at all.
    """
    with db.unit_of_work() as session:
        row = _own(session, viewer, response_id)
        if row.completed_at is None:
            answers = _answers(row)
            if not answers:
                raise InvalidInput({"item": "Answer at least one question before sending."})
            row.total = score(instrument(row.instrument), _scored(answers)).total
            row.completed_at = now
            record(
                session,
                now,
                viewer.account_id,
                "questionnaire.finish",
                client_id=viewer.account_id,
                object_id=row.public_id,
            )
    return _response(row)


@allowed(Permission.PROGRESS_OWN)
def own_series(viewer: Viewer) -> dict[str, list[Point]]:
    """The client's own finished forms, by measure in the clinic's order; oldest first."""
    with db.reading() as session:
        series = read_series(session, viewer.account_id)
    return {name: series[name] for name in AT_INTAKE}


def read_series(session: Session, client_id: int) -> dict[str, list[Point]]:
    """Finished forms inside the caller's transaction, without opening the sealed answers."""
    series: dict[str, list[Point]] = {name: [] for name in load_instruments()}
    for name, at, total, version in session.execute(
        select(
            QuestionnaireResponse.instrument,
            QuestionnaireResponse.completed_at,
            QuestionnaireResponse.total,
            QuestionnaireResponse.instrument_version,
        )
        .where(QuestionnaireResponse.client_id == client_id, QuestionnaireResponse.completed_at.is_not(None))
        .order_by(QuestionnaireResponse.completed_at)
    ):
        if at is not None:
            series.setdefault(name, []).append(Point(at, total, version))
    return series


def read_latest(session: Session, client_id: int, instrument_id: str) -> Response | None:
    """The latest finished form with its answers, inside the caller's transaction."""
    row = session.scalars(
        select(QuestionnaireResponse)
        .where(
            QuestionnaireResponse.client_id == client_id,
            QuestionnaireResponse.instrument == instrument_id,
            QuestionnaireResponse.completed_at.is_not(None),
        )
        .order_by(QuestionnaireResponse.completed_at.desc())
        .limit(1)
    ).first()
    return _response(row) if row else None


def _check(asked: Instrument, answers: dict[int, int]) -> None:
    difficulty = answers.get(DIFFICULTY)
    try:
        score(asked, _scored(answers))
    except AnswerOutsideOptions as error:
        raise InvalidInput({"item": "Choose one of the answers shown."}) from error
    if difficulty is not None and (
        asked.difficulty is None or difficulty not in {option.value for option in asked.difficulty.options}
    ):
        raise InvalidInput({"item": "Choose one of the answers shown."})


def _scored(answers: dict[int, int]) -> dict[int, int]:
    return {item: value for item, value in answers.items() if item != DIFFICULTY}


def _unfinished(session: Session, client_id: int, instrument_id: str) -> QuestionnaireResponse | None:
    return session.scalars(
        select(QuestionnaireResponse).where(
            QuestionnaireResponse.client_id == client_id,
            QuestionnaireResponse.instrument == instrument_id,
            QuestionnaireResponse.completed_at.is_(None),
        )
    ).first()


def _own(session: Session, viewer: Viewer, response_id: str) -> QuestionnaireResponse:
    row = session.scalars(
        select(QuestionnaireResponse)
        .where(
            QuestionnaireResponse.public_id == response_id,
            QuestionnaireResponse.client_id == viewer.account_id,
        )
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound()
    return row


def _answers(row: QuestionnaireResponse) -> dict[int, int]:
    return {int(item): value for item, value in json.loads(row.answers_json or "{}").items()}


def _response(row: QuestionnaireResponse) -> Response:
    return Response(row.public_id, instrument(row.instrument), _answers(row), row.completed_at)
