"""Signing out, on purpose and everywhere this sign-in is open."""

import streamlit as st

from components import access, session_cookie, shell

viewer = access.viewer_or_none()
attempt = int(st.session_state.get("sign-out:attempt", 0))


def leave() -> None:
    st.session_state["sign-out:attempt"] = attempt + 1


shell.page("Sign out", viewer)
if viewer is None:
    st.write("You are signed out.")
    st.page_link("pages/sign_in.py", label="Sign in")
else:
    st.write("What you saved stays safe. Signing out closes this sign-in in every tab of this browser.")
    st.button("Sign out", type="primary", on_click=leave)
    if attempt and session_cookie.end(viewer, attempt):
        st.error("We could not sign you out. Check your connection and choose Sign out again.")
