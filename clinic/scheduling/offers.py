"""What can be booked now: with whom, of which kind, at which times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, bindparam, or_, select
from sqlalchemy.orm import Session

import db
from clinic.errors import NotFound
from clinic.intake.consent_state import require_consent
from clinic.people.discharged import require_own_care
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.busy import (
    Held,
    busy_of_client,
    busy_of_therapists,
    held_times,
    room_for,
    rooms_with_taken,
)
from clinic.scheduling.choices import (
    Choice,
    bookable,
    choose,
    choose_for,
    client_of,
    kind_of_staff,
    kinds_of,
    length_kept,
    length_of,
)
from clinic.scheduling.intervals import Span, clear_of
from clinic.scheduling.rules import read_rules
from clinic.scheduling.slots import Hours, Length, Limits, WeeklyHours, free_spans
from db.tables import Account, Appointment, Availability, HoursException, SessionType, TherapistProfile

_DAY, _LONG_DAY = timedelta(days=1), timedelta(hours=26)


@dataclass(frozen=True)
class Offer:
    """A time that can be booked, UTC, with whom and as what. Ids are public."""

    therapist_id: str
    therapist_name: str
    therapist_zone: str
    starts_at: datetime
    ends_at: datetime
    session_type_id: str
    session_type_name: str
    modality: str
    length_minutes: int


@dataclass(frozen=True)
class BookableType:
    """A kind of session that can be booked."""

    public_id: str
    name: str
    length_minutes: int
    modality: str


@allowed(Permission.APPOINTMENT_BOOK)
def free_times(
    viewer: Viewer,
    now: datetime,
    *,
    session_type_id: str | None = None,
    therapist_id: str | None = None,
    until: datetime | None = None,
) -> list[Offer]:
    """The times the client can book, in order, until the horizon or `until`: with their own therapists,
    or, while they have none, with any of the clinic's. Without a type, of the first they can book.

    Raises:
        CareEnded: the client's care here has ended.
        ConsentMissing: the consent in force is not signed yet.
        NotFound: not a therapist or a type of session this client may book.
        SlotNotOffered: nothing can be booked at all.
    """
    with db.reading() as session:
        require_own_care(session, viewer.account_id)
        require_consent(session, viewer.account_id, now)
        choice = choose(session, viewer.account_id, session_type_id, therapist_id)
        return read_free_times(session, choice, now, client_id=viewer.account_id, until=until)


@allowed(Permission.APPOINTMENT_BOOK)
def bookable_types(viewer: Viewer) -> list[BookableType]:
    """The kinds of session the client can book with at least one therapist, in the clinic's order."""
    with db.reading() as session:
        therapists, kinds = bookable(session, viewer.account_id)
    offered = kinds_of(therapists, kinds)
    return [BookableType(kind.public_id, kind.name, kind.length_minutes, kind.modality) for kind in offered]


@allowed(Permission.APPOINTMENT_MOVE)
def times_to_move_to(viewer: Viewer, appointment_id: str, now: datetime) -> list[Offer]:
    """The times to which a client can move their own appointment, in order; their present one is none.

    Raises:
        NotFound: missing, or somebody else's.
        SlotNotOffered: a kind of session that only staff arrange.
    """
    with db.reading() as session:
        mine = session.scalars(
            select(Appointment).where(
                Appointment.public_id == appointment_id,
                Appointment.client_id == viewer.account_id,
                Appointment.status == "booked",
            )
        ).first()
        if mine is None:
            raise NotFound()
        choice = choose_for(session, mine)
        found = read_free_times(
            session, choice, now, client_id=viewer.account_id, length=length_kept(mine), but=mine.id
        )
    return [offer for offer in found if offer.starts_at != mine.starts_at]


