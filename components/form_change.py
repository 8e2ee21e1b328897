"""Changing one answer after the intake was sent, with the reason for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from clinic.intake.amending import LONGEST_REASON, REASON, Change, amend
from clinic.intake.form import Field
from clinic.intake.reading import IntakeDraft, KeptAnswer
from clinic.people.viewer import Viewer
from components import form_tab, forms
from components.autosave import autosave
from components.crisis import plain
from components.intake_fields import field_widgets, typed

FORM_NAME = "intake:change"


def change_answer(
    viewer: Viewer,
    client_id: str | None,
    field: Field,
    kept: IntakeDraft,
    prefix: str,
    after: dict[str, str],
    frame: Callable[[bool], None],
) -> None:
    """The answer anew and the reason.

    Args:
        after: the address to go to once it is saved.
        frame: draws the screen's head, told whether there is a problem.
    """
    own = f"{prefix}:amend"
    edited = form_tab.follow_all(own, [field], kept.kept)
    found = form_tab.on_screen(forms.problems(FORM_NAME), [field], edited, REASON)

    @forms.callback(FORM_NAME)
    def save(asker: Viewer) -> None:
        change = Change(
            field.name,
            typed(own, field) or "",
            form_tab.revision_seen(own, field.name),
            st.session_state.get(f"{own}:{REASON}") or "",
        )
        amend(asker, change, datetime.now(UTC), client_id)
        st.session_state[f"{prefix}:said"] = f"Changed: {field.label}"
        st.query_params.from_dict(after)

    def mine(field: Field, there: KeptAnswer) -> None:
        form_tab.stand_by_mine(own, field, there)

    def theirs(field: Field, there: KeptAnswer) -> None:
        form_tab.use_theirs(own, field, there)

    def under(_: Field) -> None:
        if edited:
            form_tab.two_versions(own, field, kept, viewer, mine, theirs)

    frame(bool(found))
    forms.show_problems(found)
    st.write("The record keeps the new answer, what it was before, and why it changed.")
    field_widgets([field], _kept_on_save, found, prefix=own, under=under)
    st.text_area("Why do you change it?", key=f"{own}:{REASON}", max_chars=LONGEST_REASON)
    forms.beside(found, REASON)
    st.button("Save the change", type="primary", on_click=save)
    autosave()


def say_what_changed(prefix: str) -> None:
    """Once, after a change: that it is saved."""
    if said := st.session_state.pop(f"{prefix}:said", ""):
        st.success(plain(said))


def _kept_on_save(name: str, value: str) -> None:
    """A sent answer changes with its reason, in one step, not as one types."""
