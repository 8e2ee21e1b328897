"""A word before an idle sign-in ends, in time to keep what is being typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from clinic.people.viewer import Viewer
from components import access
from components.times import clock

_WARN = timedelta(minutes=2)


@st.fragment(run_every="30s")
def watch() -> None:
    """Looks twice a minute, which is no sign of anybody at the screen."""
    viewer = access.viewer_or_none(active=False)
    if viewer is None:
        st.rerun()
    elif viewer.signed_in_until - datetime.now(UTC) <= _WARN:
        _warn(viewer)


def _stay() -> None:
    access.viewer_or_none()


def _warn(viewer: Viewer) -> None:
    with st.container(border=True, key="idle"):
        st.markdown(
            f"**You will be signed out at {clock(viewer.signed_in_until, viewer.zone)}**, to keep this "
            "private. What you saved is safe."
        )
        st.button("Stay signed in", key="idle:stay", on_click=_stay)
