"""What a therapist does about a client's outcomes: what to show, reviewing, marks, episodes, files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import streamlit as st

from clinic.people.viewer import Viewer
from clinic.records.chart_marks import KINDS, LONGEST, add_mark, remove_mark
from clinic.records.episodes import EpisodeView, begin_episode, remove_episode
from clinic.records.outcomes import PERIODS, USUAL, Outcomes, Wanted
from clinic.records.reviews import LONGEST_NOTE, review
from clinic.records.sharing import share
from components import chart_words, forms
from components.crisis import plain
from components.times import day_of, moment, short_day
from components.words import joined

FORM_NAME = "outcomes"
_EARLIEST = date(1950, 1, 1)
_PERIOD, _EPISODE, _NOTE = "outcomes:period", "outcomes:episode", "outcomes:note"


def wanted(client_id: str) -> Wanted:
    """What was chosen on this client's record."""
    return Wanted(
        st.session_state.get(f"{_PERIOD}:{client_id}") or USUAL,
        st.session_state.get(f"{_EPISODE}:{client_id}"),
    )


@forms.callback(FORM_NAME)
def _review(asker: Viewer, client_id: str, seen: datetime) -> None:
    note = str(st.session_state.get(_NOTE) or "")
    review(asker, client_id, seen, note, datetime.now(UTC))
    st.session_state[_NOTE] = ""


@forms.callback(FORM_NAME)
def _add_mark(asker: Viewer, client_id: str) -> None:
    kind, day = st.session_state["mark:kind"], st.session_state["mark:day"]
    words = str(st.session_state.get("mark:words") or "")
    add_mark(asker, client_id, kind or "", words, day, datetime.now(UTC))
    st.session_state["mark:words"], st.session_state["mark:day"] = "", None


@forms.callback(FORM_NAME)
def _remove_mark(asker: Viewer, client_id: str, mark_id: str) -> None:
    remove_mark(asker, client_id, mark_id, datetime.now(UTC))


@forms.callback(FORM_NAME)
def _begin(asker: Viewer, client_id: str) -> None:
    chosen: date | None = st.session_state["episode:day"]
    begin_episode(asker, client_id, chosen, datetime.now(UTC))
    st.session_state[f"{_EPISODE}:{client_id}"] = None


@forms.callback(FORM_NAME)
def _remove_episode(asker: Viewer, client_id: str, episode_id: str) -> None:
    st.session_state[f"{_EPISODE}:{client_id}"] = None
    remove_episode(asker, client_id, episode_id, datetime.now(UTC))


@forms.callback(FORM_NAME)
def _share(asker: Viewer, client_id: str, shared: bool) -> None:
    share(asker, client_id, shared, datetime.now(UTC))


def to_review(outcomes: Outcomes, client_id: str, zone: str, found: Mapping[str, str]) -> None:
    """What nobody has looked at, and saying that one has."""
    new = outcomes.unreviewed
    names = {one.instrument.id: one.instrument.name for one in outcomes.measures}
    if not new:
        last = max(outcomes.latest, key=lambda form: form.reviewed_at or form.completed_at)
        if last.reviewed_at:
            st.caption(f"Results reviewed {moment(last.reviewed_at, zone)}, by {plain(last.reviewed_by)}.")
            if last.note:
                st.text(last.note)
        return
    with st.container(border=True):
        said = [
            " ".join(
                [
                    names.get(form.instrument, form.instrument),
                    *([] if form.total is None else [str(form.total)]),
                    f"on {short_day(day_of(form.completed_at, zone))}",
                ]
            )
            for form in new
        ]
        st.markdown(f"**New results:** {joined(said, '')}.")
        st.text_input(
            "Note (not needed)", key=_NOTE, max_chars=LONGEST_NOTE, placeholder="", autocomplete="off"
        )
        forms.beside(found, "review_note")
        st.button("Mark as reviewed", on_click=_review, args=(client_id, new[0].completed_at))


