"""An intake form's fields as widgets: the same for filling in, for amending and for the preview.

Each sends its answer the moment it changes. What a widget holds is read and set as the answer's text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import streamlit as st

from clinic.intake.answers import said
from clinic.intake.form import DATES, Field, Kind
from components import forms
from components.crisis import plain

# Called with a field's name and its answer as it now stands.
Changed = Callable[[str, str], None]
_KEYBOARDS: dict[Kind, Literal["phone", "email"]] = {Kind.PHONE: "phone", Kind.EMAIL: "email"}
_ROOM = 160  # pixels: enough to see that more than a line is welcome
_DATE_PARTS = (("Day", "bday-day", 2), ("Month", "bday-month", 2), ("Year", "bday-year", 4))


def field_widgets(
    fields: Iterable[Field],
    changed: Changed,
    found: Mapping[str, str],
    *,
    prefix: str,
    under: Callable[[Field], object] = lambda _: None,
) -> None:
    """Draw the fields, each with its problem beside it and what `under` draws for it.

    Args:
        prefix: begins the widgets' keys, so that one screen's fields are never taken for another's.
    """
    for field in fields:
        _DRAW[field.kind](field, changed, prefix)
        forms.beside(found, field.name)
        under(field)


def typed(prefix: str, field: Field) -> str | None:
    """What the field's widget holds, as the answer's text; None where it is not on the screen."""
    state = st.session_state
    if any(key not in state for key in _keys(prefix, field)):
        return None
    if field.kind in DATES:
        parts = [str(state[key] or "").strip() for key in _keys(prefix, field)]
        return "/".join(parts) if any(parts) else ""
    if field.kind is Kind.CHOICES:
        keys = _keys(prefix, field)
        return "\n".join(option for option, key in zip(field.options, keys, strict=True) if state[key])
    return state[_keys(prefix, field)[0]] or ""


def put(prefix: str, field: Field, value: str) -> None:
    """Let the field's widget hold this answer from the next drawing on."""
    keys = _keys(prefix, field)
    if field.kind in DATES:
        parts = [*value.split("/"), "", "", ""]
        st.session_state.update(zip(keys, parts, strict=False))
    elif field.kind is Kind.CHOICES:
        chosen = value.split("\n")
        st.session_state.update({k: o in chosen for k, o in zip(keys, field.options, strict=True)})
    elif field.choices:
        st.session_state[keys[0]] = value if value in field.choices else None
    else:
        st.session_state[keys[0]] = value


def label_of(field: Field) -> str:
    """The question as it stands on a screen; what need not be answered says so."""
    optional = "" if field.required or "(optional)" in field.label else " (optional)"
    return plain(field.label) + optional


def _keys(prefix: str, field: Field) -> list[str]:
    whole = f"{prefix}:{field.name}"
    if field.kind in DATES:
        return [f"{whole}:{label}" for label, _, _ in _DATE_PARTS]
    if field.kind is Kind.CHOICES:
        return [f"{whole}:{n}" for n in range(len(field.options))]
    return [whole]


def _send(field: Field, changed: Changed, prefix: str) -> None:
    changed(field.name, typed(prefix, field) or "")


def _help(field: Field) -> None:
    if field.help:
        st.caption(plain(field.help))


def _text(field: Field, changed: Changed, prefix: str) -> None:
    # live: sent while it is typed, after a pause, so that a reload loses nothing.
    st.text_input(
        label_of(field),
        key=_keys(prefix, field)[0],
        max_chars=field.longest,
        autocomplete=field.autocomplete or "off",
        placeholder="",
        type=_KEYBOARDS.get(field.kind, "default"),
        live="1s",
        on_change=_send,
        args=(field, changed, prefix),
    )
    _help(field)


def _long_text(field: Field, changed: Changed, prefix: str) -> None:
    # No max_chars: the browser would drop a pasted text that is too long without a word. Keeping it says so.
    st.text_area(
        label_of(field),
        key=_keys(prefix, field)[0],
        height=_ROOM,
        on_change=_send,
        args=(field, changed, prefix),
    )
    _help(field)


def _choice(field: Field, changed: Changed, prefix: str) -> None:
    key = _keys(prefix, field)[0]
    st.radio(
        label_of(field),
        field.choices,
        index=None,
        format_func=lambda value: plain(said(field, value)),
        key=key,
        on_change=_send,
        args=(field, changed, prefix),
    )
    _help(field)
    if not field.required and st.session_state.get(key) is not None:
        # A radio button cannot be un-chosen, and nobody has to answer this.
        st.button(
            "Clear this answer",
            key=f"{key}:clear",
            type="tertiary",
            on_click=_clear,
            args=(field, changed, prefix),
        )


def _clear(field: Field, changed: Changed, prefix: str) -> None:
    put(prefix, field, "")
    changed(field.name, "")


def _group_label(field: Field) -> None:
    """The question above several widgets, as a widget's own label reads."""
    st.markdown(label_of(field))
    _help(field)


def _choices(field: Field, changed: Changed, prefix: str) -> None:
    _group_label(field)
    for option, key in zip(field.options, _keys(prefix, field), strict=True):
        st.checkbox(plain(option), key=key, on_change=_send, args=(field, changed, prefix))


def _date(field: Field, changed: Changed, prefix: str) -> None:
    born = field.kind is Kind.BIRTH_DATE
    _group_label(field)
    # A row that wraps: columns would push the year off a narrow screen.
    with st.container(horizontal=True, gap="small"):
        for (label, autocomplete, longest), key in zip(_DATE_PARTS, _keys(prefix, field), strict=True):
            st.text_input(
                label,
                key=key,
                max_chars=longest,
                autocomplete=autocomplete if born else "off",
                placeholder="",
                live="1s",
                width=90,
                on_change=_send,
                args=(field, changed, prefix),
            )


_DRAW: dict[Kind, Callable[[Field, Changed, str], None]] = {
    Kind.TEXT: _text,
    Kind.PHONE: _text,
    Kind.EMAIL: _text,
    Kind.NUMBER: _text,
    Kind.LONG_TEXT: _long_text,
    Kind.CHOICE: _choice,
    Kind.YES_NO: _choice,
    Kind.SCALE: _choice,
    Kind.CHOICES: _choices,
    Kind.DATE: _date,
    Kind.BIRTH_DATE: _date,
}
