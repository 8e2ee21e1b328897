"""How past sessions were: what the call knows, for their therapist to confirm or change."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import ClinicError
from clinic.people.permissions import Permission
from clinic.video.attended import SessionReport, session_report, to_confirm
from components import access, attendance, forms, shell
from components.crisis import plain
from components.errors import sentence_for
from components.session_notes import session_notes
from components.times import moment, zone_words
from components.words import how

viewer = access.require(Permission.ATTENDANCE_CONFIRM)
BACK = ("pages/today.py", "Today")


def card(report: SessionReport, lead: bool) -> None:
    session = report.appointment
    with st.container(border=True):
        st.markdown(
            f"**{plain(session.client_name)}**, {moment(session.starts_at, viewer.zone)}, "
            f"{how(session.modality)}"
        )
        attendance.say(report, viewer.zone, lead=lead)
        if not wanted:
            label = f"Note on the session with {plain(session.client_name)}"
            st.page_link("pages/note.py", label=label, query_params={"session": session.public_id})


now, wanted = datetime.now(UTC), st.query_params.get("session", "")
found = forms.problems(attendance.FORM_NAME)
problem = ""
try:
    reports = [session_report(viewer, wanted, now)] if wanted else to_confirm(viewer, now)
except ClinicError as error:
    reports, problem = [], sentence_for(error)
shell.page("How the session was" if wanted else "Sessions to confirm", viewer, back=BACK, error=bool(found))
forms.show_problems(found)
if problem:
    st.warning(problem)
elif not reports:
    st.write("Nothing to confirm. Sessions are listed here once they are over.")
else:
    st.write(f"Times are shown in {zone_words(viewer.zone)}. Clients do not see this.")
for number, report in enumerate(reports):
    card(report, lead=number == 0)
if wanted and reports:
    st.header("Your notes", anchor=False)
    session_notes(wanted, leave=True)
shell.foot(viewer)
