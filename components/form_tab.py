"""What one tab has seen of an intake's answers, so that it never writes over what it has not seen.

For each field on the screen the tab remembers the answer and its revision as they last stood in the
records. From this, what is there now, and what the widget holds:

- not changed here, changed elsewhere: the new text appears;
- changed here, not elsewhere: it is this tab's to save;
- changed in both: both are shown, and the person chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import streamlit as st

from clinic.intake.answers import said
from clinic.intake.form import Field
from clinic.intake.intake import EDITED, Saved
from clinic.intake.reading import IntakeDraft, KeptAnswer
from clinic.people.viewer import Viewer
from components import forms
from components.crisis import plain
from components.intake_fields import put, typed
from components.times import moment


def follow(prefix: str, field: Field, there: KeptAnswer | None) -> bool:
    """Bring the field's widget up to what is in the records now. Whether it was changed in both."""
    seen = _seen(prefix)
    value, revision = (there.value, there.revision) if there else ("", 0)
    mine = typed(prefix, field)
    last_value, last_revision = seen.get(field.name, ("", 0))
    if mine is not None and revision == last_revision:
        return False
    if mine is not None and mine not in (value, last_value):
        return True
    if mine != value:
        put(prefix, field, value)
    seen[field.name] = (value, revision)
    return False


def follow_all(prefix: str, fields: Iterable[Field], kept: Mapping[str, KeptAnswer]) -> set[str]:
    """`follow` for each field of the screen. The names of those changed in both."""
    return {field.name for field in fields if follow(prefix, field, kept.get(field.name))}


def on_screen(
    found: Mapping[str, str], fields: Iterable[Field], edited: Iterable[str], *others: str
) -> dict[str, str]:
    """Of the problems met, those of these fields (and `others`) or of none at all; that an answer was
    edited elsewhere is one as long as it is so."""
    names = {field.name for field in fields} | {forms.WHOLE_FORM, *others}
    here = {n: plain(said) for n, said in found.items() if n in names and said != EDITED}
    return here | dict.fromkeys(edited, EDITED)


def to_save(prefix: str, fields: Iterable[Field]) -> dict[str, tuple[str, int]]:
    """What this tab changed and has not saved: field name to (answer, revision seen)."""
    found = {}
    for field in fields:
        mine, (value, revision) = typed(prefix, field), _seen(prefix).get(field.name, ("", 0))
        if mine is not None and mine != value:
            found[field.name] = (mine, revision)
    return found


def revision_seen(prefix: str, name: str) -> int:
    return _seen(prefix).get(name, ("", 0))[1]


def save(
    prefix: str,
    answers: dict[str, tuple[str, int]],
    keep: Callable[[dict[str, tuple[str, int]]], Saved],
) -> None:
    """Give these answers of this tab to `keep`, which puts them in the records, and note their revisions: one
    that was not noted would seem to be somebody else's."""
    seen = _seen(prefix)
    result = keep(answers)
    for name, revision in result.revisions.items():
        seen[name] = (answers[name][0], revision)
    if result.revisions:
        st.session_state[f"{prefix}:saved_at"] = result.at


def use_theirs(prefix: str, field: Field, there: KeptAnswer) -> None:
    """Theirs is on the screen from now on; what was written here stays readable below it."""
    put_aside(prefix, field, typed(prefix, field) or "")
    put(prefix, field, there.value)
    _seen(prefix)[field.name] = (there.value, there.revision)


def stand_by_mine(prefix: str, field: Field, there: KeptAnswer) -> None:
    """What this tab has is to replace theirs, which has now been seen."""
    _seen(prefix)[field.name] = (there.value, there.revision)


def put_aside(prefix: str, field: Field, value: str) -> None:
    st.session_state.setdefault(f"{prefix}:aside", {})[field.name] = said(field, value)


def leave(prefix: str) -> None:
    """The person moved on to another part: what they put aside is not theirs to carry along."""
    st.session_state.pop(f"{prefix}:aside", None)


def two_versions(
    prefix: str,
    field: Field,
    kept: IntakeDraft,
    viewer: Viewer,
    keep_mine: Callable[[Field, KeptAnswer], None],
    take_theirs: Callable[[Field, KeptAnswer], None],
) -> None:
    """Both answers, who gave the other one and when, and the choice between them."""
    there = kept.kept[field.name]
    by = there.by or kept.client_name
    who = "You, on another screen" if by == viewer.name else by
    with st.container(border=True, key=f"{prefix}:{field.name}:both"):
        st.markdown(f"**Two answers to “{plain(field.label)}”**")
        st.caption("On this screen")
        st.text(said(field, typed(prefix, field) or "") or "Nothing")
        when = f", {moment(there.answered_at, viewer.zone)}" if there.answered_at else ""
        st.caption(f"{plain(who)}{when}")
        st.text(said(field, there.value) or "Nothing")
        with st.container(horizontal=True):
            st.button("Keep mine", key=f"{prefix}:{field.name}:mine", on_click=keep_mine, args=(field, there))
            st.button(
                "Use theirs", key=f"{prefix}:{field.name}:theirs", on_click=take_theirs, args=(field, there)
            )


def what_was_put_aside(prefix: str, field: Field) -> None:
    """The answer that was not chosen, while one stays on this part."""
    aside = st.session_state.get(f"{prefix}:aside", {})
    if field.name in aside:
        st.caption("The other answer, if you want to copy something from it:")
        st.text(aside[field.name] or "Nothing")


def _seen(prefix: str) -> dict[str, tuple[str, int]]:
    seen: dict[str, tuple[str, int]] = st.session_state.setdefault(f"{prefix}:seen", {})
    return seen
