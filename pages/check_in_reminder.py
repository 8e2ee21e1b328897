"""A mail that says the check-in is ready: at a time of one's choice, paused or off whenever one likes."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.records.check_in_reminders import (
    OwnReminder,
    own_reminder,
    pause_reminder,
    resume_reminder,
    set_reminder,
    stop_reminder,
)
from components import access, forms, shell
from components.time_fields import day_field, day_typed, minute_typed, time_field
from components.times import long_day, minute_of_day, zone_words

viewer = access.require(Permission.MOOD_LOG)
FORM_NAME, SAID, TIME, UNTIL = (
    "check-in-reminder",
    "check-in-reminder:said",
    "reminder:time",
    "reminder:until",
)
USUAL = 20 * 60


def said_next(sentence: str) -> None:
    st.session_state[SAID] = sentence


@forms.callback(FORM_NAME)
def turn_on(asker: Viewer) -> None:
    minute = minute_typed(TIME)
    set_reminder(asker, minute, datetime.now(UTC))
    said_next("Reminders are on.")


@forms.callback(FORM_NAME)
def pause(asker: Viewer) -> None:
    """Until a day, or with none until they start again."""
    until = day_typed(UNTIL)
    pause_reminder(asker, until, datetime.now(UTC))
    said_next("Paused. Your check-in is there whenever you like.")


@forms.callback(FORM_NAME)
def resume(asker: Viewer) -> None:
    resume_reminder(asker, datetime.now(UTC))
    said_next("Reminders are on again.")


@forms.callback(FORM_NAME)
def stop(asker: Viewer) -> None:
    stop_reminder(asker, datetime.now(UTC))
    said_next("Reminders are off. Your check-in is there whenever you like.")


def choose_time(kept: OwnReminder | None) -> None:
    time_field("At what time?", TIME, kept.minute if kept else USUAL)
    st.caption(f"{zone_words(viewer.zone)}. It stays this time of day when the clocks change.")
    forms.beside(found, "time")


def standing(kept: OwnReminder) -> None:
    """What is set now, and the ways to change it."""
    at = minute_of_day(kept.minute)
    if kept.paused:
        until = f" until {long_day(kept.paused_until_on)}" if kept.paused_until_on else ""
        st.write(f"**Paused{until}.** Your time is {at}.")
        st.button("Start again now", type="primary", on_click=resume)
    else:
        st.write(f"**On, every day at {at}.** No mail comes on a day on which you have checked in already.")
        st.header("A pause", anchor=False)
        day_field("Until when? Leave it empty to pause until you start again", UNTIL)
        forms.beside(found, "until")
        st.button("Pause", type="primary", on_click=pause)
    st.header("Another time", anchor=False)
    choose_time(kept)
    st.button("Change the time", on_click=turn_on)
    st.button("Turn reminders off", on_click=stop, type="tertiary")


found = forms.problems(FORM_NAME)
kept = own_reminder(viewer, datetime.now(UTC))
said = st.session_state.pop(SAID, "") if not found else ""
shell.page(
    "Remind me to check in", viewer, back=("pages/check_in.py", "Check-in"), error=bool(found), step=said
)
forms.show_problems(found)
if said:
    st.success(said)
if kept:
    standing(kept)
else:
    st.write(
        "Off. If you like, we write to you once a day at a time you choose. The email says that your "
        "check-in is ready, and nothing else."
    )
    choose_time(None)
    st.button("Turn reminders on", type="primary", on_click=turn_on)
shell.foot(viewer)
