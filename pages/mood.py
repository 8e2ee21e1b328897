"""The daily check-in."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.records.mood import LONGEST_NOTE, MOODS, log_mood, mood_today
from components import access, forms, shell
from components.crisis import crisis_card

viewer = access.require(Permission.MOOD_LOG)


@forms.callback("mood")
def save(asker: Viewer) -> None:
    log_mood(asker, st.session_state.get("mood"), st.session_state.get("note") or "", datetime.now(UTC))
    st.session_state["mood:saved"] = True


found = forms.problems("mood")
saved = st.session_state.pop("mood:saved", False) and not found
details = shell.page(
    "Check-in",
    viewer,
    back=("pages/client_home.py", "Home"),
    error=bool(found),
    step="saved" if saved else "",
)
forms.show_problems(found)
today = mood_today(viewer, datetime.now(UTC))
if saved and today:
    st.success(f"Saved: {today.word.lower()}. You can change it until the end of the day.")
else:
    st.write("Your therapist can see your check-ins. They are not watched around the clock.")
chosen = st.radio(
    "How are you today?",
    list(MOODS),
    index=list(MOODS).index(today.mood) if today else None,
    format_func=MOODS.__getitem__,
    key="mood",
)
forms.beside(found, "mood")
if chosen == 1:
    crisis_card(details, "A very low day is hard. You do not have to wait for your session to talk.")
st.text_area(
    "A note, if you like (optional)",
    value=(today.note or "") if today else "",
    key="note",
    max_chars=LONGEST_NOTE,
)
forms.beside(found, "note")
st.button("Save", type="primary", on_click=save)
if saved:
    st.page_link("pages/progress.py", label="See your progress")
st.caption("These are our own questions, not a validated scale.")
shell.foot(viewer)
