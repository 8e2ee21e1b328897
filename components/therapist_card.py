"""A therapist as people who look for one see them. What they wrote is shown as they wrote it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from clinic.scheduling.finding import Match
from clinic.scheduling.profiles import Listed
from components import session_cookie
from components.crisis import plain
from components.disclosure import disclosure
from components.times import clock, day_of, short_day, zone_words
from components.words import how, joined


def card(one: Listed, match: Match, zone: str, *, bookable: bool) -> None:
    """Who they are, why they fit, when they are free; the rest of their page on request.

    Args:
        zone: the reader's: times are on their clock.
        bookable: the reader can book with them; of others no times are known.
    """
    if one.has_photo:
        photo(one.therapist_id, one.name)
    st.header(plain(one.name + (f" ({one.pronouns})" if one.pronouns else "")), anchor=False)
    if why := reasons(match, zone, bookable):
        st.write(f"**{plain(why)}**")
    if match.misses:
        st.caption(plain(". ".join(match.misses) + "."))
    said = one.profile
    line("Helps with", said.helps_with)
    line("Languages", said.languages)
    line("Licensed in", said.licensed_in)
    disclosure(f"More about {plain(one.name)}", lambda: more(one), key=f"more:{one.therapist_id}")


def more(one: Listed) -> None:
    said = one.profile
    if said.about:
        st.text(said.about)
    line("Works with", said.approaches)
    line("Sees", said.sees)
    if one.types:
        st.write("Sessions")
        for kind in one.types:
            st.text(f"{kind.name}, {kind.length_minutes} minutes, {how(kind.modality)}")
    if said.fee:
        st.write("Fees")
        st.text(said.fee)
    st.caption(f"Lives on {plain(zone_words(one.zone))}.")


def photo(therapist_id: str, name: str) -> None:
    """Served by our own address (web/routes.py): nothing under /media, which is open to all."""
    if session_cookie.has_routes():
        st.markdown(f"![Photo of {plain(name)}](/photo/{therapist_id})")


def reasons(match: Match, zone: str, bookable: bool) -> str:
    """ "Helps with worry · Speaks Polish · First free time: Thu 12 Nov, 2:30 pm"."""
    at = match.first_free_at
    if at is not None:
        when = f"First free time: {short_day(day_of(at, zone))}, {clock(at, zone)}"
        return " · ".join((*match.fits, when))
    return " · ".join((*match.fits, "No free time now") if bookable else match.fits)


def line(label: str, texts: Sequence[str]) -> None:
    if texts:
        st.write(f"{label}: {plain(joined(list(texts), ''))}")
