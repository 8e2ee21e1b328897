"""The call: the other person's picture and sound, and what one does beside them.

Above is what repeats: who is where, how the connection goes, what is offered. The frame comes last in each
run, because the video library may end a run at it.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Literal

import streamlit as st

from clinic.errors import CallsFull, ClinicError, RoomElsewhere
from clinic.people.viewer import Role, Viewer
from clinic.video.by_phone import ByPhone, go_on_by_phone
from clinic.video.calls import CallState, Line, call_state, connect
from clinic.video.rooms import Seat
from clinic.video.visits import VisitState, leave
from components import access, call_frame, call_words, connection, forms, lobby, self_view, video
from components.beside_call import beside
from components.connection import course_of
from components.crisis import dial, plain
from components.device_check import KEPT_AS
from components.errors import friendly_errors
from components.room_parts import FORM_NAME, POLL, hang_up, kept


def talk(viewer: Viewer, here: VisitState, phone: ByPhone) -> None:
    """The call itself. The frame is mounted stopped and started by the run after."""
    room = here.appointment_id
    line: Line | None = st.session_state.get(kept(room, "line"))
    if line is not None and line.leg.replaced:
        _elsewhere(room)
        return
    try:
        line = _line(viewer, room)
    except CallsFull as error:
        st.warning(error.sentence)
        _no_video(viewer, here, phone)
        return
    except RoomElsewhere:
        st.rerun()  # taken over a moment ago: the page leads there
    start = bool(st.session_state.get(kept(room, "mounted")))
    no_camera = bool(st.session_state.get(kept(room, "sound")))
    quiet = no_camera or line.leg.sound_only
    dark = _dark(line, st.session_state.get(kept(room, "state")))
    admitted = here.admitted_at is not None
    left, right = st.columns([2, 1], gap="medium")
    with left:
        _watch(room, (start, dark, admitted), phone)
        notice, stage = st.container(), st.container(key="stage")
        _buttons(here, quiet)
    with right:
        if here.seat is Seat.THERAPIST and admitted:
            lobby.whereabouts(here)
        beside(viewer, room, phone)
    if course_of(room).given_up:
        return
    number = st.session_state[kept(room, "call")]
    with left:
        problem = call_frame.dress(f"Picture and sound of {here.other_name}", number, dark=dark)
    if problem:
        notice.warning(call_words.refused(problem, no_camera))
    with stage:
        with st.container(key="own-picture"):
            self_view.corner(sound_only=quiet, camera_key=KEPT_AS["camera"], turn_on=video.TURN_CAMERA_ON)
        st.session_state[kept(room, "mounted")] = True
        video.call(line, f"{kept(room, 'frame')}:{number}", start=start, sound_only=no_camera)


def _line(viewer: Viewer, room: str) -> Line:
    """One's connection; a new one where there is none or it has ended."""
    line: Line | None = st.session_state.get(kept(room, "line"))
    if line is not None and (not line.leg.closed or connection.ended(room)):
        return line
    line = connect(viewer, room, datetime.now(UTC))
    line.leg.sound_only = bool(st.session_state.get(kept(room, "quiet")))
    st.session_state[kept(room, "line")] = line
    st.session_state[kept(room, "call")] = st.session_state.get(kept(room, "call"), 0) + 1
    st.session_state.pop(kept(room, "mounted"), None)
    return line


def _elsewhere(room: str) -> None:
    """The same person has joined from another window: two that both insist would shut each other out."""
    st.write("You have joined this session from another window or device.")
    st.button("Use this window", type="primary", on_click=hang_up, args=(room,))


def _no_video(viewer: Viewer, here: VisitState, phone: ByPhone) -> None:
    """No place for this call: how to go on without it."""
    st.button("Try again", type="primary")
    _without(here.appointment_id, phone)
    if viewer.role is Role.THERAPIST:
        lobby.whereabouts(here)
        beside(viewer, here.appointment_id, phone)
    elif here.clinic_phone:
        st.markdown(f"The clinic's phone: {dial(here.clinic_phone)}")


def _dark(line: Line, state: CallState | None) -> bool:
    """Whether no picture comes because one of the two has chosen sound alone."""
    return line.leg.sound_only or (state is not None and state.other_sound_only)


@st.fragment(run_every=POLL)
def _without(room: str, phone: ByPhone) -> None:
    """Whether they go on by phone, asked anew: there is no call that would say it."""
    asker = access.viewer_or_none()
    if asker is None:
        st.rerun()
    with friendly_errors():
        try:
            found = call_state(asker, room, datetime.now(UTC))
        except ClinicError:
            st.rerun()
        if found.here.elsewhere:
            st.rerun()
        if found.by_phone_at is not None:
            st.markdown(call_words.by_phone(found.here.seat, plain(found.here.other_name), phone))
        elif found.here.seat is Seat.THERAPIST:
            _instead(room)
            if phone.number:
                st.markdown(f"Their number: {dial(phone.number)}")


