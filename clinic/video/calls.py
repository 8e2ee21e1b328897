"""The connections to a room: who gets one, how long they may keep it, and what is written down of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from weakref import WeakKeyDictionary

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import db
from clinic.errors import NotAdmitted, RoomElsewhere
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.video.chat import Chat, ChatLine, chat_of
from clinic.video.relay import Leg, relay
from clinic.video.rooms import Seat, closes_at
from clinic.video.turn import Server
from clinic.video.turn_settings import servers_for
from clinic.video.visits import VisitState, state
from db.settings import settings
from db.tables import Account, Appointment, SignIn, Visit, VisitSpell

Ending = Literal["left", "lost", "replaced", "closed"]
Other = Literal["here", "connecting", "dropped", "away"]

_CALL_IS_LIFE = timedelta(minutes=1)
# A spell says this often that it goes on, and is given up when it has not for this long: a killed process.
_SAID_AGAIN = timedelta(seconds=15)
_ABANDONED = timedelta(minutes=1)
_SILENT_SECONDS = 5.0
# So long the other is told that a lost connection is being tried again; then they are just not here.
_COMING_BACK = timedelta(minutes=2)


@dataclass(eq=False)
class _Call:
    """By which sign-in a connection was granted, for which room; and what is written down of it so far."""

    sign_in: int
    room: str
    spell: int | None = None
    said_at: datetime | None = None
    ending: Ending | None = None  # where it is known before the connection is found closed
    written: bool = False


_calls: WeakKeyDictionary[Leg, _Call] = WeakKeyDictionary()
# Those whose spell is open: kept until its end is written, whoever else forgets them.
_open: dict[Leg, _Call] = {}


@dataclass(frozen=True)
class Line:
    """What a connection to the room is made with, and what lasts as long as it does."""

    leg: Leg
    ice_servers: list[Server]
    chat: Chat

    def hang_up(self, *, left: bool = False) -> None:
        """End it. `left`: because the person said so."""
        if left and (call := _calls.get(self.leg)) is not None:
            call.ending = "left"
        self.leg.close()


@allowed(Permission.ROOM_ENTER)
def connect(viewer: Viewer, appointment_id: str, now: datetime) -> Line:
    """A connection to the room, for somebody who may talk in it now. It takes the seat once media comes.

    Raises:
        NotFound: missing, somebody else's, or cancelled.
        RoomNotOpen: too early or over.
        NotAdmitted: the client has not been let in.
        RoomElsewhere: another process carries the room.
        CallsFull: this process carries as many calls as it can.
    """
    here = state(viewer, appointment_id, now)
    if not here.may_talk:
        raise NotAdmitted()
    if here.elsewhere:
        raise RoomElsewhere()
    servers = servers_for(viewer, f"{appointment_id}:{here.seat}", closes_at(here.ends_at), now)
    leg = relay.leg(appointment_id, here.seat)
    _calls[leg] = _Call(viewer.session_id, appointment_id)
    return Line(leg, servers, chat_of(appointment_id))


@dataclass(frozen=True)
class CallState:
    """The call as one of its two people sees it. Instants are UTC.

    `other`: "here" once their media comes; "connecting" while their page is open and it does not yet;
    "dropped" while a lost connection may come back; else "away". `other_sound_only`: they have turned the
    picture off, of both. `by_phone_at`: since when the therapist goes on by phone.
    """

    here: VisitState
    other: Other
    other_sound_only: bool
    chat: tuple[ChatLine, ...]
    by_phone_at: datetime | None


@allowed(Permission.ROOM_ENTER)
def call_state(viewer: Viewer, appointment_id: str, now: datetime) -> CallState:
    """Asked every two seconds by a page in the call; says as `state` does that its person is there.

    Raises:
        NotFound, RoomNotOpen: as `state`.
    """
    here = state(viewer, appointment_id, now)
    found = _connected(appointment_id, here.seat.other)
    lines = chat_of(appointment_id).lines if here.may_talk else ()
    with db.reading() as session:
        by_phone_at = session.scalars(
            select(Visit.by_phone_at)
            .join(Appointment, Appointment.id == Visit.appointment_id)
            .where(Appointment.public_id == appointment_id)
        ).first()
        if found is None:
            found = _absent(session, here, now)
    quiet = any(leg.sound_only and not leg.closed for leg, _ in _seated(appointment_id, here.seat.other))
    return CallState(here, found, quiet, lines, by_phone_at)


def _seated(room: str, seat: Seat) -> list[tuple[Leg, _Call]]:
    return [
        (leg, call)
        for leg, call in {**dict(_calls.items()), **_open}.items()
        if call.room == room and leg.seat is seat
    ]


def _connected(room: str, seat: Seat) -> Other | None:
    """What the seat's open connections say of its person; None where there is none."""
    seated = _seated(room, seat)
    heard = [leg.heard_at for leg, _ in seated if not leg.closed]
    if any(at is not None and time.monotonic() - at < _SILENT_SECONDS for at in heard):
        return "here"
    if any(at is not None for at in heard):
        return "dropped"
    if heard:
        return "connecting"
    # Not written down yet: nobody is told of a lost connection where somebody has just left.
    return "away" if any(call.ending == "left" and not call.written for _, call in seated) else None


def _absent(session: Session, here: VisitState, now: datetime) -> Other:
    last = session.execute(
        select(VisitSpell.ending, VisitSpell.seen_at)
        .join(Visit, Visit.id == VisitSpell.visit_id)
        .join(Appointment, Appointment.id == Visit.appointment_id)
        .where(Appointment.public_id == here.appointment_id, VisitSpell.seat == here.seat.other)
        .order_by(VisitSpell.id.desc())
        .limit(1)
    ).first()
    if last is not None and last.ending in (None, "lost") and now - last.seen_at < _COMING_BACK:
        return "dropped"
    return "connecting" if here.other_present else "away"


