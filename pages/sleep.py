"""The sleep diary: one night a day, as the clock by the bed showed it."""

from dataclasses import asdict
from datetime import UTC, date, datetime, time
from typing import Any

import streamlit as st

from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.records.check_in import QUALITY
from clinic.records.drafts import Form, keep_draft
from clinic.records.nights import LONGEST_AWAKE, Night
from clinic.records.progress_words import night_sentence
from clinic.records.sleep import keep_night, sleep_day
from components import access, forms, shell
from components.check_in_fields import day_choice, day_name
from components.time_fields import minute_typed, time_field
from components.times import day_of

viewer = access.require(Permission.MOOD_LOG)
FORM_NAME, DAY, SAVED = "sleep", "sleep:day", "sleep:saved"
TIMES = ("tried", "woke", "up")


def key_of(day: date, name: str) -> str:
    return f"sleep:{day}:{name}"


def typed(day: date) -> Night:
    given: dict[str, Any] = {name: st.session_state.get(key_of(day, name)) for name in asdict(Night())}
    return Night(**(given | {name: minute_typed(key_of(day, name)) for name in TIMES}))


def fill(day: date, night: Night) -> None:
    """Put a night into the fields that this screen has not drawn yet."""
    for name, value in asdict(night).items():
        shown = time(value // 60, value % 60) if name in TIMES and value is not None else value
        st.session_state.setdefault(key_of(day, name), shown)


@forms.callback(FORM_NAME, pressed=False)
def keep(asker: Viewer, day: date) -> None:
    keep_draft(asker, Form.SLEEP, asdict(typed(day)), datetime.now(UTC), day)


@forms.callback(FORM_NAME)
def save(asker: Viewer, day: date) -> None:
    keep_night(asker, typed(day), datetime.now(UTC), day)
    st.session_state[SAVED] = day


def time_of(day: date, name: str, label: str) -> None:
    time_field(label, key_of(day, name), on_change=keep, args=(day,))
    forms.beside(found, name)


def minutes_of(day: date, name: str, label: str) -> None:
    st.number_input(
        label,
        min_value=0,
        max_value=LONGEST_AWAKE,
        value=None,
        step=5,
        key=key_of(day, name),
        placeholder="",
        on_change=keep,
        args=(day,),
    )
    forms.beside(found, name)


now = datetime.now(UTC)
today = day_of(now, viewer.zone)
found = forms.problems(FORM_NAME)
saved = st.session_state.pop(SAVED, None) if not found else None
shell.page(
    "Sleep diary",
    viewer,
    back=("pages/client_home.py", "Home"),
    error=bool(found),
    step="saved" if saved else "",
)
forms.show_problems(found)
if saved:
    st.success(f"Saved: the night to {day_name(saved, today)}. You can change it for 7 days.")
else:
    st.write(
        "A guess is good enough; nobody watches the clock at night. Leave out what you don't know, and a "
        "night you don't remember altogether."
    )
chosen = day_choice("The night to which day?", DAY, today, lambda: forms.forget_problems(FORM_NAME))
shown = sleep_day(viewer, now, chosen)
if shown.changed:
    st.write("You changed this night. What you said before is kept with it.")
if shown.kept and (said := night_sentence(shown.kept)):
    st.write(said)
fill(chosen, shown.draft or shown.kept or Night())
time_of(chosen, "tried", "When did you try to sleep?")
minutes_of(chosen, "latency", "How many minutes until you slept?")
minutes_of(chosen, "awake", "How many minutes were you awake in the night?")
time_of(chosen, "woke", "When did you wake up for the last time?")
time_of(chosen, "up", "When did you get up?")
st.radio(
    "How well did you sleep?",
    list(QUALITY),
    index=None,
    format_func=QUALITY.__getitem__,
    key=key_of(chosen, "quality"),
    on_change=keep,
    args=(chosen,),
)
forms.beside(found, "quality")
st.button("Save", type="primary", on_click=save, args=(chosen,))
st.caption(
    "Your therapist can see your nights. They are not watched around the clock. These are our own questions, "
    "not a validated scale."
)
st.page_link("pages/progress.py", label="See your progress")
shell.foot(viewer)
