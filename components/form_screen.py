"""One section of an intake form as a client meets it: filled in for real, or looked at beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from clinic.intake.form import Field, Form, Section, minutes_for
from components import forms
from components.crisis import plain
from components.intake_fields import Changed, field_widgets


def section_screen(
    asked: Form,
    section: Section,
    answers: Mapping[str, str],
    found: Mapping[str, str],
    changed: Changed,
    *,
    prefix: str,
    under: Callable[[Field], object] = lambda _: None,
) -> None:
    """How far one is, what to put right, what the section is for, and its fields."""
    number = [one.name for one in asked.sections].index(section.name) + 1
    left = minutes_left(asked, answers)
    st.caption(f"Step {number} of {len(asked.sections)}: {plain(section.title)} · {left}")
    forms.show_problems(found)
    if section.why:
        st.write(plain(section.why))
    field_widgets(section.fields, changed, found, prefix=prefix, under=under)


def minutes_left(asked: Form, answers: Mapping[str, str]) -> str:
    """ "about 6 minutes left", by the questions that have no answer yet."""
    left = minutes_for(asked, answers)
    return f"about {left} minute{'' if left == 1 else 's'} left" if left else "nothing left to answer"
