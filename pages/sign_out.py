"""Signing out, on purpose and everywhere this sign-in is open."""

import streamlit as st

from components import access, session_cookie, shell

viewer = access.viewer_or_none()
shell.page("Sign out", viewer)
if viewer is None:
    st.write("You are signed out.")
    st.page_link("pages/sign_in.py", label="Sign in")
else:
    st.write("What you saved stays safe. Signing out closes this sign-in in every tab of this browser.")
    if st.button("Sign out", type="primary"):
        session_cookie.end()
