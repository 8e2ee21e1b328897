"""The parts of a client's record that are more than a line: mood, intake, alerts."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from clinic.intake.reading import IntakeDraft
from clinic.records.mood import Mood
from clinic.safety.alerts import Alert
from components import alert_words, chart_words, figure_look, figures
from components.crisis import plain
from components.disclosure import disclosure
from components.form_answers import amendments, answers_by_section
from components.times import moment


def mood_over_time(moods: Sequence[Mood]) -> None:
    sentence = chart_words.mood_sentence(moods)
    st.write(sentence)
    if len(moods) > 1:
        chart(figures.mood_figure(moods, dark=dark()), sentence, key="chart:mood")
        disclosure("Show as table", lambda: st.table(chart_words.mood_rows(moods)), key="mood:table")
    st.caption("Check-ins are this clinic's own question, not a validated scale.")


def intake_answers(kept: IntakeDraft, zone: str) -> None:
    """The answers by section, each with what it was before it was amended, and why."""
    answers_by_section(kept, after_field=lambda field: amendments(kept, field, zone))


def alert_trail(alerts: Sequence[Alert], zone: str) -> None:
    """Every risk answer, and how it stands; the newest first, each with its way to the whole trail."""
    for alert in sorted(alerts, key=lambda alert: alert.raised_at, reverse=True):
        with st.container(border=True):
            st.write(f"{alert.measure}, question {alert.item}: {plain(alert.answer_words)}")
            st.caption(
                f"Last heard from: {moment(alert.answered_at, zone)}. {alert_words.stage(alert, zone)}"
            )
            st.page_link(
                "pages/alerts.py",
                label=f"Open: {alert.measure}, {moment(alert.answered_at, zone)}",
                query_params={"alert": alert.public_id},
            )


def chart(figure: object, sentence: str, key: str) -> None:
    """A chart that says its sentence to who does not see it; staff can point at its details."""
    st.plotly_chart(figure, theme=None, config=figure_look.chart_config(static=False), alt=sentence, key=key)


def dark() -> bool:
    return st.context.theme.type == "dark"
