"""What the screens of a room share: its keys in the session's state, and words on who is where."""

from __future__ import annotations

import streamlit as st

from clinic.people.viewer import Role, Viewer
from clinic.video.calls import Line
from clinic.video.rooms import Seat
from clinic.video.visits import VisitState
from components.crisis import plain
from components.times import clock

FORM_NAME = "room"
POLL = "2s"


def kept(appointment_id: str, name: str) -> str:
    """A key in this session's state that belongs to this room alone."""
    return f"room:{name}:{appointment_id}"


def home_of(viewer: Viewer) -> tuple[str, str]:
    """File and name of the screen that one came from."""
    return ("pages/client_home.py", "Home") if viewer.role is Role.CLIENT else ("pages/today.py", "Today")


def hang_up(appointment_id: str, *, left: bool = False) -> None:
    """End one's own connection, where there is one. The next run of the call makes another."""
    line: Line | None = st.session_state.pop(kept(appointment_id, "line"), None)
    if line is not None:
        line.hang_up(left=left)
    st.session_state.pop(kept(appointment_id, "mounted"), None)


def who_is_where(here: VisitState, zone: str) -> str:
    """One sentence on the other person, and what happens next."""
    other = plain(here.other_name)
    if here.seat is Seat.CLIENT:
        if not here.may_talk:
            return f"{other} knows you are here." if here.other_present else f"Waiting for {other}."
        return f"{other} is here." if here.other_present else f"{other} is not in the room just now."
    if here.client_waiting_since and here.admitted_at is None:
        return f"{other} has been waiting since {clock(here.client_waiting_since, zone)}."
    if here.admitted_at is None:
        return f"{other} is not here yet."
    return f"{other} is here." if here.other_present else f"{other} is not in the room just now."
