"""A therapist's own hours: the week as it usually is, time off, extra hours."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import InvalidInput
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.scheduling import hours, time_off
from clinic.scheduling.hours import WEEKDAYS, OwnHours, Stretch, StretchDraft, own_hours
from clinic.scheduling.time_off import Kind, SpecialDraft, sessions_in
from components import access, forms, shell
from components.crisis import plain
from components.schedule_words import span_words, stretch_words
from components.time_fields import day_field, day_typed, minute_typed, time_field
from components.times import moment, zone_words

viewer = access.require(Permission.HOURS_MANAGE)
LIST, ADD, CHANGE, OFF, EXTRA, CHECK = "list", "add", "change", "off", "extra", "check"
FORM_NAME, PART, SAID, WHICH, DRAFT = "hours", "hours:part", "hours:said", "hours:which", "hours:draft"


def show(part: str, which: Stretch | None = None) -> None:
    """Another part of this page; its problems and its last success are left behind."""
    forms.forget_problems(FORM_NAME)
    st.session_state.pop(SAID, None)
    st.session_state[PART], st.session_state[WHICH] = part, which


def done(sentence: str) -> None:
    show(LIST)
    st.session_state[SAID] = sentence


def stretch_typed() -> StretchDraft:
    return StretchDraft(
        tuple(st.session_state.get("hours:weekdays") or ()),
        minute_typed("hours:start"),
        minute_typed("hours:end", ends=True),
        day_typed("hours:from"),
        day_typed("hours:until"),
    )


@forms.callback(FORM_NAME)
def add(asker: Viewer) -> None:
    hours.add_hours(asker, stretch_typed(), datetime.now(UTC))
    done("Your hours are saved. Clients are offered them from now on.")


@forms.callback(FORM_NAME)
def change(asker: Viewer, which: Stretch) -> None:
    hours.change_hours(asker, which.public_id, stretch_typed(), datetime.now(UTC))
    done("Your hours are changed. Booked sessions stay as they are.")


@forms.callback(FORM_NAME)
def remove(asker: Viewer, which: Stretch) -> None:
    hours.remove_hours(asker, which.public_id, datetime.now(UTC))
    done(f"Removed: {stretch_words(which)}. Booked sessions stay as they are.")


@forms.callback(FORM_NAME)
def look(asker: Viewer, kind: Kind) -> None:
    """Save, unless sessions are booked then: those are said first."""
    whole = kind is Kind.OFF and st.session_state.get("hours:whole", True)
    last = day_typed("hours:last") if kind is Kind.OFF else day_typed("hours:first")
    draft = SpecialDraft(
        kind,
        day_typed("hours:first"),
        last,
        None if whole else minute_typed("hours:start"),
        None if whole else minute_typed("hours:end", ends=True),
        st.session_state.get("hours:note") or "",
    )
    if kind is Kind.OFF and not whole and draft.start_minute is None:
        raise InvalidInput({"start": "Enter the time it begins."})
    if sessions_in(asker, draft, datetime.now(UTC)):
        show(CHECK)
        st.session_state[DRAFT] = draft
    else:
        keep(asker, draft)


@forms.callback(FORM_NAME)
def keep_anyway(asker: Viewer) -> None:
    keep(asker, st.session_state[DRAFT])


def keep(asker: Viewer, draft: SpecialDraft) -> None:
    time_off.add_special(asker, draft, datetime.now(UTC))
    done("Your time off is saved." if draft.kind is Kind.OFF else "Your extra hours are saved.")


@forms.callback(FORM_NAME)
def take_back(asker: Viewer, special_id: str, words: str) -> None:
    time_off.remove_special(asker, special_id, datetime.now(UTC))
    done(f"Taken back: {words}.")


def list_all(found: dict[str, str]) -> None:
    shell.page(
        "My hours",
        viewer,
        back=("pages/calendar.py", "my week"),
        error=bool(found),
        step=str(st.session_state.get(SAID, "")),
    )
    forms.show_problems(found)
    if said := st.session_state.get(SAID):
        st.success(plain(said))
    st.write(f"All times are in {zone_words(viewer.zone)}.")
    own = own_hours(viewer, datetime.now(UTC))
    with st.container(horizontal=True):
        st.button("Take time off", type="primary", on_click=show, args=(OFF,))
        st.button("Add weekly hours", on_click=show, args=(ADD,))
        st.button("Add extra hours", on_click=show, args=(EXTRA,))
    weekly(own)
    special(own)
    st.page_link("pages/import_hours.py", label="Bring in busy times from another calendar")


def weekly(own: OwnHours) -> None:
    st.header("Every week", anchor=False)
    if not own.weekly:
        st.write("No hours yet. Clients cannot book with you until you add some.")
    for kept in own.weekly:
        words = stretch_words(kept)
        st.button(words, key=f"change:{kept.public_id}", on_click=show, args=(CHANGE, kept))
    if own.weekly:
        st.caption("Choose one to change or remove it. Booked sessions stay as they are.")


def special(own: OwnHours) -> None:
    st.header("Time off and extra hours", anchor=False)
    for kept in own.special:
        words = span_words(kept.starts_at, kept.ends_at, viewer.zone)
        with st.container(border=True):
            st.write(f"**{'Off' if kept.kind is Kind.OFF else 'Extra hours'}:** {words}")
            if kept.note:
                st.text(kept.note)
            st.button(
                f"Take back: {words}",
                key=f"back:{kept.public_id}",
                on_click=take_back,
                args=(kept.public_id, words),
            )
    for closed in own.closures:
        words = span_words(closed.starts_at, closed.ends_at, viewer.zone)
        st.write(f"**The clinic is closed:** {words}, {plain(closed.name)}")
    if not own.special and not own.closures:
        st.write("None planned.")


def begin(title: str, found: dict[str, str], step: str) -> None:
    shell.page(title, viewer, error=bool(found), step=step)
    forms.show_problems(found)
    st.button("‹ Back to my hours", on_click=show, args=(LIST,), type="tertiary")


def times(found: dict[str, str], start: int | None = None, end: int | None = None) -> None:
    left, right = st.columns(2)
    with left:
        time_field("Begins", "hours:start", start)
        forms.beside(found, "start")
    with right:
        time_field("Ends", "hours:end", end)
        forms.beside(found, "end")


def validity(found: dict[str, str], kept: Stretch | None) -> None:
    left, right = st.columns(2)
    with left:
        day_field("From (optional)", "hours:from", kept.valid_from_on if kept else None)
        forms.beside(found, "valid_from_on")
    with right:
        day_field("Until and with (optional)", "hours:until", kept.valid_until_on if kept else None)
        forms.beside(found, "valid_until_on")
    st.caption(f"Times are in {zone_words(viewer.zone)}. Without days, the hours hold always.")


def add_hours(found: dict[str, str]) -> None:
    begin("Add weekly hours", found, ADD)
    st.multiselect("Days", range(7), format_func=WEEKDAYS.__getitem__, key="hours:weekdays", placeholder="")
    forms.beside(found, "weekdays")
    times(found)
    validity(found, None)
    st.button("Save", type="primary", on_click=add)


def change_hours(found: dict[str, str]) -> None:
    kept: Stretch = st.session_state[WHICH]
    begin("Change weekly hours", found, f"{CHANGE}{kept.public_id}")
    st.write(f"{stretch_words(kept)}.")
    times(found, kept.start_minute, kept.end_minute)
    validity(found, kept)
    with st.container(horizontal=True):
        st.button("Save", type="primary", on_click=change, args=(kept,))
        st.button("Remove these hours", on_click=remove, args=(kept,))


def take_off(found: dict[str, str]) -> None:
    begin("Take time off", found, OFF)
    left, right = st.columns(2)
    with left:
        day_field("First day", "hours:first")
        forms.beside(found, "first_on")
    with right:
        day_field("Last day", "hours:last")
        forms.beside(found, "last_on")
    if not st.checkbox("Whole days", True, key="hours:whole"):
        times(found)
    st.caption(f"In {zone_words(viewer.zone)}.")
    note(found)
    st.button("Save", type="primary", on_click=look, args=(Kind.OFF,))


def extra_hours(found: dict[str, str]) -> None:
    begin("Add extra hours", found, EXTRA)
    day_field("Day", "hours:first")
    for field in ("first_on", "last_on"):
        forms.beside(found, field)
    times(found)
    st.caption(f"In {zone_words(viewer.zone)}. Where you are off as well, being off wins.")
    note(found)
    st.button("Save", type="primary", on_click=look, args=(Kind.EXTRA,))


def note(found: dict[str, str]) -> None:
    st.text_input("Note (optional)", key="hours:note", max_chars=time_off.LONGEST_NOTE, placeholder="")
    st.caption("Only you see it.")
    forms.beside(found, "note")


def check(found: dict[str, str]) -> None:
    """Who is booked in the time off, before it is saved."""
    begin("Sessions are booked then", found, CHECK)
    meets = sessions_in(viewer, st.session_state[DRAFT], datetime.now(UTC))
    st.warning(
        "These sessions stay booked. Saving your time off cancels nothing: move or cancel them in your week, "
        "or see them all the same."
    )
    for booked in meets:
        st.write(f"{moment(booked.starts_at, viewer.zone)}, {plain(booked.client_name)}")
    st.button("Save the time off", type="primary", on_click=keep_anyway)


PARTS = {
    LIST: list_all,
    ADD: add_hours,
    CHANGE: change_hours,
    OFF: take_off,
    EXTRA: extra_hours,
    CHECK: check,
}
PARTS[st.session_state.get(PART, LIST)](forms.problems(FORM_NAME))
shell.foot(viewer)
