"""A therapist's day: what must be answered first, then who is seen when."""

from datetime import UTC, datetime

import streamlit as st

from clinic.measures.alerts import Alert, acknowledge
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.records.day import Day, DayEntry, day
from components import access, forms, shell
from components.crisis import plain
from components.errors import friendly_errors
from components.times import clock, day_of, long_day, moment, zone_words
from components.words import joined

viewer = access.require(Permission.DAY_READ)
FORM_NAME = "today"
REFRESH = "10s"  # who waits at the door must not depend on a reload


@forms.callback(FORM_NAME)
def seen(asker: Viewer, alert: Alert) -> None:
    acknowledge(asker, alert.public_id, datetime.now(UTC))
    st.session_state["today:seen"] = alert.client_name


def alert_card(alert: Alert) -> None:
    with st.container(border=True):
        st.markdown(f"**{plain(alert.client_name)}** answered “{plain(alert.answer_words)}” to:")
        st.write(f"“{plain(alert.item_text)}”")
        st.caption(f"{alert.measure}, question {alert.item}. {moment(alert.raised_at, viewer.zone)}.")
        with st.container(horizontal=True):
            st.button(
                f"I have seen this: {alert.client_name}",
                key=f"seen:{alert.public_id}",
                on_click=seen,
                args=(alert,),
            )
            st.page_link(
                "pages/client_record.py",
                label=f"Open {plain(alert.client_name)}",
                query_params={"client": alert.client_id},
            )


def session_card(entry: DayEntry, now: datetime, first: bool) -> None:
    booked = entry.appointment
    with st.container(border=True):
        st.markdown(
            f"**{clock(booked.starts_at, viewer.zone)}** to {clock(booked.ends_at, viewer.zone)}, "
            f"**{plain(booked.client_name)}**"
        )
        st.write(status(entry, now))
        with st.container(horizontal=True):
            if booked.room_is_open(now) and st.button(
                f"Start session: {booked.client_name}",
                type="primary" if first else "secondary",
                key=f"room:{booked.public_id}",
            ):
                st.switch_page("pages/room.py", query_params={"appointment": booked.public_id})
            st.page_link(
                "pages/client_record.py",
                label=f"Open {plain(booked.client_name)}",
                query_params={"client": booked.client_id},
            )


def status(entry: DayEntry, now: datetime) -> str:
    """How things stand with one session, in words."""
    booked = entry.appointment
    if entry.waiting_since is not None:
        words = f"Waiting since {clock(entry.waiting_since, viewer.zone)}."
    elif booked.room_is_open(now):
        words = "The room is open."
    elif now < booked.starts_at:
        words = f"The room opens at {clock(booked.room_opens_at, viewer.zone)}."
    else:
        words = "Over."
    if entry.missing:
        words += f" Not done yet: {joined(list(entry.missing), '')}."
    return words


@st.fragment(run_every=REFRESH)
def desk() -> None:
    """Alerts and sessions, fresh every few seconds, and asked anew each time who is looking."""
    asker = access.require(Permission.DAY_READ, active=False)
    with friendly_errors():
        now = datetime.now(UTC)
        today = day(asker, now)
        left, right = st.columns(2, gap="large")
        with left:
            alerts(today)
        with right:
            sessions(today, now)


def alerts(today: Day) -> None:
    st.subheader("To answer", anchor=False)
    if said := st.session_state.pop("today:seen", None):
        st.success(f"Marked as seen: {plain(said)}. It stays in the record.")
    for alert in today.alerts:
        alert_card(alert)
    if not today.alerts:
        st.write("Nothing is waiting for an answer.")


def sessions(today: Day, now: datetime) -> None:
    st.subheader("Sessions", anchor=False)
    if not today.sessions:
        st.write("No sessions today.")
    leading = foremost(today, now)
    for entry in today.sessions:
        session_card(entry, now, first=entry is leading)


def foremost(today: Day, now: datetime) -> DayEntry | None:
    """The session to start now: someone waits, else it is its time; a room stays open after its end."""
    joinable = [entry for entry in today.sessions if entry.appointment.room_is_open(now)]
    waiting = [entry for entry in joinable if entry.waiting_since is not None]
    unfinished = [entry for entry in joinable if entry.appointment.ends_at > now]
    return next(iter(waiting or unfinished or joinable), None)


found = forms.problems(FORM_NAME)
shell.page("Today", viewer, error=bool(found), wide=True)
forms.show_problems(found)
st.write(f"{long_day(day_of(datetime.now(UTC), viewer.zone))}, {zone_words(viewer.zone)}.")
desk()
shell.foot(viewer)
