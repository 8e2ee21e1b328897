"""A therapist's private notes on a client, apart from the record; kept as they are typed."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import ClinicError, EditedElsewhere
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.records.notes import LONGEST_NOTE
from clinic.records.private_notes import (
    Private,
    begin_private_note,
    keep_private_note,
    private_notes,
)
from components import access, forms, shell
from components.autosave import autosave
from components.crisis import plain
from components.errors import sentence_for
from components.times import moment

viewer = access.require(Permission.NOTE_WRITE)
FORM_NAME = "private-notes"
CLIENT = st.query_params.get("client", "")


def field(note_id: str, part: str = "text") -> str:
    """A session key: "text" is the field, "base" the note as seen last, "clash" what stands elsewhere."""
    return f"private:{part}:{note_id}"


@forms.callback(FORM_NAME)
def begin(asker: Viewer, client: str) -> None:
    begin_private_note(asker, client, datetime.now(UTC))


@forms.callback(FORM_NAME, pressed=False)
def keep(asker: Viewer, note_id: str) -> None:
    text, base = str(st.session_state.get(field(note_id)) or ""), st.session_state[field(note_id, "base")]
    kept_as(asker, note_id, text, base.revision)


@forms.callback(FORM_NAME)
def take(asker: Viewer, note_id: str, mine: bool) -> None:
    """Of two texts, keep the one on this screen, or the one from elsewhere."""
    there: Private = st.session_state[field(note_id, "clash")]
    if not mine:
        st.session_state[field(note_id)] = there.text
    text = str(st.session_state.get(field(note_id)) or "")
    kept_as(asker, note_id, text, there.revision)


def kept_as(asker: Viewer, note_id: str, text: str, revision: int) -> None:
    try:
        kept = keep_private_note(asker, note_id, text, revision, datetime.now(UTC))
    except EditedElsewhere as error:
        there = error.now["private"]
        st.session_state[field(note_id, "clash")] = Private(
            note_id, there.value, there.revision, there.at, there.at
        )
        raise
    st.session_state[field(note_id, "base")] = kept
    st.session_state.pop(field(note_id, "clash"), None)


def show(note: Private) -> None:
    if field(note.public_id) not in st.session_state:
        st.session_state[field(note.public_id)] = note.text
        st.session_state[field(note.public_id, "base")] = note
    st.text_area(
        f"Begun {moment(note.started_at, viewer.zone)}",
        key=field(note.public_id),
        height=180,
        max_chars=LONGEST_NOTE,
        placeholder="",
        on_change=keep,
        args=(note.public_id,),
    )
    there: Private | None = st.session_state.get(field(note.public_id, "clash"))
    if there is not None:
        with st.container(border=True):
            st.markdown("**In the other window it says:**")
            st.text(there.text or "(nothing)")
            with st.container(horizontal=True):
                for label, mine in (("Keep what I typed here", True), ("Take the other text", False)):
                    st.button(
                        label,
                        key=field(note.public_id, f"take:{mine}"),
                        on_click=take,
                        args=(note.public_id, mine),
                    )
    elif note.revision:
        st.caption(f"Kept {moment(note.kept_at, viewer.zone)}.")


problem = ""
try:
    own = private_notes(viewer, CLIENT, datetime.now(UTC))
except ClinicError as error:
    problem = sentence_for(error)
found = forms.problems(FORM_NAME)
back = ("pages/notes.py", "notes", {"client": CLIENT}) if not problem else ("pages/clients.py", "clients")
heading = "Private notes" if problem else f"Private notes: {plain(own.client_name)}"
shell.page(heading, viewer, back=back, error=bool(found), tab="Private notes")
forms.show_problems(found)
if problem:
    st.warning(problem)
else:
    st.write(
        "For yourself alone. They are not part of the record: no colleague, supervisor or administrator "
        "reads them here, and they are in no export. They are kept as you type."
    )
    st.button("New private note", type="primary", on_click=begin, args=(CLIENT,), key="private:new")
    for one in own.notes:
        show(one)
    if not own.notes:
        st.write("None yet.")
    autosave()
shell.foot(viewer)
