"""A note's fields as its author types, and a signed note as it is read."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from clinic.people.viewer import Viewer
from clinic.records.note_formats import FORMATS, Draft, Stage
from clinic.records.notes import LONGEST_NOTE, LONGEST_REASON, Note, Version
from components import forms, note_state
from components.autosave import autosave
from components.crisis import plain
from components.note_state import FORM_NAME, key
from components.times import clock, day_of, moment
from components.words import counted


def fields(viewer: Viewer, appointment_id: str, height: int = 240) -> None:
    """The format, its sections, and whether what is typed is kept."""
    found = forms.problems(FORM_NAME)
    base = note_state.base_of(appointment_id)
    st.selectbox(
        "Format",
        list(FORMATS),
        format_func=lambda name: FORMATS[name].title,
        key=key(appointment_id, "format"),
        on_change=note_state.change_format,
        args=(appointment_id,),
    )
    form = FORMATS[str(st.session_state[key(appointment_id, "format")])]
    for section in form.sections:
        st.text_area(
            section.heading,
            key=key(appointment_id, f"text:{section.name}"),
            height=height if len(form.sections) == 1 else 120,
            max_chars=LONGEST_NOTE,
            placeholder="",
            on_change=note_state.keep,
            args=(appointment_id,),
        )
        if section.hint:
            st.caption(section.hint)
    if base.stage is Stage.AMENDING:
        st.text_area(
            "Why you change it",
            key=key(appointment_id, "reason"),
            height=80,
            max_chars=LONGEST_REASON,
            placeholder="",
            on_change=note_state.keep,
            args=(appointment_id,),
        )
        forms.beside(found, "reason")
    autosave()
    _how_kept(viewer, appointment_id, found)
    _scores(appointment_id, form.name)


def _scores(appointment_id: str, format_name: str) -> None:
    sections = FORMATS[format_name].sections
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(sections) > 1:
            headings = {one.name: one.heading for one in sections}
            st.selectbox(
                "Put scores under",
                list(headings),
                format_func=lambda name: headings.get(name, name),
                key=key(appointment_id, f"where:{format_name}"),
                width=220,
            )
        where = st.session_state.get(key(appointment_id, f"where:{format_name}")) or sections[0].name
        st.button(
            "Insert the day's scores",
            key=key(appointment_id, "scores"),
            on_click=note_state.insert_scores,
            args=(appointment_id, where),
        )
    if st.session_state.get(key(appointment_id, "no-scores")):
        st.caption("No measure was finished on the day of this session.")


def _how_kept(viewer: Viewer, appointment_id: str, found: dict[str, str]) -> None:
    clash = note_state.clash_of(appointment_id)
    kept_at = note_state.base_of(appointment_id).kept_at
    forms.beside(found, "note")
    forms.beside(found, forms.WHOLE_FORM)
    if clash is not None:
        with st.container(border=True):
            st.markdown("**It was signed as:**" if clash.signed else "**In the other window it says:**")
            st.text(clash.there or "(nothing)")
            mine, theirs = (
                ("Put what I typed into an amendment", "Leave it as it was signed")
                if clash.signed
                else ("Keep what I typed here", "Take the other text")
            )
            with st.container(horizontal=True):
                for label, own in ((mine, True), (theirs, False)):
                    st.button(
                        label,
                        key=key(appointment_id, f"take:{own}"),
                        on_click=note_state.take,
                        args=(appointment_id, own),
                    )
    elif kept_at is not None and not found:
        st.caption(f"Kept {_when(kept_at, viewer.zone)}. Only you read this until you sign it.")
    else:
        st.caption("Kept as you type. Only you read this until you sign it.")


def _when(at: datetime, zone: str) -> str:
    today = day_of(at, zone) == day_of(datetime.now(UTC), zone)
    return f"at {clock(at, zone)}" if today else f"on {moment(at, zone)}"


def read(draft: Draft) -> None:
    """A note's text, as people typed it, under its headings."""
    for section in FORMATS[draft.format].sections:
        if section.name in draft.texts:
            if len(FORMATS[draft.format].sections) > 1:
                st.markdown(f"**{section.heading}**")
            st.text(draft.texts[section.name])


def signed_line(version: Version, zone: str) -> str:
    """Who signed it and when, for Markdown."""
    done = "Signed" if version.number == 1 else f"Amended (version {version.number})"
    return f"{done} by {plain(version.signed_by)}, {moment(version.signed_at, zone)}"


def versions(signed: tuple[Version, ...], zone: str) -> None:
    """The note as it is, and each version before it."""
    read(signed[-1].draft)
    st.caption(signed_line(signed[-1], zone))
    if signed[-1].draft.reason:
        st.text(f"Why it was changed: {signed[-1].draft.reason}")
    if len(signed) > 1:
        earlier = signed[-2::-1]
        with st.expander(counted(len(earlier), "earlier version", "earlier versions")):
            for version in earlier:
                st.caption(signed_line(version, zone))
                if version.draft.reason:
                    st.text(f"Why it was changed: {version.draft.reason}")
                read(version.draft)


def state_words(note: Note) -> str:
    """How far it is, in words."""
    return {
        Stage.DRAFT: "Not signed yet.",
        Stage.SIGNED: "Signed and locked.",
        Stage.AMENDING: "Signed. You are changing it: until you sign the change, the signed text counts.",
    }[note.stage]
