"""After the call, for whoever left it."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from clinic.people.viewer import Viewer
from clinic.scheduling.appointments import AppointmentView
from clinic.video.attended import FEEDBACK, Afterwards, afterwards, say_feedback
from components import attendance, forms, shell
from components.crisis import plain
from components.errors import friendly_errors
from components.room_parts import home_of, kept
from components.times import moment, zone_words
from components.words import how

FORM_NAME = "room:after"
_ANSWERS = {"yes": "Yes", "mostly": "Mostly", "no": "No"}


def over(viewer: Viewer, appointment_id: str, other_name: str) -> None:
    """Away from the room: nothing here says that one is still in it."""
    home = home_of(viewer)
    found = forms.problems(FORM_NAME) | forms.problems(attendance.FORM_NAME)
    shell.page(f"Session with {other_name}", viewer, back=home, error=bool(found), step="left")
    forms.show_problems(found)
    st.write(f"You left the session with {plain(other_name)}.")
    with friendly_errors():
        _afterwards(viewer, appointment_id, afterwards(viewer, appointment_id, datetime.now(UTC)))
    st.page_link(home[0], label=f"Go to {home[1]}")
    shell.foot(viewer)


def _afterwards(viewer: Viewer, appointment_id: str, after: Afterwards) -> None:
    if after.room_open:
        st.button("Join again", type="primary", on_click=_come_back, args=(appointment_id,))
    if after.report is not None:
        st.header("How the session was", anchor=False)
        attendance.say(after.report, viewer.zone)
        st.page_link("pages/note.py", label="Finish your note", query_params={"session": appointment_id})
    else:
        _feedback(appointment_id, after.feedback)
    _following(viewer, after.following)


def _feedback(appointment_id: str, said: str | None) -> None:
    """One question that nobody has to answer."""
    answers = list(FEEDBACK)
    st.radio(
        "Could you see and hear each other well? (optional)",
        answers,
        index=answers.index(said) if said in answers else None,
        format_func=_ANSWERS.__getitem__,
        key=kept(appointment_id, "feedback"),
        on_change=_say,
        args=(appointment_id,),
    )
    if said:
        st.caption("Thank you. Saved.")


def _following(viewer: Viewer, session: AppointmentView | None) -> None:
    st.header("Next session", anchor=False)
    if session is None:
        st.write("No other session is booked.")
        return
    st.write(
        f"**{moment(session.starts_at, viewer.zone)}** ({zone_words(viewer.zone)}), {how(session.modality)}."
    )


def _come_back(appointment_id: str) -> None:
    for name in ("left", "entered"):
        st.session_state.pop(kept(appointment_id, name), None)


@forms.callback(FORM_NAME, pressed=False)
def _say(asker: Viewer, appointment_id: str) -> None:
    say_feedback(
        asker,
        appointment_id,
        st.session_state.get(kept(appointment_id, "feedback")) or "",
        datetime.now(UTC),
    )
