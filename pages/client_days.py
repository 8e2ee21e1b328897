"""One client's check-ins, sleep and goals, as they said them: day by day and over time. No verdict."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import NotFound
from clinic.people.permissions import Permission
from clinic.records.client_days import day_by_day
from clinic.records.periods import Period
from clinic.records.progress import client_progress
from clinic.records.progress_words import TO_STAFF
from components import access, day_parts, progress_parts, shell
from components.crisis import plain
from components.period_choice import period_choice

viewer = access.require(Permission.CLIENT_READ)
TITLE = "Check-ins, sleep and goals"
client_id = st.query_params.get("client", "")
PERIOD, PAGE = f"days:period:{client_id}", f"days:page:{client_id}"

now = datetime.now(UTC)
try:
    shown = client_progress(viewer, client_id, st.session_state.get(PERIOD, Period.MONTHS), now)
    days = day_by_day(viewer, client_id, st.session_state.get(PAGE, 0), now)
except NotFound as error:
    shell.page(TITLE, viewer, back=("pages/clients.py", "clients"))
    st.warning(error.sentence)
    shell.foot(viewer)
    st.stop()
shell.page(
    f"{TITLE} of {shown.name}",
    viewer,
    back=("pages/client_record.py", "the record", {"client": client_id}),
    wide=True,
    tab=TITLE,
)
if not shown.begun:
    st.write(
        "Nothing yet: no check-in, no night in the sleep diary, no goal. "
        f"{plain(shown.name)} finds all three on their Home."
    )
    shell.foot(viewer)
    st.stop()
st.write("As they said it themselves. Nobody is told of any of it, not even of a very low day.")
day_parts.table(days, PAGE)
period_choice(PERIOD)
left, right = st.columns(2, gap="large")
with left:
    progress_parts.check_ins(shown.progress, TO_STAFF)
with right:
    progress_parts.sleep(shown.progress, TO_STAFF)
    progress_parts.goals(shown.progress, TO_STAFF)
progress_parts.along_with(shown.progress, TO_STAFF)
st.caption("Check-ins and the sleep diary are this clinic's own questions, not a validated scale.")
shell.foot(viewer)
