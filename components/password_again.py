"""Asking for the password again before a sensitive act."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from clinic.people import sign_in
from clinic.people.policy import FRESH
from clinic.people.viewer import Viewer
from components import access, forms

FORM_NAME = "password-again"


@forms.callback(FORM_NAME)
def _give(asker: Viewer) -> None:
    typed = st.session_state.pop("again:password", None) or ""
    sign_in.password_again(asker, typed, datetime.now(UTC), address=access.address())


def recently_given(viewer: Viewer) -> bool:
    """True while the password was given a short time ago; else draws the question for it."""
    if datetime.now(UTC) - viewer.password_at <= FRESH:
        return True
    found = forms.problems(FORM_NAME)
    forms.show_problems(found)
    with st.form("again", border=False):
        st.text_input(
            "Your password, again",
            key="again:password",
            type="password",
            autocomplete="current-password",
            placeholder="",
        )
        st.form_submit_button("Go on", type="primary", on_click=_give)
    st.caption("This part can change who gets in, so we ask once more. It is not asked again for 10 minutes.")
    return False
