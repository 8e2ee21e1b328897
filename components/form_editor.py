"""The widgets that change a form: a section's words, a question's, and the condition either is asked on.

Each change is an edit of the whole form, given to `Edit` the moment it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from clinic.intake import form_edits
from clinic.intake.definition import LONGEST_HELP, LONGEST_LABEL, LONGEST_TITLE
from clinic.intake.form import BORN, UNDER_18, WITH_OPTIONS, Condition, Field, Form, Kind, Section
from components.crisis import plain

# Takes a function from the form as it stands to the form as it shall be, and keeps that.
Edit = Callable[[Callable[[Form], Form]], None]
KIND_WORDS = {
    Kind.TEXT: "A short text",
    Kind.LONG_TEXT: "A long text",
    Kind.CHOICE: "One of several answers",
    Kind.CHOICES: "Several answers",
    Kind.YES_NO: "Yes or no",
    Kind.NUMBER: "A number",
    Kind.DATE: "A date",
    Kind.SCALE: "A scale",
    Kind.PHONE: "A phone number",
    Kind.EMAIL: "An email address",
    Kind.BIRTH_DATE: "The client's date of birth",
}
PREFIX = "edit"
_ALWAYS = ""


def forget() -> None:
    """The form was changed elsewhere: the widgets begin with what it says now."""
    for key in [key for key in st.session_state if str(key).startswith(f"{PREFIX}:")]:
        del st.session_state[key]


def section_editor(form: Form, section: Section, edit: Edit) -> None:
    def words(**changed: Any) -> None:
        edit(lambda form: form_edits.change_section(form, section.name, **changed))

    key = f"{PREFIX}:section:{section.name}"
    _text("Title", f"{key}:title", section.title, LONGEST_TITLE, lambda text: words(title=text))
    _text("What its answers are for", f"{key}:why", section.why, LONGEST_HELP, lambda text: words(why=text))
    if not any(field.name == BORN for field in section.fields):
        before = [f for one in _before(form, section) for f in one.fields]
        _condition(key, "When to show this section", section.show_when, before, words)


def field_editor(form: Form, section: Section, field: Field, edit: Edit) -> None:
    def words(**changed: Any) -> None:
        edit(lambda form: form_edits.change_field(form, field.name, **changed))

    key = f"{PREFIX}:field:{field.name}"
    _text("Question", f"{key}:label", field.label, LONGEST_LABEL, lambda text: words(label=text))
    _text("Help under it (optional)", f"{key}:help", field.help, LONGEST_HELP, lambda text: words(help=text))
    if field.name != BORN:
        box = f"{key}:required"
        st.session_state.setdefault(box, field.required)
        st.checkbox(
            "Clients have to answer it", key=box, on_change=lambda: words(required=st.session_state[box])
        )
    if field.kind in WITH_OPTIONS:
        _options(key, field, words)
    if field.kind in (Kind.SCALE, Kind.NUMBER):
        _range(key, field, words)
    if field.name != BORN:
        before = [f for one in _before(form, section) for f in one.fields]
        before += section.fields[: section.fields.index(field)]
        _condition(key, "When to ask this", field.show_when, before, words)


def _before(form: Form, section: Section) -> tuple[Section, ...]:
    return form.sections[: form.sections.index(section)]


def _text(label: str, key: str, value: str, longest: int, changed: Callable[[str], None]) -> None:
    st.session_state.setdefault(key, value)
    st.text_input(
        label,
        key=key,
        max_chars=longest,
        autocomplete="off",
        placeholder="",
        on_change=lambda: changed((st.session_state[key] or "").strip()),
    )


def _options(key: str, field: Field, words: Callable[..., None]) -> None:
    box = f"{key}:options"
    st.session_state.setdefault(box, "\n".join(field.options))

    def changed() -> None:
        lines = (line.strip() for line in (st.session_state[box] or "").splitlines())
        words(options=tuple(line for line in lines if line))

    st.text_area("Answers to choose from, one on a line", key=box, on_change=changed)


def _range(key: str, field: Field, words: Callable[..., None]) -> None:
    for name, label in (("lowest", "Lowest number"), ("highest", "Highest number")):
        box = f"{key}:{name}"
        optional = "" if field.kind is Kind.SCALE else " (optional)"
        st.session_state.setdefault(box, getattr(field, name))
        st.number_input(
            f"{label}{optional}",
            value=None,
            step=1,
            key=box,
            placeholder="",
            on_change=lambda box, name: words(**{name: st.session_state[box]}),
            args=(box, name),
        )
        if field.kind is Kind.SCALE:
            end = f"{name}_label"
            _text(
                f"What the {name} means (optional)",
                f"{key}:{end}",
                getattr(field, end),
                LONGEST_TITLE,
                lambda text, end=end: words(**{end: text}),  # type: ignore[misc]
            )


def _condition(
    key: str, label: str, condition: Condition | None, before: list[Field], words: Callable[..., None]
) -> None:
    """Always, or only after certain answers to an earlier question."""
    earlier = {field.name: field for field in before if field.conditions}
    if not earlier:
        return
    box = f"{key}:when"
    st.session_state.setdefault(box, condition.field if condition else _ALWAYS)

    def chosen() -> None:
        asked = earlier.get(st.session_state[box])
        words(show_when=Condition(asked.name, asked.conditions[:1]) if asked else None)

    st.selectbox(
        label,
        [_ALWAYS, *earlier],
        format_func=lambda name: f"After an answer to “{earlier[name].label}”" if name else "Always",
        key=box,
        on_change=chosen,
    )
    if condition is None or condition.field not in earlier:
        return
    asked = earlier[condition.field]
    st.write("Only where the answer is one of these:")
    keys = {value: f"{key}:when:{asked.name}:{n}" for n, value in enumerate(asked.conditions)}

    def ticked() -> None:
        values = tuple(value for value, one in keys.items() if st.session_state[one])
        words(show_when=Condition(asked.name, values))

    for value, one in keys.items():
        st.session_state.setdefault(one, value in condition.values)
        st.checkbox(
            "The client is under 18" if value == UNDER_18 else plain(value), key=one, on_change=ticked
        )
