"""Filling a measure: one item at a time, each answer kept, a risk answer raised in the same transaction.

A therapist fills the same form with the client: they name the client, and the form says who helped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.between.measure_tasks import measure_finished
from clinic.errors import AnsweredTooLate, DraftOutdated, InvalidInput, NotFound
from clinic.measures.asking import client_of, read_situation
from clinic.measures.instrument import Instrument, instrument, load_instruments
from clinic.measures.risk import triggered
from clinic.measures.scoring import AnswerOutsideOptions, check_answer, score
from clinic.oversight.audit import record, record_look
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.safety.alerts import raise_alert
from db.tables import Account, QuestionnaireResponse

NOT_NOW = "These questions are not open now. We ask again when it is time."
CHANGED = "These questions have changed since you began. What you answered is kept. Open them anew."
GONE = "These questions are no longer asked here. What you answered is kept."


@dataclass(frozen=True)
class Response:
    """A form as it stands: item number to option value, for the items answered so far.

    `entered_by`: the therapist who filled it in with the client, or "". `anew`: it was begun a moment ago in
    place of one on an older version of the questions.
    """

    public_id: str
    instrument: Instrument
    answers: dict[int, int]
    completed_at: datetime | None
    client_name: str = ""
    entered_by: str = ""
    anew: bool = False

    @property
    def at_risk(self) -> bool:
        """Whether any answer calls for crisis help."""
        return any(_is_risk(self.instrument, item, value) for item, value in self.answers.items())


@dataclass(frozen=True)
class Kept:
    """What keeping an answer did: the form as it stands now. `at_risk`: crisis help must be shown before
    anything else."""

    saved_at: datetime
    at_risk: bool
    form: Response


@allowed(Permission.QUESTIONNAIRE_FILL)
def open_response(
    viewer: Viewer, instrument_id: str, now: datetime, client_id: str | None = None
) -> Response:
    """The client's unfinished form of this measure, begun now if it is due and there is none.

    One that was begun on an older version of the questions is closed as it is, without a total, and the new
    version begun: answers to other words are not answers to these.

    Raises:
        NotFound: no such measure, not due, or not one of the viewer's clients.
    """
    # That a therapist looked at answers is written down; a client's own look is not.
    helps = viewer.role is Role.THERAPIST
    with db.unit_of_work() if helps else db.reading() as session:
        asked = instrument(instrument_id)
        whose, name = _whose(session, viewer, client_id, now)
        if helps:
            record_look(
                session, now, viewer.account_id, "questionnaire.open", client_id=whose, object_id=client_id
            )
        row = _unfinished(session, whose, instrument_id)
        if row is not None and row.instrument_version == asked.version:
            return as_response(session, row, name)
        due = read_situation(session, session.get_one(Account, whose), now).due(now)
        if row is None and asked.id not in {one.instrument.id for one in due}:
            raise NotFound(NOT_NOW)
    try:
        with db.unit_of_work() as session:
            row = _unfinished(session, whose, instrument_id, lock=True)
            if row is not None and row.instrument_version == asked.version:
                return as_response(session, row, name)
            if row is not None:
                row.completed_at = now
                _record(session, viewer, "questionnaire.close", row, now)
                session.flush()
            begun = begin(session, viewer, whose, asked, now)
            return as_response(session, begun, name, anew=row is not None)
    except IntegrityError:
        # Begun on another device in the same moment: carry on with that one.
        with db.reading() as session:
            row = _unfinished(session, whose, instrument_id)
            if row is None:
                raise
            return as_response(session, row, name)


@allowed(Permission.QUESTIONNAIRE_FILL)
def keep_answer(
    viewer: Viewer,
    response_id: str,
    item: int,
    value: int | None,
    now: datetime,
    client_id: str | None = None,
) -> Kept:
    """Keep one answer (None: left out). A risk answer raises its alert in the same transaction, so
    one is never kept without the other, and it does so on an unfinished form too.

    Raises:
        InvalidInput: no such item, or a value that is not among its options.
        NotFound: not this client's form, or not the viewer's client.
        DraftOutdated: the form is finished, or its questions have changed.
        AnsweredTooLate: likewise, and this was a risk answer: its alert is raised all the same.
    """
    with db.unit_of_work() as session:
        whose, name = _whose(session, viewer, client_id, now)
        row = _form_of(session, whose, response_id)
        try:
            return _keep(session, viewer, row, item, value, now, name)
        except DraftOutdated as error:
            too_late = error
        # What the client has said is heard, whether or not their form can still take it.
        asked = load_instruments().get(row.instrument)
        heard = asked is not None and value is not None and _is_risk(asked, item, value)
        if heard and value is not None:
            raise_alert(session, viewer.account_id, row, item, value, now)
    raise AnsweredTooLate() if heard else too_late


@allowed(Permission.QUESTIONNAIRE_FILL)
def finish(viewer: Viewer, response_id: str, now: datetime, client_id: str | None = None) -> Response:
    """Send the form. With questions left out it is kept without a total. Finishing twice is once. A task that
    asked for these questions is done with them.

    Raises:
        NotFound: not this client's form, or not the viewer's client.
        InvalidInput: nothing was answered at all.
        DraftOutdated: its questions have changed.
    """
    with db.unit_of_work() as session:
        whose, name = _whose(session, viewer, client_id, now)
        row = _form_of(session, whose, response_id)
        if row.completed_at is None:
            answers = _answers(row)
            if not answers:
                raise InvalidInput({"item": "Answer at least one question before sending."})
            row.total = score(_as_begun(row), answers).total
            row.completed_at = now
            _entered(row, viewer)
            _record(session, viewer, "questionnaire.finish", row, now)
            measure_finished(session, viewer.account_id, row.client_id, row.instrument, now)
        return as_response(session, row, name)


def _keep(
    session: Session,
    viewer: Viewer,
    row: QuestionnaireResponse,
    item: int,
    value: int | None,
    now: datetime,
    client_name: str,
) -> Kept:
    if row.completed_at is not None:
        raise DraftOutdated()
    asked = _as_begun(row)
    _check(asked, item, value)
    answers = _answers(row)
    answers.pop(item, None)
    if value is not None:
        answers[item] = value
    row.answers_json = json.dumps(answers)
    _entered(row, viewer)
    at_risk = value is not None and triggered(asked, item, value)
    if at_risk and value is not None:
        raise_alert(session, viewer.account_id, row, item, value, now)
    _record(session, viewer, "questionnaire.answer", row, now)
    return Kept(now, at_risk, as_response(session, row, client_name))


def begin(
    session: Session, viewer: Viewer, client_id: int, asked: Instrument, now: datetime
) -> QuestionnaireResponse:
    """An empty form, in the caller's transaction, which ends in an IntegrityError where there is one."""
    row = QuestionnaireResponse(
        client_id=client_id, instrument=asked.id, instrument_version=asked.version, started_at=now
    )
    row.answers_json = "{}"
    session.add(row)
    session.flush()
    _record(session, viewer, "questionnaire.begin", row, now)
    return row


