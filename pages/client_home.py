"""A client's first screen: what is left to do, the next session, today's mood."""

from datetime import UTC, datetime
from typing import Literal

import streamlit as st

from clinic.between.task_list import TaskRow
from clinic.between.task_states import Due
from clinic.people.care import own_therapists
from clinic.people.discharge import CareOver, own_ending
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.records.home import ClientHome, client_home
from clinic.scheduling.appointments import AppointmentView
from clinic.scheduling.booking import book
from clinic.scheduling.first_contact import KeptTime, kept_time
from components import access, forms, offered, shell, to_do
from components.crisis import plain
from components.times import clock, day_of, long_day, moment, zone_words
from components.words import counted, how

viewer = access.require(Permission.HOME_OWN)
FORM_NAME = "home"


def session_card(appointment: AppointmentView, joinable: bool, check_due: bool) -> None:
    """The next session, and the way into its room once that is open."""
    with st.container(border=True):
        st.header("Your next session", anchor=False)
        st.write(
            f"**{long_day(day_of(appointment.starts_at, viewer.zone))}, "
            f"{clock(appointment.starts_at, viewer.zone)}** ({zone_words(viewer.zone)})"
        )
        st.write(f"{how(appointment.modality).capitalize()}, with {plain(appointment.therapist_name)}")
        if appointment.modality == "phone":
            st.write(f"{plain(appointment.therapist_name)} calls you then.")
        if joinable:
            label = "Join session" if appointment.modality == "video" else "Open session"
            if st.button(label, type="primary"):
                st.switch_page("pages/room.py", query_params={"appointment": appointment.public_id})
        elif appointment.modality == "video":
            st.write(f"You can join from {clock(appointment.room_opens_at, viewer.zone)} on the day.")
        if appointment.modality == "video" and not check_due:  # else it is under what is left to do
            st.page_link("pages/device_check.py", label="Check your camera and sound")


@forms.callback(FORM_NAME)
def book_kept(asker: Viewer, kept: KeptTime) -> None:
    """Book the time that was kept while they signed up. A second click is the same booking."""
    key, now = forms.submit_key(FORM_NAME), datetime.now(UTC)
    book(asker, kept.therapist_id, kept.starts_at, key, now, session_type_id=kept.session_type_id)
    forms.submitted(FORM_NAME)


def kept_card(kept: KeptTime, signed: bool) -> None:
    """A time chosen before signing up: kept for a while, booked with one press."""
    with st.container(border=True):
        st.header("Your chosen time", anchor=False)
        st.write(f"**{moment(kept.starts_at, viewer.zone)}** ({zone_words(viewer.zone)})")
        who = f"{how(kept.modality).capitalize()}, with {plain(kept.therapist_name)}"
        st.write(f"{who}. Kept for you until {moment(kept.held_until, viewer.zone)}.")
        if signed:
            st.button("Book it", type="primary", on_click=book_kept, args=(kept,))
        else:
            st.write("Read and sign the consent first. Then you can book it here.")


def no_session(signed: bool) -> None:
    with st.container(border=True):
        st.header("No session booked", anchor=False)
        if signed:
            st.write("Choose a time that suits you.")
        else:
            st.write("Read and sign the consent first. Then you can book a session.")


def looked_after(names: list[str]) -> None:
    if names:
        st.write(f"{plain(' and '.join(names))} {'looks' if len(names) == 1 else 'look'} after you here.")


def care_over(over: CareOver, primary: bool) -> None:
    """Care has ended: what stays, whom to call, and the summary to keep."""
    with st.container(border=True):
        st.header("Your care here has ended", anchor=False)
        ended_on = long_day(day_of(over.discharged_at, viewer.zone))
        st.write(
            f"It ended on {ended_on}. You can still sign in and read "
            "what is yours. Help now and your safety plan stay here for you."
        )
        st.write(f"If you want to come back, call {plain(over.clinic)}: {plain(over.phone)}")
        kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
        st.link_button("Your summary (PDF)", "/download/discharge-summary", type=kind)


def left_to_do(left: list[to_do.Step], primary: bool) -> None:
    if left:
        st.header("To do", anchor=False)
        to_do.show(left, primary=primary)


def between_sessions(home: ClientHome) -> None:
    """Tasks by name, then what came in; nothing where there is nothing."""
    lines = [f"{plain(task.title)}{until(task)}" for task in home.tasks]
    for number, one, several in (
        (home.news.messages, "unread message", "unread messages"),
        (home.news.documents, "new document", "new documents"),
    ):
        if number:
            lines.append(counted(number, one, several))
    if lines:
        st.header("Between sessions", anchor=False)
        st.markdown("\n".join(f"- {line}" for line in lines))
    if home.tasks:
        st.page_link("pages/tasks.py", label="Open your tasks")
    if home.news.documents:
        st.page_link("pages/documents.py", label="Open the new documents")


def until(task: TaskRow) -> str:
    """By when, as the end of a line; a late task is not held against anybody."""
    if task.due_on is None:
        return ""
    day = "today" if task.due is Due.TODAY else long_day(task.due_on)
    return f", it was for {day}" if task.due is Due.OVERDUE else f", until {day}"


now = datetime.now(UTC)
found = forms.problems(FORM_NAME)
shell.page("Home", viewer, error=bool(found))
forms.show_problems(found)
over = own_ending(viewer)
home, kept = client_home(viewer, now), kept_time(viewer, now)
left = to_do.steps(home) if over is None else []
st.write(f"Hello {plain(viewer.name)}.")
joinable = home.next_session is not None and home.next_session.is_open(now)
if over is None:
    looked_after(own_therapists(viewer))
else:
    care_over(over, primary=not joinable)
    kept = None
if kept is not None:
    kept_card(kept, home.may_book)
if over is None:
    offered.panel(viewer, now)
if not joinable:
    left_to_do(left, primary=kept is None or not home.may_book)
if home.next_session is not None:
    session_card(home.next_session, joinable, home.check_due)
elif kept is None and over is None:
    no_session(home.may_book)
if joinable:
    left_to_do(left, primary=False)
between_sessions(home)
st.header("Today", anchor=False)
if home.mood_today:
    word = home.mood_today.word.lower()
    st.write(f"You said today: {word}." if word else "You checked in today.")
st.page_link(
    "pages/check_in.py",
    label="Change today's check-in" if home.mood_today else "Check in: how are you today?",
)
st.page_link("pages/sleep.py", label="Sleep diary")
st.page_link("pages/goals.py", label="My goals")
st.page_link("pages/safety_plan.py", label="My safety plan")
st.page_link("pages/tasks.py", label="My tasks")
st.page_link("pages/documents.py", label="My documents")
may_book = home.may_book and over is None
if may_book and st.button("Book a session", type="secondary" if joinable or left or kept else "primary"):
    st.switch_page("pages/book.py")
if over is None:
    st.page_link("pages/find_therapist.py", label="Find a therapist")
shell.foot(viewer)
