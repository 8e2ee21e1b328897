"""A room that another process carries: the browser is brought there, by an address that turns the balancer
(web/process_cookie.py)."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import ClinicError
from clinic.people.viewer import Viewer
from clinic.video.visits import VisitState, state
from components import access, shell
from components.crisis import dial
from components.room_parts import POLL, hang_up, home_of, kept

BROUGHT = "brought"
_SCRIPT = """
export default function ({ data }) {
  if (window.__quietRoomBrought === data.once) return;
  window.__quietRoomBrought = data.once;
  window.location.replace(data.to);
}
"""
_component = st.components.v2.component("quiet_room_brought", js=_SCRIPT)


def show(viewer: Viewer, here: VisitState) -> None:
    """On the way: at once the first time. A second time it waits until the room is there or comes here."""
    room = here.appointment_id
    hang_up(room)
    shell.page("Your session", viewer, back=home_of(viewer), step=BROUGHT)
    asked = int(st.session_state.get(kept(room, BROUGHT), 0))
    waits = bool(st.query_params.get(BROUGHT))
    if waits:
        st.write("Your session is being moved to another server. Stay on this page. It goes on by itself.")
        _wait(room)
        if here.clinic_phone:
            st.markdown(f"If it does not go on, call the clinic: {dial(here.clinic_phone)}.")
    else:
        st.write("One moment. Your session is opening.")
    if asked or not waits:
        _component(data={"to": f"/to-room/{room}", "once": asked}, key=f"brought-{asked}", height=1)
    st.button("Try again now" if waits else "Open it now", on_click=_ask, args=(room,))
    shell.foot(viewer)


def _ask(room: str) -> None:
    st.session_state[kept(room, BROUGHT)] = int(st.session_state.get(kept(room, BROUGHT), 0)) + 1


def arrived() -> None:
    """The right process: should the room move once more, the browser may be brought once more."""
    st.query_params.pop(BROUGHT, None)


@st.fragment(run_every=POLL)
def _wait(room: str) -> None:
    asker = access.viewer_or_none()
    try:
        moved = asker is None or not state(asker, room, datetime.now(UTC)).elsewhere
    except ClinicError:
        moved = True  # over, or cancelled: the page says so
    if moved:
        st.rerun()
