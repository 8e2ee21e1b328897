"""Choosing what a check-in asks: a tick for each item."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from clinic.records.check_in import ITEM_WORDS, Item


def item_choice(key: str, chosen: Sequence[Item]) -> None:
    """The ticks, as they are kept until somebody changes one; `items_typed` reads them."""
    for item in Item:
        st.checkbox(ITEM_WORDS[item], item in chosen, key=f"{key}:{item}")


def items_typed(key: str) -> list[str]:
    return [item.value for item in Item if st.session_state.get(f"{key}:{item}")]
