"""A client's check-ins day by day, as a table: what was said, and what was left out left open."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from clinic.records.check_in import ANXIETY, ENERGY, MEDICATION, QUALITY, TAGS
from clinic.records.client_days import PAGE, DayByDay
from clinic.records.mood import Mood
from clinic.records.progress_words import day_words, span_words
from components.crisis import plain
from components.times import short_day

Rows = list[dict[str, str]]


def table(shown: DayByDay, page_key: str) -> None:
    """The table, and the way to older and newer days; `page_key` is where the session keeps the page."""
    st.header("Day by day", anchor=False)
    if not shown.days:
        st.write("No check-ins yet.")
        return
    newest, oldest = shown.days[0].day_on, shown.days[-1].day_on
    st.caption(
        f"Days {shown.first} to {shown.first + len(shown.days) - 1} of {shown.count}, the newest first: "
        f"{day_words(newest)} back to {day_words(oldest)}."
    )
    st.table(rows(shown.days))
    if shown.count > PAGE:
        with st.container(horizontal=True):
            for label, to, there in (
                ("Newer", shown.page - 1, shown.page > 0),
                ("Older", shown.page + 1, shown.older),
            ):
                st.button(label, on_click=_turn, args=(page_key, to), disabled=not there)


def rows(days: Sequence[Mood]) -> Rows:
    """A row a day. What none of them has is no column, so that a table of moods fits a phone; what has to be
    scrolled to on one comes after the note."""
    said = [_row(day) for day in days]
    return [{name: row[name] for name in row if any(one[name] for one in said)} for row in said]


def _row(day: Mood) -> dict[str, str]:
    return {
        "Day": _one_line(short_day(day.day_on)) + (" (filled in later)" if day.late else ""),
        "Mood": day.word,
        "Note": plain(" ".join((day.note or "").split())),
        "Anxious or calm": ANXIETY.get(day.anxiety or 0, ""),
        "Energy": ENERGY.get(day.energy or 0, ""),
        "Sleep": _sleep(day),
        "Medication": MEDICATION.get(day.medication or "", ""),
        "In the day": ", ".join(_one_line(TAGS[tag]) for tag in day.tags if tag in TAGS),
    }


def _sleep(day: Mood) -> str:
    slept = "" if day.sleep_minutes is None else _one_line(span_words(day.sleep_minutes))
    return ", ".join(part for part in (slept, QUALITY.get(day.sleep_quality or 0, "").lower()) if part)


def _one_line(words: str) -> str:
    """Not broken in a narrow column."""
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def _turn(page_key: str, to: int) -> None:
    st.session_state[page_key] = to
