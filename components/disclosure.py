"""What is read only by those who open it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def disclosure(label: str, draw: Callable[[], object], *, key: str) -> None:
    """A closed box under `label`; `draw` runs once somebody opens it, so that nobody waits for it before."""
    box = st.expander(label, key=f"disclosure:{key}", on_change="rerun")
    if box.open:
        with box:
            draw()
