"""How a session was: what the call knows of it, in words, and the therapist's own say."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from clinic.people.viewer import Viewer
from clinic.video.attendance import Attendance, Happened, Reason
from clinic.video.attended import SessionReport, confirm_attendance
from clinic.video.rooms import Seat
from components import forms
from components.crisis import plain
from components.times import clock
from components.words import counted

FORM_NAME = "attendance"
WORDS = {
    Attendance.ATTENDED: "Attended",
    Attendance.CUT_SHORT: "Cut short",
    Attendance.NO_SHOW: "Missed session",
}
_FEEDBACK = {"yes": "yes", "mostly": "mostly", "no": "no"}


def say(report: SessionReport, zone: str, *, lead: bool = False) -> None:
    """One session's attendance: what happened, what is suggested, and a button for each answer.

    Args:
        lead: the suggestion is this screen's first thing to do.
    """
    session, found = report.appointment, forms.problems(FORM_NAME)
    st.write(story(report.happened, session.client_name, zone))
    if report.feedback:
        st.write(f"{plain(session.client_name)} could see and hear well: {_FEEDBACK[report.feedback]}.")
    if report.attendance is not None:
        st.write(f"You said: **{WORDS[report.attendance].lower()}**.")
    elif report.happened.suggestion is not None:
        st.write(f"Suggested: **{WORDS[report.happened.suggestion].lower()}**.")
    else:
        st.write("How was it?")
    suggested = report.attendance or report.happened.suggestion
    with st.container(horizontal=True):
        for answer, words in WORDS.items():
            if answer is not report.attendance:
                st.button(
                    words,
                    key=f"attendance:{session.public_id}:{answer}",
                    type="primary" if lead and answer is suggested else "secondary",
                    on_click=_confirm,
                    args=(session.public_id, answer),
                )
    forms.beside(found, "attendance")


def story(happened: Happened, client_name: str, zone: str) -> str:
    """What the call knows, in one or two sentences."""
    client, booked = plain(client_name), counted(happened.booked_minutes, "minute", "minutes")
    match happened.reason:
        case Reason.NOT_BY_VIDEO if not happened.joined_at:
            return "This session was not by video."
        case Reason.NOBODY:
            return "Nobody was in the video room."
        case Reason.STILL_TIME:
            return f"{client} has not come yet."
        case Reason.NEVER_CAME:
            return f"{client} did not come to the video room."
        case Reason.WAITED_IN_VAIN:
            return f"{client} was in the waiting room, but you two were not in the call together."
    words = f"Together for {happened.together_minutes} of {booked}."
    if Seat.CLIENT in happened.joined_at:
        words = f"{client} joined at {clock(happened.joined_at[Seat.CLIENT], zone)}. {words}"
    if happened.lost:
        words += f" {counted(happened.lost, 'connection was', 'connections were')} lost."
    if happened.reason is Reason.NOT_BY_VIDEO:
        words += " Then it went on by phone."
    return words


@forms.callback(FORM_NAME)
def _confirm(asker: Viewer, appointment_id: str, answer: Attendance) -> None:
    confirm_attendance(asker, appointment_id, answer.value, datetime.now(UTC))
