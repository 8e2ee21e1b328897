"""What a browser session holds of a note that is being typed: what it saw last, and what is in the fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from clinic.errors import EditedElsewhere, InvalidInput, NoteSigned
from clinic.people.viewer import Viewer
from clinic.records.note_formats import (
    FORMATS,
    Draft,
    Stage,
    as_words,
    drafted,
    in_format,
    missing,
    with_line,
)
from clinic.records.note_list import scores_line
from clinic.records.note_signing import amend_note, drop_amendment, sign_note
from clinic.records.notes import Note, keep_note, read_note
from components import forms, whole_screen

FORM_NAME = "session-note"
SIGN, DROP = "sign", "drop"  # the steps that ask first


@dataclass(frozen=True)
class Clash:
    """Two texts: what another window kept or signed, in words, and what was typed here."""

    there: str
    revision: int
    signed: bool
    mine: Draft


def key(appointment_id: str, part: str) -> str:
    """A key of the session's state. Fields are "text:<section>", "format" and "reason"."""
    return f"note:{part}:{appointment_id}"


def base_of(appointment_id: str) -> Note:
    """The note as this screen saw it last."""
    base: Note = st.session_state[key(appointment_id, "base")]
    return base


def clash_of(appointment_id: str) -> Clash | None:
    clash: Clash | None = st.session_state.get(key(appointment_id, "clash"))
    return clash


def look(viewer: Viewer, appointment_id: str) -> Note:
    """Read the note where the screen does not show it yet; Streamlit forgets fields that were not on the
    last screen. What was typed and could not be kept is shown again."""
    known: Note | None = st.session_state.get(key(appointment_id, "base"))
    clash = clash_of(appointment_id)
    fields = known is not None and (known.stage is not Stage.SIGNED or clash is not None)
    if not fields or key(appointment_id, "format") not in st.session_state:
        note = read_note(viewer, appointment_id, datetime.now(UTC))
        _show(appointment_id, note, clash.mine if clash else note.draft)
    return base_of(appointment_id)


def typed(appointment_id: str) -> Draft:
    """The draft as it stands in the fields."""
    state = st.session_state
    name = str(state.get(key(appointment_id, "format")) or base_of(appointment_id).draft.format)
    texts = {
        one.name: str(state.get(key(appointment_id, f"text:{one.name}")) or "")
        for one in FORMATS[name].sections
    }
    return drafted(name, texts, str(state.get(key(appointment_id, "reason")) or ""))


@forms.callback(FORM_NAME, pressed=False)
def keep(asker: Viewer, appointment_id: str) -> None:
    draft, base = typed(appointment_id), base_of(appointment_id)
    _keep(asker, appointment_id, draft, base.revision)


@forms.callback(FORM_NAME)
def change_format(asker: Viewer, appointment_id: str) -> None:
    """The fields of another format, with the text that was in those before."""
    state = st.session_state
    wanted = str(state[key(appointment_id, "format")])
    before = str(state[key(appointment_id, "shown")])
    state[key(appointment_id, "format")] = before
    draft, base = in_format(typed(appointment_id), wanted), base_of(appointment_id)
    _fill(appointment_id, draft)
    _keep(asker, appointment_id, draft, base.revision)


@forms.callback(FORM_NAME)
def insert_scores(asker: Viewer, appointment_id: str, section: str) -> None:
    """A line of the day's scores at the end of a section."""
    draft, base = typed(appointment_id), base_of(appointment_id)
    line = scores_line(asker, appointment_id, datetime.now(UTC))
    st.session_state[key(appointment_id, "no-scores")] = not line
    if line:
        draft = with_line(draft, section, line)
        _fill(appointment_id, draft)
        _keep(asker, appointment_id, draft, base.revision)


