"""What each of the two has next to a call, by video or by phone; using it does not touch the call."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from clinic.people.viewer import Role, Viewer
from clinic.safety.safety_plan import own_plan
from clinic.video.by_phone import ByPhone
from components import access, call_chat
from components.crisis import crisis_card, known_details, plan_of
from components.disclosure import disclosure
from components.errors import friendly_errors
from components.session_measures import session_measures
from components.session_notes import session_notes
from db.errors import DatabaseUnreachable


def beside(viewer: Viewer, room: str, phone: ByPhone) -> None:
    """What each of the two has next to the call; a session by phone has it too."""
    booked = phone.appointment
    if viewer.role is Role.THERAPIST:
        session_notes(room)
        disclosure(
            "Measures, filled in together",
            lambda: session_measures(booked.client_id, booked.client_name),
            key=f"measures:{room}",
        )
    if not phone.from_the_start:
        other = booked.client_name if viewer.role is Role.THERAPIST else booked.therapist_name
        call_chat.chat(viewer, room, other)
    if viewer.role is Role.CLIENT:
        _help()


@st.fragment
def _help() -> None:
    """Crisis help on the call's own page: leaving it would end the call."""
    disclosure("Help now", _crisis_help, key="help")


def _crisis_help() -> None:
    asker = None
    with suppress(DatabaseUnreachable):
        asker = access.viewer_or_none()
    crisis_card(known_details(), viewer=asker)
    if asker is not None:
        with friendly_errors():  # the numbers above stand, whatever the database says
            plan_of(own_plan(asker))
