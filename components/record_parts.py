"""The parts of a client's record that are more than a line: a measure over time, answers, intake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from clinic.intake.form import FORM
from clinic.measures.alerts import Alert
from clinic.measures.instrument import Instrument
from clinic.measures.questionnaires import DIFFICULTY, Point, Response
from clinic.records.mood import Mood
from components import chart_words, figures
from components.crisis import plain
from components.disclosure import disclosure
from components.times import moment


def measure_over_time(measure: Instrument, points: Sequence[Point], latest: Response, zone: str) -> None:
    """The sentence, the chart on its full range, the same as a table, and the sources of its lines."""
    st.subheader(f"{measure.name}", anchor=False)
    st.caption(measure.full_name)
    sentence = chart_words.outcome_sentence_for_staff(measure, points)
    st.write(sentence)
    figure = figures.outcome_figure(measure, points, dark=_dark(), zone=zone, staff=True)
    if figure is not None:
        _chart(figure, sentence, key=f"chart:{measure.id}")
        disclosure(
            "Show as table",
            lambda: st.table(chart_words.outcome_rows(measure, points, zone)),
            key=f"{measure.id}:table",
        )
    disclosure("The latest answers", lambda: answers(measure, latest.answers), key=f"{measure.id}:answers")
    disclosure("Where the bands and limits come from", lambda: _sources(measure), key=f"{measure.id}:sources")


def _sources(measure: Instrument) -> None:
    st.write(f"Bands: {measure.bands_source}")
    if measure.cut_off:
        st.write(f"{measure.cut_off.at_least} or more: {measure.cut_off.source}")
    if measure.reliable_change:
        st.write(f"Reliable change: {measure.reliable_change.source}")
    st.caption("A score is a summary of answers. It is not a diagnosis.")


def answers(measure: Instrument, given: Mapping[int, int]) -> None:
    """Each question with the answer's own words."""
    words = {option.value: option.label for option in measure.options}
    rows = [
        {
            "Question": f"{item.number}. {item.text}",
            "Answer": words.get(given.get(item.number, -1), "Not answered"),
        }
        for item in measure.items
    ]
    if measure.difficulty and DIFFICULTY in given:
        labels = {option.value: option.label for option in measure.difficulty.options}
        rows.append({"Question": measure.difficulty.text, "Answer": labels[given[DIFFICULTY]]})
    st.table(rows)


def mood_over_time(moods: Sequence[Mood]) -> None:
    sentence = chart_words.mood_sentence(moods)
    st.write(sentence)
    if len(moods) > 1:
        _chart(figures.mood_figure(moods, dark=_dark()), sentence, key="chart:mood")
        disclosure("Show as table", lambda: st.table(chart_words.mood_rows(moods)), key="mood:table")
    st.caption("Check-ins are this clinic's own question, not a validated scale.")


def intake_answers(kept: Mapping[str, str]) -> None:
    for section in FORM:
        st.markdown(f"**{section.title}**")
        for field in section.fields:
            st.caption(field.label)
            # As typed: what a client wrote is never read as markup.
            st.text(kept.get(field.name) or "Not provided")


def alert_trail(alerts: Sequence[Alert], zone: str) -> None:
    """Every risk answer, who marked it as seen and when; the newest first."""
    st.table(
        [
            {
                "Answered": moment(alert.raised_at, zone),
                "Question and answer": f"{alert.measure}, question {alert.item}: {plain(alert.answer_words)}",
                "Seen": f"{plain(alert.acknowledged_by or '')}, {moment(alert.acknowledged_at, zone)}"
                if alert.acknowledged_at
                else "Not yet",
            }
            for alert in reversed(alerts)
        ]
    )


def _chart(figure: object, sentence: str, key: str) -> None:
    st.plotly_chart(figure, theme=None, config=figures.chart_config(static=False), alt=sentence, key=key)


def _dark() -> bool:
    return st.context.theme.type == "dark"
