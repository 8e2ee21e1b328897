"""A client's own progress: how they felt, slept and got on with their goals. No verdict, no target."""

from datetime import UTC, datetime

import streamlit as st

from clinic.measures.asking import due
from clinic.measures.in_addresses import key_of
from clinic.measures.results import own_series
from clinic.people.permissions import Permission
from clinic.records.progress import own_progress
from components import access, progress_parts, shell
from components.period_choice import period_choice

viewer = access.require(Permission.PROGRESS_OWN)

shell.page("Progress", viewer)
now = datetime.now(UTC)
waiting = due(viewer, now)
if waiting:
    first = waiting[0].instrument.id
    if st.button("Answer this week's questions", type="primary"):
        st.switch_page("pages/questionnaire.py", query_params={"measure": key_of(first)})
if st.button("Check in today", type="secondary" if waiting else "primary"):
    st.switch_page("pages/check_in.py")
period = period_choice("progress:period")
shown = own_progress(viewer, period, now)
progress_parts.check_ins(shown)
progress_parts.sleep(shown)
progress_parts.goals(shown)
progress_parts.along_with(shown)
if shown.shared:
    progress_parts.measures(own_series(viewer, now), shown.since_on, viewer.zone)
st.header("To take along", anchor=False)
st.write("A page with all of this in words, for you to keep, or to show to whom you like.")
st.link_button("Download a summary (PDF)", f"/download/my-progress?period={period.value}")
st.caption(
    "Check-ins and the sleep diary are our own questions, not a validated scale. None of this is watched "
    "around the clock."
)
shell.foot(viewer)
