"""An intake's answers to read: before sending, afterwards, and on the client's record."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from clinic.intake.answers import said
from clinic.intake.form import Field, Section
from clinic.intake.reading import IntakeDraft
from components.crisis import plain
from components.times import moment


def answers_by_section(
    kept: IntakeDraft,
    *,
    after_field: Callable[[Field], object] = lambda _: None,
    after_section: Callable[[Section], object] = lambda _: None,
) -> None:
    """Each question that was asked with its answer as typed, and who gave it where that was not the client.
    What a hidden field holds is not part of it."""
    for section in kept.asked.sections:
        st.header(plain(section.title), anchor=False)
        for field in section.fields:
            answer = kept.kept.get(field.name)
            st.caption(plain(field.label))
            # As typed: what a client wrote is never read as markup.
            st.text((said(field, answer.value) if answer else "") or "Not provided")
            if answer and answer.by:
                st.caption(f"Filled in with {plain(answer.by)}")
            after_field(field)
        after_section(section)


def amendments(kept: IntakeDraft, field: Field, zone: str) -> None:
    """What stood there before, oldest first: who changed it, when and why."""
    for change in kept.amendments.get(field.name, ()):
        with st.container(border=True):
            st.caption(f"Changed by {plain(change.by)}, {moment(change.amended_at, zone)}. Before:")
            st.text(said(field, change.before) or "Not provided")
            st.caption("Why:")
            st.text(change.reason)
