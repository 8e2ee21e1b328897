"""Crisis help. Drawn from what the clinic set up, without a sign-in, and never behind a dialog."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic

import streamlit as st

from clinic.people.details import ClinicDetails, clinic_details
from clinic.people.permissions import Permission
from clinic.people.viewer import Role, Viewer
from clinic.safety.own_help import (
    ELSEWHERE,
    OwnHelp,
    ask_for_help,
    own_contact,
    own_help,
    own_place,
    say_place,
    say_safe,
    who_is_told,
)
from clinic.safety.places import SAID_HOLDS, Place, verified_places
from clinic.safety.safety_plan import STEPS, Plan, own_plan
from components import access, forms
from components.focus import bring_into_view
from components.times import clock
from components.words import joined
from db.errors import DatabaseUnreachable

# Where the clinic's own numbers cannot be read, these still help: an emergency is not ours to miss.
_FALLBACK = ClinicDetails(
    name="",
    zone="UTC",
    phone="",
    emergency_number="your local emergency number",
    crisis_line_name="A crisis line near you: findahelpline.com",
    crisis_line_number="",
    alert_response="",
)


_HELPLINES = "[findahelpline.com](https://findahelpline.com)"
_FRESH = 2.0  # seconds: a screen asks several times, and another process may have changed them
_last_known: ClinicDetails | None = None
_last_places: tuple[Place, ...] = ()
_read_at: float | None = None


def known_details() -> ClinicDetails | None:
    """The clinic's details, at most two seconds old; while the database does not answer, the last ones.

    They are public and nobody's record, so they may live in the process: help must not go down
    with the database.
    """
    global _last_known, _last_places, _read_at
    if _last_known is None or _read_at is None or monotonic() - _read_at > _FRESH:
        with suppress(DatabaseUnreachable):
            _last_known = clinic_details()
            _last_places = verified_places()
        _read_at = monotonic()
    return _last_known


def known_places() -> tuple[Place, ...]:
    """The places whose numbers somebody has tried; public too, and as old as the details."""
    known_details()
    return _last_places


def forget_details() -> None:
    """Read them anew next time: they were changed here. What was known still helps if that fails."""
    global _read_at
    _read_at = None


def crisis_card(
    details: ClinicDetails | None, intro: str | None = None, viewer: Viewer | None = None
) -> None:
    """Who to call where one is now, numbers first, tap to call. `intro` is a sentence above them. What a
    client (`viewer`) says of where they are is kept on their account, anyone else's in this visit alone."""
    shown = details or _FALLBACK
    said = _said(viewer)
    here = next((place for place in known_places() if place.public_id == said), None)
    with st.container(key="crisis", border=True):
        st.header("If you might act on thoughts of suicide, or are not safe", anchor=False)
        if intro:
            st.write(intro)
        if said == ELSEWHERE:
            st.markdown("**Call the emergency number of the place you are in.**")
            st.markdown(f"To talk to someone at any time: {_HELPLINES} lists crisis lines in most countries.")
        elif here is not None:
            _numbers(here.emergency_number, here.line_name, here.line_number, here.text_line)
        else:
            _numbers(shown.emergency_number, shown.crisis_line_name, shown.crisis_line_number)
        if shown.phone:
            st.markdown(f"The clinic, in working hours: {dial(shown.phone)}")
        _ask_where(viewer, said, here)


def _numbers(emergency: str, line: str, number: str, text_line: str = "") -> None:
    st.markdown(f"Call now: {dial(emergency)}")
    st.markdown(f"To talk to someone at any time: {plain(line)} {dial(number)}")
    if text_line:
        st.markdown(f"Or write: {plain(text_line)}")


def _ask_where(viewer: Viewer | None, said: str | None, here: Place | None) -> None:
    places = known_places()
    if not places:
        st.markdown(
            "If you are outside the area these numbers serve, call the emergency number of the place you are "
            f"in. {_HELPLINES} lists crisis lines in most countries."
        )
        return
    names = {place.public_id: place.place for place in places} | {ELSEWHERE: "Somewhere else"}
    key = f"{_key(viewer)}:choice"
    st.selectbox(
        "Where are you now?",
        list(names),
        index=list(names).index(said) if said in names else None,
        format_func=names.__getitem__,
        key=key,
        on_change=_moved,
        args=(viewer, key),
        placeholder="",
    )
    if here is not None:
        st.caption(f"These numbers are for: {plain(here.place)}.")
    elif said is None:
        st.caption("These are the clinic's own numbers. Say where you are, and they change if they have to.")


def _key(viewer: Viewer | None) -> str:
    return f"crisis:{viewer.public_id if viewer else ''}"


def _said(viewer: Viewer | None) -> str | None:
    """Where this person last said they are, in the last hours: a place's id, ELSEWHERE, or None."""
    now = datetime.now(UTC)
    said: tuple[str, datetime] | None = st.session_state.get(_key(viewer))
    if said is not None and now - said[1] <= SAID_HOLDS:
        return said[0]
    if viewer is not None and viewer.role is Role.CLIENT:
        with suppress(DatabaseUnreachable):
            return own_place(viewer, now)
    return None


def _moved(viewer: Viewer | None, key: str) -> None:
    """The numbers change whether or not it can be kept: they are what matters now."""
    place = st.session_state.get(key)
    if place is None:
        return
    st.session_state[_key(viewer)] = (place, datetime.now(UTC))
    if viewer is not None and viewer.role is Role.CLIENT:
        _keep_place(place)


@forms.callback("crisis-place")
def _keep_place(asker: Viewer, place: str) -> None:
    say_place(asker, place, datetime.now(UTC))


