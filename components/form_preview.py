"""Trying a form as a client on a phone. What is typed here is kept nowhere."""

from __future__ import annotations

from datetime import date

import streamlit as st

from clinic.intake.answers import problems_in
from clinic.intake.form import Form, Section, shown
from components import forms
from components.crisis import plain
from components.form_screen import section_screen
from components.intake_fields import put, typed

FORM_NAME = "preview"
_PREFIX = "preview"
_ANSWERS, _AT = "preview:answers", "preview:at"
_PHONE = 390  # CSS pixels: a common phone's width


def preview(form: Form, today: date, minimum_age: int) -> None:
    """The form as it is filled in: one section a screen, its conditions at work, nothing saved."""
    answers: dict[str, str] = st.session_state.setdefault(_ANSWERS, {})
    asked = shown(form, answers, today)
    if not asked.sections:
        st.write("There is nothing to look at yet.")
        return
    names = [section.name for section in asked.sections]
    at = st.session_state.get(_AT)
    place = names.index(at) if at in names else 0
    section = asked.sections[place]
    for field in section.fields:
        if typed(_PREFIX, field) is None:
            put(_PREFIX, field, answers.get(field.name, ""))
    found = {name: plain(sentence) for name, sentence in forms.problems(FORM_NAME).items()}
    found = {name: sentence for name, sentence in found.items() if section_has(section, name)}
    with st.container(width=_PHONE, border=True, key="phone"):
        st.header(plain(section.title), anchor=False)
        section_screen(asked, section, answers, found, _remember, prefix=_PREFIX)
        st.button(
            "Save and continue",
            on_click=_go_on,
            args=(form, section.name, today, minimum_age),
            key="preview:on",
        )
        if place:
            st.button("Back", on_click=_show, args=(names[place - 1],), key="preview:back")
    if place + 1 < len(names):
        st.button("Skip this part of the preview", on_click=_show, args=(names[place + 1],))


def forget() -> None:
    """Begin anew, with no answers."""
    for key in [key for key in st.session_state if str(key).startswith(f"{_PREFIX}:")]:
        del st.session_state[key]
    forms.forget_problems(FORM_NAME)


def section_has(section: Section, name: str) -> bool:
    return any(field.name == name for field in section.fields)


def _remember(name: str, value: str) -> None:
    st.session_state.setdefault(_ANSWERS, {})[name] = value


def _show(name: str) -> None:
    st.session_state[_AT] = name
    forms.forget_problems(FORM_NAME)


def _go_on(form: Form, name: str, today: date, minimum_age: int) -> None:
    answers = st.session_state.setdefault(_ANSWERS, {})
    asked = shown(form, answers, today)
    names = [section.name for section in asked.sections]
    section = asked.section(name)
    wrong = problems_in(section.fields, answers, today, minimum_age) if section else {}
    st.session_state[f"problems:{FORM_NAME}"] = wrong
    if not wrong and name in names:
        st.session_state[_AT] = names[(names.index(name) + 1) % len(names)]
