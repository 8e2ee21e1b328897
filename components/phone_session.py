"""A session by phone from the start: the number and the notes, no video."""

from __future__ import annotations

import streamlit as st

from clinic.people.viewer import Role, Viewer
from clinic.video.by_phone import ByPhone
from components import shell
from components.beside_call import beside
from components.crisis import dial, known_details, plain
from components.room_parts import home_of
from components.times import clock, moment


def show(viewer: Viewer, phone: ByPhone) -> None:
    booked = phone.appointment
    helps = viewer.role is Role.THERAPIST
    other = booked.client_name if helps else booked.therapist_name
    shell.page(f"Session with {other}", viewer, back=home_of(viewer), step="phone")
    st.caption(f"{moment(booked.starts_at, viewer.zone)} to {clock(booked.ends_at, viewer.zone)}, by phone")
    if helps and phone.number:
        st.markdown(f"**Call {plain(other)}:** {dial(phone.number)}")
    elif helps:
        st.write(f"{plain(other)} has given no number. They can add one in their intake.")
    else:
        _for_client(viewer, phone, plain(other))
    beside(viewer, booked.public_id, phone)
    shell.foot(viewer)


def _for_client(viewer: Viewer, phone: ByPhone, therapist: str) -> None:
    """Who calls whom, and what to do without a call."""
    details = known_details()
    clinic = dial(details.phone) if details is not None else ""
    if not phone.number:
        st.write(f"{therapist} has no phone number of yours, and so can't call you.")
        st.page_link("pages/intake.py", label="Add your number in your intake")
        if clinic:
            st.markdown(f"Or tell the clinic: {clinic}.")
        return
    on = f" on the number ending {phone.ending}" if phone.ending else ""
    st.write(f"{therapist} calls you{on} at {clock(phone.appointment.starts_at, viewer.zone)}.")
    if clinic:
        st.markdown(f"If the call does not come, or your number has changed: {clinic}.")
