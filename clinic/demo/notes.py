"""The demo clinic's notes on its last sessions: signed, one of them amended, and the newest still to do."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.records.note_formats import as_body, drafted, free
from clinic.records.notes import CHASED_FOR
from db.tables import Appointment, NoteVersion, ProgressNote, Visit

_TO_DO = 2  # of each therapist's sessions
_AFTER = timedelta(minutes=9)
_TEXTS = (
    drafted(
        "soap",
        {
            "subjective": "Says that the week was quieter. Slept through on three nights.",
            "objective": "Speaks more freely than last time, smiles twice.",
            "assessment": "Getting out in the mornings seems to help.",
            "plan": "Keep to the morning walk. Look at the list of worries next time.",
        },
    ),
    drafted(
        "dap",
        {
            "data": "Talked about the argument at work, and what it brought back.",
            "assessment": "Sees the pattern now, and can name it.",
            "plan": "Write down one such moment before the next session.",
        },
    ),
    drafted(
        "birp",
        {
            "behavior": "Came tired, was quiet at first.",
            "intervention": "Went through the last two days hour by hour.",
            "response": "Found two hours that were better, and was surprised.",
            "plan": "One of these hours again on Thursday.",
        },
    ),
    free("A short session. They want to go on with the breathing exercise, twice a day."),
)


def add_notes(session: Session, now: datetime) -> None:
    """A signed note on each session of the last month; the newest of them are still to be written."""
    session.flush()
    held = session.scalars(
        select(Appointment)
        .join(Visit, Visit.appointment_id == Appointment.id)
        .where(
            Appointment.status == "booked",
            Appointment.ends_at > now - CHASED_FOR,
            Appointment.ends_at <= now,
            Visit.confirmed_at.is_not(None),
        )
        .order_by(Appointment.starts_at.desc())
    ).all()
    to_do: dict[int, list[Appointment]] = {}
    signed: list[Appointment] = []
    for appointment in held:
        waiting = to_do.setdefault(appointment.therapist_id, [])
        (waiting if len(waiting) < _TO_DO else signed).append(appointment)
    for number, appointment in enumerate(signed):
        _signed(session, appointment, number)
    for newest, *_ in to_do.values():
        note = _note(newest, 1)
        note.body = as_body(free("They brought the letter. Read it together, slowly."))
        session.add(note)


def _note(appointment: Appointment, revision: int) -> ProgressNote:
    at = appointment.ends_at + _AFTER
    return ProgressNote(
        appointment_id=appointment.id,
        client_id=appointment.client_id,
        author_id=appointment.therapist_id,
        format="free",
        revision=revision,
        started_at=at,
        kept_at=at,
    )


def _signed(session: Session, appointment: Appointment, number: int) -> None:
    draft = _TEXTS[number % len(_TEXTS)]
    note = _note(appointment, 2)
    note.format, note.signed_at = draft.format, note.kept_at
    session.add(note)
    session.flush()
    session.add(
        NoteVersion(
            note_id=note.id, version=1, format=draft.format, signed_at=note.signed_at, body=as_body(draft)
        )
    )
    if number == 0:
        changed = drafted(draft.format, {**draft.texts, "plan": "Keep to the evening walk."})
        note.revision, note.kept_at = 4, note.kept_at + timedelta(hours=2)
        session.add(
            NoteVersion(
                note_id=note.id,
                version=2,
                format=changed.format,
                signed_at=note.kept_at,
                body=as_body(changed),
                reason="We agreed on the evening, not on the morning.",
            )
        )
