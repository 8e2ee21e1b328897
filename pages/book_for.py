"""A therapist books for a client: once or as a series, and reads what clashes before anything is booked."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import streamlit as st

from clinic.errors import InvalidInput
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.scheduling.arranging import Arranging, OwnClient, what_to_arrange
from clinic.scheduling.booking import book_for, clashes_at
from clinic.scheduling.catalog import KeptType, Modality
from clinic.scheduling.clinic_rooms import KeptRoom
from clinic.scheduling.offers import free_times_of
from clinic.scheduling.places import REASON_LETTERS, Clash
from clinic.scheduling.series_booking import SeriesPlan, book_series, plan_series
from components import access, forms, shell
from components.crisis import plain
from components.time_fields import day_field, day_typed, moment_typed, time_field
from components.times import clock, day_of, long_day, moment, short_day, zone_words
from components.words import how

viewer = access.require(Permission.APPOINTMENT_ARRANGE)
FORM_NAME, CHECK, MADE = "book_for", "book_for:check", "book_for:made"
AHEAD = timedelta(days=28)
ONCE, EVERY_WEEK, EVERY_TWO, EVERY = "Once", "Every week", "Every 2 weeks", "Every few weeks"
# These cannot be had; the others are said, and the choice is the therapist's.
FORBIDDEN = (Clash.SKIPPED, Clash.PAST, Clash.FAR, Clash.CLIENT, Clash.HELD, Clash.ROOM)
KEEP: Literal["page"] = "page"  # what was chosen is still there when one comes back to it


@dataclass(frozen=True)
class Asked:
    """What is about to be booked, and what speaks against it. `plan`: it is a series."""

    client: OwnClient
    kind: KeptType
    room: KeptRoom | None
    starts_at: datetime
    clashes: tuple[Clash, ...]
    plan: SeriesPlan | None = None


def start_again() -> None:
    forms.forget_problems(FORM_NAME)
    for key in (CHECK, MADE):
        st.session_state.pop(key, None)


@forms.callback(FORM_NAME)
def look(asker: Viewer) -> None:
    """Continue: what speaks against it is looked up, and nothing is written yet."""
    state, now = st.session_state, datetime.now(UTC)
    client: OwnClient | None = state.get("book_for:client")
    kind: KeptType | None = state.get("book_for:kind")
    if client is None:
        raise InvalidInput({"client": "Choose a client."})
    if kind is None:
        raise InvalidInput({"kind": "Choose what to book."})
    starts_at: datetime | None = state.get("book_for:free")
    if state.get("book_for:typed"):
        starts_at = moment_typed("book_for:day", "book_for:time", asker.zone)
    if starts_at is None:
        raise InvalidInput({"free": "Choose a free time, or enter another one."})
    repeat = state.get("book_for:repeat", ONCE)
    if repeat != ONCE:
        weeks = {EVERY_WEEK: 1, EVERY_TWO: 2}.get(repeat) or int(state.get("book_for:weeks") or 0)
        counted = state.get("book_for:counted", True)
        times = int(state.get("book_for:times") or 0) if counted else None
        until = None if counted else day_typed("book_for:until")
        if not counted and until is None:
            raise InvalidInput({"until_on": "Enter the last day."})
        plan = plan_series(
            asker, client.public_id, kind.public_id, starts_at, weeks, now, times=times, until_on=until
        )
        state[CHECK] = Asked(client, kind, None, starts_at, (), plan)
        return
    room: KeptRoom | None = state.get("book_for:room") if kind.modality is Modality.IN_PERSON else None
    room_id = room.public_id if room else None
    found = clashes_at(asker, client.public_id, kind.public_id, starts_at, now, room_id=room_id)
    state[CHECK] = Asked(client, kind, room, starts_at, tuple(found))


@forms.callback(FORM_NAME)
def book(asker: Viewer, asked: Asked) -> None:
    """Book it. The submit key makes a second click, or a resent one, the same booking."""
    now, key = datetime.now(UTC), forms.submit_key(FORM_NAME)
    if asked.plan is not None:
        made = book_series(asker, asked.plan, key, now)
        said = f"{len(made)} sessions are booked with {asked.client.name}."
    else:
        booked = book_for(
            asker,
            asked.client.public_id,
            asked.kind.public_id,
            asked.starts_at,
            key,
            now,
            room_id=asked.room.public_id if asked.room else None,
            overlap_reason=st.session_state.get("book_for:reason") or "",
        )
        said = f"Booked: {moment(booked.starts_at, asker.zone)}, with {asked.client.name}."
    forms.submitted(FORM_NAME)
    start_again()
    st.session_state[MADE] = said


def choose(found: dict[str, str]) -> None:
    shell.page("Book a session", viewer, back=("pages/calendar.py", "my week"), error=bool(found))
    forms.show_problems(found)
    own = what_to_arrange(viewer)
    if not own.clients:
        st.write("You have no clients yet. Invite one, or wait until a client books with you.")
        st.page_link("pages/invite.py", label="Invite a client")
        return
    if not own.types:
        st.write("You offer no kind of session yet. Choose them in your profile.")
        st.page_link("pages/profile.py", label="My profile")
        return
    wanted = st.query_params.get("client")
    client = st.selectbox(
        "Client",
        own.clients,
        index=next((n for n, one in enumerate(own.clients) if one.public_id == wanted), None),
        format_func=lambda one: one.name,
        key="book_for:client",
        placeholder="",
        persist_state=KEEP,
    )
    forms.beside(found, "client")
    kind = st.selectbox("What", own.types, format_func=kind_words, key="book_for:kind", persist_state=KEEP)
    forms.beside(found, "kind")
    when(client, kind, found)
    repeat = how_often(found)
    if kind.modality is Modality.IN_PERSON and repeat == ONCE:
        which_room(own)
    st.button("Continue", type="primary", on_click=look)


def kind_words(kind: KeptType) -> str:
    return f"{kind.name}, {kind.length_minutes} minutes, {how(kind.modality)}"


def when(client: OwnClient | None, kind: KeptType, found: dict[str, str]) -> None:
    now = datetime.now(UTC)
    today = day_of(now, viewer.zone)
    free = free_times_of(
        viewer,
        kind.public_id,
        today,
        today + AHEAD,
        now,
        client_id=client.public_id if client else None,
    )
    st.selectbox(
        "Free time",
        [span.starts_at for span in free],
        index=None,
        format_func=lambda at: time_words(at, client),
        key="book_for:free",
        placeholder="",
        disabled=bool(st.session_state.get("book_for:typed")),
        persist_state=KEEP,
    )
    st.caption(f"In {zone_words(viewer.zone)}, the next 4 weeks." if free else "No free time in 4 weeks.")
    forms.beside(found, "free")
    if st.checkbox("Enter another time", key="book_for:typed", persist_state=KEEP):
        left, right = st.columns(2)
        with left:
            day_field("Day", "book_for:day")
            forms.beside(found, "book_for:day")
        with right:
            time_field("Time", "book_for:time")
            forms.beside(found, "book_for:time")


def time_words(at: datetime, client: OwnClient | None) -> str:
    """The therapist's clock, and the client's where it differs."""
    words = f"{short_day(day_of(at, viewer.zone))}, {clock(at, viewer.zone)}"
    if client is None or clock(at, client.zone) == clock(at, viewer.zone):
        return words
    return f"{words} ({clock(at, client.zone)} {zone_words(client.zone)})"


def how_often(found: dict[str, str]) -> str:
    repeat: str = st.radio(
        "How often", (ONCE, EVERY_WEEK, EVERY_TWO, EVERY), key="book_for:repeat", persist_state=KEEP
    )
    if repeat == ONCE:
        return repeat
    if repeat == EVERY:
        st.number_input("Weeks from one to the next", 1, 12, 3, key="book_for:weeks", persist_state=KEEP)
        forms.beside(found, "every_weeks")
    counted = st.radio(
        "Until when",
        (True, False),
        format_func=lambda yes: "A number of sessions" if yes else "A last day",
        key="book_for:counted",
        persist_state=KEEP,
    )
    if counted:
        st.number_input("How many sessions", 2, 52, 6, key="book_for:times", persist_state=KEEP)
        forms.beside(found, "times")
    else:
        day_field("Last day", "book_for:until")
        forms.beside(found, "until_on")
    st.caption("Each at the same time of your clock. You see what clashes before anything is booked.")
    return repeat


def which_room(own: Arranging) -> None:
    st.selectbox(
        "Room",
        own.rooms,
        index=None,
        format_func=lambda room: room.name,
        key="book_for:room",
        placeholder="",
        persist_state=KEEP,
    )
    st.caption("Without a choice, the first free room." if own.rooms else "The clinic has no room yet.")


def check(found: dict[str, str]) -> None:
    """Everything about the booking, and what speaks against it, before it is made."""
    asked: Asked = st.session_state[CHECK]
    shell.page("Check the booking", viewer, error=bool(found), step="check")
    forms.show_problems(found)
    st.button("‹ Choose another time", on_click=start_again, type="tertiary")
    with st.container(border=True):
        st.write(f"**{plain(asked.client.name)}**, {plain(kind_words(asked.kind))}")
        if asked.plan is None:
            st.write(f"**{moment(asked.starts_at, viewer.zone)}** ({zone_words(viewer.zone)})")
            if clock(asked.starts_at, asked.client.zone) != clock(asked.starts_at, viewer.zone):
                theirs = f"{clock(asked.starts_at, asked.client.zone)} {zone_words(asked.client.zone)}"
                st.write(f"For the client that is {theirs}.")
        if asked.room is not None:
            st.write(plain(asked.room.name))
    if asked.plan is not None:
        check_series(asked, asked.plan)
    else:
        check_one(asked)


def check_one(asked: Asked) -> None:
    for clash in asked.clashes:
        st.warning(clash.sentence)
    if any(clash in FORBIDDEN for clash in asked.clashes):
        st.write("This time can't be booked. Choose another one.")
        return
    if Clash.OWN in asked.clashes:
        st.write("You can book it all the same. Both sessions will stand side by side in your week.")
        st.text_area("Why both should take place", key="book_for:reason", max_chars=500)
        st.caption(f"{REASON_LETTERS} letters or more. Only staff see it.")
    st.button("Book", type="primary", on_click=book, args=(asked,))


def check_series(asked: Asked, plan: SeriesPlan) -> None:
    count, left_out = len(plan.bookable), len(plan.left_out)
    if left_out:
        st.warning(f"{left_out} of {len(plan.sessions)} clash and are left out. Nothing is booked yet.")
    st.table(
        {
            "When": [
                f"{long_day(one.on)}, {clock(one.starts_at, viewer.zone)}"
                if one.starts_at
                else long_day(one.on)
                for one in plan.sessions
            ],
            "What happens": [
                f"Left out: {one.clash.sentence}"
                if one.clash
                else " ".join(["Will be booked.", *(clash.sentence for clash in one.clashes)])
                for one in plan.sessions
            ],
        }
    )
    if count:
        sessions = "1 session" if count == 1 else f"{count} sessions"
        st.button(f"Book {sessions}", type="primary", on_click=book, args=(asked,))
    else:
        st.write("None of these can be booked. Choose another time.")


def booked() -> None:
    shell.page("Booked", viewer, back=("pages/calendar.py", "my week"), step="booked")
    st.success(plain(st.session_state[MADE]))
    st.write("The client is told.")
    st.button("Book another", on_click=start_again)


if MADE in st.session_state:
    booked()
elif CHECK in st.session_state:
    check(forms.problems(FORM_NAME))
else:
    choose(forms.problems(FORM_NAME))
shell.foot(viewer)
