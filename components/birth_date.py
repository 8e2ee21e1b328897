"""A date of birth in three short fields: faster and surer than a calendar (GOV.UK Design System)."""

from __future__ import annotations

import streamlit as st

_PARTS = (("Day", "bday-day", 2), ("Month", "bday-month", 2), ("Year", "bday-year", 4))


def birth_date(label: str, key: str, autocomplete: bool = True) -> None:
    """Draw the fields; `typed(key)` reads them. `autocomplete`: the person's own date, not another's."""
    st.markdown(f"**{label}**")
    st.caption("For example, 27 3 1990")
    # A row that wraps: columns would push the year off a narrow screen.
    with st.container(horizontal=True, gap="small"):
        for part, its_name, longest in _PARTS:
            st.text_input(
                part,
                key=f"{key}:{part}",
                max_chars=longest,
                autocomplete=its_name if autocomplete else "off",
                placeholder="",
                width=90,
            )


def typed(key: str) -> str:
    """ "day/month/year" as it stands in the fields, filled or not."""
    return "/".join(str(st.session_state.get(f"{key}:{part}") or "").strip() for part, _, _ in _PARTS)
