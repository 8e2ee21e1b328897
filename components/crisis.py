"""Crisis help. Drawn from what the clinic set up, without a sign-in, and never behind a dialog."""

from __future__ import annotations

import re
from contextlib import suppress
from time import monotonic

import streamlit as st

from clinic.people.details import ClinicDetails, clinic_details
from db.errors import DatabaseUnreachable

# Where the clinic's own numbers cannot be read, these still help: an emergency is not ours to miss.
_FALLBACK = ClinicDetails(
    name="",
    zone="UTC",
    phone="",
    emergency_number="your local emergency number",
    crisis_line_name="A crisis line near you: findahelpline.com",
    crisis_line_number="",
    alert_response="",
)


_FRESH = 2.0  # seconds: a screen asks several times, and another process may have changed them
_last_known: ClinicDetails | None = None
_read_at: float | None = None


def known_details() -> ClinicDetails | None:
    """The clinic's details, at most two seconds old; while the database does not answer, the last ones.

    They are public and nobody's record, so they may live in the process: help must not go down
    with the database.
    """
    global _last_known, _read_at
    if _last_known is None or _read_at is None or monotonic() - _read_at > _FRESH:
        with suppress(DatabaseUnreachable):
            _last_known = clinic_details()
        _read_at = monotonic()
    return _last_known


def forget_details() -> None:
    """Read them anew next time: they were changed here. What was known still helps if that fails."""
    global _read_at
    _read_at = None


def crisis_card(details: ClinicDetails | None, intro: str | None = None) -> None:
    """Who to call, numbers first, tap to call. `intro` is a sentence above them."""
    shown = details or _FALLBACK
    with st.container(key="crisis", border=True):
        st.subheader("If you might act on thoughts of suicide, or are not safe", anchor=False)
        if intro:
            st.write(intro)
        st.markdown(f"Call now: {_number(shown.emergency_number)}")
        st.markdown(
            f"To talk to someone at any time: {plain(shown.crisis_line_name)} "
            f"{_number(shown.crisis_line_number)}"
        )
        if shown.phone:
            st.markdown(f"The clinic, in working hours: {_number(shown.phone)}")


def plain(text: str) -> str:
    """`text` with everything Markdown would act on made plain."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~:$])", r"\\\1", text)


def _number(number: str) -> str:
    dialled = re.sub(r"[^\d+*#]", "", number)
    return f"[{plain(number)}](tel:{dialled})" if dialled else plain(number)