def close_ended(now: datetime) -> int:
    """End every call whose person may not be in it any more: signed out, closed, cancelled, or over. And
    write down since when each person has been in their call, and how that ended.

    Run every few seconds. A browser that keeps its connection open gains nothing by it. Somebody in a call
    is there: their sign-in does not end for being idle. Returns how many calls were ended.
    """
    calls = {**dict(_calls.items()), **_open}
    live = {leg: call for leg, call in calls.items() if not leg.closed}
    ended, idle = _close(live, now) if live else (0, set())
    _write_down(calls, idle, now)
    return ended


def _close(calls: dict[Leg, _Call], now: datetime) -> tuple[int, set[int]]:
    """How many were ended, and the sign-ins of the others that have to be said to be in use."""
    mine = settings().process
    with db.reading() as session:
        rows = session.execute(
            select(SignIn.id, SignIn.seen_at)
            .join(Account, Account.id == SignIn.account_id)
            .where(
                SignIn.id.in_({call.sign_in for call in calls.values()}),
                SignIn.ended_at.is_(None),
                SignIn.expires_at > now,
                Account.disabled_at.is_(None),
            )
        ).all()
        booked = (
            select(Appointment.public_id, Appointment.ends_at, Visit.carried_by)
            .outerjoin(Visit, Visit.appointment_id == Appointment.id)
            .where(
                Appointment.public_id.in_({call.room for call in calls.values()}),
                Appointment.status == "booked",
            )
        )
        found = session.execute(booked).all()
    open_rooms = {row.public_id for row in found if now < closes_at(row.ends_at)}
    # Taken over by another process, while the database did not hear of this one: the call goes on there.
    gone = {row.public_id for row in found if mine and row.carried_by not in (None, mine)}
    signed_in = {row.id for row in rows}
    ended = 0
    for leg, call in calls.items():
        if call.sign_in not in signed_in or call.room not in open_rooms:
            call.ending = "closed"
            leg.close()
            ended += 1
        elif call.room in gone:
            leg.close()
            ended += 1
    return ended, {row.id for row in rows if row.seen_at < now - _CALL_IS_LIFE}


def _write_down(calls: dict[Leg, _Call], idle: set[int], now: datetime) -> None:
    """One transaction where something has changed since the last round; most rounds find nothing."""
    begun = [(leg, call) for leg, call in calls.items() if leg.began_at is not None and not call.said_at]
    over = [(leg, call) for leg, call in calls.items() if call.said_at and leg.closed and not call.written]
    going = [
        call
        for leg, call in calls.items()
        if call.said_at and not leg.closed and now - call.said_at >= _SAID_AGAIN
    ]
    if not (begun or over or going or idle):
        return
    with db.unit_of_work() as session:
        spells = _begin(session, begun, now)
        for leg, call in over:
            _end(session, leg, call, now)
        if going:
            session.execute(
                update(VisitSpell)
                .where(VisitSpell.id.in_([call.spell for call in going]), VisitSpell.ended_at.is_(None))
                .values(seen_at=now)
            )
        if idle:
            session.execute(
                update(SignIn).where(SignIn.id.in_(idle), SignIn.ended_at.is_(None)).values(seen_at=now)
            )
    # Only once it is kept: where the transaction failed, the next round does it again.
    for leg, call in begun:
        call.spell, call.said_at = spells.get(leg), now
        _open[leg] = call
    for call in going:
        call.said_at = now
    for leg, call in over:
        call.written = True
        _open.pop(leg, None)


def _begin(session: Session, begun: list[tuple[Leg, _Call]], now: datetime) -> dict[Leg, int]:
    if not begun:
        return {}
    rooms = (
        select(Appointment.public_id, Visit.id)
        .join(Visit, Visit.appointment_id == Appointment.id)
        .where(Appointment.public_id.in_({call.room for _, call in begun}))
    )
    visits = dict(iter(session.execute(rooms)))
    rows = {
        leg: VisitSpell(
            visit_id=visits[call.room], seat=leg.seat, began_at=_moment(leg.began_at, now), seen_at=now
        )
        for leg, call in begun
        if call.room in visits
    }
    session.add_all(rows.values())
    session.flush()
    return {leg: row.id for leg, row in rows.items()}


def _end(session: Session, leg: Leg, call: _Call, now: datetime) -> None:
    row = session.get(VisitSpell, call.spell) if call.spell is not None else None
    if row is None or row.ended_at is not None:
        return
    # Of a browser that was killed one hears half a minute later; its person was gone when they fell silent.
    row.ended_at = max(row.began_at, _moment(leg.heard_at, now))
    row.seen_at = row.ended_at
    row.ending = "replaced" if leg.replaced else call.ending or "lost"


def end_abandoned(now: datetime) -> int:
    """End, as lost when they were last seen, the spells of a process that was killed. Returns how many.

    Run now and then: a call that goes on has said so in the last minute, whichever process carries it.
    """
    with db.unit_of_work() as session:
        rows = session.scalars(
            select(VisitSpell).where(VisitSpell.ended_at.is_(None), VisitSpell.seen_at < now - _ABANDONED)
        ).all()
        for row in rows:
            row.ended_at, row.ending = row.seen_at, "lost"
        return len(rows)


def _moment(rising: float | None, now: datetime) -> datetime:
    """When it was, by the clock on the wall, that `time.monotonic()` said this; now where it never did."""
    passed = 0.0 if rising is None else max(0.0, time.monotonic() - rising)
    return now - timedelta(seconds=passed)
