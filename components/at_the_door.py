"""Who waits to be let in, on every screen of their therapist's."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from clinic.people.viewer import Viewer
from clinic.video.visits import at_the_door
from components.crisis import plain
from components.times import clock


def show(viewer: Viewer) -> None:
    """A line and a way in for each; nothing while nobody waits. In the fragment of `alerts_banner`, so that
    one timer serves both. A room's own screen says itself who waits there."""
    here = st.query_params.get("appointment")
    for one in at_the_door(viewer, datetime.now(UTC)):
        if one.appointment_id == here:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            where = "" if one.confirmed else " They have not said where they are yet."
            st.write(
                f"**{plain(one.client_name)} is waiting** since {clock(one.since_at, viewer.zone)}.{where}"
            )
            st.page_link(
                "pages/room.py",
                label=f"Go to the session with {plain(one.client_name)}",
                query_params={"appointment": one.appointment_id},
            )
