"""One session's note: written as it is typed, signed and locked, amended with a reason."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import ClinicError
from clinic.people.permissions import Permission
from clinic.records.note_formats import Stage
from clinic.records.note_list import NoteDesk, note_desk
from components import access, forms, note_fields, note_state, shell, whole_screen
from components.crisis import plain
from components.errors import friendly_errors, sentence_for
from components.times import moment

viewer = access.require(Permission.NOTE_WRITE)
wanted = st.query_params.get("session", "")


def confirm(step: str) -> None:
    """The interruption before what cannot be taken back."""
    note = note_state.base_of(wanted)
    if step == note_state.SIGN:
        again = note.stage is Stage.AMENDING
        st.write(
            "Sign this change? Both texts stay in the record: this one, and the one before it."
            if again
            else "Sign this note? It is locked then; you can amend it with a reason."
        )
        with st.container(border=True):
            note_fields.read(note.draft)
            if again and note.draft.reason:
                st.text(f"Why you change it: {note.draft.reason}")
        acts = ("Sign and lock", note_state.sign, "Go on writing")
    else:
        st.write("Leave the note as it was signed? What you typed as a change is dropped.")
        acts = ("Drop the change", note_state.drop, "Go on writing")
    with st.container(horizontal=True):
        st.button(acts[0], type="primary", on_click=acts[1], args=(wanted, note.revision), key="note:do")
        st.button(acts[2], on_click=note_state.ask, args=(wanted, ""), key="note:not")


@st.fragment
def writing() -> None:
    """The fields alone run again as they are kept."""
    asker = access.require(Permission.NOTE_WRITE)
    whole_screen.first()
    with friendly_errors():
        note_state.look(asker, wanted)
        note_fields.fields(asker, wanted, height=360)


def editor(desk: NoteDesk) -> None:
    note = note_state.look(viewer, wanted)
    st.caption(note_fields.state_words(note))
    if note.stage is Stage.SIGNED and note_state.clash_of(wanted) is None:
        note_fields.versions(note.versions, viewer.zone)
        st.button("Amend", on_click=note_state.amend, args=(wanted,), key="note:amend")
        return
    writing()
    with st.container(horizontal=True):
        if desk.appointment.starts_at <= datetime.now(UTC):
            st.button(
                "Sign and lock",
                type="primary",
                on_click=note_state.ask_to_sign,
                args=(wanted,),
                key="note:sign",
            )
        else:
            st.caption("You can sign it once the session has begun.")
        if note.stage is Stage.AMENDING:
            st.button(
                "Drop the change", on_click=note_state.ask, args=(wanted, note_state.DROP), key="note:drop"
            )
    if note.versions:
        st.header("As it is signed now", anchor=False)
        note_fields.versions(note.versions, viewer.zone)


def beside(desk: NoteDesk) -> None:
    """What one looks up while writing: not on a phone, where the note is alone."""
    st.header("Scores of the day", anchor=False)
    st.text(desk.scores or "No measure was finished on the day of this session.")
    st.header("Your last signed note", anchor=False)
    if desk.last is None:
        st.write("None before this session.")
    else:
        st.markdown(f"**{moment(desk.last.starts_at, viewer.zone)}**")
        note_fields.versions(desk.last.versions, viewer.zone)


problem = ""
try:
    desk = note_desk(viewer, wanted, datetime.now(UTC))
except ClinicError as error:
    problem = sentence_for(error)
if problem:
    shell.page("Note", viewer, back=("pages/today.py", "Today"))
    st.warning(problem)
    shell.foot(viewer)
    st.stop()
found, step = forms.problems(note_state.FORM_NAME), note_state.step_of(wanted)
booked = desk.appointment
shell.page(
    f"Note: {plain(booked.client_name)}",
    viewer,
    back=("pages/notes.py", "notes", {"client": booked.client_id}),
    error=bool(found),
    step=step,
    wide=True,
    tab="Note",
)
forms.show_problems(found)
st.write(moment(booked.starts_at, viewer.zone))
if step:
    note_state.look(viewer, wanted)
    confirm(step)
else:
    left, right = st.columns([3, 2], gap="large")
    with left:
        editor(desk)
    with right, st.container(key="beside_note"):
        beside(desk)
shell.foot(viewer)
