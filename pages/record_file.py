"""A client's whole record as a file, for whoever looks after them next, or for the client on paper."""

import streamlit as st

from clinic.errors import NotFound
from clinic.oversight.record_zip import may_take_along
from clinic.people.permissions import Permission
from components import access, shell
from components.crisis import plain
from components.password_again import recently_given

viewer = access.require(Permission.RECORD_EXPORT)
client_id = st.query_params.get("client", "")
try:
    name = may_take_along(viewer, client_id)
except NotFound:
    shell.page("Take the record along", viewer, back=("pages/clients.py", "clients"))
    st.warning("Only somebody who looks after this client takes their record along.")
    shell.foot(viewer)
    st.stop()
back = ("pages/client_record.py", name, {"client": client_id})
shell.page("Take the record along", viewer, back=back)
st.write(
    f"One zip with everything in the record of {plain(name)}: to read, for a spreadsheet, and for another "
    "clinic’s system (HL7 FHIR R4)."
)
st.markdown(
    "- In it: intake, consents, measures, check-ins, sleep, sessions, signed notes, messages, documents.\n"
    "- Not in it: psychotherapy notes, notes that are not signed, drafts, where the client signs in from."
)
st.warning(
    "The file is not sealed. Whoever has it reads everything. That you took it is written down, and the "
    "client sees it."
)
if recently_given(viewer):
    st.link_button("Download the record (zip)", f"/download/record?client={client_id}", type="primary")
shell.foot(viewer)
