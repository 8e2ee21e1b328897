"""A therapist invites a client of their own."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people import links
from clinic.people.permissions import Permission
from clinic.people.viewer import Role, Viewer
from components import access, clinic_fields, forms, invited, shell

viewer = access.require(Permission.CLIENT_LIST)
FORM_NAME = "invite"


@forms.callback(FORM_NAME)
def send(asker: Viewer) -> None:
    name, email = st.session_state.get("account:name") or "", st.session_state.get("account:email") or ""
    therapist = asker.public_id
    invited.keep(links.invite(asker, Role.CLIENT, name, email, datetime.now(UTC), therapist_id=therapist))
    for field in ("account:name", "account:email"):
        st.session_state[field] = ""


found = forms.problems(FORM_NAME)
shell.page("Invite a client", viewer, back=("pages/clients.py", "clients"), error=bool(found))
forms.show_problems(found)
invited.show()
st.write("They get an email with a link, choose a password, and are in your care from then on.")
clinic_fields.person_fields(found)
st.button("Invite", type="primary", on_click=send)
shell.foot(viewer)
