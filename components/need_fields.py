"""A short "What do you need?". What is chosen stays in this tab, is never sent anywhere and never kept."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from clinic.scheduling.finding import PARTS_OF_DAY, Candidate, Found, Wish, choices
from clinic.scheduling.hours import WEEKDAYS

NOT_SURE, ANY, ELSEWHERE = "I am not sure", "Any language", "Somewhere else"
UNSAID = "I would rather not say"


def need_fields(candidates: Sequence[Candidate]) -> Wish:
    """The questions, with what the listed therapists say of themselves to choose from."""
    needs = choices(one.helps_with for one in candidates)
    need = st.selectbox("What would you like help with?", [NOT_SURE, *needs], key="need:what")
    languages = choices(one.languages for one in candidates)
    language = st.selectbox("Which language?", [ANY, *languages], key="need:language")
    places = choices(one.licensed_in for one in candidates)
    place = st.selectbox("Where will you be during sessions?", [UNSAID, *places, ELSEWHERE], key="need:place")
    st.caption("A therapist may only see you in a place where they are licensed.")
    days = st.multiselect(
        "On which days? (optional)",
        range(7),
        format_func=WEEKDAYS.__getitem__,
        key="need:days",
        placeholder="",
    )
    parts = st.multiselect(
        "At what time of day? (optional)",
        list(PARTS_OF_DAY),
        format_func=str.capitalize,
        key="need:parts",
        placeholder="",
    )
    st.caption("Your answers are not saved, and nobody sees them.")
    return Wish(
        None if need == NOT_SURE else need,
        None if language == ANY else language,
        # Nobody is licensed in a place that nobody names.
        None if place == UNSAID else place,
        frozenset(days),
        frozenset(parts),
    )


def found_words(found: Found) -> str:
    count = len(found.matches)
    if not count:
        return "Nobody here is licensed in that place. Call the clinic: they may know somebody."
    return "1 therapist for you" if count == 1 else f"{count} therapists for you, the best fit first"