def _buttons(here: VisitState, quiet: bool) -> None:
    room, given_up = here.appointment_id, course_of(here.appointment_id).given_up
    waits = here.seat is Seat.THERAPIST and here.admitted_at is None
    kind: Literal["primary", "secondary"] = "secondary" if waits or given_up else "primary"
    with st.container(horizontal=True):
        st.button("Leave", type=kind, on_click=_go, args=(room, here.other_name))
        if not given_up:
            _picture(room, quiet, "picture")
    if not given_up:
        st.caption(
            "Nothing is recorded. The signs under the picture turn your camera and microphone on and off; "
            "the arrow beside each changes the device."
        )


def _picture(room: str, quiet: bool, key: str) -> None:
    """Sound alone with one tap, and the picture again."""
    label = "Turn the picture on" if quiet else "Sound only"
    st.button(label, key=kept(room, key), on_click=connection.sound_only, args=(room, not quiet))


@st.fragment(run_every=POLL)
def _watch(room: str, drawn: tuple[bool, bool, bool], phone: ByPhone) -> None:
    """Who is there and how it goes, asked anew every two seconds; the page is drawn again when what it shows
    must change. `drawn`: whether the call was started, its picture dark and the client let in by then."""
    asker = access.viewer_or_none()
    if asker is None:
        hang_up(room)
        st.rerun()
    with friendly_errors():
        try:
            found = call_state(asker, room, datetime.now(UTC))
        except ClinicError:
            # Cancelled, over or not theirs any more: the camera goes off, and the page says why.
            hang_up(room)
            st.rerun()
        if found.here.elsewhere:
            # Another process has taken the room over: the page leads there.
            hang_up(room)
            st.rerun()
        st.session_state[kept(room, "state")] = found
        line: Line | None = st.session_state.get(kept(room, "line"))
        if line is None:
            st.rerun()
        mounted = bool(st.session_state.get(kept(room, "mounted")))
        admitted = found.here.admitted_at is not None
        same = found.here.may_talk and (mounted, _dark(line, found), admitted) == drawn
        if not same and not course_of(room).given_up:
            st.rerun()
        _say(found, room, line, phone)


def _say(found: CallState, room: str, line: Line, phone: ByPhone) -> None:
    here, course = found.here, course_of(room)
    quality = connection.watch(room, line)
    quiet = line.leg.sound_only or bool(st.session_state.get(kept(room, "sound")))
    words = [call_words.other(found, phone)]
    if not course.given_up:
        words.append(call_words.quality(quality.word, quiet))
    words.append(call_words.time_left(here, datetime.now(UTC), phone.zone))
    st.markdown(" ".join(words))
    if course.given_up:
        _given_up(found, room, course, phone)
    elif course.tries and quality.word in ("connecting", "frozen"):
        st.warning(call_words.own_drop(here, phone, began=course.began))
    if here.seat is Seat.THERAPIST and here.admitted_at is None:
        lobby.admission(here)
    if not course.given_up:
        _offer(room, quiet, course)


def _offer(room: str, quiet: bool, course: connection.Course) -> None:
    """By itself: sound alone where that helps, and the picture once it can come back."""
    now = time.monotonic()
    if quiet and course.is_better(now):
        st.info("The connection is better. Turn the picture on again?")
    elif not quiet and course.is_poor(now):
        st.info("The connection is poor. Sound alone may work better.")
    else:
        return
    _picture(room, quiet, "offered")


def _given_up(found: CallState, room: str, course: connection.Course, phone: ByPhone) -> None:
    name = found.here.other_name
    if found.here.seat is Seat.THERAPIST:
        st.warning(call_words.why_not(course.began, course.tries))
        if found.by_phone_at is None:
            _instead(room, first=found.here.admitted_at is not None)
    elif found.by_phone_at is None:
        st.warning(
            f"The video does not connect. {call_words.waits_for_phone(name, phone, found.here.clinic_phone)}"
        )
    st.button("Try the video again", on_click=connection.try_again, args=(room,))


def _instead(room: str, *, first: bool = False) -> None:
    """`first`: the first thing to do on this screen."""
    kind: Literal["primary", "secondary"] = "primary" if first else "secondary"
    st.button("Call by phone instead", key=kept(room, "phone"), type=kind, on_click=_phone, args=(room,))


@forms.callback(FORM_NAME)
def _phone(asker: Viewer, room: str) -> None:
    go_on_by_phone(asker, room, datetime.now(UTC))


@forms.callback(FORM_NAME)
def _go(asker: Viewer, room: str, other_name: str) -> None:
    """Leave: the connection ends with the page that follows."""
    hang_up(room, left=True)
    st.session_state.pop(kept(room, "course"), None)
    st.session_state[kept(room, "left")] = other_name
    leave(asker, room, datetime.now(UTC))
