"""What check-ins ask of the clinic's clients, unless their therapist chose something else for one."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.records.check_in_items import choose_clinic_items, clinic_items
from components import access, forms, shell
from components.item_choice import item_choice, items_typed

viewer = access.require(Permission.CLINIC_MANAGE)
FORM_NAME, KEY, SAVED = "check-in-items", "clinic-items", "check-in-items:saved"


@forms.callback(FORM_NAME)
def save(asker: Viewer) -> None:
    chosen = items_typed(KEY)
    choose_clinic_items(asker, chosen, datetime.now(UTC))
    st.session_state[SAVED] = True


found = forms.problems(FORM_NAME)
saved = st.session_state.pop(SAVED, False) and not found
shell.page(
    "What check-ins ask",
    viewer,
    back=("pages/clinic.py", "the clinic"),
    error=bool(found),
    step="saved" if saved else "",
)
forms.show_problems(found)
if saved:
    st.success("Saved. Check-ins ask this from now on.")
st.write(
    "The fewer, the sooner it is done. A client can leave out each of them, and their therapist can choose "
    "something else for them."
)
item_choice(KEY, clinic_items(viewer))
forms.beside(found, "items")
st.button("Save", type="primary", on_click=save)
st.caption(
    "These are the portal's own questions, not a validated scale. Nobody is told of an answer: a client who "
    "chooses “Very low” is shown the crisis numbers at once."
)
shell.foot(viewer)
