"""What one client's check-in asks: their therapist's choice, or the clinic's."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import NotFound
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.records.check_in import ITEM_WORDS
from clinic.records.check_in_items import choose_client_items, client_items
from components import access, forms, shell
from components.item_choice import item_choice, items_typed
from components.words import joined, lower_first

viewer = access.require(Permission.CHECK_IN_CHOOSE)
FORM_NAME, SAID = "check-in-plan", "check-in-plan:said"
client_id = st.query_params.get("client", "")
KEY = f"client-items:{client_id}"


@forms.callback(FORM_NAME)
def save(asker: Viewer, client: str) -> None:
    chosen = items_typed(KEY)
    choose_client_items(asker, client, chosen, datetime.now(UTC))
    st.session_state[SAID] = "Saved. The check-in asks this from now on."


@forms.callback(FORM_NAME)
def as_everyone(asker: Viewer, client: str) -> None:
    state = [key for key in st.session_state if str(key).startswith(f"{KEY}:")]
    for key in state:
        del st.session_state[key]
    choose_client_items(asker, client, None, datetime.now(UTC))
    st.session_state[SAID] = "Saved. The check-in asks what the clinic asks everyone."


try:
    shown = client_items(viewer, client_id, datetime.now(UTC))
except NotFound as error:
    shell.page("What a check-in asks", viewer, back=("pages/clients.py", "clients"))
    st.warning(error.sentence)
    shell.foot(viewer)
    st.stop()
found = forms.problems(FORM_NAME)
said = st.session_state.pop(SAID, "") if not found else ""
shell.page(
    f"Check-ins of {shown.client_name}",
    viewer,
    back=("pages/client_record.py", "the record", {"client": client_id}),
    error=bool(found),
    step=said,
    tab="Check-ins",
)
forms.show_problems(found)
if said:
    st.success(said)
everyone = joined([lower_first(ITEM_WORDS[item]) for item in shown.clinic], "nothing")
st.write("Chosen for this client." if shown.of_their_own else f"As the clinic asks everyone: {everyone}.")
item_choice(KEY, shown.items)
forms.beside(found, "items")
st.button("Save for this client", type="primary", on_click=save, args=(client_id,))
if shown.of_their_own:
    st.button("Ask what the clinic asks everyone", on_click=as_everyone, args=(client_id,))
st.caption("Your client can leave out each of them. What they answered before stays in the record.")
shell.foot(viewer)
