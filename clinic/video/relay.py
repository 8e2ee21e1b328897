"""The media between a room's two people, inside this process.

Each person's browser has one connection to the server: a `Leg`. What a leg's sinks take in goes to the
other leg's slots. The video library reads a connection's source tracks only once, when it is made, so a
slot lives as long as its connection and gets the other's media whenever they come, leave and come back.

Media passes on the event loop that carries it; legs are made, closed and turned to sound from any thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from weakref import WeakSet, WeakValueDictionary

from clinic.errors import CallsFull
from clinic.video import sinks, slots, transcoding
from clinic.video.media import KINDS, Kind, Path
from clinic.video.quality import Counts, Quality, Times, Window
from clinic.video.rooms import Seat
from db.settings import settings

__all__ = ["KINDS", "Kind", "Leg", "Quality", "Relay", "relay"]

# A room that was just left keeps its place this long: a refresh, or a tunnel.
_PLACE_SECONDS = 20.0
# With two cores a third falls seconds behind (docs/decisions/0014).
_TRANSCODED_CALLS = 2


class Leg:
    """One person's connection: the slots they see and hear, the sinks that take what they send."""

    def __init__(self, room: Room, seat: Seat, path: Path) -> None:
        self.seat = seat
        # Slots and sinks of both paths are used alike.
        slot: Any = transcoding.Slot if path == "transcoding" else slots.Slot
        sink: Any = transcoding.Sink if path == "transcoding" else sinks.Sink
        self.slots = {kind: slot(kind) for kind in KINDS}
        self.sinks = {kind: sink(kind, self._heard) for kind in KINDS}
        self.closed = False
        self.replaced = False  # the same person has connected again, from here or elsewhere
        self.began_at: float | None = None  # time.monotonic() of the first media from this person
        self.heard_at: float | None = None  # and of the last
        self._room = room
        self._sound_only = False
        self._window = Window()

    @property
    def sound_only(self) -> bool:
        """No picture passes to or from this person, and their browser is asked to send very little of it.

        Set it from any thread. Set back to False, the picture comes back with a key frame.
        """
        return self._sound_only

    @sound_only.setter
    def sound_only(self, only: bool) -> None:
        self._sound_only = only
        self._room.wire()

    def quality(self) -> Quality:
        """This person's connection over the last seconds, for any thread to ask as often as it likes."""
        offered = [sink.offered_at for sink in self.sinks.values() if sink.offered_at is not None]
        starved = [at for slot in self.slots.values() if (at := slot.starved_at) is not None]
        joined = [sink.joined_at for sink in self.sinks.values() if sink.joined_at is not None]
        times = Times(
            offered_at=min(offered, default=None),
            joined_at=min(joined, default=None),
            heard_at=self.heard_at,
            starved_at=min(starved, default=None),
        )
        quality = self._window.look(self._counts(), times, time.monotonic())
        if quality.word == "frozen" and not self.closed:
            self._room.relay.count_frozen(self)
        return quality

    def close(self) -> None:
        """The connection is over. A leg is not used again. Safe to call twice and from any thread."""
        if self.closed:
            return
        self.closed = True
        self._room.vacate(self)
        for sink in self.sinks.values():
            sink.stop()
        for slot in self.slots.values():
            slot.stop()

    def _counts(self) -> Counts:
        pairs = [(self.sinks[kind].counts(), self.slots[kind].counts()) for kind in KINDS]
        limits = [slot.bitrate_limit for _, slot in pairs if slot.bitrate_limit is not None]
        return Counts(
            received_bytes=sum(slot.received_bytes for _, slot in pairs),
            up_expected=sum(sink.up_expected for sink, _ in pairs),
            up_lost=sum(sink.up_lost for sink, _ in pairs),
            down_expected=sum(slot.down_expected for _, slot in pairs),
            down_lost=sum(slot.down_lost for _, slot in pairs),
            bitrate_limit=min(limits, default=None),
        )

    def _heard(self, now: float) -> None:
        """Media has come from this person."""
        if self.began_at is None and not self.closed:
            self.began_at = now
            self._room.take_seat(self)
        self.heard_at = now


