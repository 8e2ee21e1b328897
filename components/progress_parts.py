"""The parts of a client's progress: each a sentence first, then a chart, then the same as a table.

They are the client's own screen, and their therapist's (`TO_STAFF`): the same words about the same days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

import streamlit as st

from clinic.measures.instrument import Instrument, instrument
from clinic.measures.results import Point
from clinic.records.better_days import FEWEST
from clinic.records.check_in import ANXIETY, ENERGY, MOODS, QUALITY
from clinic.records.nights import Night
from clinic.records.progress import Progress
from clinic.records.progress_words import (
    TO_CLIENT,
    Value,
    Voice,
    along_sentence,
    day_words,
    goal_sentence,
    mood_sentence,
    scale_sentence,
    sleep_sentence,
    span_words,
)
from components import chart_words, figure_look, figure_outcomes, figures_client
from components.crisis import plain
from components.disclosure import disclosure
from components.times import day_of, minute_of_day
from components.words import measure_title

Rows = list[dict[str, str]]
_WEEKS = "Where more than a year is shown, each week is one point: the mean of its days."


def check_ins(shown: Progress, voice: Voice = TO_CLIENT) -> None:
    st.header(f"{voice.your.capitalize()} mood", anchor=False)
    moods = shown.scales["mood"]
    sentence = mood_sentence(moods, shown.weekly, voice)
    to_come = " After two you see your chart here." if voice is TO_CLIENT and len(moods) < 2 else ""
    st.write(f"{sentence}{to_come}")
    if shown.late:
        st.caption(f"{shown.late} of these days were filled in later.")
    _scale("mood", moods, MOODS, sentence, shown.weekly)
    for name, title, words in (("anxiety", "Anxious or calm", ANXIETY), ("energy", "Energy", ENERGY)):
        values = shown.scales[name]
        if values:
            st.header(title, anchor=False)
            said = scale_sentence(name, values, shown.weekly, voice)
            st.write(said)
            _scale(name, values, words, said, shown.weekly)


def sleep(shown: Progress, voice: Voice = TO_CLIENT) -> None:
    st.header(f"{voice.your.capitalize()} sleep", anchor=False)
    if not shown.asleep and not shown.nights:
        st.write("No nights in this time. Two of them make a chart.")
        if voice is TO_CLIENT:
            st.page_link("pages/sleep.py", label="Keep a sleep diary")
        return
    sentence = sleep_sentence(shown.asleep, shown.weekly, voice)
    st.write(sentence)
    figure = figures_client.sleep_figure(shown.asleep, shown.weekly, _dark())
    by_night = _nights if voice is TO_CLIENT else _nights_as_said
    rows = partial(_weeks, shown.asleep) if shown.weekly else partial(by_night, shown.nights)
    _chart(figure, sentence, rows, "sleep", shown.weekly)
    if figure is None and voice is not TO_CLIENT:
        disclosure("Show as table", lambda: st.table(rows()), key="sleep")


def goals(shown: Progress, voice: Voice = TO_CLIENT) -> None:
    st.header(f"{voice.your.capitalize()} goals", anchor=False)
    if not shown.goals:
        st.write("No goals in this time.")
        if voice is TO_CLIENT:
            st.page_link("pages/goals.py", label="Set a goal")
    for goal in shown.goals:
        st.text(goal.words)
        sentence = goal_sentence(goal.ratings, shown.weekly)
        done = f" {voice.you.capitalize()} are done with this goal." if goal.ended else ""
        st.write(f"{sentence}{done}")
        figure = figures_client.goal_figure(goal.ratings, shown.weekly, _dark())
        _chart(
            figure,
            f"{plain(goal.words)}: {sentence}",
            partial(_values, goal.ratings, shown.weekly, "Of 10"),
            goal.public_id,
            shown.weekly,
        )


def along_with(shown: Progress, voice: Voice = TO_CLIENT) -> None:
    if not any(shown.scales.values()):
        return
    st.header("What went along with better days", anchor=False)
    if not shown.along:
        st.write(
            f"Once {FEWEST} days had something and {FEWEST} days had not, it says here how often each kind "
            "of day was a good one."
        )
        return
    st.write(
        f"Days counted, and no more: they do not say what caused what. Only days on which {voice.you} chose "
        f"something are counted, and only what at least {FEWEST} days had and {FEWEST} had not."
    )
    for one in shown.along:
        st.markdown(f"- {along_sentence(one, voice)}")
    if shown.weekly:
        st.caption("Of the last year.")


def measures(series: Mapping[str, Sequence[Point]], since_on: date | None, zone: str) -> None:
    """The measures' own charts of this time, where the therapist shares them."""
    for name, every in series.items():
        st.header(measure_title(name), anchor=False)
        points = [one for one in every if day_of(one.at, zone) >= (since_on or date.min)]
        if not points:
            later = "No answers in this time." if every else ""
            st.write(later or "After two sets of answers you will see your chart here.")
            continue
        measure = instrument(name)
        sentence = chart_words.outcome_sentence(measure, points, zone)
        st.write(sentence)
        figure = figure_outcomes.outcome_figure(measure, points, _dark(), zone)
        _chart(
            figure,
            sentence,
            partial(_totals, measure, points, zone),
            name,
            weekly=False,
        )


