"""A risk answer while a therapist fills in a form with the client: what to do now, for staff."""

from __future__ import annotations

import streamlit as st

from clinic.people.details import ClinicDetails
from components.crisis import plain


def risk_in_session(details: ClinicDetails | None, client_name: str, saved: bool) -> None:
    """No score and no level: a person asks, and decides. It shows when the answer could not be saved, too."""
    name = plain(client_name)
    with st.container(key="crisis", border=True):
        st.header("Stay with this answer now", anchor=False)
        if saved:
            st.write("An alert is open. It stays on your Today screen until it is closed.")
        else:
            st.write("**This answer could not be saved, so no alert is open.** Write it down yourself.")
        st.markdown(
            f"- Ask {name} directly about thoughts of ending their life, a plan, the means, and what keeps "
            "them safe.\n"
            "- Ask where they are right now, and who is with them. Do not end the call.\n"
            "- Go through their safety plan together, and agree what happens after the call.\n"
            f"- In danger: call the emergency services of the place they are in "
            f"({plain(details.emergency_number) if details else 'their local number'} where the clinic is). "
            "The portal calls nobody.\n"
            "- Write down with the alert what you did."
        )
