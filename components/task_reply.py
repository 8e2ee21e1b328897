"""A client's reply to a task, kept as it is typed; what two windows wrote is never lost between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from clinic.between.task_list import TaskView
from clinic.between.task_replies import finish, hand_in, keep_reply, take_back
from clinic.between.task_states import LONGEST_REPLY, State
from clinic.errors import CareEnded, EditedElsewhere, Elsewhere, InvalidInput, TaskEnded
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms, whole_screen
from components.autosave import autosave
from components.errors import friendly_errors
from components.upload import Picked

FORM_NAME, SAID = "task", "task:said"


@dataclass(frozen=True)
class Seen:
    """The reply as this screen last knew it to be kept."""

    text: str
    revision: int


def key(task_id: str, part: str) -> str:
    """ "reply" is the field, "seen" what is kept of it, "clash" another window's text, "mine" what was typed
    here when the task had ended meanwhile."""
    return f"task:{part}:{task_id}"


def restore(view: TaskView) -> None:
    """What stands in the field: what is kept, unless something else was typed here."""
    state, task_id = st.session_state, view.row.public_id
    kept = Seen(view.reply, view.reply_revision)
    seen: Seen | None = state.get(key(task_id, "seen"))
    typed = state.get(key(task_id, "reply"))
    # Streamlit forgets a field that was not on the last screen. One that shows the right text is left alone:
    # to set it would undo what the browser has not sent yet.
    if seen is None or typed is None or (typed == seen.text and key(task_id, "clash") not in state):
        state[key(task_id, "seen")] = kept
        if typed != kept.text:
            state[key(task_id, "reply")] = kept.text


@st.fragment
def field(task_id: str) -> None:
    """The field alone runs again as it is kept."""
    access.require(Permission.TASK_ANSWER)
    whole_screen.first()
    with friendly_errors():
        found = forms.problems(FORM_NAME)
        st.text_area(
            "Your reply",
            key=key(task_id, "reply"),
            height=200,
            max_chars=LONGEST_REPLY,
            placeholder="",
            on_change=_keep,
            args=(task_id,),
        )
        autosave()
        for name in ("reply", forms.WHOLE_FORM):
            forms.beside(found, name)
        _how_kept(task_id, well=not found)


def left_over(view: TaskView) -> None:
    """What was typed here while the task ended elsewhere. It is not kept, so it stays on the screen, even
    when the task goes on."""
    task_id = view.row.public_id
    mine = st.session_state.get(key(task_id, "mine"))
    if mine is None:
        return
    with st.container(border=True):
        st.markdown("**What you typed here, which is not kept:**")
        st.text(mine)
        if view.row.state is State.DONE and view.standing.cared_for:
            st.button(
                "Take the task back and keep this text", on_click=go_on, args=(task_id, view.reply_revision)
            )


@forms.callback(FORM_NAME)
def done(asker: Viewer, task_id: str) -> None:
    """The client says that it is done, with what stands in the field."""
    text, seen = _typed(task_id)
    whole_screen.due()
    if key(task_id, "clash") in st.session_state:
        raise InvalidInput({"reply": "There are two texts. Choose one of them first."})
    with _told(task_id, text):
        finish(asker, task_id, text, seen.revision, datetime.now(UTC))
    _forget(task_id)
    _say("Done. Your therapist can read your reply now.")


@forms.callback(FORM_NAME)
def again(asker: Viewer, task_id: str) -> None:
    take_back(asker, task_id, datetime.now(UTC))
    _forget(task_id, "reply", "seen", "clash")
    _say("You can go on with it. Your therapist reads it again once it is done.")


@forms.callback(FORM_NAME)
def go_on(asker: Viewer, task_id: str, revision: int) -> None:
    """It is not done: what was typed here takes the place of the reply."""
    mine, now = str(st.session_state.get(key(task_id, "mine")) or ""), datetime.now(UTC)
    take_back(asker, task_id, now)
    keep_reply(asker, task_id, mine, revision, now)
    _forget(task_id)
    whole_screen.due()


@forms.callback(FORM_NAME)
def send(asker: Viewer, task_id: str, picked: Picked) -> None:
    submit_key, now = forms.submit_key(f"hand-in:{task_id}"), datetime.now(UTC)
    hand_in(asker, task_id, picked.name, picked.content, submit_key, now)
    forms.submitted(f"hand-in:{task_id}")
    _say("Sent. Your therapist can open it now.")


@forms.callback(FORM_NAME, pressed=False)
def _keep(asker: Viewer, task_id: str) -> None:
    # All looks into the session's state come first: a newer run breaks this one off at the next of them.
    text, seen = _typed(task_id)
    _as_kept(asker, task_id, text, seen.revision)


@forms.callback(FORM_NAME)
def _take(asker: Viewer, task_id: str, mine: bool) -> None:
    """Of two texts, keep the one on this screen, or the one from elsewhere."""
    text, _ = _typed(task_id)
    there: Elsewhere | None = st.session_state.get(key(task_id, "clash"))
    if there is None:
        return  # pressed twice
    if not mine:
        text = st.session_state[key(task_id, "reply")] = there.value
    _as_kept(asker, task_id, text, there.revision)


def _how_kept(task_id: str, *, well: bool) -> None:
    there: Elsewhere | None = st.session_state.get(key(task_id, "clash"))
    if there is None:
        if well:
            st.caption("Kept as you type. Your therapist reads it once you say that it is done.")
        return
    with st.container(border=True):
        st.markdown("**In the other window it says:**")
        st.text(there.value or "(nothing)")
        with st.container(horizontal=True):
            for label, mine in (("Keep what I typed here", True), ("Take the other text", False)):
                st.button(label, key=f"task:take:{mine}", on_click=_take, args=(task_id, mine))


def _typed(task_id: str) -> tuple[str, Seen]:
    text = str(st.session_state.get(key(task_id, "reply")) or "")
    seen: Seen = st.session_state.get(key(task_id, "seen")) or Seen("", 0)
    return text, seen


def _as_kept(asker: Viewer, task_id: str, text: str, revision: int) -> None:
    with _told(task_id, text):
        kept = keep_reply(asker, task_id, text, revision, datetime.now(UTC))
    st.session_state[key(task_id, "seen")] = Seen(text, kept)
    st.session_state.pop(key(task_id, "clash"), None)


@contextmanager
def _told(task_id: str, text: str) -> Iterator[None]:
    """Remembers what another window did, with both texts, for the screen that follows."""
    try:
        yield
    except EditedElsewhere as error:
        st.session_state[key(task_id, "clash")] = error.now["reply"]
        raise
    except (TaskEnded, CareEnded):
        st.session_state[key(task_id, "mine")] = text
        whole_screen.due()
        raise


def _say(words: str) -> None:
    st.session_state[SAID] = words
    whole_screen.due()


def _forget(task_id: str, *parts: str) -> None:
    for part in parts or ("reply", "seen", "clash", "mine"):
        st.session_state.pop(key(task_id, part), None)
