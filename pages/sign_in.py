"""Signing in, in one step or two; a new password; on a demo, trying the portal as somebody."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import InvalidInput, NotSignedIn
from clinic.people import sign_in
from clinic.people.links import ask_reset
from clinic.people.sign_in import Admission, Trial, check_password, give_code, offers_trials, try_as
from clinic.scheduling.first_contact import is_open
from components import access, forms, navigation, provider, session_cookie, shell
from components.crisis import dial, plain

FORM_NAME = "sign-in"
ADMISSION, PART = "sign-in:admission", "sign-in:part"
CODE, FORGOTTEN, SENT = "code", "forgotten", "sent"
TRIALS = {
    Trial.CLIENT: "Try as a client",
    Trial.NEW_CLIENT: "Try as a new client",
    Trial.THERAPIST: "Try as a therapist",
    Trial.ADMINISTRATOR: "Try as the administrator",
}


def go(part: str) -> None:
    forms.forget_problems(FORM_NAME)
    st.session_state.pop(ADMISSION, None)
    st.session_state.pop("session-cookie:token", None)
    st.session_state[PART] = part


def admit(admission: Admission) -> None:
    """The run that follows hands the ticket to the browser, or asks for a code first."""
    go(CODE if admission.needs_code else "")
    st.session_state[ADMISSION] = admission


def enter() -> None:
    email, password = st.session_state.get("email") or "", st.session_state.get("password") or ""
    with forms.keeping_problems(FORM_NAME):
        missing = {}
        if not email.strip():
            missing["email"] = "Enter your email."
        if not password:
            missing["password"] = "Enter your password."  # noqa: S105 - a sentence
        if missing:
            raise InvalidInput(missing)
        now, device = datetime.now(UTC), access.known_device()
        admit(check_password(email, password, now, address=access.address(), device_cookie=device))


def enter_code() -> None:
    admission: Admission = st.session_state[ADMISSION]
    code = st.session_state.get("code") or ""
    with forms.keeping_problems(FORM_NAME):
        if not code.strip():
            raise InvalidInput({"code": "Enter the code your app shows."})
        try:
            give_code(admission.ticket, code, datetime.now(UTC), address=access.address())
        except NotSignedIn:
            go("")
            raise
        st.session_state[ADMISSION] = Admission(admission.ticket, needs_code=False)
        st.session_state[PART] = ""


def send_link() -> None:
    with forms.keeping_problems(FORM_NAME):
        email = st.session_state.get("forgotten:email") or ""
        if "@" not in email:
            raise InvalidInput({"email": "Enter an email address in the format name@example.com."})
        ask_reset(email, datetime.now(UTC), address=access.address())
        go(SENT)


def by_provider() -> None:
    """Back from the provider: once, and only in the minutes after it recognised the person."""
    if ADMISSION in st.session_state or st.session_state.get("sign-in:provider"):
        return
    st.session_state["sign-in:provider"] = True
    with forms.keeping_problems(FORM_NAME):
        admit(sign_in.by_provider(provider.claims(), datetime.now(UTC)))


def trial(who: Trial) -> None:
    with forms.keeping_problems(FORM_NAME):
        admit(try_as(who, datetime.now(UTC)))


def password_part() -> None:
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
        st.checkbox("Other people use this device", key="shared")
        st.form_submit_button("Sign in", type="primary", on_click=enter)
    hand_over()
    if provider.is_there():
        st.button("Sign in with your provider", on_click=provider.go)
    st.button("I can't remember my password", type="tertiary", on_click=go, args=(FORGOTTEN,))
    if not session_cookie.has_routes():
        st.warning(session_cookie.WITHOUT_ROUTES)
    if offers_trials():
        st.divider()
        st.header("This is a demo", anchor=False)
        st.write("The people in it are made up. Open it in two browsers to meet yourself by video.")
        for who, label in TRIALS.items():
            st.button(label, on_click=trial, args=(who,))
    if details:
        st.write(f"Can't sign in? Call {plain(details.name)}: {dial(details.phone)}")
    if is_open():
        st.page_link("pages/first_contact.py", label="New here? Find a therapist and a time")
    st.page_link("pages/help_now.py", label="Help now")


def hand_over() -> None:
    admission: Admission | None = st.session_state.get(ADMISSION)
    if admission is None or admission.needs_code or forms.problems(FORM_NAME):
        return
    st.write("Signing you in …")
    if session_cookie.begin(admission.ticket, shared=bool(st.session_state.get("shared"))):
        st.error("We could not sign you in. Check your connection and choose Sign in again.")


def code_part() -> None:
    found = forms.problems(FORM_NAME)
    shell.page("Second step", None, error=bool(found), step=CODE)
    forms.show_problems(found)
    with st.form("code-form", border=False):
        st.text_input(
            "Code from your app", key="code", autocomplete="one-time-code", placeholder="", max_chars=20
        )
        st.caption("Six numbers. No phone at hand? Use one of your recovery codes.")
        forms.beside(found, "code")
        st.form_submit_button("Sign in", type="primary", on_click=enter_code)
    st.button("‹ Back", type="tertiary", on_click=go, args=("",))


def forgotten_part() -> None:
    found = forms.problems(FORM_NAME)
    shell.page("A new password", None, error=bool(found), step=FORGOTTEN)
    forms.show_problems(found)
    st.write("We send you a link to choose a new one. It works for 1 hour.")
    st.text_input("Email", key="forgotten:email", autocomplete="username", placeholder="", max_chars=254)
    forms.beside(found, "email")
    st.button("Send the link", type="primary", on_click=send_link)
    st.button("‹ Back", type="tertiary", on_click=go, args=("",))


def sent_part() -> None:
    details = shell.page("Check your email", None, step=SENT)
    st.write(
        "If this address has an account here, a link is on its way. It can take some minutes. "
        "Look in the spam folder too."
    )
    if details:
        st.write(f"Nothing there? Call {plain(details.name)}: {dial(details.phone)}")
    st.button("‹ Back to sign-in", type="tertiary", on_click=go, args=("",))


viewer = access.viewer_or_none()
if viewer is not None:
    st.switch_page(navigation.first_screen(viewer))
if provider.has_answered():
    by_provider()
{CODE: code_part, FORGOTTEN: forgotten_part, SENT: sent_part}.get(
    st.session_state.get(PART, ""), password_part
)()
