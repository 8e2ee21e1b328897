"""How long records are kept, and who may not be erased: what an administrator sees of it, and decides.

Names and dates, and nothing that stands in a record.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

import db
from clinic.errors import InvalidInput, NotFound
from clinic.intake.age import birth_date
from clinic.oversight.audit import record
from clinic.oversight.retention import Case, Rules, Standing, require_rules, standing
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.spoken import day_of
from db.tables import Account, Appointment, Clinic, Discharge, Erasure, LegalHold, RiskAlert

SHORTEST_REASON, LONGEST_REASON = 10, 500


@dataclass(frozen=True)
class Hold:
    """Why a record may not be erased, whatever its time."""

    reason: str
    by: str
    placed_at: datetime


@dataclass(frozen=True)
class KeptRecord:
    """One client. `ended_on` is the last day of care, None while it goes on; without `birth_known` the rule
    for young people cannot be applied."""

    client_id: str
    name: str
    ended_on: date | None
    birth_known: bool
    hold: Hold | None
    standing: Standing


@dataclass(frozen=True)
class ErasedRecord:
    """What is left to say of somebody: when, by whom, why, and how many rows of which table."""

    erased_at: datetime
    by: str
    reason: str
    ended_on: date
    kept_until_on: date
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Kept:
    """Records that can be erased come first, then the others by the day until which they are kept."""

    rules: Rules
    records: tuple[KeptRecord, ...]
    erased: tuple[ErasedRecord, ...]


@allowed(Permission.RECORD_ERASE)
def records_kept(viewer: Viewer, now: datetime) -> Kept:
    """Every client there is, and every one who was."""
    with db.reading() as session:
        here = select(Account).where(Account.role == Role.CLIENT.value, Account.erased_at.is_(None))
        clients = session.scalars(here).all()
        rules, found = read_kept(session, clients, now)
        erased = session.execute(
            select(Erasure, Account.name)
            .join(Account, Account.id == Erasure.by_id)
            .order_by(Erasure.erased_at.desc(), Erasure.id.desc())
        ).all()
        gone = tuple(
            ErasedRecord(
                row.erased_at, by, row.reason or "", row.ended_on, row.kept_until_on, json.loads(row.counts)
            )
            for row, by in erased
        )
    return Kept(rules, tuple(sorted(found, key=_order)), gone)


@allowed(Permission.RECORD_ERASE, sensitive=True)
def set_retention(viewer: Viewer, years: object, after_18: object, now: datetime) -> None:
    """The clinic keeps records for so long from now on, those that are there too. Twice is once.

    Raises:
        InvalidInput: no whole years, or none that a clinic can keep.
    """
    rules = require_rules(years, after_18)
    with db.unit_of_work() as session:
        clinic = session.scalars(select(Clinic).with_for_update(key_share=True)).one()
        if (clinic.keep_years, clinic.keep_years_after_18) != (rules.years, rules.after_18):
            clinic.keep_years, clinic.keep_years_after_18 = rules.years, rules.after_18
            record(session, now, viewer.account_id, "retention.change")


@allowed(Permission.RECORD_ERASE, sensitive=True)
def place_hold(viewer: Viewer, client_id: str, reason: str, now: datetime) -> None:
    """Nobody erases this record until the hold is lifted. One that is there stays as it is.

    Raises:
        NotFound: no such client.
        InvalidInput: no reason in words.
    """
    said = worded(reason, "hold")
    with db.unit_of_work() as session:
        client = _here(session, client_id)
        if _current(session, client.id) is not None:
            return
        row = LegalHold(client_id=client.id, placed_at=now, placed_by_id=viewer.account_id)
        row.reason = said
        session.add(row)
        record(session, now, viewer.account_id, "hold.place", client_id=client.id, object_id=row.public_id)


@allowed(Permission.RECORD_ERASE, sensitive=True)
def lift_hold(viewer: Viewer, client_id: str, reason: str, now: datetime) -> None:
    """The hold is over; it stays written down with both reasons. Lifted twice is once.

    Raises:
        NotFound: no such client.
        InvalidInput: no reason in words.
    """
    said = worded(reason, "lift")
    with db.unit_of_work() as session:
        client = _here(session, client_id)
        row = _current(session, client.id)
        if row is None:
            return
        row.lifted_at, row.lifted_by_id, row.lifted_reason = now, viewer.account_id, said
        record(session, now, viewer.account_id, "hold.lift", client_id=client.id, object_id=row.public_id)


def worded(reason: str, field: str) -> str:
    """Raises InvalidInput where a reason is no sentence."""
    said = reason.strip()
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON:
        why = f"Say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters."
        raise InvalidInput({field: why})
    return said


def locked(session: Session, client_id: str) -> Account:
    """A client, held until the transaction ends: a hold and an erasure are one after the other.

    Raises:
        NotFound: no such client.
    """
    wanted = select(Account).where(Account.public_id == client_id, Account.role == Role.CLIENT.value)
    found = session.scalars(wanted.with_for_update(key_share=True)).first()
    if found is None:
        raise NotFound()
    return found


def _here(session: Session, client_id: str) -> Account:
    """The same, of those who are not erased."""
    found = locked(session, client_id)
    if found.erased_at is not None:
        raise NotFound()
    return found


def read_kept(
    session: Session, clients: Collection[Account], now: datetime
) -> tuple[Rules, list[KeptRecord]]:
    """How these clients' records stand, inside the caller's transaction."""
    clinic = session.scalars(select(Clinic)).one()
    rules, today = Rules(clinic.keep_years, clinic.keep_years_after_18), day_of(now, clinic.zone)
    ids = [client.id for client in clients]
    ended, alerts, holds = _ended(session, ids), _alerts(session, ids), _holds(session, ids)
    found = []
    for client in clients:
        born = birth_date(client.born or "")
        last = day_of(ended[client.id], clinic.zone) if client.id in ended else None
        hold = holds.get(client.id)
        case = Case(last, born, hold is not None, alerts.get(client.id, 0))
        found.append(
            KeptRecord(
                client.public_id, client.name, last, born is not None, hold, standing(case, rules, today)
            )
        )
    return rules, found


def _order(one: KeptRecord) -> tuple[bool, date, str]:
    return (not one.standing.erasable, one.standing.kept_until_on or date.max, one.name)


def _ended(session: Session, ids: Collection[int]) -> dict[int, datetime]:
    """When care ended, of those whose care has: a session that was held after it counts as care."""
    last = (
        select(Appointment.client_id, func.max(Appointment.ends_at).label("at"))
        .where(Appointment.client_id.in_(ids), Appointment.status == "booked")
        .group_by(Appointment.client_id)
        .subquery()
    )
    rows = session.execute(
        select(Discharge.client_id, Discharge.discharged_at, last.c.at)
        .outerjoin(last, last.c.client_id == Discharge.client_id)
        .where(
            Discharge.client_id.in_(ids),
            Discharge.discharged_at.is_not(None),
            Discharge.reopened_at.is_(None),
        )
    )
    return {client: max(at for at in moments if at is not None) for client, *moments in rows}


def _alerts(session: Session, ids: Collection[int]) -> dict[int, int]:
    rows = session.execute(
        select(RiskAlert.client_id, func.count())
        .where(RiskAlert.client_id.in_(ids), RiskAlert.resolved_at.is_(None))
        .group_by(RiskAlert.client_id)
    )
    return dict(rows.all())


def _holds(session: Session, ids: Collection[int]) -> dict[int, Hold]:
    by = aliased(Account)
    rows = session.execute(
        select(LegalHold, by.name)
        .join(by, by.id == LegalHold.placed_by_id)
        .where(LegalHold.client_id.in_(ids), LegalHold.lifted_at.is_(None))
    )
    return {row.client_id: Hold(row.reason or "", name, row.placed_at) for row, name in rows}


def _current(session: Session, client_id: int) -> LegalHold | None:
    current = select(LegalHold).where(LegalHold.client_id == client_id, LegalHold.lifted_at.is_(None))
    return session.scalars(current).first()
