"""Crisis help, for anyone: signed in or not."""

import streamlit as st

from components import access, shell
from components.crisis import crisis_card

viewer = access.viewer_or_none()
details = shell.page("Help now", viewer)
crisis_card(details)
st.write("This page is not watched. Nobody is told that you opened it.")
st.write(
    "If you are outside the area these numbers serve, call the emergency number of the place you are in. "
    "findahelpline.com lists crisis lines in most countries."
)
if viewer is None:
    st.page_link("pages/sign_in.py", label="Go to sign-in")
else:
    shell.foot(viewer)
