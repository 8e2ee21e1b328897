"""The video room: waiting, being let in, the call."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import ClinicError, ConsentMissing
from clinic.people.permissions import Permission
from clinic.people.viewer import Role, Viewer
from clinic.video.rooms import Seat
from clinic.video.visits import Line, VisitState, admit, connect, enter, leave, state
from components import access, forms, self_view, shell, video
from components.crisis import plain
from components.errors import friendly_errors, sentence_for
from components.times import clock, moment

viewer = access.require(Permission.ROOM_ENTER)
FORM_NAME = "room"
POLL = "2s"
home = ("pages/client_home.py", "Home") if viewer.role is Role.CLIENT else ("pages/today.py", "Today")
appointment_id = st.query_params.get("appointment", "")


def kept(name: str) -> str:
    """A key in this session's state that belongs to this room alone."""
    return f"room:{name}:{appointment_id}"


@forms.callback(FORM_NAME)
def let_in(asker: Viewer) -> None:
    admit(asker, appointment_id, datetime.now(UTC))


@forms.callback(FORM_NAME)
def go(asker: Viewer, other_name: str) -> None:
    """Leave: the connection ends with the page that follows."""
    hang_up()
    st.session_state[kept("left")] = other_name
    leave(asker, appointment_id, datetime.now(UTC))


def come_back() -> None:
    for name in ("left", "entered"):
        st.session_state.pop(kept(name), None)


def hang_up() -> None:
    line: Line | None = st.session_state.pop(kept("line"), None)
    if line is not None:
        line.leg.close()
    st.session_state.pop(kept("mounted"), None)


def arrive(now: datetime) -> VisitState:
    """The first run of a page enters the room; the others only say that one is still there."""
    if st.session_state.get(kept("entered")):
        return state(viewer, appointment_id, now)
    found = enter(viewer, appointment_id, now)
    st.session_state[kept("entered")] = True
    return found


def who_is_where(here: VisitState) -> str:
    """One sentence on the other person, and what happens next."""
    other = plain(here.other_name)
    if here.seat is Seat.CLIENT:
        if not here.may_talk:
            return f"{other} knows you are here." if here.other_present else f"Waiting for {other}."
        return f"{other} is here." if here.other_present else f"{other} is not in the room just now."
    if here.client_waiting_since and here.admitted_at is None:
        return f"{other} has been waiting since {clock(here.client_waiting_since, viewer.zone)}."
    if here.admitted_at is None:
        return f"{other} is not here yet."
    return f"{other} is here." if here.other_present else f"{other} is not in the room just now."


@st.fragment(run_every=POLL)
def door(drawn: tuple[bool, bool]) -> None:
    """Who is there, asked anew every two seconds; the page is drawn again when what it shows must change.

    `drawn`: whether this page may talk, and whether its call was started, when it was drawn.
    """
    asker = access.viewer_or_none()
    if asker is None:
        hang_up()
        st.rerun()
    with friendly_errors():
        here = state(asker, appointment_id, datetime.now(UTC))
        st.write(who_is_where(here))
        if here.seat is Seat.THERAPIST and here.admitted_at is None:
            st.button(
                f"Let {here.other_name} in",
                type="primary",
                on_click=let_in,
                disabled=here.client_waiting_since is None,
            )
        line: Line | None = st.session_state.get(kept("line"))
        started = bool(st.session_state.get(kept("mounted")))
        if here.may_talk != drawn[0] or started != drawn[1] or (line is not None and line.leg.closed):
            st.rerun()


def wait(here: VisitState) -> None:
    """The client's waiting room: see and hear that all works, and know that one is seen."""
    st.write("Check your picture and your sound. The session starts here by itself.")
    door((False, False))
    sound_only = st.toggle("Sound only, without a camera", key=kept("sound"), persist_state="session")
    self_view.device_check(sound_only)
    if here.clinic_phone:
        st.caption(
            f"If nobody is here by {clock(here.starts_at, viewer.zone)}, call the clinic: "
            f"{plain(here.clinic_phone)}. Waiting does not count as missed by you."
        )


def elsewhere() -> None:
    """The same person has joined from another window: two that both insist would shut each other out."""
    st.write("You have joined this session from another window or device.")
    st.button("Use this window", type="primary", on_click=hang_up)


def talk(here: VisitState) -> None:
    """The call itself. The frame is mounted stopped and started by the run after."""
    line: Line | None = st.session_state.get(kept("line"))
    if line is not None and line.leg.replaced:
        elsewhere()
        return
    if line is None or line.leg.closed:
        line = connect(viewer, appointment_id, datetime.now(UTC))
        st.session_state[kept("line")] = line
        st.session_state[kept("call")] = st.session_state.get(kept("call"), 0) + 1
        st.session_state.pop(kept("mounted"), None)
    start = bool(st.session_state.get(kept("mounted")))
    sound_only = bool(st.session_state.get(kept("sound")))
    with st.container(horizontal=True, vertical_alignment="center"):
        door((True, start))
        st.button("Leave", on_click=go, args=(here.other_name,))
    key = f"{kept('frame')}:{st.session_state[kept('call')]}"
    st.session_state[kept("mounted")] = True
    video.call(line, key, start=start, sound_only=sound_only)
    self_view.corner(sound_only)


def over(other_name: str) -> None:
    """Away from the room: nothing here says that one is still in it."""
    shell.page(f"Session with {other_name}", viewer, back=home, step="left")
    st.write(f"You left the session with {plain(other_name)}.")
    st.button("Join again", type="primary", on_click=come_back)
    st.page_link(home[0], label=f"Go to {home[1]}")
    shell.foot(viewer)


if left := st.session_state.get(kept("left")):
    over(left)
    st.stop()
try:
    here = arrive(datetime.now(UTC))
except ClinicError as error:
    shell.page("Video room", viewer, back=home, step="closed")
    st.warning(sentence_for(error))
    if isinstance(error, ConsentMissing):
        st.page_link("pages/consent.py", label="Read and sign the consent")
    shell.foot(viewer)
    st.stop()
found = forms.problems(FORM_NAME)
shell.page(
    f"Session with {here.other_name}",
    viewer,
    back=home,
    error=bool(found),
    step="call" if here.may_talk else "wait",
)
st.caption(f"{moment(here.starts_at, viewer.zone)} to {clock(here.ends_at, viewer.zone)}")
forms.show_problems(found)
if here.may_talk:
    talk(here)
else:
    wait(here)
shell.foot(viewer)
