"""The administrator's side of booking: kinds of session, rules, rooms, days on which the clinic is closed."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.details import clinic_details
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.scheduling import catalog, clinic_rooms, closures
from clinic.scheduling.catalog import BookableBy, KeptType, Modality, TypeDraft
from clinic.scheduling.rules import Rules
from components import access, forms, rule_fields, shell
from components.crisis import plain
from components.schedule_words import BOOKABLE_BY, minutes_words, span_words
from components.time_fields import day_field, day_typed
from components.times import zone_words
from components.words import how

viewer = access.require(Permission.CLINIC_MANAGE)
LIST, TYPE, RULES, CLOSE, CHECK = "list", "type", "rules", "close", "check"
FORM_NAME, PART, SAID, WHICH, DRAFT = (
    "booking_rules",
    "rules:part",
    "rules:said",
    "rules:which",
    "rules:draft",
)


def show(part: str, which: KeptType | None = None) -> None:
    """Another part of this page; its problems and its last success are left behind."""
    forms.forget_problems(FORM_NAME)
    st.session_state.pop(SAID, None)
    st.session_state[PART], st.session_state[WHICH] = part, which


def done(sentence: str) -> None:
    show(LIST)
    st.session_state[SAID] = sentence


@forms.callback(FORM_NAME)
def save_type(asker: Viewer, which: KeptType | None) -> None:
    state = st.session_state
    draft = TypeDraft(
        state.get("type:name") or "",
        state.get("type:length_minutes"),
        state.get("type:before_minutes"),
        state.get("type:after_minutes"),
        state.get("type:modality", Modality.VIDEO),
        state.get("type:bookable_by", BookableBy.ANYONE),
    )
    if which is None:
        catalog.add_type(asker, draft, datetime.now(UTC))
        done(f"{draft.name.strip()} can be booked.")
    else:
        catalog.change_type(asker, which.public_id, draft, datetime.now(UTC))
        done(f"{draft.name.strip()} is changed. Booked sessions stay as they are.")


@forms.callback(FORM_NAME)
def end_type(asker: Viewer, which: KeptType) -> None:
    catalog.end_type(asker, which.public_id, datetime.now(UTC))
    done(f"{which.name} can no longer be booked. Booked sessions stay.")


@forms.callback(FORM_NAME)
def resume_type(asker: Viewer, which: KeptType) -> None:
    catalog.resume_type(asker, which.public_id, datetime.now(UTC))
    done(f"{which.name} can be booked again.")


@forms.callback(FORM_NAME)
def save_rules(asker: Viewer) -> None:
    catalog.save_rules(asker, rule_fields.rules_typed(), datetime.now(UTC))
    done("The rules are saved. They hold from now on.")


@forms.callback(FORM_NAME)
def add_room(asker: Viewer) -> None:
    name = st.session_state.get("room:name") or ""
    clinic_rooms.add_room(asker, name, datetime.now(UTC))
    st.session_state["room:name"] = ""
    done(f"{name.strip()} can be booked.")


@forms.callback(FORM_NAME)
def end_room(asker: Viewer, room_id: str, name: str) -> None:
    clinic_rooms.end_room(asker, room_id, datetime.now(UTC))
    done(f"{name} is no longer booked. Sessions booked into it stay.")


@forms.callback(FORM_NAME)
def look(asker: Viewer) -> None:
    """Save, unless sessions are booked then: that is said first."""
    name, now = st.session_state.get("closure:name") or "", datetime.now(UTC)
    first, last = day_typed("closure:first"), day_typed("closure:last")
    if name.strip() and closures.sessions_on(asker, first, last, now):
        show(CHECK)
        st.session_state[DRAFT] = (name, first, last)
    else:
        closures.add_closure(asker, name, first, last, now)
        done(f"Closed: {name.strip()}.")


@forms.callback(FORM_NAME)
def close_anyway(asker: Viewer) -> None:
    name, first, last = st.session_state[DRAFT]
    closures.add_closure(asker, name, first, last, datetime.now(UTC))
    done(f"Closed: {name.strip()}. The booked sessions stay booked.")


@forms.callback(FORM_NAME)
def open_again(asker: Viewer, closure_id: str, name: str) -> None:
    closures.remove_closure(asker, closure_id, datetime.now(UTC))
    done(f"Not closed any more: {name}.")


def list_all(found: dict[str, str]) -> None:
    shell.page(
        "Booking",
        viewer,
        back=("pages/clinic.py", "the clinic"),
        error=bool(found),
        wide=True,
        step=str(st.session_state.get(SAID, "")),
    )
    forms.show_problems(found)
    if said := st.session_state.get(SAID):
        st.success(plain(said))
    with st.container(horizontal=True):
        st.button("Add a kind of session", type="primary", on_click=show, args=(TYPE,))
        st.button("Change the rules", on_click=show, args=(RULES,))
        st.button("Close the clinic on some days", on_click=show, args=(CLOSE,))
        st.page_link("pages/booked.py", label="Who is booked when")
    left, right = st.columns(2, gap="large")
    with left:
        types()
    with right:
        the_rules(catalog.booking_rules(viewer))
        closed()
        the_rooms(found)


def types() -> None:
    st.header("Kinds of session", anchor=False)
    kept = catalog.session_types(viewer)
    if all(kind.ended for kind in kept):
        st.warning("No kind of session can be booked. Add one, or use one again.")
    for kind in kept:
        with st.container(border=True):
            st.write(f"**{plain(kind.name)}**" + (", no longer booked" if kind.ended else ""))
            st.write(f"{kind.length_minutes} minutes, {how(kind.modality)}")
            st.write(f"Who may book: {BOOKABLE_BY[kind.bookable_by].lower()}")
            if kind.before_minutes or kind.after_minutes:
                st.write(f"Kept free: {kind.before_minutes} minutes before, {kind.after_minutes} after")
            with st.container(horizontal=True):
                if kind.ended:
                    st.button(
                        f"Use again: {plain(kind.name)}",
                        key=f"use:{kind.public_id}",
                        on_click=resume_type,
                        args=(kind,),
                    )
                else:
                    st.button(
                        f"Change: {plain(kind.name)}",
                        key=f"change:{kind.public_id}",
                        on_click=show,
                        args=(TYPE, kind),
                    )


def the_rules(rules: Rules) -> None:
    st.header("Rules", anchor=False)
    reminders = ", ".join(minutes_words(each) for each in rules.reminder_minutes)
    st.table(
        {
            "Rule": [
                "Booked at the latest",
                "Booked at the earliest",
                "Sessions a day, for each therapist",
                "Moved or cancelled in time until",
                "Reminders",
                "A freed time is offered for",
                "Video rooms open",
                "New people choose a time first",
            ],
            "Now": [
                f"{minutes_words(rules.notice_minutes)} before",
                f"{rules.horizon_days} days before",
                str(rules.daily_limit or "No limit"),
                f"{minutes_words(rules.change_until_minutes)} before",
                f"{reminders} before" if reminders else "None",
                minutes_words(rules.offer_minutes),
                f"{minutes_words(rules.room_opens_minutes)} before"
                if rules.room_opens_minutes
                else "When the session starts",
                "Yes" if rules.first_contact else "No",
            ],
        }
    )
    if rules.first_contact:
        st.write("New people start on the sign-in page, or at the address /first_contact.")


def closed() -> None:
    st.header("Closed days", anchor=False)
    details = clinic_details()
    planned = closures.closures(viewer, datetime.now(UTC))
    if not planned or details is None:
        st.write("None planned.")
        return
    for one in planned:
        with st.container(border=True):
            st.write(f"**{plain(one.name)}**: {span_words(one.starts_at, one.ends_at, details.zone)}")
            st.button(
                f"Open after all: {plain(one.name)}",
                key=f"open:{one.public_id}",
                on_click=open_again,
                args=(one.public_id, one.name),
            )
    st.caption(f"Whole days in {zone_words(details.zone)}.")


def the_rooms(found: dict[str, str]) -> None:
    st.header("Rooms", anchor=False)
    kept = [room for room in clinic_rooms.rooms(viewer) if not room.ended]
    if not kept:
        st.write("None. Sessions in person need one.")
    for room in kept:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(plain(room.name))
            st.button(
                f"End: {plain(room.name)}",
                key=f"end:{room.public_id}",
                on_click=end_room,
                args=(room.public_id, room.name),
            )
    st.text_input("New room", key="room:name", max_chars=catalog.LONGEST_NAME, placeholder="")
    forms.beside(found, "room")
    st.button("Add the room", on_click=add_room)


def begin(title: str, found: dict[str, str], step: str) -> None:
    shell.page(title, viewer, error=bool(found), step=step)
    forms.show_problems(found)
    st.button("‹ Back to booking", on_click=show, args=(LIST,), type="tertiary")


def one_type(found: dict[str, str]) -> None:
    which: KeptType | None = st.session_state.get(WHICH)
    begin("Change a kind of session" if which else "Add a kind of session", found, TYPE)
    rule_fields.type_fields(which, found)
    with st.container(horizontal=True):
        st.button("Save", type="primary", on_click=save_type, args=(which,))
        if which is not None:
            st.button("No longer book it", on_click=end_type, args=(which,))
    if which is not None:
        st.caption("Booked sessions stay as they are, whatever you change.")


def change_rules(found: dict[str, str]) -> None:
    begin("The clinic's rules", found, RULES)
    rule_fields.rules_fields(catalog.booking_rules(viewer), found)
    st.button("Save", type="primary", on_click=save_rules)


def close_days(found: dict[str, str]) -> None:
    begin("Close the clinic on some days", found, CLOSE)
    st.text_input("Name", key="closure:name", max_chars=closures.LONGEST_NAME, placeholder="")
    st.caption("For example “Christmas”. Therapists see it.")
    forms.beside(found, "closure")
    left, right = st.columns(2)
    with left:
        day_field("First day", "closure:first")
        forms.beside(found, "first_on")
    with right:
        day_field("Last day", "closure:last")
        forms.beside(found, "last_on")
    st.button("Save", type="primary", on_click=look)


def check(found: dict[str, str]) -> None:
    """How many sessions are booked on the closed days, before they are saved."""
    begin("Sessions are booked then", found, CHECK)
    name, first, last = st.session_state[DRAFT]
    count = closures.sessions_on(viewer, first, last, datetime.now(UTC))
    st.warning(
        f"{'1 session is' if count == 1 else f'{count} sessions are'} booked on these days. Saving cancels "
        "nothing: their therapists move or cancel them."
    )
    st.button(f"Close all the same: {plain(name)}", type="primary", on_click=close_anyway)


PARTS = {LIST: list_all, TYPE: one_type, RULES: change_rules, CLOSE: close_days, CHECK: check}
PARTS[st.session_state.get(PART, LIST)](forms.problems(FORM_NAME))
shell.foot(viewer)
