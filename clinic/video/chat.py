"""The few lines two people write to each other during a call: "I can't hear you".

Kept in memory alone, by the two connections, and gone with the last of them: no log, no table, no event.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakValueDictionary

from clinic.errors import InvalidInput, NotAdmitted, NotFound
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.video.rooms import Seat
from clinic.video.visits import state

LONGEST = 300  # characters: a sentence to get the sound back, not a letter
MOST = 50  # lines; the oldest makes room


@dataclass(frozen=True)
class ChatLine:
    """What one of the two wrote, as typed; `at` is UTC."""

    by: Seat
    at: datetime
    text: str


class Chat:
    """One room's lines. Held by the connections that are made with it, and by nothing else."""

    def __init__(self) -> None:
        self._lines: deque[ChatLine] = deque(maxlen=MOST)

    @property
    def lines(self) -> tuple[ChatLine, ...]:
        """Oldest first."""
        return tuple(self._lines.copy())

    def add(self, line: ChatLine) -> None:
        self._lines.append(line)


_chats: WeakValueDictionary[str, Chat] = WeakValueDictionary()
_lock = threading.Lock()


def chat_of(appointment_id: str) -> Chat:
    """The room's chat, begun where there is none. Who may have it is decided before (calls.connect)."""
    with _lock:
        return _chats.setdefault(appointment_id, Chat())


@allowed(Permission.ROOM_ENTER)
def say(viewer: Viewer, appointment_id: str, text: str, now: datetime) -> None:
    """Write a line to the other person in the room.

    Raises:
        NotFound: missing, somebody else's, cancelled, or nobody is connected to that room.
        RoomNotOpen: too early or over.
        NotAdmitted: the client has not been let in.
        InvalidInput: nothing was written, or too much.
    """
    here = state(viewer, appointment_id, now)
    if not here.may_talk:
        raise NotAdmitted()
    said = text.strip()
    if not said:
        raise InvalidInput({"line": "Write something first."})
    if len(said) > LONGEST:
        raise InvalidInput({"line": f"This is too long. Use {LONGEST} characters or fewer."})
    with _lock:
        chat = _chats.get(appointment_id)
    if chat is None:
        raise NotFound("The call has ended, and its chat with it.")
    chat.add(ChatLine(here.seat, now, said))