@allowed(Permission.APPOINTMENT_ARRANGE)
def free_times_of(
    viewer: Viewer,
    session_type_id: str,
    first_on: date,
    last_on: date,
    now: datetime,
    *,
    client_id: str | None = None,
) -> list[Span]:
    """The therapist's own free sessions of one type from one local day to another, both included. Notice,
    horizon and daily limit are for clients; a client named is free at these times, too.

    Raises:
        NotFound: not a type this therapist offers, or not a client of theirs.
    """
    zone = ZoneInfo(viewer.zone)
    since = datetime.combine(first_on, time(), zone)
    until = datetime.combine(last_on + _DAY, time(), zone)
    with db.reading() as session:
        therapist = session.scalars(select(Account).where(Account.id == viewer.account_id)).one()
        kind = kind_of_staff(session, viewer.account_id, session_type_id)
        client = client_of(session, viewer, client_id) if client_id is not None else None
        offers = read_free_times(
            session,
            Choice(kind, [therapist]),
            now,
            client_id=client.id if client is not None else None,
            limits=Limits(max(since - now, timedelta()), until - now),
        )
    return [Span(offer.starts_at, offer.ends_at) for offer in offers if offer.starts_at < until]


def public_free_times(
    session: Session,
    now: datetime,
    *,
    session_type_id: str | None = None,
    therapist_id: str | None = None,
    until: datetime | None = None,
) -> list[Offer]:
    """What anybody could book, in order, inside the caller's transaction; errors as in `free_times`."""
    choice = choose(session, None, session_type_id, therapist_id)
    return read_free_times(session, choice, now, until=until)


def read_free_times(
    session: Session,
    choice: Choice,
    now: datetime,
    *,
    client_id: int | None = None,
    until: datetime | None = None,
    limits: Limits | None = None,
    length: Length | None = None,
    but: int | None = None,
) -> list[Offer]:
    """Every time of this choice, in order, inside the caller's transaction.

    Args:
        limits: instead of each therapist's own.
        length: instead of the kind's: an appointment that moves keeps its own.
        but: the appointment that is not in the way, because it is the one that moves.
    """
    kind, ids = choice.kind, [therapist.id for therapist in choice.therapists]
    length = length or length_of(kind)
    each = dict.fromkeys(ids, limits) if limits else read_all_limits(session, ids)
    if until is not None:
        each = {one: replace(kept, horizon=min(kept.horizon, until - now)) for one, kept in each.items()}
    # The sessions of this local day that are over count for its limit.
    bounds = Span(now - _LONG_DAY, now + max((one.horizon for one in each.values()), default=_DAY) + _DAY)
    hours = read_hours(session, ids, bounds.starts_at, bounds.ends_at)
    busy = busy_of_therapists(session, ids, bounds, but=but)
    own = busy_of_client(session, client_id, bounds, but=but) if client_id is not None else []
    held = held_times(session, now, client_id)
    kept = [one for one in held if not one.for_them]
    rooms = rooms_with_taken(session, bounds, but=but) if kind.modality == "in_person" else None
    offers: list[Offer] = []
    for therapist in choice.therapists:
        in_the_way = [*busy[therapist.id].blocks, *_blocks_of(kept, therapist.id)]
        spans = free_spans(
            hours[therapist.id],
            length,
            each[therapist.id],
            now,
            busy=in_the_way,
            sessions=busy[therapist.id].sessions,
        )
        for_them = _kept_for_them(held, choice, therapist.id, busy[therapist.id].blocks)
        if for_them:
            spans = sorted({*spans, *for_them})
        if own:
            spans = clear_of(spans, own)
        if rooms is not None:
            spans = [span for span in spans if room_for(rooms, kept, span) is not None]
        offers += _offers(therapist, kind, length, spans)
    if len(choice.therapists) > 1:
        offers.sort(key=lambda offer: (offer.starts_at, offer.therapist_name))
    return offers


