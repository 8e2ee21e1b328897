"""A therapist decides what a client of theirs is asked, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NotAsked
from clinic.measures.asking import Situation, read_situation
from clinic.measures.due import Cadence, Planned, asked_as, days_between, family, latest_of_family
from clinic.measures.instrument import Instrument, instrument, load_instruments
from clinic.measures.questionnaires import begin
from clinic.oversight.audit import record, record_look
from clinic.people.care import client_in_care_of, client_visible_to
from clinic.people.discharged import require_in_care
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Account, MeasurePlan

MOST_DAYS = 366
ADULTS_ONLY = "These questions are for adults, and this client is younger."
NOBODY_ANSWERS = (
    "These questions include one about self-harm, and nobody is named yet who looks at such an answer. "
    "Ask your administrator to name somebody first."
)
TODAY = "This was answered today already. It can be asked again from tomorrow on."


@dataclass(frozen=True)
class PlanLine:
    """One measure. `planned` is None where it is not asked. `asked_as` is the measure that the client is
    shown for it; None: it cannot be asked of them, and `why_not` says why. `last_at`: when it, or what stands
    in for it, was last finished. `due`: it is on the client's screen now."""

    instrument: Instrument
    planned: Planned | None
    asked_as: Instrument | None
    why_not: str
    last_at: datetime | None
    due: bool


@dataclass(frozen=True)
class ClientPlan:
    """`of_their_own`: somebody has set this plan; else it is what everyone is asked."""

    client_id: str
    client_name: str
    zone: str
    of_their_own: bool
    lines: tuple[PlanLine, ...]


@allowed(Permission.PLAN_MANAGE)
def plan(viewer: Viewer, client_id: str, now: datetime) -> ClientPlan:
    """Every measure there is, those that are asked first.

    Raises:
        NotFound: no such client, or not one of the viewer's.
    """
    with db.unit_of_work() as session:
        client = client_visible_to(session, viewer, client_id, now)
        situation = read_situation(session, client, now)
        record_look(
            session, now, viewer.account_id, "plan.open", client_id=client.id, object_id=client.public_id
        )
    planned = {one.instrument_id: one for one in situation.plan}
    due = {one.instrument.id for one in situation.due(now)}
    names = [name for name in dict.fromkeys((*planned, *load_instruments())) if name in load_instruments()]
    lines = tuple(_line(name, planned.get(name), situation, due) for name in names)
    return ClientPlan(client.public_id, client.name, client.zone, situation.of_their_own, lines)


@allowed(Permission.PLAN_MANAGE)
def set_plan(
    viewer: Viewer, client_id: str, instrument_id: str, cadence: str, every_days: int | None, now: datetime
) -> None:
    """Ask this measure from now on. `every_days` belongs to the cadence "days" alone.

    Setting one measure writes the client's whole plan down, so that it no longer follows the clinic's. A
    PHQ-9 takes the PHQ-8's place and the other way round. `once` asks anew, answered before or not.

    Raises:
        NotFound: no such client or measure, or not one of the viewer's.
        InvalidInput: no such cadence, or a number of days that is none.
        NotAsked: it cannot be asked of this client.
    """
    chosen = _cadence(cadence, every_days)
    asked = instrument(instrument_id)
    with db.unit_of_work() as session:
        client = _locked(session, viewer, client_id, now)
        require_in_care(session, client.id)
        situation = read_situation(session, client, now)
        if sentence := _why_not(asked.id, situation):
            raise NotAsked(sentence)
        _replace(session, viewer, client, situation, Planned(asked.id, chosen, every_days, now))
        record(session, now, viewer.account_id, "plan.set", client_id=client.id, object_id=client.public_id)


@allowed(Permission.PLAN_MANAGE)
def stop(viewer: Viewer, client_id: str, instrument_id: str, now: datetime) -> None:
    """Ask this measure no more. What was answered stays; a form that was begun is no longer asked for.

    Raises:
        NotFound: no such client or measure, or not one of the viewer's.
    """
    with db.unit_of_work() as session:
        client = _locked(session, viewer, client_id, now)
        asked = instrument(instrument_id)
        _write_down(session, viewer, client, read_situation(session, client, now), now)
        _end(session, client, (asked.id,), now)
        record(session, now, viewer.account_id, "plan.stop", client_id=client.id, object_id=client.public_id)


