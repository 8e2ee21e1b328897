"""The first start: the clinic, its crisis numbers and its first administrator."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.setup import is_set_up, set_up
from clinic.safety.places import SUGGESTIONS
from components import clinic_fields, forms, shell

FORM_NAME = "set-up"


def create() -> None:
    """Create everything at once, or nothing: what was typed stays either way."""
    with forms.keeping_problems(FORM_NAME):
        set_up(
            st.session_state.get("code") or "",
            clinic_fields.details_typed(),
            *clinic_fields.account_typed(),
            datetime.now(UTC),
        )
        st.session_state["set-up:done"] = True


def fill_in() -> None:
    """What we know of a country's crisis numbers, into fields that hold nothing else that was sent."""
    chosen = next((one for one in SUGGESTIONS if one.place == st.session_state["country"]), None)
    if chosen is None:
        return
    known = {
        "emergency_number": (chosen.emergency_number, {one.emergency_number for one in SUGGESTIONS}),
        "crisis_line_name": (chosen.line_name, {one.line_name for one in SUGGESTIONS}),
        "crisis_line_number": (chosen.line_number, {one.line_number for one in SUGGESTIONS}),
    }
    for name, (number, ours) in known.items():
        there = st.session_state.get(f"details:{name}") or ""
        # Another country's goes, also where we know none here; what somebody typed stays.
        if there in ours if there else number:
            st.session_state[f"details:{name}"] = number


def ask() -> None:
    found = forms.problems(FORM_NAME)
    shell.page("Set up your clinic", None, error=bool(found))
    forms.show_problems(found)
    st.write(
        "About five minutes, once. You can change all of it later. "
        "No questions go to a client before the crisis numbers below are there."
    )
    places = [one.place for one in SUGGESTIONS]
    st.selectbox("Country", places, index=None, key="country", on_change=fill_in, placeholder="Another one")
    st.caption(
        "Fills in the crisis numbers we have a source for. Call each one yourself before clients see it."
    )
    # One form: what is typed is sent together, with the button.
    with st.form("set-up", border=False, enter_to_submit=False):
        st.text_input("Set-up code", key="code", autocomplete="off", placeholder="")
        st.caption("From the server's log, in the line that says “Set-up code”, or from its secrets.")
        forms.beside(found, "code")
        st.header("The clinic", anchor=False)
        clinic_fields.details_fields(None, found)
        st.header("You, the first administrator", anchor=False)
        clinic_fields.account_fields(found)
        st.form_submit_button("Create the clinic", type="primary", on_click=create)


if st.session_state.get("set-up:done"):
    shell.page("Your clinic is ready", None, step="done")
    st.success("The clinic and your account are made. Sign in, then add your therapists and clients.")
    if st.button("Sign in", type="primary"):
        st.switch_page("pages/sign_in.py")
elif is_set_up():
    shell.page("Set up", None, step="closed")
    st.write("This clinic is set up already.")
    st.page_link("pages/sign_in.py", label="Sign in")
else:
    ask()
