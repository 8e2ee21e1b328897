"""A therapist reminds a client of what is open, beside what is open."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from clinic.people.viewer import Viewer
from clinic.records.nudges import remind
from components import forms
from components.crisis import plain
from components.times import clock

FORM_NAME = "reminder"
_ASKED, _TWICE = "reminder:asked", "reminder:twice"


@forms.callback(FORM_NAME)
def _send(asker: Viewer, client_id: str) -> None:
    st.session_state[_ASKED], st.session_state[_TWICE] = client_id, False
    st.session_state[_TWICE] = remind(asker, client_id, datetime.now(UTC)).before


def reminder(client_id: str, name: str, open_now: bool, reminded_at: datetime | None, zone: str) -> None:
    """The button, which says when today's reminder went. Nothing where there is nothing to remind of."""
    if not open_now and reminded_at is None:
        return
    sent = f"Reminder sent {clock(reminded_at, zone)}" if reminded_at else "Send a reminder"
    st.button(f"{sent}: {plain(name)}", key=f"remind:{client_id}", on_click=_send, args=(client_id,))
    if st.session_state.get(_ASKED) == client_id:
        for sentence in forms.problems(FORM_NAME).values():
            st.markdown(f":red[**Error:** {sentence}]")
        if reminded_at and st.session_state.get(_TWICE):
            st.write(f"A reminder went today at {clock(reminded_at, zone)}. One a day is enough.")
