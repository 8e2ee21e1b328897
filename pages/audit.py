"""The audit log: who did what with whose data, when, and from where."""

from datetime import UTC, datetime

import streamlit as st

from clinic.oversight.audit_log import PAGE, events
from clinic.people.permissions import Permission
from components import access, shell
from components.crisis import plain
from components.password_again import recently_given
from components.times import moment

viewer = access.require(Permission.AUDIT_READ)
shell.page("Audit log", viewer, back=("pages/clinic.py", "the clinic"), wide=True)
st.write("Every look at and change of a client's data. It holds no clinical content and cannot be edited.")
words = st.text_input("Find a person or an act", key="audit:words", max_chars=100, placeholder="")
page = int(st.session_state.get("audit:page", 0))


def turn(by: int) -> None:
    st.session_state["audit:page"] = max(page + by, 0)


listed = events(viewer, words, page)
if listed:
    st.table(
        {
            "When": [moment(event.at, viewer.zone) for event in listed],
            "Who": [plain(event.who) for event in listed],
            "What": [f"{event.action}{', refused' if event.outcome == 'denied' else ''}" for event in listed],
            "Client": [plain(event.client) for event in listed],
            "From": [event.address for event in listed],
        }
    )
else:
    st.write("Nothing found." if words or page else "Nothing yet.")
with st.container(horizontal=True):
    st.button("Newer", on_click=turn, args=(-1,), disabled=page == 0)
    st.button("Older", on_click=turn, args=(1,), disabled=len(listed) < PAGE)
st.header("The whole log as a file", anchor=False)
if recently_given(viewer):
    st.link_button("Download the log", "/download/audit-log")
st.caption(f"Read at {moment(datetime.now(UTC), viewer.zone)}.")
shell.foot(viewer)
