"""A client's own charts: how they have felt, and their answers over time. No verdict, no target."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from clinic.measures.instrument import Instrument, instrument
from clinic.measures.questionnaires import Point, due, own_series
from clinic.people.permissions import Permission
from clinic.records.mood import Mood, mood_since
from components import access, chart_words, figures, shell
from components.disclosure import disclosure
from components.times import day_of
from components.words import measure_title

viewer = access.require(Permission.PROGRESS_OWN)
WEEKS = 8


def check_ins(moods: Sequence[Mood]) -> None:
    st.subheader("Your check-ins", anchor=False)
    if len(moods) < 2:
        st.write("After two check-ins you will see your chart here.")
    if moods:
        sentence = chart_words.mood_sentence(moods)
        st.write(sentence)
        chart(figures.mood_figure(moods, dark=dark), sentence, lambda: chart_words.mood_rows(moods), "mood")


def answers(name: str, points: Sequence[Point]) -> None:
    st.subheader(measure_title(name), anchor=False)
    if not points:
        st.write("After two sets of answers you will see your chart here.")
        return
    measure = instrument(name)
    sentence = chart_words.outcome_sentence(measure, points, viewer.zone)
    st.write(sentence)
    figure = figures.outcome_figure(measure, points, dark, viewer.zone)
    chart(figure, sentence, lambda: totals(measure, points), name)


def totals(measure: Instrument, points: Sequence[Point]) -> list[dict[str, str]]:
    """Without the severity's word: that is for a conversation, not for a table on a phone."""
    rows = chart_words.outcome_rows(measure, points, viewer.zone)
    return [{"Date": row["Date"], "Score": row["Score"]} for row in rows]


def chart(figure: object, sentence: str, rows: Callable[[], list[dict[str, str]]], key: str) -> None:
    """The figure where there is one, and the same as a table."""
    if figure is None:
        return
    st.plotly_chart(
        figure, theme=None, config=figures.chart_config(static=True), alt=sentence, key=f"chart:{key}"
    )
    disclosure("Show as table", lambda: st.table(rows()), key=key)


dark = st.context.theme.type == "dark"
shell.page("Progress", viewer)
now = datetime.now(UTC)
waiting = due(viewer, now)
if waiting:
    first = waiting[0].instrument.id
    if st.button("Answer this week's questions", type="primary"):
        st.switch_page("pages/questionnaire.py", query_params={"measure": first})
if st.button("Check in today", type="secondary" if waiting else "primary"):
    st.switch_page("pages/mood.py")
check_ins(mood_since(viewer, day_of(now, viewer.zone) - timedelta(weeks=WEEKS)))
for name, points in own_series(viewer).items():
    answers(name, points)
st.caption("Check-ins are our own question, not a validated scale. None of this is watched around the clock.")
shell.foot(viewer)
