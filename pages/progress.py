"""A client's own chart of check-ins."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from clinic.measures.questionnaires import due
from clinic.people.permissions import Permission
from clinic.records.mood import mood_since
from components import access, figures, shell
from components.times import day_of, short_day
from components.words import measure_title

viewer = access.require(Permission.PROGRESS_OWN)
WEEKS = 8

shell.page("Progress", viewer)
now = datetime.now(UTC)
today = day_of(now, viewer.zone)
moods = mood_since(viewer, today - timedelta(weeks=WEEKS))
st.subheader("Your check-ins", anchor=False)
if len(moods) < 2:
    st.write("After two check-ins you will see your chart here.")
    if moods:
        st.write(f"{short_day(moods[0].day_on)}: {moods[0].word.lower()}.")
else:
    st.write(figures.mood_sentence(moods))
    st.plotly_chart(
        figures.mood_figure(moods, dark=st.context.theme.type == "dark"),
        config=figures.chart_config(static=True),
        theme=None,
        key="mood-chart",
    )
    with st.expander("Show as table"):
        st.table(
            {
                "Day": [short_day(mood.day_on) for mood in reversed(moods)],
                "You felt": [mood.word for mood in reversed(moods)],
            }
        )
if st.button("Check in today", type="primary"):
    st.switch_page("pages/mood.py")
waiting = due(viewer, now)
if waiting:
    st.subheader("Questions for this week", anchor=False)
    for asked in waiting:
        st.page_link(
            "pages/questionnaire.py",
            label=measure_title(asked.instrument.id),
            query_params={"measure": asked.instrument.id},
        )
st.caption(
    "These check-ins are our own questions, not a validated scale. They are not watched around the clock."
)
shell.foot(viewer)
