"""What clients are asked now: their plans and forms, read for the rules of `due.py`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import db
from clinic.errors import NotFound
from clinic.intake.age import birth_date
from clinic.measures.due import Cadence, Circumstances, Planned, is_adult, what_is_due
from clinic.measures.instrument import Instrument, load_instruments
from clinic.people.care import client_in_care_of
from clinic.people.discharged import discharged_among
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.safety.policy import policy_in_force
from db.tables import Account, Appointment, Intake, IntakeAnswer, MeasurePlan, QuestionnaireResponse

# Who has no plan of their own is asked these. Both look back 2 weeks; weekly is how measurement-based care
# usually asks them (docs/measures.md).
EVERYONE = ("phq-9", "gad-7")
EVERY_DAYS = 7


@dataclass(frozen=True)
class Due:
    """A measure to answer now. `begun`: some of it is answered; `first`: it was never finished before."""

    instrument: Instrument
    begun: bool
    first: bool


@dataclass(frozen=True)
class Situation:
    """All that decides what one client is asked. `of_their_own`: somebody has set this plan; else it is
    the clinic's. `finished` and `unfinished` as in `due.what_is_due`."""

    plan: tuple[Planned, ...]
    of_their_own: bool
    finished: dict[str, datetime]
    unfinished: dict[str, bool]
    around: Circumstances

    def due(self, now: datetime) -> tuple[Due, ...]:
        measures = load_instruments()
        asked = what_is_due(self.plan, self.finished, self.unfinished, self.around, measures, now)
        return tuple(Due(measures[one.instrument_id], one.begun, one.first) for one in asked)


@allowed(Permission.QUESTIONNAIRE_FILL)
def due(viewer: Viewer, now: datetime, client_id: str | None = None) -> tuple[Due, ...]:
    """What this client is asked now. `client_id`: whose, for a therapist; a client's own without it.

    Raises:
        NotFound: no such client, or not one of the viewer's.
    """
    with db.reading() as session:
        return read_situation(session, client_of(session, viewer, client_id, now), now).due(now)


def client_of(session: Session, viewer: Viewer, client_id: str | None, now: datetime) -> Account:
    """The client who is meant: oneself, or the one of theirs whom a therapist names.

    Raises:
        NotFound: no such client, not one of the viewer's, or a therapist who names nobody.
    """
    if viewer.role is Role.CLIENT and client_id in (None, viewer.public_id):
        return session.get_one(Account, viewer.account_id)
    if client_id is None:
        raise NotFound()
    return client_in_care_of(session, viewer, client_id, now)


def read_situation(session: Session, client: Account, now: datetime) -> Situation:
    return read_situations(session, [client], now)[client.id]


def read_situations(session: Session, clients: Sequence[Account], now: datetime) -> dict[int, Situation]:
    """By account id, inside the caller's transaction; the number of queries is the same for any number."""
    ids = [client.id for client in clients]
    plans, finished, unfinished = _plans(session, ids), _finished(session, ids), _unfinished(session, ids)
    sessions, born = _next_sessions(session, ids, now), _born(session, clients)
    policy, discharged = policy_in_force(session) is not None, discharged_among(session, ids)
    # Whose care has ended is asked nothing; the plan itself stays, for when it begins again.
    plans |= dict.fromkeys(discharged, ())
    unfinished = {client_id: forms for client_id, forms in unfinished.items() if client_id not in discharged}
    return {
        client.id: Situation(
            plan=plans[client.id] if client.id in plans else _of_everyone(client),
            of_their_own=client.id in plans,
            finished=finished.get(client.id, {}),
            unfinished=unfinished.get(client.id, {}),
            around=Circumstances(
                zone=client.zone,
                adult=is_adult(born.get(client.id), now.astimezone(ZoneInfo(client.zone)).date()),
                next_session_at=sessions.get(client.id),
                policy=policy,
            ),
        )
        for client in clients
    }


def _of_everyone(client: Account) -> tuple[Planned, ...]:
    return tuple(Planned(name, Cadence.DAYS, EVERY_DAYS, client.created_at) for name in EVERYONE)


def _plans(session: Session, ids: list[int]) -> dict[int, tuple[Planned, ...]]:
    """The plans that somebody set. One whose every measure was stopped is there, and empty."""
    place = {name: n for n, name in enumerate(dict.fromkeys((*EVERYONE, *load_instruments())))}
    rows: dict[int, list[Planned]] = {}
    for row in session.scalars(select(MeasurePlan).where(MeasurePlan.client_id.in_(ids))):
        current = rows.setdefault(row.client_id, [])
        if row.ended_at is None:
            current.append(Planned(row.instrument, Cadence(row.cadence), row.every_days, row.since_at))
    return {
        client_id: tuple(sorted(plan, key=lambda one: place.get(one.instrument_id, len(place))))
        for client_id, plan in rows.items()
    }


def _finished(session: Session, ids: list[int]) -> dict[int, dict[str, datetime]]:
    found: dict[int, dict[str, datetime]] = {}
    for client_id, name, at in session.execute(
        select(
            QuestionnaireResponse.client_id,
            QuestionnaireResponse.instrument,
            func.max(QuestionnaireResponse.completed_at),
        )
        .where(QuestionnaireResponse.client_id.in_(ids), QuestionnaireResponse.completed_at.is_not(None))
        .group_by(QuestionnaireResponse.client_id, QuestionnaireResponse.instrument)
    ):
        if at is not None:
            found.setdefault(client_id, {})[name] = at
    return found


def _unfinished(session: Session, ids: list[int]) -> dict[int, dict[str, bool]]:
    found: dict[int, dict[str, bool]] = {}
    for row in session.scalars(
        select(QuestionnaireResponse).where(
            QuestionnaireResponse.client_id.in_(ids), QuestionnaireResponse.completed_at.is_(None)
        )
    ):
        found.setdefault(row.client_id, {})[row.instrument] = bool(json.loads(row.answers_json or "{}"))
    return found


def _next_sessions(session: Session, ids: list[int], now: datetime) -> dict[int, datetime]:
    """When each client's next booked session starts; one that is going on is the next one."""
    rows = session.execute(
        select(Appointment.client_id, func.min(Appointment.starts_at))
        .where(Appointment.client_id.in_(ids), Appointment.status == "booked", Appointment.ends_at > now)
        .group_by(Appointment.client_id)
    )
    return dict(rows.all())


def _born(session: Session, clients: Sequence[Account]) -> dict[int, date]:
    """Dates of birth: the account's, else what the intake says so far, sent or not."""
    said = {client.id: client.born or "" for client in clients}
    unknown = [client_id for client_id, words in said.items() if not words]
    rows = session.execute(
        select(Intake.client_id, IntakeAnswer)
        .join(IntakeAnswer, IntakeAnswer.intake_id == Intake.id)
        .where(Intake.client_id.in_(unknown), Intake.replaced_at.is_(None), IntakeAnswer.field == "born")
    )
    said |= {client_id: answer.value or "" for client_id, answer in rows}
    return {client_id: day for client_id, words in said.items() if (day := birth_date(words)) is not None}
