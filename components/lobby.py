"""Before the call: the client's waiting room, and the therapist's letting them in."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from clinic.people.viewer import Viewer
from clinic.video.by_phone import ByPhone
from clinic.video.calls import call_state
from clinic.video.gate import ALONE, LONGEST, LONGEST_REASON, confirm, keep, pass_gate, suggested
from clinic.video.visits import VisitState, Whereabouts, admit
from components import access, call_words, device_check, forms
from components.crisis import dial, plain, with_numbers
from components.disclosure import disclosure
from components.errors import friendly_errors
from components.room_parts import FORM_NAME, POLL, kept, who_is_where
from components.times import clock

GATE_FORM = "room:gate"
_LABELS = {
    "place": "Where are you now?",
    "call_back": "A number we can call you on now",
    "contact": "Who to call in an emergency: a name and a number",
}
_AUTOCOMPLETE = {"place": "street-address", "call_back": "tel", "contact": "off"}
_ALONE = {True: "I am alone", False: "Somebody is with me, or can hear me"}


def step(here: VisitState) -> str:
    """Changes when the waiting room asks something else, so that focus moves."""
    return "wait" if _asks(here) else "confirmed"


def wait(viewer: Viewer, here: VisitState, phone: ByPhone) -> None:
    """The client's waiting room: say where one is, know that one is seen, try camera and sound."""
    _door(here.appointment_id, phone)
    if _asks(here):
        _ask(viewer, here)
    else:
        _said(here)
    st.header("Camera and sound", anchor=False)
    sound_only = st.toggle(
        "Sound only, without a camera", key=kept(here.appointment_id, "sound"), persist_state="session"
    )
    device_check.device_check(sound_only=sound_only)
    if here.clinic_phone:
        begun = datetime.now(UTC) >= here.starts_at
        when = "If nobody comes" if begun else f"If nobody is here by {clock(here.starts_at, viewer.zone)}"
        st.markdown(
            f"{when}, call the clinic: {dial(here.clinic_phone)}. Waiting does not count as missed by you."
        )


def admission(here: VisitState) -> None:
    """For the therapist, above the call, until the client is let in. Drawn in the call's own fragment."""
    whereabouts(here)
    st.button(
        f"Let {plain(here.other_name)} in",
        type="primary",
        on_click=_let_in,
        args=(here.appointment_id,),
        disabled=here.client_waiting_since is None or not here.may_be_admitted,
    )
    if not here.may_be_admitted:
        disclosure(
            "In a crisis: let them in without it", lambda: _gate(here), key=f"gate:{here.appointment_id}"
        )


def whereabouts(here: VisitState) -> None:
    """For the therapist, before and during the call: where to send help, and whom to call."""
    said, name = here.whereabouts, plain(here.other_name)
    if here.confirmed_at is None:
        st.write(f"{name} has not said where they are for this session.")
        if not (said.place or said.call_back or said.contact):
            return
        st.caption("Typed, but not confirmed:")
    lines = (
        f"**Where they are:** {plain(said.place)}" if said.place else "",
        f"**Call back:** {dial(said.call_back)}" if said.call_back else "",
        f"**Emergency contact:** {with_numbers(said.contact)}" if said.contact else "",
        "They are alone." if said.alone else "",
        "**They are not alone:** somebody is with them, or can hear them." if said.alone is False else "",
    )
    st.markdown("  \n".join(line for line in lines if line))


def _asks(here: VisitState) -> bool:
    changing = bool(st.session_state.get(kept(here.appointment_id, "changing")))
    return changing or not here.may_be_admitted


