"""Times from the waiting list that are kept for this client: said wherever they look."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from clinic.people.viewer import Viewer
from clinic.scheduling.waiting_list import OfferedTime, open_offers
from components.crisis import plain
from components.times import clock, day_of, moment, short_day, zone_words
from components.words import how


def panel(viewer: Viewer, now: datetime) -> None:
    """Nothing where nothing is offered."""
    offers = open_offers(viewer, now)
    if not offers:
        return
    with st.container(border=True):
        st.header("A time has become free", anchor=False)
        for offer in offers:
            st.write(f"**{moment(offer.starts_at, viewer.zone)}**")
            st.write(kept_until(offer, viewer.zone, now))
        st.page_link(
            "pages/waiting.py", label="See it and book it" if len(offers) == 1 else "See them and book"
        )


def when_and_with_whom(offer: OfferedTime, zone: str) -> None:
    st.write(f"**{moment(offer.starts_at, zone)}** ({zone_words(zone)})")
    theirs = clock(offer.starts_at, offer.therapist_zone)
    if theirs != clock(offer.starts_at, zone):
        st.write(f"That is {theirs} {zone_words(offer.therapist_zone)}.")
    st.write(f"{how(offer.modality).capitalize()}, with {plain(offer.therapist_name)}")


def kept_until(offer: OfferedTime, zone: str, now: datetime) -> str:
    until = clock(offer.held_until, zone)
    if (day := day_of(offer.held_until, zone)) != day_of(now, zone):
        until += f" on {short_day(day)}"
    return f"Kept for you, and others who wait, until {until}. The first to book it has it."
