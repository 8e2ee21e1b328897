"""What a therapist's clients read while the therapist is away."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from clinic.between.away import LONGEST_AWAY, Away, end_away, own_away, set_away
from clinic.people.viewer import Viewer
from components import forms
from components.times import long_day

FORM_NAME = "away"


def away_form(viewer: Viewer) -> None:
    """The text, its first and its last day. Emptied with a press of its own."""
    kept, found = own_away(viewer), forms.problems(FORM_NAME)
    if kept is not None:
        st.write(f"Shown to your clients from {long_day(kept.from_on)} until {long_day(kept.until_on)}.")
    with st.form("away", border=False):
        _fields(kept, found)
        st.form_submit_button("Save the away text", on_click=_save)
    if kept is not None:
        st.button("Take it away", on_click=_end)


def _fields(kept: Away | None, found: dict[str, str]) -> None:
    st.text_area(
        "What your clients read while you are away",
        value=kept.words if kept else "",
        key="away:words",
        max_chars=LONGEST_AWAY,
        placeholder="",
    )
    forms.beside(found, "words")
    for name, label, value in (
        ("from_on", "First day away", kept.from_on if kept else None),
        ("until_on", "Last day away", kept.until_on if kept else None),
    ):
        st.date_input(label, value=value, key=f"away:{name}", format="DD/MM/YYYY")
        forms.beside(found, name)


@forms.callback(FORM_NAME)
def _save(asker: Viewer) -> None:
    words = str(st.session_state.get("away:words") or "")
    first, last = st.session_state.get("away:from_on"), st.session_state.get("away:until_on")
    set_away(asker, words, first, last, datetime.now(UTC))


@forms.callback(FORM_NAME)
def _end(asker: Viewer) -> None:
    end_away(asker, datetime.now(UTC))