def choices(outcomes: Outcomes, client_id: str, zone: str) -> None:
    """The period on the charts and, where there is more than one, the episode."""
    with st.container(horizontal=True):
        st.selectbox(
            "Show on the charts",
            list(PERIODS),
            index=list(PERIODS).index(USUAL),
            key=f"{_PERIOD}:{client_id}",
        )
        if len(outcomes.episodes) > 1:
            labels = {one.public_id: _episode_words(one, zone) for one in outcomes.episodes}
            st.selectbox(
                "Episode", list(labels), format_func=labels.__getitem__, key=f"{_EPISODE}:{client_id}"
            )


def marks(outcomes: Outcomes, client_id: str, found: Mapping[str, str]) -> None:
    """The numbered list of what is marked on the charts, and adding to it."""
    for number, mark in enumerate(outcomes.marks, start=1):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(
                f"{number}. {chart_words.day_words(mark.day_on)}, {KINDS[mark.kind].lower()}: {mark.words}"
            )
            st.button(
                f"Remove mark {number}",
                key=f"unmark:{mark.public_id}",
                on_click=_remove_mark,
                args=(client_id, mark.public_id),
            )
    if not outcomes.marks:
        st.write("Nothing is marked in this period.")
    with st.form("mark", border=False):
        st.radio("What it was", list(KINDS), format_func=KINDS.__getitem__, key="mark:kind", index=None)
        forms.beside(found, "mark_kind")
        st.text_input(
            "In a few words", key="mark:words", max_chars=LONGEST, placeholder="", autocomplete="off"
        )
        forms.beside(found, "mark_words")
        st.date_input("The day", value=None, key="mark:day", format="DD/MM/YYYY", min_value=_EARLIEST)
        forms.beside(found, "mark_day")
        st.form_submit_button("Add to the charts", on_click=_add_mark, args=(client_id,))


def episodes(outcomes: Outcomes, client_id: str, zone: str, found: Mapping[str, str]) -> None:
    """A new episode, and taking back the latest one."""
    st.write(
        "A new episode counts change from the first score on that day or after it. Earlier episodes stay: "
        "choose them above the charts."
    )
    with st.form("episode", border=False):
        st.date_input("Count from", value=None, key="episode:day", format="DD/MM/YYYY", min_value=_EARLIEST)
        forms.beside(found, "episode")
        st.form_submit_button("Begin a new episode", on_click=_begin, args=(client_id,))
    current = outcomes.episodes[0]
    if current.public_id:
        st.caption(f"{_episode_words(current, zone)}. Begun by {plain(current.made_by)}.")
        st.button(
            "Take this beginning back",
            key="episode:remove",
            on_click=_remove_episode,
            args=(client_id, current.public_id),
        )


def sharing(outcomes: Outcomes, client_id: str) -> None:
    """Whether the client sees the charts of their measures among their progress."""
    if outcomes.shared:
        st.write("The client sees their scores over time under Progress, without bands, limits or colours.")
        label = "Stop showing these charts to the client"
    else:
        st.write("The client does not see their scores over time.")
        label = "Show these charts to the client"
    st.button(label, on_click=_share, args=(client_id, not outcomes.shared))


def files(outcomes: Outcomes, client_id: str) -> None:
    """The charts on paper, once for supervision and once for the client."""
    asked = f"client={client_id}&period={outcomes.wanted.period.replace(' ', '+')}"
    if outcomes.episode.public_id:
        asked += f"&episode={outcomes.episode.public_id}"
    with st.container(horizontal=True):
        st.link_button("For supervision (PDF)", f"/download/outcomes?{asked}&for=supervision")
        st.link_button("For the client (PDF)", f"/download/outcomes?{asked}&for=client")
    st.caption(
        "For supervision: initials in place of the name, with bands and limits. For the client: their name "
        "and scores, without bands, limits or colours."
    )


def _episode_words(one: EpisodeView, zone: str) -> str:
    """ "From 3 May 2026", "Until 2 May 2026"."""
    begun, until = one.span.began_at, one.span.until_at
    parts = [
        f"from {chart_words.day_words(day_of(begun, zone))}" if begun else "",
        f"until {chart_words.day_words(day_of(until - timedelta(seconds=1), zone))}" if until else "",
    ]
    said = " ".join(filter(None, parts)) or "all scores"
    return said[0].upper() + said[1:]
