"""The intake's fields as widgets. Each sends its answer to be kept the moment it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from clinic.intake.form import Field, Kind, Section
from components import forms

Keep = Callable[[str, str], None]
_DATE_PARTS = (("Day", "bday-day", 2), ("Month", "bday-month", 2), ("Year", "bday-year", 4))


def section_fields(
    section: Section, answers: Mapping[str, str], found: Mapping[str, str], keep: Keep
) -> None:
    """Draw a section's fields, filled with what is kept, each with its problem beside it."""
    for field in section.fields:
        _DRAW[field.kind](field, answers.get(field.name, ""), keep)
        forms.beside(found, field.name)


def typed(section: Section) -> dict[str, str]:
    """What the section's widgets hold now, by field name; fields that were not drawn are left out."""
    values = {}
    for field in section.fields:
        if field.kind is Kind.BIRTH_DATE:
            if _part_key(field, "Day") in st.session_state:
                values[field.name] = _date_typed(field)
        elif _key(field) in st.session_state:
            values[field.name] = st.session_state[_key(field)] or ""
    return values


def _text(field: Field, value: str, keep: Keep) -> None:
    # live: sent while it is typed, after a pause, so that a reload loses nothing.
    st.text_input(
        field.label,
        value=value,
        key=_key(field),
        max_chars=field.longest,
        help=None,
        autocomplete=field.autocomplete or "off",
        placeholder="",
        type="phone" if field.kind is Kind.PHONE else "default",
        live="1s",
        on_change=_changed,
        args=(field, keep),
    )
    if field.help:
        st.caption(field.help)


def _long_text(field: Field, value: str, keep: Keep) -> None:
    st.text_area(
        field.label,
        value=value,
        key=_key(field),
        max_chars=field.longest,
        on_change=_changed,
        args=(field, keep),
    )
    if field.help:
        st.caption(field.help)


def _choice(field: Field, value: str, keep: Keep) -> None:
    st.radio(
        field.label,
        field.options,
        index=field.options.index(value) if value in field.options else None,
        key=_key(field),
        on_change=_changed,
        args=(field, keep),
    )


def _birth_date(field: Field, value: str, keep: Keep) -> None:
    parts = [*value.split("/"), "", "", ""][:3]
    st.markdown(f"**{field.label}**")
    st.caption(field.help)
    # A row that wraps: columns would push the year off a narrow screen.
    with st.container(horizontal=True, gap="small"):
        for (label, autocomplete, longest), part in zip(_DATE_PARTS, parts, strict=True):
            st.text_input(
                label,
                value=part,
                key=_part_key(field, label),
                max_chars=longest,
                autocomplete=autocomplete,
                placeholder="",
                live="1s",
                width=90,
                on_change=_changed,
                args=(field, keep),
            )


def _changed(field: Field, keep: Keep) -> None:
    value = _date_typed(field) if field.kind is Kind.BIRTH_DATE else st.session_state.get(_key(field))
    keep(field.name, value or "")


def _date_typed(field: Field) -> str:
    return "/".join(
        str(st.session_state.get(_part_key(field, label), "")).strip() for label, _, _ in _DATE_PARTS
    )


def _key(field: Field) -> str:
    return f"intake:{field.name}"


def _part_key(field: Field, part: str) -> str:
    return f"intake:{field.name}:{part}"


_DRAW: dict[Kind, Callable[[Field, str, Keep], None]] = {
    Kind.TEXT: _text,
    Kind.PHONE: _text,
    Kind.LONG_TEXT: _long_text,
    Kind.CHOICE: _choice,
    Kind.BIRTH_DATE: _birth_date,
}
