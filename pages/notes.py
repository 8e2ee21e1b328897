"""A client's notes, the newest first; without a client, a search in the notes on one's own clients."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import ClinicError, InvalidInput
from clinic.people.permissions import Permission
from clinic.records.note_list import (
    LONGEST_QUERY,
    MOST_LISTED,
    MOST_SEARCHED,
    ClientNotes,
    Entry,
    client_notes,
    search_notes,
)
from components import access, address, forms, note_fields, shell
from components.crisis import plain
from components.errors import sentence_for
from components.times import moment
from components.words import counted

viewer = access.require(Permission.NOTE_WRITE)
address.hold()
CLIENT = st.query_params.get("client", "")
BACK = ("pages/clients.py", "clients")


def open_link(entry: Entry) -> None:
    if entry.own:
        label = "Open and sign it" if not entry.versions else "Open the note"
        st.page_link("pages/note.py", label=label, query_params={"session": entry.appointment_id})


def listed(entry: Entry) -> None:
    with st.container(border=True):
        st.markdown(f"**{moment(entry.starts_at, viewer.zone)}**, {plain(entry.author)}")
        if entry.versions:
            note_fields.versions(entry.versions, viewer.zone)
        if entry.draft is not None:
            st.markdown("**A change that is not signed yet**" if entry.versions else "**Not signed yet**")
            note_fields.read(entry.draft)
        open_link(entry)


def of_client(found: ClientNotes) -> None:
    with st.container(horizontal=True):
        query = {"client": found.client_id}
        st.page_link("pages/client_record.py", label="Record", query_params=query)
        st.page_link("pages/private_notes.py", label="Private notes", query_params=query)
        st.page_link("pages/notes.py", label="Search all notes", query_params={"client": ""})
    if not found.notes:
        st.write("No notes yet. A note is written in the session, or after it from Today.")
    for entry in found.notes:
        listed(entry)
    if found.more:
        st.write(f"These are the newest {MOST_LISTED}. Older ones are found with the search.")


def searching(words: str) -> dict[str, str]:
    """The hits for these words; what is wrong with them."""
    try:
        found = search_notes(viewer, words, datetime.now(UTC))
    except InvalidInput as error:
        return error.fields
    st.write(f"{counted(len(found.hits), 'note', 'notes')} with all these words.")
    for hit in found.hits:
        with st.container(border=True):
            note = hit.note
            st.markdown(
                f"**{plain(note.client_name)}**, {moment(note.starts_at, viewer.zone)}, {plain(note.author)}"
            )
            st.text(hit.around)
            st.page_link("pages/notes.py", label="Client's notes", query_params={"client": note.client_id})
            open_link(note)
    if found.more:
        st.write(f"Looked at the newest {MOST_SEARCHED} notes only. There are older ones.")
    return {}


if CLIENT:
    notes: ClientNotes | None = None
    problem = ""
    try:
        notes = client_notes(viewer, CLIENT, datetime.now(UTC))
    except ClinicError as error:
        problem = sentence_for(error)
    shell.page(f"Notes: {plain(notes.client_name)}" if notes else "Notes", viewer, back=BACK, tab="Notes")
    if notes is None:
        st.warning(problem)
    else:
        of_client(notes)
else:
    shell.page("Search notes", viewer, back=BACK)
    with st.form("notes-search", border=False, enter_to_submit=True):
        words = st.text_input(
            "Words in the notes on your clients", max_chars=LONGEST_QUERY, key="notes:words"
        )
        pressed = st.form_submit_button("Search", type="primary")
    if words.strip() or pressed:
        forms.beside(searching(words), "query")
shell.foot(viewer)
