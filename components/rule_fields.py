"""A kind of session and the clinic's rules, as widgets; what was typed, as values."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from clinic.scheduling.catalog import LONGEST_NAME, BookableBy, KeptType, Modality
from clinic.scheduling.rules import Rules
from components import forms
from components.schedule_words import BOOKABLE_BY, MINUTES_OF, MODALITIES, minutes_words

# Reminders to choose from, in minutes before the session.
REMINDERS = (10080, 2880, 1440, 720, 240, 120, 60, 30, 15)
_SPANS = {
    "notice_minutes": "How long before a session it must be booked",
    "change_until_minutes": "How long before a session clients may still move it, or cancel in time",
    "offer_minutes": "How long a freed time is kept for people who wait",
    "room_opens_minutes": "How long before a session its video room opens",
}


def type_fields(which: KeptType | None, found: Mapping[str, str]) -> None:
    """The parts of a kind of session, under keys `type:…`."""
    st.text_input(
        "Name", which.name if which else "", key="type:name", max_chars=LONGEST_NAME, placeholder=""
    )
    forms.beside(found, "name")
    _number("Length in minutes", "type:length_minutes", which.length_minutes if which else 50)
    forms.beside(found, "length_minutes")
    left, right = st.columns(2)
    with left:
        _number("Minutes kept free before", "type:before_minutes", which.before_minutes if which else 0)
        forms.beside(found, "before_minutes")
    with right:
        _number("Minutes kept free after", "type:after_minutes", which.after_minutes if which else 10)
        forms.beside(found, "after_minutes")
    modalities, allowed = list(Modality), list(BookableBy)
    st.radio(
        "How",
        modalities,
        index=modalities.index(which.modality) if which else 0,
        format_func=MODALITIES.__getitem__,
        key="type:modality",
    )
    st.radio(
        "Who may book",
        allowed,
        index=allowed.index(which.bookable_by) if which else 0,
        format_func=BOOKABLE_BY.__getitem__,
        key="type:bookable_by",
    )


def rules_fields(kept: Rules, found: Mapping[str, str]) -> None:
    """The clinic's rules; `rules_typed` reads them."""
    for name, label in _SPANS.items():
        _span(label, name, getattr(kept, name))
        forms.beside(found, name)
    _number("How many days ahead one may book", "rules:horizon_days", kept.horizon_days)
    forms.beside(found, "horizon_days")
    _number("Sessions a day for each therapist (optional)", "rules:daily_limit", kept.daily_limit)
    forms.beside(found, "daily_limit")
    listed = sorted({*REMINDERS, *kept.reminder_minutes}, reverse=True)
    st.multiselect(
        "Reminders before a session",
        listed,
        list(kept.reminder_minutes),
        format_func=minutes_words,
        key="rules:reminder_minutes",
        placeholder="",
    )
    st.caption("By mail. Each person may turn theirs off.")
    forms.beside(found, "reminder_minutes")
    st.checkbox("New people choose a time first, then sign up", kept.first_contact, key="rules:first_contact")
    st.caption("Anybody can then see the listed therapists and their free times, without an account.")


def rules_typed() -> Rules:
    """What is in the fields. An empty number is one that no rule allows, so that it is said."""
    state = st.session_state
    spans = {name: _span_typed(name) for name in _SPANS}
    horizon = state.get("rules:horizon_days")
    return Rules(
        notice_minutes=spans["notice_minutes"],
        horizon_days=-1 if horizon is None else horizon,
        daily_limit=state.get("rules:daily_limit"),
        change_until_minutes=spans["change_until_minutes"],
        reminder_minutes=tuple(state.get("rules:reminder_minutes") or ()),
        offer_minutes=spans["offer_minutes"],
        room_opens_minutes=spans["room_opens_minutes"],
        first_contact=bool(state.get("rules:first_contact")),
    )


def _span(label: str, name: str, minutes: int) -> None:
    """A length of time as a number and its unit."""
    unit = next(
        (each for each in reversed(MINUTES_OF) if minutes and minutes % MINUTES_OF[each] == 0), "minutes"
    )
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    with left:
        _number(label, f"rules:{name}", minutes // MINUTES_OF[unit])
    with right:
        units = list(MINUTES_OF)
        st.selectbox(
            f"{label}: the unit",
            units,
            index=units.index(unit),
            key=f"rules:{name}:unit",
            label_visibility="collapsed",
        )


def _span_typed(name: str) -> int:
    value = st.session_state.get(f"rules:{name}")
    return -1 if value is None else value * MINUTES_OF[st.session_state.get(f"rules:{name}:unit", "minutes")]


def _number(label: str, key: str, value: int | None) -> None:
    st.number_input(label, value=value, step=1, key=key, placeholder="")
