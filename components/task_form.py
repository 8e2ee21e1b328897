"""Setting a task: the fields, kept as they are typed for the therapist alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import streamlit as st

from clinic.between.task_drafts import keep_task_draft, read_task_draft
from clinic.between.task_states import LONGEST_TITLE, LONGEST_WORDS, Kind, TaskDraft
from clinic.between.tasks import set_task
from clinic.errors import EditedElsewhere, Elsewhere, InvalidInput
from clinic.measures.plans import plan
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.records.check_in import ITEM_WORDS, Item
from clinic.records.check_in_items import client_items
from components import access, forms, whole_screen
from components.autosave import autosave
from components.crisis import plain
from components.document_parts import FILE
from components.errors import friendly_errors
from components.task_parts import KINDS
from components.upload import Picked, upload
from components.words import measure_purpose

FORM_NAME, SET = "task-form", "task:set"
# What is typed or chosen, and kept. The worksheet is held until the task is set.
_FIELDS = ("kind", "title", "words", "due_on", "instrument", "focus")


def key(client_id: str, part: str) -> str:
    """The fields; "seen" is the kept draft's revision, "clash" another window's text, "file" what is held."""
    return f"task-form:{part}:{client_id}"


@st.fragment
def fields(client_id: str) -> None:
    """They alone run again as they are kept."""
    viewer = access.require(Permission.TASK_SET)
    whole_screen.first()
    with friendly_errors():
        _restore(viewer, client_id)
        _draw(viewer, client_id, datetime.now(UTC))


def _draw(viewer: Viewer, client_id: str, now: datetime) -> None:
    found = forms.problems(FORM_NAME)
    st.radio(
        "What kind of task?",
        [kind.value for kind in Kind],
        index=None,
        format_func=lambda kind: KINDS[Kind(kind)],
        **_of(client_id, "kind"),
    )
    forms.beside(found, "kind")
    st.text_input(
        "What there is to do, in a few words",
        max_chars=LONGEST_TITLE,
        placeholder="",
        **_of(client_id, "title"),
    )
    forms.beside(found, "title")
    match st.session_state.get(key(client_id, "kind")):
        case Kind.FILE:
            _worksheet(client_id, found)
        case Kind.MEASURE:
            _instrument(viewer, client_id, now, found)
        case Kind.FOCUS:
            _focus(viewer, client_id, now, found)
    st.text_area(
        "More about it (optional)",
        height=160,
        max_chars=LONGEST_WORDS,
        placeholder="",
        **_of(client_id, "words"),
    )
    autosave()
    forms.beside(found, "words")
    st.date_input("To be done by (optional)", value=None, format="DD/MM/YYYY", **_of(client_id, "due_on"))
    for name in ("due_on", forms.WHOLE_FORM):
        forms.beside(found, name)
    _how_kept(client_id, well=not found)


@forms.callback(FORM_NAME)
def set_it(asker: Viewer, client_id: str) -> None:
    """Set the task that stands in the fields, and go back to the client's tasks."""
    draft, revision = _typed(client_id), int(st.session_state.get(key(client_id, "seen"), 0))
    held: Picked | None = st.session_state.get(key(client_id, "file"))
    whole_screen.due()
    if key(client_id, "clash") in st.session_state:
        raise InvalidInput({"words": "There are two texts. Choose one of them first."})
    if held is not None:
        draft = replace(draft, worksheet_name=held.name, worksheet=held.content)
    submit_key, now = forms.submit_key(f"task:{client_id}"), datetime.now(UTC)
    set_task(asker, client_id, draft, submit_key, now, draft_revision=revision)
    forms.submitted(f"task:{client_id}")
    for part in (*_FIELDS, "seen", "clash", "file"):
        st.session_state.pop(key(client_id, part), None)
    st.session_state[SET] = client_id
    st.query_params.from_dict({"client": client_id})


def _of(client_id: str, part: str) -> dict[str, Any]:
    """What every field has: its place in the state, and that it is kept."""
    return {"key": key(client_id, part), "on_change": _keep, "args": (client_id,)}


def _worksheet(client_id: str, found: dict[str, str]) -> None:
    held: Picked | None = st.session_state.get(key(client_id, "file"))
    if held is not None:
        st.markdown(f"The worksheet: **{plain(held.name)}**")
    label = "Choose another file" if held is not None else "The worksheet"
    upload(label, FILE, key="task-form:worksheet", on_picked=lambda picked: _hold(client_id, picked))
    forms.beside(found, "worksheet")