@forms.callback(FORM_NAME)
def take(asker: Viewer, appointment_id: str, mine: bool) -> None:
    """Of two texts, keep the one on this screen, or the one from elsewhere."""
    draft, clash = typed(appointment_id), clash_of(appointment_id)
    if clash is None:
        return  # pressed twice
    now = datetime.now(UTC)
    if not mine:
        _settle(appointment_id, read_note(asker, appointment_id, now))
    elif clash.signed:
        note = amend_note(asker, appointment_id, now)
        _settle(appointment_id, keep_note(asker, appointment_id, draft, note.revision, now))
    else:
        _keep(asker, appointment_id, draft, clash.revision)


@forms.callback(FORM_NAME)
def ask_to_sign(asker: Viewer, appointment_id: str) -> None:
    """Turn to the question, unless there is something to put right first."""
    whole_screen.due()
    note = base_of(appointment_id)
    if clash_of(appointment_id) is not None:
        raise InvalidInput({"note": "There are two texts. Choose one of them first, then sign."})
    if wrong := missing(note.stage, note.draft, note.versions[-1].draft if note.versions else None):
        raise InvalidInput(wrong)
    ask(appointment_id, SIGN)


@forms.callback(FORM_NAME)
def sign(asker: Viewer, appointment_id: str, revision: int) -> None:
    """What the person was asked about is what is signed."""
    try:
        note = sign_note(asker, appointment_id, revision, datetime.now(UTC))
    except EditedElsewhere as error:
        draft, there = base_of(appointment_id).draft, error.now["note"]
        st.session_state[key(appointment_id, "clash")] = Clash(there.value, there.revision, False, draft)
        raise
    finally:
        ask(appointment_id, "")
    _settle(appointment_id, note)


@forms.callback(FORM_NAME)
def amend(asker: Viewer, appointment_id: str) -> None:
    whole_screen.due()
    _settle(appointment_id, amend_note(asker, appointment_id, datetime.now(UTC)))


@forms.callback(FORM_NAME)
def drop(asker: Viewer, appointment_id: str, revision: int) -> None:
    try:
        note = drop_amendment(asker, appointment_id, revision, datetime.now(UTC))
    finally:
        ask(appointment_id, "")
    _settle(appointment_id, note)


def ask(appointment_id: str, step: str) -> None:
    """Turn to a step of the screen: "" is the note itself."""
    whole_screen.due()
    st.session_state[key(appointment_id, "step")] = step


def step_of(appointment_id: str) -> str:
    return str(st.session_state.get(key(appointment_id, "step")) or "")


def _keep(asker: Viewer, appointment_id: str, draft: Draft, revision: int) -> None:
    now = datetime.now(UTC)
    try:
        kept = keep_note(asker, appointment_id, draft, revision, now)
    except EditedElsewhere as error:
        there = error.now["note"]
        st.session_state[key(appointment_id, "clash")] = Clash(there.value, there.revision, False, draft)
        raise
    except NoteSigned:
        note = read_note(asker, appointment_id, now)
        said = as_words(note.draft)
        st.session_state[key(appointment_id, "clash")] = Clash(said, note.revision, True, draft)
        raise
    st.session_state[key(appointment_id, "base")] = kept
    st.session_state.pop(key(appointment_id, "clash"), None)


def _settle(appointment_id: str, note: Note) -> None:
    """From here on the screen shows this note."""
    st.session_state.pop(key(appointment_id, "clash"), None)
    _show(appointment_id, note, note.draft)


def _show(appointment_id: str, note: Note, draft: Draft) -> None:
    st.session_state[key(appointment_id, "base")] = note
    if note.stage is not Stage.SIGNED or clash_of(appointment_id):
        _fill(appointment_id, draft)


def _fill(appointment_id: str, draft: Draft) -> None:
    state = st.session_state
    state[key(appointment_id, "format")] = state[key(appointment_id, "shown")] = draft.format
    state[key(appointment_id, "reason")] = draft.reason
    for one in FORMATS[draft.format].sections:
        state[key(appointment_id, f"text:{one.name}")] = draft.texts.get(one.name, "")
