"""The video room: waiting, the call, and what comes after it."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import ClinicError, ConsentMissing
from clinic.people.permissions import Permission
from clinic.video.by_phone import ByPhone, by_phone
from clinic.video.visits import VisitState, enter, state
from components import access, after_call, brought, call_screen, forms, lobby, phone_session, shell
from components.errors import sentence_for
from components.room_parts import FORM_NAME, home_of, kept
from components.times import clock, moment

viewer = access.require(Permission.ROOM_ENTER)
appointment_id = st.query_params.get("appointment", "")


def arrive(now: datetime) -> VisitState:
    """The first run of a page enters the room; the others only say that one is still there."""
    if st.session_state.get(kept(appointment_id, "entered")):
        return state(viewer, appointment_id, now)
    found = enter(viewer, appointment_id, now)
    st.session_state[kept(appointment_id, "entered")] = True
    return found


def closed(error: ClinicError) -> None:
    """Not now, or not here: in words, with the next step."""
    shell.page("Session", viewer, back=home_of(viewer), step="closed")
    st.warning(sentence_for(error))
    if isinstance(error, ConsentMissing):
        st.page_link("pages/consent.py", label="Read and sign the consent")
    shell.foot(viewer)


def inside(here: VisitState, phone: ByPhone) -> None:
    found = forms.problems(FORM_NAME)
    shell.page(
        f"Session with {here.other_name}",
        viewer,
        back=home_of(viewer),
        error=bool(found),
        step="call" if here.may_talk else lobby.step(here),
        wide=here.may_talk,
    )
    if not here.may_talk:
        # In the call it says how long there is.
        st.caption(f"{moment(here.starts_at, viewer.zone)} to {clock(here.ends_at, viewer.zone)}")
    forms.show_problems(found)
    if here.may_talk:
        call_screen.talk(viewer, here, phone)
    else:
        lobby.wait(viewer, here, phone)
    shell.foot(viewer)


if left := st.session_state.get(kept(appointment_id, "left")):
    after_call.over(viewer, appointment_id, left)
else:
    try:
        phone = by_phone(viewer, appointment_id, datetime.now(UTC))
        here = None if phone.from_the_start else arrive(datetime.now(UTC))
    except ClinicError as error:
        closed(error)
    else:
        if here is None:
            phone_session.show(viewer, phone)
        elif here.elsewhere:
            brought.show(viewer, here)
        else:
            brought.arrived()
            inside(here, phone)
