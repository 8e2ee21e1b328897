"""The waiting list: a time that becomes free is kept for a while for those who wait for such a time.

Whoever of them books it first has it. Nobody else sees it until then; afterwards it is free for everyone,
with nothing to be done: `held_until` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput
from clinic.intake.consent_state import require_consent
from clinic.oversight.audit import record
from clinic.people import mail
from clinic.people.discharged import require_own_care
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling import letters
from clinic.scheduling.busy import busy_of_client
from clinic.scheduling.choices import Choice, bookable, choose, kinds_of
from clinic.scheduling.intervals import Span
from clinic.scheduling.offers import read_free_times, read_limits
from clinic.scheduling.rules import read_rules
from clinic.scheduling.waiting import OfferState, Wish, problems_with, state_of, suits
from db.tables import Account, Appointment, HeldTime, SessionType, TimeOffer, WaitingEntry

# How long an offer that is over stays on the screen.
SHOWN = timedelta(days=7)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Waiting:
    """What the client waits for. Ids are public; `therapist_id` is None for any of theirs."""

    therapist_id: str | None
    therapist_name: str | None
    session_type_id: str
    session_type_name: str
    weekdays: str
    from_minute: int
    until_minute: int
    since_at: datetime


@dataclass(frozen=True)
class OfferedTime:
    """A time that was offered to the client, UTC; it was kept for them until `held_until`."""

    therapist_id: str
    therapist_name: str
    therapist_zone: str
    session_type_id: str
    session_type_name: str
    modality: str
    starts_at: datetime
    ends_at: datetime
    held_until: datetime
    state: OfferState


@dataclass(frozen=True)
class WaitingPage:
    """`therapists` and `types` are what can be waited for: public id to name."""

    waiting: Waiting | None
    offers: tuple[OfferedTime, ...]
    therapists: dict[str, str]
    types: dict[str, str]


@allowed(Permission.APPOINTMENT_BOOK)
def waiting_page(viewer: Viewer, now: datetime) -> WaitingPage:
    """All the waiting list's screen shows.

    Raises:
        ConsentMissing: the consent in force is not signed yet.
    """
    with db.reading() as session:
        require_consent(session, viewer.account_id, now)
        therapists, kinds = bookable(session, viewer.account_id)
        return WaitingPage(
            _waiting(session, viewer),
            tuple(_offers(session, viewer, now)),
            {therapist.public_id: therapist.name for therapist in therapists},
            {kind.public_id: kind.name for kind in kinds_of(therapists, kinds)},
        )


@allowed(Permission.APPOINTMENT_BOOK)
def open_offers(viewer: Viewer, now: datetime) -> list[OfferedTime]:
    """The times that are kept for this client now, the next one first."""
    with db.reading() as session:
        return [offer for offer in _offers(session, viewer, now) if offer.state is OfferState.OPEN]


@allowed(Permission.APPOINTMENT_BOOK)
def join(
    viewer: Viewer,
    session_type_id: str,
    therapist_id: str | None,
    weekdays: str,
    from_minute: int,
    until_minute: int,
    now: datetime,
) -> None:
    """Wait for such a time, in place of what the client waited for so far.

    Raises:
        ConsentMissing: the consent in force is not signed yet.
        CareEnded: the client's care here has ended.
        NotFound: not a therapist or a kind of session this client can book.
        InvalidInput: no day, or no room for a session between the two times.
    """
    with db.unit_of_work() as session:
        require_own_care(session, viewer.account_id)
        require_consent(session, viewer.account_id, now)
        choice = choose(session, viewer.account_id, session_type_id, therapist_id)
        problems = problems_with(weekdays, from_minute, until_minute, choice.kind.length_minutes)
        if problems:
            raise InvalidInput(problems)
        _end(session, viewer.account_id, now)
        session.add(
            WaitingEntry(
                client_id=viewer.account_id,
                therapist_id=choice.therapists[0].id if therapist_id is not None else None,
                session_type_id=choice.kind.id,
                weekdays="".join(sorted(set(weekdays))),
                from_minute=from_minute,
                until_minute=until_minute,
                since_at=now,
            )
        )
        record(session, now, viewer.account_id, "waiting-list.join", client_id=viewer.account_id)


@allowed(Permission.APPOINTMENT_BOOK)
def leave(viewer: Viewer, now: datetime) -> None:
    """Wait no longer. Times kept for this client alone are free for everyone again."""
    with db.unit_of_work() as session:
        if end_waiting(session, viewer.account_id, now):
            record(session, now, viewer.account_id, "waiting-list.leave", client_id=viewer.account_id)


def offer_freed(session: Session, appointment: Appointment, starts_at: datetime, now: datetime) -> None:
    """This appointment is no longer at `starts_at`: keep that time for those who wait for such a time, and
    tell them. Nothing is kept where nobody waits, or where nobody could book it any more."""
    therapist = session.get_one(Account, appointment.therapist_id)
    kind = session.get_one(SessionType, appointment.session_type_id)
    span = _bookable_at(session, Choice(kind, [therapist]), starts_at, now)
    if span is None:
        return
    waiting = _who_waits(session, therapist, kind, span, but=appointment.client_id)
    latest = starts_at - read_limits(session, therapist).notice
    held_until = min(now + read_rules(session).offer_minutes * _MINUTE, latest)
    if not waiting or held_until <= now:
        return
    held = HeldTime(
        therapist_id=therapist.id,
        session_type_id=kind.id,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        held_until=held_until,
    )
    session.add(held)
    session.flush()
    for client in waiting:
        session.add(TimeOffer(held_time_id=held.id, client_id=client.id, offered_at=now))
        mail.write(session, client, letters.offer(session, client, span.starts_at, held_until), now)


def taken(session: Session, appointment: Appointment, now: datetime) -> None:
    """This appointment is booked: held times that it meets are no longer there to be had, and whoever got
    the time they waited for waits no longer."""
    found = session.execute(
        update(HeldTime)
        .where(
            HeldTime.therapist_id == appointment.therapist_id,
            HeldTime.held_until > now,
            # Booking itself may have marked the one it took.
            or_(HeldTime.taken_at.is_(None), HeldTime.taken_at == now),
            HeldTime.starts_at < appointment.blocks_until,
            HeldTime.ends_at > appointment.blocks_from,
        )
        .values(taken_at=now)
        .returning(HeldTime.id)
    ).scalars()
    offered = select(TimeOffer.id).where(
        TimeOffer.held_time_id.in_(found.all()), TimeOffer.client_id == appointment.client_id
    )
    if session.scalars(offered).first() is not None:
        _end(session, appointment.client_id, now)


def _bookable_at(session: Session, choice: Choice, starts_at: datetime, now: datetime) -> Span | None:
    """The free session that begins then, if one of the therapist's does."""
    if starts_at <= now:
        return None
    free = read_free_times(session, choice, now, until=starts_at + _MINUTE)
    return next((Span(one.starts_at, one.ends_at) for one in free if one.starts_at == starts_at), None)


