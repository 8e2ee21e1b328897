"""A press after which the whole screen is another one, though a field in a fragment was just typed in.

What is typed and a press right after it reach Streamlit together, and then the field's fragment alone runs:
the press has counted, and the screen would still say what it said before. So the press leaves word here, the
fragment asks first, and has the whole drawn.
"""

from __future__ import annotations

import streamlit as st

_DUE = "whole-screen:due"


def due() -> None:
    """Said by the press, before whatever may go wrong in it: a problem stands above the fragment too."""
    st.session_state[_DUE] = True


def drawn() -> None:
    """Said by every screen at its beginning (components/shell.py)."""
    st.session_state.pop(_DUE, None)


def first() -> None:
    """Said by a fragment with fields at its beginning: where the whole has yet to be drawn, it is."""
    if st.session_state.get(_DUE):
        st.rerun()