def _ask(viewer: Viewer, here: VisitState) -> None:
    """Where one is and whom to call: filled in as far as it is known, and confirmed with one press."""
    found, room = forms.problems(FORM_NAME), here.appointment_id
    before = suggested(viewer, room, datetime.now(UTC))
    st.header("Where you are today", anchor=False)
    st.write("So that help finds you if you need it. Only your therapist sees it. Is this right today?")
    for part, label in _LABELS.items():
        st.text_input(
            label,
            getattr(before, part),
            key=_key(room, part),
            max_chars=LONGEST[part],
            placeholder="",
            autocomplete=_AUTOCOMPLETE[part],
            on_change=_keep,
            args=(room, part),
        )
        forms.beside(found, part)
    options = list(_ALONE)
    st.radio(
        "Are you alone?",
        options,
        index=None if before.alone is None else options.index(before.alone),
        format_func=_ALONE.__getitem__,
        key=_key(room, "alone"),
        on_change=_keep,
        args=(room, "alone"),
    )
    forms.beside(found, "alone")
    st.button("Yes, this is right", type="primary", on_click=_confirm, args=(room,))


def _said(here: VisitState) -> None:
    """What one confirmed, and the way to change it."""
    said = here.whereabouts
    if here.confirmed_at is None:
        st.write("Stay on this page. The session starts here by itself.")
        return
    alone = "You are alone." if said.alone else "Somebody is with you, or can hear you."
    with st.container(border=True):
        st.write("Thank you. The session starts here by itself. Stay on this page.")
        st.write(f"You are here: {plain(said.place)}. {alone}")
        st.write(f"We can call you on {plain(said.call_back)}.")
        st.button("Change this", on_click=_change, args=(here.appointment_id,))


def _gate(here: VisitState) -> None:
    found = forms.problems(GATE_FORM)
    st.write("You can call them, or let them in now. Write down why: it is kept with the session.")
    key = kept(here.appointment_id, "reason")
    st.text_input("Why", key=key, max_chars=LONGEST_REASON, placeholder="", autocomplete="off")
    for field in found:
        forms.beside(found, field)
    st.button("Let them in anyway", on_click=_pass_gate, args=(here.appointment_id,))


@st.fragment(run_every=POLL)
def _door(appointment_id: str, phone: ByPhone) -> None:
    """Whether the therapist is there, or phones, asked anew; once let in, the call is drawn."""
    asker = access.viewer_or_none()
    if asker is None:
        st.rerun()
    with friendly_errors():
        found = call_state(asker, appointment_id, datetime.now(UTC))
        here = found.here
        if here.may_talk or here.elsewhere:
            st.rerun()
        if found.by_phone_at is not None:
            st.markdown(call_words.by_phone(here.seat, plain(here.other_name), phone))
        else:
            st.write(who_is_where(here, asker.zone))


@forms.callback(FORM_NAME)
def _let_in(asker: Viewer, appointment_id: str) -> None:
    admit(asker, appointment_id, datetime.now(UTC))


@forms.callback(GATE_FORM)
def _pass_gate(asker: Viewer, appointment_id: str) -> None:
    reason = st.session_state.get(kept(appointment_id, "reason")) or ""
    pass_gate(asker, appointment_id, reason, datetime.now(UTC))


@forms.callback(FORM_NAME, pressed=False)
def _keep(asker: Viewer, appointment_id: str, part: str) -> None:
    value = st.session_state.get(_key(appointment_id, part))
    typed = ALONE[bool(value)] if part == "alone" else value or ""
    keep(asker, appointment_id, part, typed, datetime.now(UTC))


@forms.callback(FORM_NAME)
def _confirm(asker: Viewer, appointment_id: str) -> None:
    typed = {part: st.session_state.get(_key(appointment_id, part)) or "" for part in _LABELS}
    alone = st.session_state.get(_key(appointment_id, "alone"))
    confirm(asker, appointment_id, Whereabouts(**typed, alone=alone), datetime.now(UTC))
    st.session_state.pop(kept(appointment_id, "changing"), None)


def _change(appointment_id: str) -> None:
    st.session_state[kept(appointment_id, "changing")] = True


def _key(appointment_id: str, part: str) -> str:
    return kept(appointment_id, f"where:{part}")
