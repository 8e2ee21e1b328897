"""Crisis help, for anyone: signed in or not."""

import streamlit as st

from clinic.people.viewer import Role
from clinic.safety.safety_plan import own_plan
from components import access, shell
from components.crisis import crisis_card, plan_of
from components.errors import friendly_errors

viewer = access.viewer_or_none()
details = shell.page("Help now", viewer)
crisis_card(details, viewer=viewer)
st.write("This page is not watched. Nobody is told that you opened it.")
if viewer is not None and viewer.role is Role.CLIENT:
    with friendly_errors():  # the numbers above stand, whatever the database says
        plan = own_plan(viewer)
        plan_of(plan)
        verb = "Write" if plan.is_empty else "Change"
        st.page_link("pages/safety_plan.py", label=f"{verb} your safety plan")
if viewer is None:
    st.page_link("pages/sign_in.py", label="Go to sign-in")
else:
    shell.foot(viewer)
