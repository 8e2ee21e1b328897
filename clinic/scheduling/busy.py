"""What is in the way of a session: a therapist's, a client's and a room's appointments, and held times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Row, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from clinic.scheduling.intervals import Span
from db.tables import Account, Appointment, ClinicRoom, HeldTime, SessionType, TimeOffer

# A session of 8 hours with 2 hours free before and after it: what is longer ago meets nothing.
LONGEST = timedelta(hours=12)


@dataclass(frozen=True)
class Busy:
    """What meets a session of one therapist's. `blocks` hold the buffers; `sessions` are starts."""

    blocks: tuple[Span, ...]
    sessions: tuple[datetime, ...]


@dataclass(frozen=True)
class Room:
    """A room for sessions in person, and when it is taken."""

    id: int
    public_id: str
    name: str
    taken: tuple[Span, ...]

    def is_free(self, span: Span) -> bool:
        return not any(span.overlaps(one) for one in self.taken)


@dataclass(frozen=True)
class Held:
    """A time that is kept for somebody. `span` is the session, `blocks` with its buffers."""

    id: int
    therapist_id: int
    session_type_id: int
    modality: str
    span: Span
    blocks: Span
    for_them: bool


def lock_calendars(session: Session, account_ids: Iterable[int]) -> None:
    """Let nobody else write into these people's calendars until the transaction ends.

    On SQLite a unit of work is the only writer anyway. On PostgreSQL two inserts that wait for each
    other's exclusion would be a deadlock; locks taken in one order cannot be.
    """
    in_order = select(Account.id).where(Account.id.in_(sorted(set(account_ids)))).order_by(Account.id)
    session.execute(in_order.with_for_update(key_share=True)).all()


def lock_rooms(session: Session) -> None:
    """As `lock_calendars`, for the clinic's rooms; to be called after it."""
    rooms = select(ClinicRoom.id).where(ClinicRoom.ended_at.is_(None)).order_by(ClinicRoom.id)
    session.execute(rooms.with_for_update(key_share=True)).all()


def busy_of_therapists(
    session: Session, therapist_ids: Sequence[int], bounds: Span, *, but: int | None = None
) -> dict[int, Busy]:
    """Booked appointments that reach into `bounds`, by therapist; without the one whose id is `but`."""
    blocks: dict[int, list[Span]] = {therapist_id: [] for therapist_id in therapist_ids}
    sessions: dict[int, list[datetime]] = {therapist_id: [] for therapist_id in therapist_ids}
    asked = {"therapist_ids": list(therapist_ids), **_near(bounds, but)}
    for therapist_id, starts_at, blocks_from, blocks_until in session.execute(_OF_THERAPISTS, asked):
        blocks[therapist_id].append(Span(blocks_from, blocks_until))
        sessions[therapist_id].append(starts_at)
    return {one: Busy(tuple(blocks[one]), tuple(sessions[one])) for one in therapist_ids}


def busy_of_client(session: Session, client_id: int, bounds: Span, *, but: int | None = None) -> list[Span]:
    """The client's booked appointments that reach into `bounds`."""
    rows = session.execute(_OF_CLIENT, {"client_id": client_id, **_near(bounds, but)})
    return [Span(starts_at, ends_at) for starts_at, ends_at in rows]


def rooms_with_taken(session: Session, bounds: Span, *, but: int | None = None) -> list[Room]:
    """The clinic's rooms, the first made first, with what is in them."""
    taken: dict[int, list[Span]] = {}
    for room_id, starts_at, ends_at in session.execute(_IN_ROOMS, _near(bounds, but)):
        taken.setdefault(room_id, []).append(Span(starts_at, ends_at))
    return [Room(*room, tuple(taken.get(room.id, ()))) for room in session.execute(_ROOMS)]


def held_times(session: Session, now: datetime, client_id: int | None) -> list[Held]:
    """Every time that is held now, soonest first. `for_them`: kept for this client, or offered to them."""
    return [_held(row) for row in session.execute(_HELD, {"now": now, "client_id": client_id})]


def room_for(rooms: Sequence[Room], held: Sequence[Held], span: Span) -> Room | None:
    """The first room that is free throughout, once one is left for each held time in person."""
    free = [room for room in rooms if room.is_free(span)]
    kept = sum(one.modality == "in_person" and one.span.overlaps(span) for one in held)
    return free[0] if len(free) > kept else None


def _held(row: Row[*tuple[Any, ...]]) -> Held:
    span = Span(row.starts_at, row.ends_at)
    blocks = span.widened(timedelta(minutes=row.before_minutes), timedelta(minutes=row.after_minutes))
    return Held(row.id, row.therapist_id, row.session_type_id, row.modality, span, blocks, bool(row.for_them))


def _near(bounds: Span, but: int | None) -> dict[str, object]:
    return {
        "first": bounds.starts_at - LONGEST,
        "last": bounds.ends_at + LONGEST,
        "since": bounds.starts_at,
        "until": bounds.ends_at,
        "but": but or 0,
    }


# Asked at every look at free times, so they are made once.
_REACHES = (
    Appointment.status == "booked",
    # The index is by start: without its lower bound each look would go through all the years before.
    Appointment.starts_at > bindparam("first"),
    Appointment.starts_at < bindparam("last"),
    Appointment.blocks_until > bindparam("since"),
    Appointment.blocks_from < bindparam("until"),
    Appointment.id != bindparam("but"),
)
_OF_THERAPISTS = select(
    Appointment.therapist_id, Appointment.starts_at, Appointment.blocks_from, Appointment.blocks_until
).where(Appointment.therapist_id.in_(bindparam("therapist_ids", expanding=True)), *_REACHES)
_OF_CLIENT = select(Appointment.starts_at, Appointment.ends_at).where(
    Appointment.client_id == bindparam("client_id"), *_REACHES
)
_IN_ROOMS = (
    select(ClinicRoom.id, Appointment.starts_at, Appointment.ends_at)
    .join(Appointment, Appointment.room_id == ClinicRoom.id)
    .where(ClinicRoom.ended_at.is_(None), *_REACHES)
)
_ROOMS = (
    select(ClinicRoom.id, ClinicRoom.public_id, ClinicRoom.name)
    .where(ClinicRoom.ended_at.is_(None))
    .order_by(ClinicRoom.id)
)
# For somebody without an account the client is NULL, which is equal to nothing.
_HELD = (
    select(
        HeldTime.id,
        HeldTime.therapist_id,
        HeldTime.session_type_id,
        HeldTime.starts_at,
        HeldTime.ends_at,
        SessionType.modality,
        SessionType.before_minutes,
        SessionType.after_minutes,
        or_(
            HeldTime.for_id == bindparam("client_id", type_=Integer),
            exists().where(
                TimeOffer.held_time_id == HeldTime.id,
                TimeOffer.client_id == bindparam("client_id", type_=Integer),
            ),
        ).label("for_them"),
    )
    .join(SessionType, SessionType.id == HeldTime.session_type_id)
    .where(
        HeldTime.held_until > bindparam("now"),
        HeldTime.taken_at.is_(None),
        HeldTime.starts_at > bindparam("now"),
    )
    .order_by(HeldTime.starts_at, HeldTime.id)
)