def _who_waits(
    session: Session, therapist: Account, kind: SessionType, span: Span, *, but: int
) -> list[Account]:
    """The clients who wait for such a time and could book it, the longest-waiting first."""
    rows = session.execute(
        select(WaitingEntry, Account)
        .join(Account, Account.id == WaitingEntry.client_id)
        .where(
            WaitingEntry.ended_at.is_(None),
            WaitingEntry.session_type_id == kind.id,
            or_(WaitingEntry.therapist_id == therapist.id, WaitingEntry.therapist_id.is_(None)),
            Account.disabled_at.is_(None),
            Account.id != but,
        )
        .order_by(WaitingEntry.since_at, WaitingEntry.id)
    )
    return [
        client
        for entry, client in rows
        if suits(Wish(entry.weekdays, entry.from_minute, entry.until_minute, client.zone), span)
        and kind in bookable(session, client.id)[1].get(therapist.id, [])
        and not busy_of_client(session, client.id, span)
    ]


def _waiting(session: Session, viewer: Viewer) -> Waiting | None:
    row = session.execute(
        select(
            Account.public_id.label("therapist_id"),
            Account.name.label("therapist_name"),
            SessionType.public_id.label("session_type_id"),
            SessionType.name.label("session_type_name"),
            WaitingEntry.weekdays,
            WaitingEntry.from_minute,
            WaitingEntry.until_minute,
            WaitingEntry.since_at,
        )
        .join(SessionType, SessionType.id == WaitingEntry.session_type_id)
        .outerjoin(Account, Account.id == WaitingEntry.therapist_id)
        .where(WaitingEntry.client_id == viewer.account_id, WaitingEntry.ended_at.is_(None))
    ).first()
    return Waiting(*row) if row else None


def _offers(session: Session, viewer: Viewer, now: datetime) -> Sequence[OfferedTime]:
    """The client's offers of the last days, the next time first."""
    mine = exists().where(
        Appointment.client_id == viewer.account_id,
        Appointment.therapist_id == HeldTime.therapist_id,
        Appointment.starts_at == HeldTime.starts_at,
        Appointment.status == "booked",
    )
    rows = session.execute(
        select(
            Account.public_id.label("therapist_id"),
            Account.name.label("therapist_name"),
            Account.zone.label("therapist_zone"),
            SessionType.public_id.label("session_type_id"),
            SessionType.name.label("session_type_name"),
            SessionType.modality,
            HeldTime.starts_at,
            HeldTime.ends_at,
            HeldTime.held_until,
            HeldTime.taken_at,
            mine.label("mine"),
        )
        .join(TimeOffer, TimeOffer.held_time_id == HeldTime.id)
        .join(Account, Account.id == HeldTime.therapist_id)
        .join(SessionType, SessionType.id == HeldTime.session_type_id)
        .where(TimeOffer.client_id == viewer.account_id, TimeOffer.offered_at > now - SHOWN)
        .order_by(HeldTime.starts_at, HeldTime.id)
    )
    return [_offered(dict(row), now) for row in rows.mappings()]


def _offered(facts: dict[str, Any], now: datetime) -> OfferedTime:
    state = state_of(facts["held_until"], facts.pop("taken_at"), facts.pop("mine"), now)
    return OfferedTime(**facts, state=state)


def end_waiting(session: Session, client_id: int, now: datetime) -> bool:
    """The client waits no longer, inside the caller's transaction. Whether they did."""
    if not _end(session, client_id, now):
        return False
    _give_back(session, client_id, now)
    return True


def _end(session: Session, client_id: int, now: datetime) -> bool:
    """Whether there was an entry to end."""
    ended = session.scalars(
        update(WaitingEntry)
        .where(WaitingEntry.client_id == client_id, WaitingEntry.ended_at.is_(None))
        .values(ended_at=now)
        .returning(WaitingEntry.id)
    ).first()
    return ended is not None


def _give_back(session: Session, client_id: int, now: datetime) -> None:
    """Take this client's open offers back, and hold no time that is offered to nobody."""
    still_held = select(HeldTime.id).where(HeldTime.held_until > now, HeldTime.taken_at.is_(None))
    given = session.scalars(
        delete(TimeOffer)
        .where(TimeOffer.client_id == client_id, TimeOffer.held_time_id.in_(still_held))
        .returning(TimeOffer.held_time_id)
    ).all()
    others = exists().where(TimeOffer.held_time_id == HeldTime.id)
    session.execute(update(HeldTime).where(HeldTime.id.in_(given), ~others).values(held_until=now))
