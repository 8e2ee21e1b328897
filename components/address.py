"""Keeping the browser's idea of the address right, for pages whose links lead to themselves."""

from __future__ import annotations

import streamlit as st


def hold() -> None:
    """Say this run's address to the browser again.

    A link from a page to itself with another query changes the address, but Streamlit's browser side still
    sends the query it had before with the next press: the screen would jump back. What the server says is
    what it sends. Nothing is added to the history where the address is the same.
    """
    st.query_params.from_dict(st.query_params.to_dict())