def _scale(name: str, values: Sequence[Value], words: Mapping[int, str], sentence: str, weekly: bool) -> None:
    figure = figures_client.scale_figure(values, words, weekly, _dark())
    rows = partial(_values, values, True, "Mean, 1 to 5") if weekly else partial(_said, values, words)
    _chart(figure, sentence, rows, name, weekly)


def _chart(figure: object, sentence: str, rows: Callable[[], Rows], key: str, weekly: bool) -> None:
    """The figure where there is one, and the same as a table."""
    if figure is None:
        return
    st.plotly_chart(
        figure, theme=None, config=figure_look.chart_config(static=True), alt=sentence, key=f"chart:{key}"
    )
    if weekly:
        st.caption(_WEEKS)
    disclosure("Show as table", lambda: st.table(rows()), key=key)


def _said(values: Sequence[Value], words: Mapping[int, str]) -> Rows:
    return [{"Day": day_words(one.day_on), "You chose": words[round(one.value)]} for one in values[::-1]]


def _values(values: Sequence[Value], weekly: bool, heading: str) -> Rows:
    """Numbers, newest first."""
    digits, when = (1, "Week of") if weekly else (0, "Day")
    return [{when: day_words(one.day_on), heading: f"{one.value:.{digits}f}"} for one in values[::-1]]


def _weeks(values: Sequence[Value]) -> Rows:
    return [{"Week of": day_words(one.day_on), "Slept": span_words(round(one.value))} for one in values[::-1]]


def _nights(nights: Sequence[tuple[date, Night]]) -> Rows:
    """What could not be added up is left open."""
    return [
        {
            "Night to": day_words(day),
            "Slept": "" if night.asleep is None else span_words(night.asleep),
            "Of 100 minutes in bed": "" if night.efficiency is None else str(night.efficiency),
        }
        for day, night in reversed(nights)
    ]


def _nights_as_said(nights: Sequence[tuple[date, Night]]) -> Rows:
    """The same with everything that was said of each night."""
    return [
        {
            **row,
            "Tried to sleep": _clock(night.tried),
            "Until they slept": _span(night.latency),
            "Awake in the night": _span(night.awake),
            "Woke up": _clock(night.woke),
            "Got up": _clock(night.up),
            "How well": QUALITY.get(night.quality or 0, ""),
        }
        for row, (_, night) in zip(_nights(nights), reversed(nights), strict=True)
    ]


def _clock(minute: int | None) -> str:
    return "" if minute is None else minute_of_day(minute)


def _span(minutes: int | None) -> str:
    return "" if minutes is None else span_words(minutes)


def _totals(measure: Instrument, points: Sequence[Point], zone: str) -> Rows:
    """Without the severity's word: that is for a conversation, not for a table on a phone."""
    rows = chart_words.outcome_rows(measure, points, zone)
    return [{"Date": row["Date"], "Score": row["Score"]} for row in rows]


def _dark() -> bool:
    return st.context.theme.type == "dark"