def read_hours(
    session: Session, therapist_ids: Sequence[int], since: datetime, until: datetime
) -> dict[int, Hours]:
    """Each therapist's weekly hours in their zone, with time off, extra hours and closures between."""
    whose = {"therapist_ids": list(therapist_ids)}
    weekly: dict[int, list[WeeklyHours]] = {therapist_id: [] for therapist_id in therapist_ids}
    for row in session.execute(_WEEKLY, whose):
        weekly[row.therapist_id].append(WeeklyHours(*row[1:]))
    spans: dict[tuple[int | None, str], list[Span]] = {}
    for therapist_id, kind, starts_at, ends_at in session.execute(
        _EXCEPTIONS, {**whose, "since": since, "until": until}
    ):
        spans.setdefault((therapist_id, kind), []).append(Span(starts_at, ends_at))
    closed = spans.get((None, "off"), [])
    return {
        one: Hours(zone, weekly[one], spans.get((one, "extra"), []), spans.get((one, "off"), []) + closed)
        for one, zone in session.execute(_ZONES, whose)
    }


def read_limits(session: Session, therapist: Account) -> Limits:
    """One therapist's limits: their own where they have one, else the clinic's."""
    return read_all_limits(session, [therapist.id])[therapist.id]


def read_all_limits(session: Session, therapist_ids: Sequence[int]) -> dict[int, Limits]:
    """As `read_limits`, for each of them."""
    rules = read_rules(session)
    rows = session.execute(_OWN_LIMITS, {"therapist_ids": list(therapist_ids)})
    own = {row.therapist_id: row for row in rows}

    def limits(therapist_id: int) -> Limits:
        one = own.get(therapist_id)
        notice, horizon, daily = (
            (one.notice_minutes, one.horizon_days, one.daily_limit) if one else (None, None, None)
        )
        return Limits(
            timedelta(minutes=rules.notice_minutes if notice is None else notice),
            timedelta(days=rules.horizon_days if horizon is None else horizon),
            rules.daily_limit if daily is None else daily,
        )

    return {therapist_id: limits(therapist_id) for therapist_id in therapist_ids}


def _blocks_of(held: Sequence[Held], therapist_id: int) -> list[Span]:
    return [one.blocks for one in held if one.therapist_id == therapist_id]


def _kept_for_them(
    held: Sequence[Held], choice: Choice, therapist_id: int, busy: Sequence[Span]
) -> list[Span]:
    """Times that are held for the client: offered whatever the hours and the notice say."""
    return [
        one.span
        for one in held
        if one.for_them
        and (one.therapist_id, one.session_type_id) == (therapist_id, choice.kind.id)
        and not any(one.blocks.overlaps(block) for block in busy)
    ]


def _offers(therapist: Account, kind: SessionType, length: Length, spans: Sequence[Span]) -> list[Offer]:
    # Hundreds of times of one therapist and kind: each row's attributes are read once.
    whom = therapist.public_id, therapist.name, therapist.zone
    kind_id, name, modality = kind.public_id, kind.name, kind.modality
    return [
        Offer(*whom, span.starts_at, span.ends_at, kind_id, name, modality, length.minutes) for span in spans
    ]


# Asked at every look at free times, so they are made once.
_WHOSE: BindParameter[Any] = bindparam("therapist_ids", expanding=True)
_ZONES = select(Account.id, Account.zone).where(Account.id.in_(_WHOSE))
_WEEKLY = select(
    Availability.therapist_id,
    Availability.weekday,
    Availability.start_minute,
    Availability.end_minute,
    Availability.valid_from_on,
    Availability.valid_until_on,
).where(Availability.therapist_id.in_(_WHOSE))
_EXCEPTIONS = select(
    HoursException.therapist_id, HoursException.kind, HoursException.starts_at, HoursException.ends_at
).where(
    or_(HoursException.therapist_id.in_(_WHOSE), HoursException.therapist_id.is_(None)),
    HoursException.starts_at < bindparam("until"),
    HoursException.ends_at > bindparam("since"),
)
_OWN_LIMITS = select(
    TherapistProfile.therapist_id,
    TherapistProfile.notice_minutes,
    TherapistProfile.horizon_days,
    TherapistProfile.daily_limit,
).where(TherapistProfile.therapist_id.in_(_WHOSE))