class Room:
    """Two seats. Whoever sends into a seat last has it: a refresh, or another device."""

    def __init__(self, relay: Relay, appointment_id: str) -> None:
        self.relay = relay
        self._appointment_id = appointment_id
        self._legs: WeakSet[Leg] = WeakSet()
        self._seated: dict[Seat, Leg] = {}
        self._lock = threading.RLock()

    @property
    def occupied(self) -> bool:
        with self._lock:
            return any(not leg.closed for leg in self._legs)

    def leg(self, seat: Seat, path: Path) -> Leg:
        leg = Leg(self, seat, path)
        with self._lock:
            self._legs.add(leg)
        return leg

    def take_seat(self, leg: Leg) -> None:
        with self._lock:
            before = self._seated.get(leg.seat)
            self._seated[leg.seat] = leg
            self.wire()
        if before is not None and before is not leg:
            before.replaced = True
            before.close()

    def vacate(self, leg: Leg) -> None:
        with self._lock:
            if self._seated.get(leg.seat) is leg:
                del self._seated[leg.seat]
            self.wire()
        if not self.occupied:
            self.relay.keep_place(self._appointment_id)

    def wire(self) -> None:
        """Lead each sink to the opposite's slot, as things are now."""
        with self._lock:
            for leg in self._legs:
                seated = self._seated.get(leg.seat) is leg and not leg.closed
                opposite = self._seated.get(leg.seat.other) if seated else None
                for kind, sink in leg.sinks.items():
                    dark = kind == "video" and opposite and (leg.sound_only or opposite.sound_only)
                    sink.lead(opposite.slots[kind] if opposite and not dark else None, leg.sound_only)


class Relay:
    """Every room of this process that somebody is in: kept by its legs alone, so none is left over.

    Args:
        limit: the most calls at once; without it, as the settings say.
        forward: False to transcode although media could be forwarded.
    """

    def __init__(
        self,
        limit: int | None = None,
        *,
        forward: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.frozen = 0  # connections whose media stood still, since the process began
        self._rooms: WeakValueDictionary[str, Room] = WeakValueDictionary()
        self._places: dict[str, float] = {}  # rooms left a moment ago, and until when they may come back
        self._counted: WeakSet[Leg] = WeakSet()
        self._limit = limit
        self._forward = forward
        self._path: Path | None = None
        self._missing: list[str] = []
        self._clock = clock
        self._lock = threading.RLock()

    @property
    def path(self) -> Path:
        """How media passes: packet by packet as it arrives, or decoded and encoded again."""
        with self._lock:
            if self._path is None:
                self._missing = _set_in() if self._forward else []
                self._path = "packets" if self._forward and not self._missing else "transcoding"
            return self._path

    @property
    def note(self) -> str | None:
        """What an administrator should know of the path, or None while all is well."""
        if self.path == "packets":
            return None
        missing = f" Missing: {', '.join(self._missing)}." if self._missing else ""
        return (
            "Calls are decoded and encoded again on this server: two at once at most, and a smaller picture. "
            "The installed aiortc is not the one in requirements.txt. Install that one, then start the "
            f"portal again.{missing}"
        )

    @property
    def calls(self) -> int:
        """How many rooms somebody is in."""
        with self._lock:
            return sum(room.occupied for room in self._rooms.values())

    @property
    def limit(self) -> int:
        """How many this process carries: QUIET_ROOM_CALLS, and two at most while it transcodes."""
        if self._limit is not None:
            return self._limit
        return settings().calls if self.path == "packets" else min(settings().calls, _TRANSCODED_CALLS)

    def leg(self, appointment_id: str, seat: Seat) -> Leg:
        """A new connection to an appointment's room. Who may have it is decided before (calls.connect).

        Raises:
            CallsFull: the room would be one more than this process carries. Never for a room that somebody
                is in, or was a moment ago.
        """
        with self._lock:
            room = self._rooms.get(appointment_id)
            if not (room is not None and room.occupied) and self._taken(appointment_id) >= self.limit:
                raise CallsFull()
            if room is None:
                room = self._rooms[appointment_id] = Room(self, appointment_id)
            return room.leg(seat, self.path)

    def keep_place(self, appointment_id: str) -> None:
        """A room was left: it can be come back to at once."""
        with self._lock:
            self._places[appointment_id] = self._clock() + _PLACE_SECONDS

    def count_frozen(self, leg: Leg) -> None:
        with self._lock:
            if leg not in self._counted:
                self._counted.add(leg)
                self.frozen += 1

    def _taken(self, appointment_id: str) -> int:
        """Places that other rooms have or keep; none for a room that keeps its own."""
        now = self._clock()
        self._places = {room: until for room, until in self._places.items() if until > now}
        if appointment_id in self._places:
            return 0
        occupied = {name for name, room in self._rooms.items() if room.occupied}
        return len(occupied | self._places.keys())


def _set_in() -> list[str]:
    """Make connections forward from now on. Returns the private names that are not there for it."""
    try:
        from clinic.video import forwarding
    except (ImportError, AttributeError) as error:
        return [str(error)]
    missing = forwarding.missing()
    if not missing:
        forwarding.set_in()
    return missing


relay = Relay()
