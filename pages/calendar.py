"""A therapist's week: what is booked, when they are free or off; moving and cancelling one session."""

from datetime import UTC, date, datetime, timedelta

import streamlit as st

from clinic.errors import Overlapping
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.scheduling.appointments import AppointmentView, coming
from clinic.scheduling.booking import cancel, move
from clinic.scheduling.calendar import week
from clinic.scheduling.places import REASON_LETTERS
from clinic.scheduling.series_booking import cancel_rest
from components import access, forms, shell, week_view
from components.crisis import plain
from components.time_fields import day_field, moment_typed, time_field
from components.times import clock, day_of, long_day, moment, zone_words

viewer = access.require(Permission.APPOINTMENT_ARRANGE)
WEEK, ONE, MOVE, CANCEL = "week", "one", "move", "cancel"
FORM_NAME, PART, SAID, WHICH, MONDAY = "calendar", "week:part", "week:said", "week:which", "week:monday"
OVERLAPS = "week:overlaps"


def show(part: str, which: str | None = None) -> None:
    """Another part of this page; its problems and its last success are left behind."""
    forms.forget_problems(FORM_NAME)
    for key in (SAID, OVERLAPS):
        st.session_state.pop(key, None)
    st.session_state[PART] = part
    if which is not None:
        st.session_state[WHICH] = which


def open_one(public_id: str) -> None:
    show(ONE, public_id)


def done(sentence: str) -> None:
    show(WEEK)
    st.session_state[SAID] = sentence


def go(monday: date) -> None:
    show(WEEK)
    st.session_state[MONDAY] = monday


@forms.callback(FORM_NAME)
def move_it(asker: Viewer, booked: AppointmentView) -> None:
    to = moment_typed("move:day", "move:time", asker.zone)
    key = forms.submit_key(f"move:{booked.public_id}")
    reason = st.session_state.get("move:reason") or ""
    try:
        moved = move(
            asker,
            booked.public_id,
            to,
            key,
            datetime.now(UTC),
            overlap_reason=reason,
            sequence=booked.sequence,
        )
    except Overlapping:
        st.session_state[OVERLAPS] = True
        raise
    forms.submitted(f"move:{booked.public_id}")
    done(f"Moved to {moment(moved.starts_at, asker.zone)}. {moved.client_name} is told.")
    st.session_state[MONDAY] = monday_of(day_of(moved.starts_at, asker.zone))


@forms.callback(FORM_NAME)
def cancel_it(asker: Viewer, booked: AppointmentView) -> None:
    cancel(asker, booked.public_id, datetime.now(UTC), sequence=booked.sequence)
    done(f"Cancelled: {moment(booked.starts_at, asker.zone)}. {booked.client_name} is told.")


@forms.callback(FORM_NAME)
def cancel_all_later(asker: Viewer, booked: AppointmentView) -> None:
    gone = cancel_rest(asker, booked.public_id, datetime.now(UTC))
    done(f"Cancelled: {len(gone)} sessions of the series. {booked.client_name} is told.")


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def whole_week(found: dict[str, str]) -> None:
    now = datetime.now(UTC)
    today = day_of(now, viewer.zone)
    monday: date = st.session_state.get(MONDAY) or monday_of(today)
    shell.page("My week", viewer, error=bool(found), wide=True, step=str(st.session_state.get(SAID, monday)))
    forms.show_problems(found)
    if said := st.session_state.get(SAID):
        st.success(plain(said))
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Book a session", type="primary"):
            st.switch_page("pages/book_for.py")
        st.page_link("pages/hours.py", label="My hours and time off")
        st.page_link("pages/profile.py", label="My profile")
    st.header(f"{long_day(monday)} to {long_day(monday + timedelta(days=6))}", anchor=False)
    with st.container(horizontal=True):
        st.button("‹ Week before", on_click=go, args=(monday - timedelta(days=7),))
        st.button("This week", on_click=go, args=(monday_of(today),))
        st.button("Week after ›", on_click=go, args=(monday + timedelta(days=7),))
    week_view.show(week(viewer, monday, now), today, open_one)


def begin(title: str, found: dict[str, str], step: str) -> AppointmentView | None:
    """The head of a part about one session; None where it is gone."""
    now = datetime.now(UTC)
    which = st.session_state.get(WHICH)
    booked = next((one for one in coming(viewer, now) if one.public_id == which), None)
    shell.page(title, viewer, error=bool(found), step=step)
    forms.show_problems(found)
    st.button("‹ Back to my week", on_click=show, args=(WEEK,), type="tertiary")
    if booked is None:
        st.write("This session is over, or was cancelled.")
        return None
    with st.container(border=True):
        st.write(f"**{moment(booked.starts_at, viewer.zone)}** ({zone_words(viewer.zone)})")
        st.write(f"{week_view.session_words(booked, viewer.zone)}")
        st.write(plain(booked.session_type_name) + (", one of a series" if booked.series else ""))
    return booked


def one_session(found: dict[str, str]) -> None:
    booked = begin("Session", found, f"{ONE}{st.session_state.get(WHICH)}")
    if booked is None:
        return
    now = datetime.now(UTC)
    if booked.is_open(now) and st.button("Start session", type="primary"):
        st.switch_page("pages/room.py", query_params={"appointment": booked.public_id})
    st.page_link(
        "pages/client_record.py",
        label=f"Open {plain(booked.client_name)}",
        query_params={"client": booked.client_id},
    )
    if booked.starts_at > now:
        with st.container(horizontal=True):
            st.button("Move", on_click=show, args=(MOVE,))
            st.button("Cancel", on_click=show, args=(CANCEL,))
    else:
        st.caption("It has begun, so it can no longer be moved or cancelled.")


def move_one(found: dict[str, str]) -> None:
    booked = begin("Move this session", found, MOVE)
    if booked is None:
        return
    left, right = st.columns(2)
    with left:
        day_field("New day", "move:day")
        forms.beside(found, "move:day")
    with right:
        time_field("New time", "move:time")
        forms.beside(found, "move:time")
    st.caption(f"In {zone_words(viewer.zone)}. It stays as long as it was.")
    if st.session_state.get(OVERLAPS):
        st.warning("You have another session then. Both will stand side by side in your week.")
        st.text_area("Why both should take place", key="move:reason", max_chars=500)
        st.caption(f"{REASON_LETTERS} letters or more. Only staff see it.")
    st.button("Move the session", type="primary", on_click=move_it, args=(booked,))


def cancel_one(found: dict[str, str]) -> None:
    booked = begin("Cancel this session", found, CANCEL)
    if booked is None:
        return
    st.write(
        f"Cancel {long_day(day_of(booked.starts_at, viewer.zone))}, {clock(booked.starts_at, viewer.zone)}, "
        f"with {plain(booked.client_name)}?"
    )
    with st.container(horizontal=True):
        st.button("Cancel session", type="primary", on_click=cancel_it, args=(booked,))
        if booked.series:
            st.button("Cancel this and all later ones", on_click=cancel_all_later, args=(booked,))
        st.button("Keep session", on_click=show, args=(ONE,))


PARTS = {WEEK: whole_week, ONE: one_session, MOVE: move_one, CANCEL: cancel_one}
PARTS[st.session_state.get(PART, WEEK)](forms.problems(FORM_NAME))
shell.foot(viewer)
