"""A conversation on the screen, and the field in which one writes, kept as it is typed."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from clinic.between.away import away_now
from clinic.between.drafts import Draft, keep_draft, read_draft
from clinic.between.messages import read_thread
from clinic.between.thread_states import LONGEST_BODY, LONGEST_SUBJECT
from clinic.errors import EditedElsewhere
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms, whole_screen
from components.autosave import autosave
from components.crisis import plain
from components.errors import friendly_errors
from components.times import clock, day_of, long_day, zone_words

FORM_NAME = "message"
_REFRESH = "5s"


def key(client_id: str, thread_id: str, part: str) -> str:
    return f"message:{part}:{client_id}:{thread_id}"


def away_texts(viewer: Viewer, now: datetime) -> None:
    """Which of the client's therapists are away, in their own words."""
    for away in away_now(viewer, now):
        with st.container(border=True):
            st.markdown(f"**{plain(away.name)} is away until {long_day(away.until_on)}.**")
            st.text(away.words)


def not_watched() -> None:
    """How soon somebody reads this, and where help is meanwhile."""
    st.write("Messages are not watched around the clock. If you need somebody now, help is here:")
    st.page_link("pages/help_now.py", label="Help now: who to call")


@st.fragment(run_every=_REFRESH)
def said(thread_id: str) -> None:
    """The messages, newest at the bottom. This alone is drawn anew, never the field one types in."""
    viewer = access.require(Permission.MESSAGE_WRITE)
    with friendly_errors():
        found = read_thread(viewer, thread_id, datetime.now(UTC))
        day = None
        with st.container(key="said"):
            for one in found.said:
                if (on := day_of(one.sent_at, viewer.zone)) != day:
                    day = on
                    st.header(long_day(day), anchor=False)
                with st.container(border=True):
                    who = "You" if one.own else plain(one.by)
                    st.caption(f"{who}, {clock(one.sent_at, viewer.zone)} ({zone_words(viewer.zone)})")
                    st.text(one.body)


@st.fragment
def field(client_id: str, thread_id: str) -> None:
    """What one writes. A new message (`thread_id` "") has a subject too."""
    viewer = access.require(Permission.MESSAGE_WRITE)
    whole_screen.first()
    with friendly_errors():
        _restore(viewer, client_id, thread_id)
        found = forms.problems(FORM_NAME)
        if not thread_id:
            st.text_input(
                "What is it about?",
                key=key(client_id, thread_id, "subject"),
                max_chars=LONGEST_SUBJECT,
                placeholder="",
                on_change=_keep,
                args=(client_id, thread_id),
            )
            forms.beside(found, "subject")
        st.text_area(
            "Your answer" if thread_id else "Your message",
            key=key(client_id, thread_id, "body"),
            height=160,
            max_chars=LONGEST_BODY,
            placeholder="",
            on_change=_keep,
            args=(client_id, thread_id),
        )
        autosave()
        forms.beside(found, "body")
        _how_kept(client_id, thread_id)


def typed(client_id: str, thread_id: str) -> Draft:
    """What stands in the fields, and the revision that this screen has seen."""
    subject, body = (
        str(st.session_state.get(key(client_id, thread_id, part)) or "") for part in ("subject", "body")
    )
    base: Draft | None = st.session_state.get(key(client_id, thread_id, "base"))
    return Draft(subject, body, base.revision if base else 0)


def sent(client_id: str, thread_id: str) -> None:
    """The fields are empty again, for what is written next."""
    for part in ("subject", "body"):
        st.session_state[key(client_id, thread_id, part)] = ""
    for part in ("base", "clash"):
        st.session_state.pop(key(client_id, thread_id, part), None)


def _restore(viewer: Viewer, client_id: str, thread_id: str) -> None:
    base, body = key(client_id, thread_id, "base"), key(client_id, thread_id, "body")
    if base not in st.session_state:
        st.session_state[base] = read_draft(viewer, client_id, thread_id)
        if not st.session_state.get(body):
            st.session_state[body] = st.session_state[base].body
            st.session_state[key(client_id, thread_id, "subject")] = st.session_state[base].subject
    for part in ("subject", "body"):
        # Streamlit forgets a field that was not on the last screen; what was kept of it is in `base`.
        if key(client_id, thread_id, part) not in st.session_state:
            st.session_state[key(client_id, thread_id, part)] = getattr(st.session_state[base], part)


def _how_kept(client_id: str, thread_id: str) -> None:
    there: Draft | None = st.session_state.get(key(client_id, thread_id, "clash"))
    if there is None:
        st.caption("Kept as you type. Nobody reads it until you send it.")
        return
    with st.container(border=True):
        st.markdown("**In the other window it says:**")
        if there.subject:
            st.text(there.subject)
        st.text(there.body or "(nothing)")
        with st.container(horizontal=True):
            for label, mine in (("Keep what I typed here", True), ("Take the other text", False)):
                st.button(label, key=f"message:{mine}", on_click=_take, args=(client_id, thread_id, mine))


@forms.callback(FORM_NAME, pressed=False)
def _keep(asker: Viewer, client_id: str, thread_id: str) -> None:
    # All looks into the session's state come first: a newer run breaks this one off at the next of them.
    _as_kept(asker, client_id, thread_id, typed(client_id, thread_id))


@forms.callback(FORM_NAME)
def _take(asker: Viewer, client_id: str, thread_id: str, mine: bool) -> None:
    """Of two texts, keep the one on this screen, or the one from elsewhere."""
    there: Draft = st.session_state[key(client_id, thread_id, "clash")]
    if not mine:
        for part, text in (("subject", there.subject), ("body", there.body)):
            st.session_state[key(client_id, thread_id, part)] = text
    here = typed(client_id, thread_id) if mine else there
    _as_kept(asker, client_id, thread_id, Draft(here.subject, here.body, there.revision))


def _as_kept(asker: Viewer, client_id: str, thread_id: str, draft: Draft) -> None:
    try:
        kept = keep_draft(
            asker, client_id, thread_id, draft.subject, draft.body, draft.revision, datetime.now(UTC)
        )
    except EditedElsewhere as error:
        there = error.now["body"]
        st.session_state[key(client_id, thread_id, "clash")] = Draft(
            error.now["subject"].value, there.value, there.revision
        )
        raise
    st.session_state[key(client_id, thread_id, "base")] = kept
    st.session_state.pop(key(client_id, thread_id, "clash"), None)
