"""A few lines beside the call, for when one does not hear the other."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from clinic.people.viewer import Viewer
from clinic.video.calls import CallState
from clinic.video.chat import LONGEST, say
from components import forms
from components.crisis import plain
from components.room_parts import kept
from components.times import clock

FORM_NAME = "room-chat"
# Not at the same moments as the fragment that watches the call: a run that another one is waiting for ends
# without taking away what it no longer draws.
_REFRESH = "1.5s"


def chat(viewer: Viewer, room: str, other_name: str) -> None:
    st.header("Messages", anchor=False)
    st.caption("For when you can't hear each other. Kept nowhere, and gone when the call ends.")
    _lines(room, viewer.zone, other_name)
    _line(room)


@st.fragment(run_every=_REFRESH)
def _lines(room: str, zone: str, other_name: str) -> None:
    """What the watching fragment was last given for this person: this one asks nothing by itself."""
    state: CallState | None = st.session_state.get(kept(room, "state"))
    lines = state.chat if state is not None else ()
    with st.container(key="chat-lines"):
        for line in lines:
            own = state is not None and line.by is state.here.seat
            st.caption(f"{'You' if own else plain(other_name)}, {clock(line.at, zone)}")
            st.text(line.text)


@st.fragment
def _line(room: str) -> None:
    """The field is not in what repeats, so that nobody's half a sentence is lost."""
    with st.form(f"chat:{room}", clear_on_submit=True, border=False):
        st.text_input("Write a message", key=kept(room, "line-text"), max_chars=LONGEST, placeholder="")
        st.form_submit_button("Send", on_click=_say, args=(room,))
    forms.beside(forms.problems(FORM_NAME), "line")
    forms.beside(forms.problems(FORM_NAME), forms.WHOLE_FORM)


@forms.callback(FORM_NAME, pressed=False)
def _say(asker: Viewer, room: str) -> None:
    say(asker, room, str(st.session_state.get(kept(room, "line-text")) or ""), datetime.now(UTC))
