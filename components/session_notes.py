"""The therapist's note beside the call, and beside how the session was."""

from __future__ import annotations

import streamlit as st

from clinic.people.permissions import Permission
from clinic.records.note_formats import Stage
from components import access, note_fields, note_state
from components.errors import friendly_errors


@st.fragment
def session_notes(appointment_id: str, leave: bool = False) -> None:
    """The fields alone run again as they are kept: the call around them is not touched.

    Args:
        leave: with a link to the note's own screen; not beside a call, which leaving would end.
    """
    viewer = access.require(Permission.NOTE_WRITE)
    with friendly_errors():
        note = note_state.look(viewer, appointment_id)
        if note.stage is Stage.SIGNED and note_state.clash_of(appointment_id) is None:
            st.caption(note_fields.state_words(note))
            note_fields.versions(note.versions, viewer.zone)
        else:
            note_fields.fields(viewer, appointment_id)
        if leave:
            label = "Open the note" if note.stage is Stage.SIGNED else "Read it through and sign it"
            st.page_link("pages/note.py", label=label, query_params={"session": appointment_id})
