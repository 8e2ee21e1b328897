"""An invitation, or a new password: the link was opened; one choice, and the person is in."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import LinkNotGood
from clinic.people import links
from components import clinic_fields, forms, session_cookie, shell
from components.crisis import dial, plain

FORM_NAME = "welcome"
TICKET = "welcome:ticket"


def choose(token: str, purpose: str) -> None:
    with forms.keeping_problems(FORM_NAME):
        zone = st.session_state.get("welcome:zone") if purpose == links.INVITATION else None
        password = st.session_state.get("welcome:password") or ""
        st.session_state[TICKET] = links.accept(token, password, zone, datetime.now(UTC))


def chosen() -> None:
    admission = st.session_state[TICKET]
    shell.page("Your password is set", None)
    if admission.needs_code:
        st.write("Sign in with it now, and with a code of your app.")
        st.page_link("pages/sign_in.py", label="Sign in")
        return
    st.write("Signing you in …")
    if session_cookie.begin(admission.ticket, then="/"):
        st.error("We could not sign you in. Check your connection.")
        st.page_link("pages/sign_in.py", label="Sign in")


def choose_password(token: str) -> None:
    found = forms.problems(FORM_NAME)
    try:
        link = links.opened(token, datetime.now(UTC))
    except LinkNotGood as error:
        details = shell.page("This link does not open", None)
        st.write(error.sentence)
        if details:
            st.write(f"The clinic's phone: {dial(details.phone)}")
        st.page_link("pages/sign_in.py", label="Go to sign-in")
        return
    shell.page("Choose your password", None, error=bool(found))
    forms.show_problems(found)
    st.write(f"Hello {plain(link.name)}. You sign in with {plain(link.email)} and this password.")
    clinic_fields.new_password("New password", "welcome:password")
    forms.beside(found, "password")
    if link.purpose == links.INVITATION:
        clinic_fields.zone_field("Your time zone", "welcome:zone")
        forms.beside(found, "zone")
    st.button("Save and sign in", type="primary", on_click=choose, args=(token, link.purpose))


if TICKET in st.session_state:
    chosen()
else:
    choose_password(st.query_params.get("link", ""))
