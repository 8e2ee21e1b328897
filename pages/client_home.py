"""A client's first screen: the next session, what is left to do, today's mood."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.permissions import Permission
from clinic.records.home import ClientHome, client_home
from clinic.scheduling.appointments import AppointmentView
from components import access, shell
from components.crisis import plain
from components.times import clock, day_of, long_day, zone_words
from components.words import measure_title

viewer = access.require(Permission.HOME_OWN)


def session_card(appointment: AppointmentView, now: datetime) -> bool:
    """The next session; returns whether its room can be joined now."""
    is_open = appointment.room_is_open(now)
    with st.container(border=True):
        st.subheader("Your next session", anchor=False)
        st.write(
            f"**{long_day(day_of(appointment.starts_at, viewer.zone))}, "
            f"{clock(appointment.starts_at, viewer.zone)}** ({zone_words(viewer.zone)})"
        )
        st.write(f"By video, with {plain(appointment.therapist_name)}")
        if is_open:
            if st.button("Join session", type="primary"):
                st.switch_page("pages/room.py", query_params={"appointment": appointment.public_id})
        else:
            st.write(f"You can join from {clock(appointment.room_opens_at, viewer.zone)} on the day.")
    return is_open


def to_do(home: ClientHome) -> None:
    """What is left, each with its link; nothing when all is done."""
    rows: list[tuple[str, str, dict[str, str]]] = []
    if not home.consent_signed:
        rows.append(("pages/consent.py", "Read and sign the consent", {}))
    if not home.intake_sent:
        rows.append(
            (
                "pages/intake.py",
                "Carry on with your intake" if home.intake_begun else "Fill in your intake",
                {},
            )
        )
    else:
        for due in home.due:
            verb = "Carry on with" if due.begun else "Answer"
            title = measure_title(due.instrument.id)
            rows.append(
                ("pages/questionnaire.py", f"{verb}: {title.lower()}", {"measure": due.instrument.id})
            )
    if not rows:
        return
    st.subheader("To do", anchor=False)
    for file, label, params in rows:
        st.page_link(file, label=label, query_params=params)


details = shell.page("Home", viewer)
now = datetime.now(UTC)
home = client_home(viewer, now)
st.write(f"Hello {plain(viewer.name)}.")
joinable = session_card(home.next_session, now) if home.next_session else False
if home.next_session is None:
    with st.container(border=True):
        st.subheader("No session booked", anchor=False)
        if home.consent_signed:
            st.write("Choose a time that suits you.")
        else:
            st.write("Read and sign the consent first. Then you can book a session.")
to_do(home)
st.subheader("Today", anchor=False)
if home.mood_today:
    st.write(f"You said today: {home.mood_today.word.lower()}.")
st.page_link(
    "pages/mood.py", label="Change today's check-in" if home.mood_today else "Check in: how are you today?"
)
if home.consent_signed and st.button("Book a session", type="secondary" if joinable else "primary"):
    st.switch_page("pages/book.py")
shell.foot(viewer)
