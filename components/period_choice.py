"""How far back somebody looks at days: the same choice for a client and for their therapist."""

from __future__ import annotations

import streamlit as st

from clinic.records.periods import PERIOD_WORDS, Period


def period_choice(key: str) -> Period:
    return st.radio(
        "How far back?",
        list(PERIOD_WORDS),
        index=list(PERIOD_WORDS).index(Period.MONTHS),
        format_func=PERIOD_WORDS.__getitem__,
        horizontal=True,
        key=key,
    )
