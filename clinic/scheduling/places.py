"""Whether one time can be had, looked at while nobody else can write into the calendars it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from clinic.errors import (
    AlreadyMeeting,
    NotFound,
    Overlapping,
    RoomTaken,
    SlotNotOffered,
    SlotTaken,
    TimeHeld,
)
from clinic.scheduling.busy import (
    Held,
    Room,
    busy_of_client,
    busy_of_therapists,
    held_times,
    lock_rooms,
    room_for,
    rooms_with_taken,
)
from clinic.scheduling.intervals import Span
from clinic.scheduling.offers import read_hours, read_limits
from clinic.scheduling.slots import Hours, Length, Limits, free_spans, open_spans
from db.tables import Account

IN_PERSON = "in_person"
# Further ahead nobody plans; and a year of 9999 is a slip of the finger.
FURTHEST = timedelta(days=3 * 366)
REASON_LETTERS = 10
# Whatever meets a session begins and ends in its day, and so does what counts for the day's limit.
_AROUND = timedelta(hours=26)


class Clash(StrEnum):
    """Why a therapist had better not take a time. The last one is only said."""

    SKIPPED = "skipped"
    PAST = "past"
    FAR = "far"
    CLIENT = "client"
    OWN = "own"
    HELD = "held"
    ROOM = "room"
    OFF = "off"
    OUTSIDE = "outside"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    Clash.SKIPPED: "The clocks go forward that day and skip this time.",
    Clash.PAST: "This time has passed.",
    Clash.FAR: "This is more than 3 years ahead.",
    Clash.CLIENT: "The client has another session then.",
    Clash.OWN: "You have another session then.",
    Clash.HELD: "This time is kept for somebody on the waiting list just now.",
    Clash.ROOM: "No room is free then.",
    Clash.OFF: "You are off then, or the clinic is closed.",
    Clash.OUTSIDE: "This is outside your hours.",
}


@dataclass(frozen=True)
class Wish:
    """A time that somebody wants. `client_id` and `but` are internal ids; `but` is the one that moves."""

    therapist: Account
    client_id: int
    modality: str
    session_type_id: int
    length: Length
    starts_at: datetime
    but: int | None = None
    room_id: str | None = None

    @property
    def span(self) -> Span:
        return self.length.session(self.starts_at)

    @property
    def blocks(self) -> Span:
        return self.length.blocks(self.starts_at)


@dataclass(frozen=True)
class Place:
    """A time that can be had, and what has to be written with it."""

    wish: Wish
    room_id: int | None
    held: tuple[int, ...]
    overlap_reason: str | None = None


@dataclass(frozen=True)
class _Around:
    """Everything that lies near a wish."""

    hours: Hours
    blocks: tuple[Span, ...]
    sessions: tuple[datetime, ...]
    client: Sequence[Span]
    kept: Sequence[Held]
    for_them: tuple[int, ...]
    rooms: Sequence[Room] | None


def offered_place(session: Session, wish: Wish, now: datetime) -> Place:
    """The place of a time that its client may take.

    Raises:
        SlotNotOffered: past, too soon, too far, or outside the therapist's hours.
        AlreadyMeeting: the client has another session then.
        SlotTaken: it was there, and is not any more.
        RoomTaken: no room is free.
    """
    if _beyond(wish.starts_at, now):
        raise SlotNotOffered()
    near = _read(session, wish, now)
    limits = read_limits(session, wish.therapist)
    ahead = wish.starts_at - now
    if not near.for_them:
        just_then = Limits(ahead, ahead, limits.daily)
        if not limits.notice <= ahead <= limits.horizon:
            raise SlotNotOffered()
        # Offered were it not for others? Then it was taken; else it never was there.
        if not free_spans(near.hours, wish.length, just_then, now):
            raise SlotNotOffered()
    if _meets(wish.span, near.client):
        raise AlreadyMeeting()
    if _meets(wish.blocks, near.blocks) or _meets(wish.blocks, _own_kept(near, wish)):
        raise SlotTaken()
    if not near.for_them and _is_full(wish, near, limits.daily):
        raise SlotTaken()
    return Place(wish, _room(near, wish), near.for_them)


def staff_place(session: Session, wish: Wish, now: datetime, overlap_reason: str) -> Place:
    """The place of a time that its therapist takes for a client, inside or outside their hours.

    Raises:
        SlotNotOffered: past, or years ahead.
        AlreadyMeeting: the client has another session then.
        Overlapping: the therapist has, and gives no reason of 10 letters why both should take place.
        TimeHeld: kept for somebody else.
        RoomTaken: no room is free, or not the one they want.
        NotFound: no such room.
    """
    if beyond := _beyond(wish.starts_at, now):
        raise SlotNotOffered(f"{beyond.sentence} Choose another time.")
    near = _read(session, wish, now)
    found = _clashes(near, wish)
    if Clash.CLIENT in found:
        raise AlreadyMeeting(f"{Clash.CLIENT.sentence} Choose another time.")
    if Clash.HELD in found:
        raise TimeHeld()
    reason = overlap_reason.strip()
    if Clash.OWN in found and len(reason) < REASON_LETTERS:
        raise Overlapping()
    return Place(wish, _room(near, wish), near.for_them, reason if Clash.OWN in found else None)


def clashes(session: Session, wish: Wish, now: datetime) -> list[Clash]:
    """What speaks against it, the weightiest first; nothing is locked."""
    beyond = _beyond(wish.starts_at, now)
    return [beyond] if beyond else _clashes(_read(session, wish, now, lock=False), wish)


def _beyond(starts_at: datetime, now: datetime) -> Clash | None:
    if starts_at <= now:
        return Clash.PAST
    return Clash.FAR if starts_at > now + FURTHEST else None


def _read(session: Session, wish: Wish, now: datetime, *, lock: bool = True) -> _Around:
    bounds = Span(wish.starts_at - _AROUND, wish.starts_at + _AROUND)
    in_person = wish.modality == IN_PERSON
    if in_person and lock:
        lock_rooms(session)
    whose = wish.therapist.id
    busy = busy_of_therapists(session, [whose], bounds, but=wish.but)[whose]
    held = held_times(session, now, wish.client_id)
    return _Around(
        hours=read_hours(session, [whose], bounds.starts_at, bounds.ends_at)[whose],
        blocks=busy.blocks,
        sessions=busy.sessions,
        client=busy_of_client(session, wish.client_id, bounds, but=wish.but),
        kept=[one for one in held if not one.for_them and (in_person or one.therapist_id == whose)],
        for_them=tuple(
            one.id
            for one in held
            if one.for_them
            and (one.therapist_id, one.session_type_id) == (whose, wish.session_type_id)
            and one.span.starts_at == wish.starts_at
        ),
        rooms=rooms_with_taken(session, bounds, but=wish.but) if in_person else None,
    )


def _clashes(near: _Around, wish: Wish) -> list[Clash]:
    day = wish.starts_at.astimezone(ZoneInfo(near.hours.zone)).date()
    works = open_spans(
        Hours(near.hours.zone, near.hours.weekly, near.hours.extra),
        day - timedelta(days=1),
        day + timedelta(days=1),
    )

    found = {
        Clash.CLIENT: _meets(wish.span, near.client),
        Clash.OWN: _meets(wish.blocks, near.blocks),
        Clash.HELD: _meets(wish.blocks, _own_kept(near, wish)),
        Clash.ROOM: near.rooms is not None and _free_room(near.rooms, near.kept, wish) is None,
        Clash.OFF: _meets(wish.span, near.hours.off),
        Clash.OUTSIDE: not any(
            one.starts_at <= wish.starts_at and wish.span.ends_at <= one.ends_at for one in works
        ),
    }
    return [clash for clash, is_so in found.items() if is_so]


def _is_full(wish: Wish, near: _Around, daily: int | None) -> bool:
    if daily is None:
        return False
    zone = ZoneInfo(near.hours.zone)
    day = wish.starts_at.astimezone(zone).date()
    return sum(at.astimezone(zone).date() == day for at in near.sessions) >= daily


def _room(near: _Around, wish: Wish) -> int | None:
    if near.rooms is None:
        return None
    room = _free_room(near.rooms, near.kept, wish)
    if room is None:
        raise RoomTaken()
    return room.id


def _free_room(rooms: Sequence[Room], kept: Sequence[Held], wish: Wish) -> Room | None:
    """The room they want, or the first that is free.

    Raises:
        NotFound: the room they want is none of the clinic's.
    """
    if wish.room_id is None:
        return room_for(rooms, kept, wish.span)
    wanted = next((room for room in rooms if room.public_id == wish.room_id), None)
    if wanted is None:
        raise NotFound()
    return wanted if wanted.is_free(wish.span) else None


def _meets(span: Span, others: Sequence[Span]) -> bool:
    return any(span.overlaps(one) for one in others)


def _own_kept(near: _Around, wish: Wish) -> list[Span]:
    return [one.blocks for one in near.kept if one.therapist_id == wish.therapist.id]