def after_risk_answer(viewer: Viewer | None, told: bool) -> None:
    """The screen after a risk answer, before anything else: help in the person's own place, their plan, who
    will read it. No score, no timer, nothing to confirm. It shows when nothing could be saved, too, and to
    somebody whose session has ended."""
    details = known_details()
    if not told:
        phone = dial(details.phone) if details else "the clinic"
        st.error(f"We could not save this answer, so nobody here has been told. **Call {phone}.**")
    crisis_card(
        details,
        "Thank you for telling us. Thoughts like this are hard to carry, and you do not have to carry them "
        "alone. Help is there now.",
        viewer,
    )
    bring_into_view("crisis")
    if viewer is None:
        return
    with suppress(DatabaseUnreachable):
        _what_happens(viewer, details, told)
        _own_people(viewer)
        plan_of(own_plan(viewer))


def _what_happens(viewer: Viewer, details: ClinicDetails | None, told: bool) -> None:
    with st.container(border=True, key="crisis-next"):
        if told:
            who = joined([plain(name) for name in who_is_told(viewer)], "Our therapists")
            st.write(f"{who} will see your answer{_when(details)}. This page is not watched all the time.")
        else:
            st.write("This page is not watched.")
        if found := forms.problems("crisis"):
            st.error(f"{next(iter(found.values()))} **Nobody here has been told.** Do not wait for us: call.")
        with st.container(horizontal=True):
            st.button("I need help now", key="crisis:help", on_click=_help)
            if told:
                st.button("I am safe right now", key="crisis:safe", on_click=_safe)
        st.caption("“I need help now” writes to everyone who answers here, at once. It does not call anyone.")
        if st.session_state.get("crisis:said-safe") == viewer.public_id:
            st.write("Thank you. That is noted. Your answer will still be read.")
        _help_so_far()


def _when(details: ClinicDetails | None) -> str:
    """The clinic's own words for when, which go on with the sentence or are one of their own."""
    words = details.alert_response.strip().rstrip(".") if details else ""
    if not words:
        return ""
    return f"{'.' if words[0].isupper() else ''} {plain(words)}"


@forms.callback("crisis")
def _help(asker: Viewer) -> None:
    st.session_state.pop("crisis:said-safe", None)
    ask_for_help(asker, datetime.now(UTC))


@forms.callback("crisis")
def _safe(asker: Viewer) -> None:
    say_safe(asker, datetime.now(UTC))
    st.session_state["crisis:said-safe"] = asker.public_id


@st.fragment(run_every="5s")
def _help_so_far() -> None:
    """What has come of asking for help, while the person looks at it."""
    asker = access.require(Permission.HELP_ASK, active=False)
    with suppress(DatabaseUnreachable):
        so_far = own_help(asker)
        if so_far.asked_at is not None and datetime.now(UTC) - so_far.asked_at <= SAID_HOLDS:
            _say_help(so_far, asker.zone)


def _say_help(so_far: OwnHelp, zone: str) -> None:
    if so_far.asked_at is None:
        return
    details = known_details()
    phone = f" Call the clinic: {dial(details.phone)}." if details else ""
    told = joined([plain(name) for name in so_far.told], "nobody yet")
    st.info(f"**You asked for help at {clock(so_far.asked_at, zone)}.** A message goes to: {told}.")
    if so_far.read_at is not None:
        st.success(f"Somebody here read it at {clock(so_far.read_at, zone)}.")
    elif so_far.failing:
        st.error(f"Not every message could be sent so far. We keep trying.{phone}")
    elif so_far.handed_over:
        st.write(f"Sent. Nobody has said yet that they have read it. If you can't wait, call now.{phone}")
    else:
        st.write("It is being sent.")


def _own_people(viewer: Viewer) -> None:
    contact = own_contact(viewer)
    if contact.emergency_name.strip():
        relation = f" ({plain(contact.emergency_relation)})" if contact.emergency_relation.strip() else ""
        st.markdown(
            f"Somebody you named to us: {plain(contact.emergency_name)}{relation}, "
            f"{dial(contact.emergency_phone)}. You can call them now. We do not call them by ourselves."
        )


def plan_of(plan: Plan) -> None:
    """A safety plan to read, its numbers to tap. Nothing where nothing is written."""
    if plan.is_empty:
        return
    with st.container(border=True, key="plan"):
        st.header("Your safety plan", anchor=False)
        plan_steps(plan)


def plan_steps(plan: Plan) -> None:
    for step in STEPS:
        if text := plan.steps[step.name].strip():
            st.markdown(f"**{step.heading}**")
            st.markdown(with_numbers(text))


def plain(text: str) -> str:
    """`text` with everything Markdown would act on made plain."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~:$])", r"\\\1", text)


def dial(number: str) -> str:
    """A telephone number as a link that calls it, in Markdown."""
    dialled = re.sub(r"[^\d+*#]", "", number)
    return f"[{plain(number)}](tel:{dialled})" if dialled else plain(number)


def with_numbers(text: str) -> str:
    """What somebody wrote, line by line as they wrote it, in Markdown; telephone numbers call."""
    return "  \n".join(_line(line) for line in text.splitlines())


# Five digits or more, however they are spaced, or three by themselves, as emergency numbers are.
_PHONE_NUMBER = re.compile(r"\+?\d[\d ()/.\-]{3,}\d|(?<!\d)\d{3}(?!\d)")


def _line(line: str) -> str:
    parts, end = [], 0
    for found in _PHONE_NUMBER.finditer(line):
        parts += [plain(line[end : found.start()]), dial(found.group())]
        end = found.end()
    return "".join([*parts, plain(line[end:])])
