"""The link of an invitation just made, shown to whoever made it: mail may be slow, or not set up."""

from __future__ import annotations

import streamlit as st

from clinic.people.links import Invited

_KEPT = "invited:path"


def keep(made: Invited) -> None:
    st.session_state[_KEPT] = made.path


def forget() -> None:
    st.session_state.pop(_KEPT, None)


def show() -> None:
    """The whole address to copy, until the page is left."""
    path = st.session_state.get(_KEPT)
    if path is None:
        return
    st.write("A mail is on its way. You can also give them this link yourself. It opens once, within 3 days.")
    origin = (st.context.url or "").split("/", 3)[:3]
    st.code("/".join(origin) + path, language=None)