def as_response(
    session: Session, row: QuestionnaireResponse, client_name: str, *, anew: bool = False
) -> Response:
    """Raises NotFound where the measure is no longer there."""
    helper = session.get_one(Account, row.entered_by_id).name if row.entered_by_id else ""
    asked = instrument(row.instrument)
    return Response(row.public_id, asked, _answers(row), row.completed_at, client_name, helper, anew)


def _whose(session: Session, viewer: Viewer, client_id: str | None, now: datetime) -> tuple[int, str]:
    """Account id and name of the client whose form it is; one's own needs no query."""
    if viewer.role is Role.CLIENT and client_id is None:
        return viewer.account_id, viewer.name
    client = client_of(session, viewer, client_id, now)
    return client.id, client.name


def _form_of(session: Session, client_id: int, response_id: str) -> QuestionnaireResponse:
    """The form, locked until the transaction ends: two screens answer one after the other."""
    row = session.scalars(
        select(QuestionnaireResponse)
        .where(QuestionnaireResponse.public_id == response_id, QuestionnaireResponse.client_id == client_id)
        .with_for_update(key_share=True)
    ).first()
    if row is None:
        raise NotFound()
    return row


def _as_begun(row: QuestionnaireResponse) -> Instrument:
    """The questions that this unfinished form asks.

    Raises:
        DraftOutdated: they have changed since, or are gone.
    """
    asked = load_instruments().get(row.instrument)
    if asked is None:
        raise DraftOutdated(GONE)
    if asked.version != row.instrument_version:
        raise DraftOutdated(CHANGED)
    return asked


def _check(asked: Instrument, item: int, value: int | None) -> None:
    try:
        # Of an item that is left out, any of its options stands for it.
        some = next((option.value for option in asked.options_of(item)), -1)
        check_answer(asked, item, some if value is None else value)
    except AnswerOutsideOptions as error:
        raise InvalidInput({"item": "Choose one of the answers shown."}) from error


def _is_risk(asked: Instrument, item: int, value: int) -> bool:
    try:
        return triggered(asked, item, value)
    except AnswerOutsideOptions:
        return False  # of an older version of the questions; its alert was raised when it was answered


def _entered(row: QuestionnaireResponse, viewer: Viewer) -> None:
    if viewer.role is Role.THERAPIST:
        row.entered_by_id = viewer.account_id


def _record(session: Session, viewer: Viewer, action: str, row: QuestionnaireResponse, now: datetime) -> None:
    record(session, now, viewer.account_id, action, client_id=row.client_id, object_id=row.public_id)


def _unfinished(
    session: Session, client_id: int, instrument_id: str, lock: bool = False
) -> QuestionnaireResponse | None:
    query = select(QuestionnaireResponse).where(
        QuestionnaireResponse.client_id == client_id,
        QuestionnaireResponse.instrument == instrument_id,
        QuestionnaireResponse.completed_at.is_(None),
    )
    return session.scalars(query.with_for_update(key_share=True) if lock else query).first()


def _answers(row: QuestionnaireResponse) -> dict[int, int]:
    return {int(item): value for item, value in json.loads(row.answers_json or "{}").items()}
