"""A client's measures, check-ins, sleep and sessions as tables for a spreadsheet, and as forms for FHIR."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from clinic.intake.answers import said
from clinic.intake.reading import read_intake
from clinic.measures.definition import DIFFICULTY, GATE, Instrument
from clinic.measures.fhir import Filled, in_order, text_of
from clinic.oversight.record_files import Table
from clinic.records.check_in import ANXIETY, ENERGY, MEDICATION, MOODS, QUALITY, TAGS
from db.tables import (
    Account,
    Appointment,
    MoodEntry,
    QuestionnaireResponse,
    SessionType,
    SleepEntry,
    Visit,
)

_UNSCORED = {GATE: "before", DIFFICULTY: "after"}
_ATTENDED = {"attended": "took place", "no_show": "missed", "cut_short": "cut short"}


def read_forms(session: Session, client_id: int) -> list[Filled]:
    """Every form, finished or not, the oldest first."""
    query = (
        select(QuestionnaireResponse, Account.name)
        .outerjoin(Account, Account.id == QuestionnaireResponse.entered_by_id)
        .where(QuestionnaireResponse.client_id == client_id)
        .order_by(QuestionnaireResponse.started_at, QuestionnaireResponse.id)
    )
    return [
        Filled(
            row.public_id,
            row.instrument,
            row.instrument_version,
            {int(item): value for item, value in json.loads(row.answers_json or "{}").items()},
            row.started_at,
            row.completed_at,
            row.total,
            helped or "",
        )
        for row, helped in session.execute(query)
    ]


def measures_table(forms: Sequence[Filled], measures: Mapping[str, Instrument]) -> Table:
    columns = ("form", "measure", "version", "begun", "finished", "score", "from", "to", "filled in with")
    rows = []
    for form in forms:
        known = measures.get(form.instrument_id)
        scale = (known.lowest, known.highest) if known and known.has_total else (None, None)
        rows.append(
            [
                form.public_id,
                known.name if known else form.instrument_id,
                form.version,
                _at(form.started_at),
                _at(form.completed_at),
                form.total,
                *scale,
                form.entered_by,
            ]
        )
    return columns, rows


def answers_table(forms: Sequence[Filled], measures: Mapping[str, Instrument]) -> Table:
    """The words stand only beside answers to the very version that is known here."""
    columns = ("form", "measure", "question", "asked", "answer", "in words")
    return columns, [row for form in forms for row in _answers(form, measures.get(form.instrument_id))]


def _answers(form: Filled, known: Instrument | None) -> Iterator[list[str | int | None]]:
    same = known if known is not None and known.version == form.version else None
    for number, value in in_order(form.answers):
        words = next((one.label for one in same.options_of(number) if one.value == value), "") if same else ""
        yield [
            form.public_id,
            known.name if known else form.instrument_id,
            _UNSCORED.get(number, number),
            text_of(same, number) if same else "",
            value,
            words,
        ]


def intake_table(session: Session, client_id: int, today: date) -> Table:
    """The questions that were asked and what was answered; amended answers as they stand."""
    found = read_intake(session, client_id, today)
    rows = []
    for section in found.asked.sections:
        for field in section.fields:
            answer = found.kept.get(field.name)
            rows.append(
                [
                    section.title,
                    field.label,
                    said(field, answer.value) if answer else "",
                    _at(answer.answered_at) if answer else "",
                    (answer.by or "") if answer else "",
                ]
            )
    return ("part", "question", "answer", "answered", "filled in with"), rows if found.begun else []


def check_ins_table(session: Session, client_id: int) -> Table:
    columns = (
        "day",
        "mood",
        "in words",
        "anxious or calm",
        "energy",
        "sleep minutes",
        "sleep quality",
        "medication",
        "the day had",
        "note",
        "entered",
        "replaced",
    )
    query = select(MoodEntry).where(MoodEntry.client_id == client_id).order_by(MoodEntry.day_on, MoodEntry.id)
    rows = [
        [
            one.day_on.isoformat(),
            one.mood,
            MOODS.get(one.mood or 0, ""),
            ANXIETY.get(one.anxiety or 0, ""),
            ENERGY.get(one.energy or 0, ""),
            one.sleep_minutes,
            QUALITY.get(one.sleep_quality or 0, ""),
            MEDICATION.get(one.medication or "", ""),
            ", ".join(TAGS.get(tag, tag) for tag in json.loads(one.tags_json or "[]")),
            one.note,
            _at(one.entered_at),
            _at(one.replaced_at),
        ]
        for one in session.scalars(query)
    ]
    return columns, rows


def sleep_table(session: Session, client_id: int) -> Table:
    columns = (
        "night before",
        "tried to sleep",
        "minutes to fall asleep",
        "minutes awake",
        "woke",
        "got up",
        "slept",
        "entered",
        "replaced",
    )
    query = (
        select(SleepEntry).where(SleepEntry.client_id == client_id).order_by(SleepEntry.day_on, SleepEntry.id)
    )
    rows = [
        [
            one.day_on.isoformat(),
            _clock(one.tried_minute),
            one.latency_minutes,
            one.awake_minutes,
            _clock(one.woke_minute),
            _clock(one.up_minute),
            QUALITY.get(one.quality or 0, ""),
            _at(one.entered_at),
            _at(one.replaced_at),
        ]
        for one in session.scalars(query)
    ]
    return columns, rows


def appointments_table(session: Session, client_id: int) -> Table:
    columns = ("begins", "ends", "kind", "how", "therapist", "status", "cancelled", "attendance")
    therapist = aliased(Account)
    query = (
        select(Appointment, SessionType.name, therapist.name, Visit.attendance)
        .join(SessionType, SessionType.id == Appointment.session_type_id)
        .join(therapist, therapist.id == Appointment.therapist_id)
        .outerjoin(Visit, Visit.appointment_id == Appointment.id)
        .where(Appointment.client_id == client_id)
        .order_by(Appointment.starts_at, Appointment.id)
    )
    rows = [
        [
            _at(one.starts_at),
            _at(one.ends_at),
            kind,
            one.modality.replace("_", " "),
            who,
            one.status,
            _at(one.cancelled_at),
            _ATTENDED.get(attendance or "", ""),
        ]
        for one, kind, who, attendance in session.execute(query)
    ]
    return columns, rows


def _at(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""


def _clock(minute: int | None) -> str:
    """Minutes after midnight, as the client's own clock said it."""
    return "" if minute is None else f"{minute // 60:02}:{minute % 60:02}"
