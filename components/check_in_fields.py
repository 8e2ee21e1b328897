"""The fields of a check-in: one question after another, each as optional as the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import streamlit as st

from clinic.people.details import ClinicDetails
from clinic.records.check_in import (
    ANXIETY,
    BACK,
    ENERGY,
    LONGEST_NOTE,
    MEDICATION,
    MOODS,
    QUALITY,
    TAGS,
    Answers,
    Item,
)
from components import forms
from components.crisis import crisis_card
from components.times import short_day

Kept = Callable[[], None]
VERY_LOW = 1


def day_choice(label: str, key: str, today: date, on_change: Callable[[], None]) -> date:
    """Today, or one of the seven days before. What it is called when it is said: `day_name`."""
    days = [today - timedelta(days=n) for n in range(BACK.days + 1)]
    if st.session_state.get(key) not in days:
        st.session_state[key] = today  # another one, once midnight has passed
    return st.selectbox(
        label, days, format_func=lambda day: day_name(day, today), key=key, on_change=on_change
    )


def day_name(day: date, today: date) -> str:
    """ "Today, Thu 12 Nov"."""
    near = {0: "Today, ", 1: "Yesterday, "}
    return near.get((today - day).days, "") + short_day(day)


def key_of(day: date, name: str) -> str:
    return f"check-in:{day}:{name}"


def fill(day: date, shown: Answers) -> None:
    """Put answers into the fields that this screen has not drawn yet."""
    for name, value in asdict(shown).items():
        if name == "sleep_minutes" and value is not None:
            value = value / 60
        st.session_state.setdefault(key_of(day, name), list(value) if name == "tags" else value)


def typed(day: date) -> Answers:
    """What stands in the fields now, checked by whoever keeps it."""
    given: dict[str, Any] = {name: st.session_state.get(key_of(day, name)) for name in asdict(Answers())}
    hours = given["sleep_minutes"]
    given["sleep_minutes"] = round(hours * 60) if isinstance(hours, int | float) else hours
    given["tags"] = tuple(given["tags"] or ())
    given["note"] = given["note"] or ""
    return Answers(**given)


def fields(
    day: date, items: tuple[Item, ...], found: Mapping[str, str], details: ClinicDetails | None, kept: Kept
) -> None:
    """Draw what is asked. `kept` runs after each change, so that a reload loses nothing."""
    draw: dict[Item, Callable[[], None]] = {
        Item.MOOD: lambda: _mood(day, found, details, kept),
        Item.ANXIETY: lambda: _scale(day, "anxiety", "How anxious or calm?", ANXIETY, found, kept),
        Item.ENERGY: lambda: _scale(day, "energy", "How much energy?", ENERGY, found, kept),
        Item.SLEEP: lambda: _sleep(day, found, kept),
        Item.MEDICATION: lambda: _scale(day, "medication", "Medication", MEDICATION, found, kept),
        Item.TAGS: lambda: _tags(day, found, kept),
        Item.NOTE: lambda: _note(day, found, kept),
    }
    for item in items:
        draw[item]()


def _mood(day: date, found: Mapping[str, str], details: ClinicDetails | None, kept: Kept) -> None:
    def help_beside() -> None:
        if st.session_state.get(key_of(day, "mood")) == VERY_LOW:
            crisis_card(details, "A very low day is hard. You do not have to wait for your session to talk.")

    _scale(day, "mood", "How did you feel?", MOODS, found, kept, help_beside)


def _scale(
    day: date,
    name: str,
    label: str,
    words: Mapping[Any, str],
    found: Mapping[str, str],
    kept: Kept,
    beneath: Callable[[], None] | None = None,
) -> None:
    key = key_of(day, name)
    chosen = st.radio(label, list(words), index=None, format_func=words.__getitem__, key=key, on_change=kept)
    forms.beside(found, name)
    if beneath is not None:
        beneath()
    if chosen is not None:
        # A radio once chosen cannot be emptied, and each question can be left out.
        st.button(
            f"Leave out {name.replace('_', ' ')}",
            key=f"{key}:out",
            type="tertiary",
            on_click=_leave_out,
            args=(key, kept),
        )


def _leave_out(key: str, kept: Kept) -> None:
    st.session_state[key] = None
    kept()


def _sleep(day: date, found: Mapping[str, str], kept: Kept) -> None:
    st.number_input(
        "Hours of sleep in the night before",
        min_value=0.0,
        max_value=24.0,
        value=None,
        step=0.5,
        format="%g",
        key=key_of(day, "sleep_minutes"),
        placeholder="",
        on_change=kept,
    )
    forms.beside(found, "sleep_minutes")
    _scale(day, "sleep_quality", "How well did you sleep?", QUALITY, found, kept)


def _tags(day: date, found: Mapping[str, str], kept: Kept) -> None:
    st.pills(
        "What was in the day? As many as you like",
        list(TAGS),
        selection_mode="multi",
        format_func=TAGS.__getitem__,
        key=key_of(day, "tags"),
        on_change=kept,
    )
    forms.beside(found, "tags")


def _note(day: date, found: Mapping[str, str], kept: Kept) -> None:
    st.text_area("A note", key=key_of(day, "note"), max_chars=LONGEST_NOTE, placeholder="", on_change=kept)
    forms.beside(found, "note")