@allowed(Permission.PLAN_MANAGE)
def ask_now(viewer: Viewer, client_id: str, instrument_id: str, now: datetime) -> str:
    """Put this measure on the client's screen now, and leave its cadence as it is; one that is not planned
    is asked once. Asking twice is once. Returns the id of the measure that is asked, maybe a stand-in.

    Raises:
        NotFound: no such client or measure, or not one of the viewer's.
        NotAsked: it cannot be asked of this client, or was answered today.
    """
    asked = instrument(instrument_id)
    with db.unit_of_work() as session:
        client = _locked(session, viewer, client_id, now)
        require_in_care(session, client.id)
        return put_on_screen(session, viewer, client, asked.id, now)


def put_on_screen(
    session: Session, viewer: Viewer, client: Account, instrument_id: str, now: datetime
) -> str:
    """As `ask_now`, in the transaction of a caller who has decided permission and holds the client."""
    asked = instrument(instrument_id)
    situation = read_situation(session, client, now)
    for one in situation.due(now):
        if one.instrument.id in family(asked.id):
            return one.instrument.id
    shown = asked_as(asked.id, situation.around, load_instruments())
    if shown is None:
        raise NotAsked(_why_not(asked.id, situation))
    last_at = latest_of_family(asked.id, situation.finished)
    if last_at is not None and days_between(last_at, now, client.zone) < 1:
        raise NotAsked(TODAY)
    recurring = {one.instrument_id for one in situation.plan if one.cadence is not Cadence.ONCE}
    if recurring & set(family(asked.id)):
        # An open form is due until it is finished, whatever the cadence.
        begin(session, viewer, client.id, shown, now)
    else:
        _replace(session, viewer, client, situation, Planned(asked.id, Cadence.ONCE, None, now))
    record(session, now, viewer.account_id, "plan.ask", client_id=client.id, object_id=client.public_id)
    return shown.id


def _line(name: str, planned: Planned | None, situation: Situation, due: set[str]) -> PlanLine:
    measures = load_instruments()
    return PlanLine(
        measures[name],
        planned,
        asked_as(name, situation.around, measures),
        _why_not(name, situation),
        latest_of_family(name, situation.finished) if planned else situation.finished.get(name),
        due=bool(due & set(family(name))) if planned else False,
    )


def _why_not(name: str, situation: Situation) -> str:
    """Why this measure cannot be asked of the client now, or ""."""
    measures = load_instruments()
    if asked_as(name, situation.around, measures) is not None:
        return ""
    return ADULTS_ONLY if measures[name].adult_only and not situation.around.adult else NOBODY_ANSWERS


def _cadence(cadence: str, every_days: int | None) -> Cadence:
    if cadence not in set(Cadence):
        raise InvalidInput({"cadence": "Choose when to ask."})
    chosen = Cadence(cadence)
    if (chosen is Cadence.DAYS) != (every_days is not None) or (
        every_days is not None and (type(every_days) is not int or not 1 <= every_days <= MOST_DAYS)
    ):
        raise InvalidInput({"every_days": f"Enter a number of days between 1 and {MOST_DAYS}."})
    return chosen


def _locked(session: Session, viewer: Viewer, client_id: str, now: datetime) -> Account:
    """The client, held until the transaction ends: two who change a plan do so one after the other."""
    client = client_in_care_of(session, viewer, client_id, now)
    session.refresh(client, with_for_update={"key_share": True})
    return client


def _replace(
    session: Session, viewer: Viewer, client: Account, situation: Situation, planned: Planned
) -> None:
    """Put one measure into the client's own plan, in place of itself and of its stand-in."""
    _write_down(session, viewer, client, situation, planned.since_at)
    _end(session, client, family(planned.instrument_id), planned.since_at)
    session.add(_row(viewer, client, planned, planned.since_at))


def _write_down(
    session: Session, viewer: Viewer, client: Account, situation: Situation, now: datetime
) -> None:
    """Make what everyone is asked this client's own plan, once."""
    if not situation.of_their_own:
        session.add_all([_row(viewer, client, planned, now) for planned in situation.plan])
        session.flush()


def _row(viewer: Viewer, client: Account, planned: Planned, now: datetime) -> MeasurePlan:
    return MeasurePlan(
        client_id=client.id,
        instrument=planned.instrument_id,
        cadence=planned.cadence.value,
        every_days=planned.every_days,
        since_at=now,
        set_by_id=viewer.account_id,
    )


def _end(session: Session, client: Account, names: tuple[str, ...], now: datetime) -> None:
    session.execute(
        update(MeasurePlan)
        .where(
            MeasurePlan.client_id == client.id,
            MeasurePlan.instrument.in_(names),
            MeasurePlan.ended_at.is_(None),
        )
        .values(ended_at=now)
    )
