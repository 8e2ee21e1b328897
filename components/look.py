"""The clinic's logo and colour on every screen.

They are public and nobody's record, so they may live in the process, which looks anew every half minute.
"""

from __future__ import annotations

from contextlib import suppress
from time import monotonic

import streamlit as st
from streamlit import config

from clinic.people.look import Colour, Look, clinic_look
from db.errors import DatabaseUnreachable

# (on light, on dark). White on each at least 4.5:1 (WCAG 1.4.3), each on dark at least 3:1 (1.4.11).
PALETTES = {
    Colour.TEAL: ("#0B6672", "#247F8C"),
    Colour.BLUE: ("#1F5AA6", "#3674C4"),
    Colour.GREEN: ("#2A6B3A", "#3C824D"),
    Colour.VIOLET: ("#6A3FA0", "#8660C0"),
    Colour.BERRY: ("#95285F", "#B84E83"),
    Colour.SLATE: ("#44546A", "#647690"),
}
_FRESH = 30.0
_known = Look()
_read_at: float | None = None


def wear() -> None:
    """Make this run's screen the clinic's own. Called once a run, before the page."""
    global _known, _read_at
    if _read_at is None or monotonic() - _read_at > _FRESH:
        with suppress(DatabaseUnreachable):
            _known = clinic_look()
        _read_at = monotonic()
    light, dark = PALETTES[_known.colour]
    if config.get_option("theme.light.primaryColor") != light:
        config.set_option("theme.light.primaryColor", light)
        config.set_option("theme.dark.primaryColor", dark)
    if _known.logo is not None:
        st.logo(_known.logo, size="large")


def forget() -> None:
    """It was changed here: read it anew."""
    global _read_at
    _read_at = None
