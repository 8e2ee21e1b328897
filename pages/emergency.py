"""Opening the record of another therapist's client in an emergency."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.emergency import open_anyway
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms, shell

viewer = access.require(Permission.RECORD_EMERGENCY)
FORM_NAME, OPENED = "emergency", "emergency:opened"


@forms.callback(FORM_NAME)
def open_it(asker: Viewer) -> None:
    email, reason = st.session_state.get("emergency:email") or "", st.session_state.get("reason") or ""
    st.session_state[OPENED] = open_anyway(asker, email, reason, datetime.now(UTC))


found = forms.problems(FORM_NAME)
if (opened := st.session_state.pop(OPENED, None)) and not found:
    st.switch_page("pages/client_record.py", query_params={"client": opened})
shell.page("Open a record in an emergency", viewer, back=("pages/clients.py", "clients"), error=bool(found))
forms.show_problems(found)
st.write(
    "For when somebody needs help now and their own therapist cannot be reached. The record is open to you "
    "for one day. The administrator and the client can see that you opened it, and the administrator why."
)
st.text_input("The client's email", key="emergency:email", autocomplete="off", placeholder="", max_chars=254)
st.text_area("Why do you need it now?", key="reason", max_chars=500, placeholder="")
forms.beside(found, "reason")
st.button("Open the record", type="primary", on_click=open_it)
shell.foot(viewer)
