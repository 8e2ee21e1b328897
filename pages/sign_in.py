"""Signing in; on a demo, trying the portal as somebody."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import InvalidInput
from clinic.people.sign_in import Trial, check_password, offers_trials, try_as
from components import access, forms, navigation, session_cookie, shell
from components.crisis import plain

FORM_NAME = "sign-in"
TRIALS = {
    Trial.CLIENT: "Try as a client",
    Trial.NEW_CLIENT: "Try as a new client",
    Trial.THERAPIST: "Try as a therapist",
    Trial.ADMINISTRATOR: "Try as the administrator",
}


def enter() -> None:
    """Check the password; the run that follows hands the ticket to the browser."""
    email, password = st.session_state.get("email") or "", st.session_state.get("password") or ""
    st.session_state.pop("session-cookie:token", None)
    with forms.keeping_problems(FORM_NAME):
        missing = {}
        if not email.strip():
            missing["email"] = "Enter your email."
        if not password:
            missing["password"] = "Enter your password."  # noqa: S105 - a sentence
        if missing:
            raise InvalidInput(missing)
        st.session_state["sign-in:ticket"] = check_password(email, password, datetime.now(UTC))


def trial(who: Trial) -> None:
    st.session_state.pop("session-cookie:token", None)
    with forms.keeping_problems(FORM_NAME):
        st.session_state["sign-in:ticket"] = try_as(who, datetime.now(UTC))


viewer = access.viewer_or_none()
if viewer is not None:
    st.switch_page(navigation.first_screen(viewer))
found = forms.problems(FORM_NAME)
details = shell.page("Sign in", None, error=bool(found))
forms.show_problems(found)
with st.form("sign-in", border=False):
    # Kept as typed after a wrong password; a password manager may fill and paste.
    st.text_input("Email", key="email", autocomplete="username", placeholder="", max_chars=254)
    forms.beside(found, "email")
    st.text_input(
        "Password", key="password", type="password", autocomplete="current-password", placeholder=""
    )
    forms.beside(found, "password")
    st.form_submit_button("Sign in", type="primary", on_click=enter)
ticket = st.session_state.get("sign-in:ticket")
if ticket is not None and not found:
    st.write("Signing you in …")
    if session_cookie.begin(ticket):
        st.error("We could not sign you in. Check your connection and choose Sign in again.")
if not session_cookie.has_routes():
    st.warning(session_cookie.WITHOUT_ROUTES)
if offers_trials():
    st.divider()
    st.subheader("This is a demo", anchor=False)
    st.write("The people in it are made up. Open it in two browsers to meet yourself by video.")
    for who, label in TRIALS.items():
        st.button(label, on_click=trial, args=(who,))
if details:
    st.write(f"Can't sign in? Call {plain(details.name)}: {plain(details.phone)}")
st.page_link("pages/help_now.py", label="Help now")