def _instrument(viewer: Viewer, client_id: str, now: datetime, found: dict[str, str]) -> None:
    lines = [line for line in plan(viewer, client_id, now).lines if line.asked_as is not None]
    measures = {line.instrument.id: line.instrument for line in lines}
    if st.session_state.get(key(client_id, "instrument")) not in measures:
        st.session_state[key(client_id, "instrument")] = None
    st.selectbox(
        "Which questions?",
        list(measures),
        index=None,
        format_func=lambda name: f"{measures[name].name}: {measure_purpose(measures[name])}",
        placeholder="",
        **_of(client_id, "instrument"),
    )
    forms.beside(found, "instrument")
    st.caption("The client is asked them now. The task is done once they are answered.")


def _focus(viewer: Viewer, client_id: str, now: datetime, found: dict[str, str]) -> None:
    asked = [item.value for item in client_items(viewer, client_id, now).items]
    if st.session_state.get(key(client_id, "focus")) not in asked:
        st.session_state[key(client_id, "focus")] = None
    st.selectbox(
        "Which part?",
        asked,
        index=None,
        format_func=lambda item: ITEM_WORDS[Item(item)],
        placeholder="",
        **_of(client_id, "focus"),
    )
    forms.beside(found, "focus")
    st.page_link(
        "pages/check_in_plan.py", label="What this client's check-in asks", query_params={"client": client_id}
    )


@forms.callback(FORM_NAME)
def _hold(_asker: Viewer, client_id: str, picked: Picked) -> None:
    """The service looks at it once the task is set; nothing is kept before."""
    st.session_state[key(client_id, "file")] = picked


@forms.callback(FORM_NAME, pressed=False)
def _keep(asker: Viewer, client_id: str) -> None:
    # All looks into the session's state come first: a newer run breaks this one off at the next of them.
    draft, revision = _typed(client_id), int(st.session_state.get(key(client_id, "seen"), 0))
    _as_kept(asker, client_id, draft, revision)


@forms.callback(FORM_NAME)
def _take(asker: Viewer, client_id: str, mine: bool) -> None:
    """Of two texts, keep the one on this screen, or the one from elsewhere."""
    clash: dict[str, Elsewhere] | None = st.session_state.get(key(client_id, "clash"))
    if clash is None:
        return  # pressed twice
    if not mine:
        for part, there in clash.items():
            st.session_state[key(client_id, part)] = there.value
    _as_kept(asker, client_id, _typed(client_id), clash["words"].revision)


def _as_kept(asker: Viewer, client_id: str, draft: TaskDraft, revision: int) -> None:
    try:
        kept = keep_task_draft(asker, client_id, draft, revision, datetime.now(UTC))
    except EditedElsewhere as error:
        st.session_state[key(client_id, "clash")] = error.now
        raise
    st.session_state[key(client_id, "seen")] = kept
    st.session_state.pop(key(client_id, "clash"), None)


def _how_kept(client_id: str, *, well: bool) -> None:
    clash: dict[str, Elsewhere] | None = st.session_state.get(key(client_id, "clash"))
    if clash is None:
        if well:
            st.caption("Kept as you type. The client sees it once you set it.")
        return
    with st.container(border=True):
        st.markdown("**In the other window it says:**")
        for there in clash.values():
            st.text(there.value or "(nothing)")
        with st.container(horizontal=True):
            for label, mine in (("Keep what I typed here", True), ("Take the other text", False)):
                st.button(label, key=f"task-form:take:{mine}", on_click=_take, args=(client_id, mine))


def _typed(client_id: str) -> TaskDraft:
    said = {part: st.session_state.get(key(client_id, part)) for part in _FIELDS}
    due_on = said["due_on"] if isinstance(said["due_on"], date) else None
    return TaskDraft(
        said["kind"],
        str(said["title"] or ""),
        str(said["words"] or ""),
        due_on,
        instrument=said["instrument"],
        focus=said["focus"],
    )


def _restore(viewer: Viewer, client_id: str) -> None:
    """What was kept, where the screen does not show it yet: Streamlit forgets fields that were not on the
    last screen."""
    state = st.session_state
    if key(client_id, "seen") in state and key(client_id, "title") in state:
        return
    draft, revision = read_task_draft(viewer, client_id)
    state[key(client_id, "seen")] = revision
    for part in _FIELDS:
        state[key(client_id, part)] = getattr(draft, part)
