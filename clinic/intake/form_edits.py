"""What the builder does to a form: each edit gives a new one. Names are made once and never change. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from clinic.errors import NotFound
from clinic.intake.default_form import DEFAULT_FORM
from clinic.intake.definition import LONGEST_NAME
from clinic.intake.form import BORN, KNOWN_NAMES, Field, Form, Kind, Section

# What a new question of a kind starts with: it can be kept at once, and is put right in its own screen.
_BEGINNINGS: dict[Kind, dict[str, Any]] = {
    Kind.LONG_TEXT: {"longest": 4000},
    Kind.CHOICE: {"options": ("First answer", "Second answer")},
    Kind.CHOICES: {"options": ("First answer", "Second answer")},
    Kind.SCALE: {"lowest": 0, "highest": 10},
}


def add_section(form: Form, title: str) -> tuple[Form, str]:
    """A section without questions at the end. Returns the form and the section's name."""
    name = name_from(title, (section.name for section in form.sections))
    return Form((*form.sections, Section(name, title, "", ()))), name


def add_field(form: Form, section: str, label: str, kind: Kind) -> tuple[Form, str]:
    """A question at the section's end. Returns the form and the question's name."""
    name = name_from(label, (*KNOWN_NAMES, *(field.name for field in form.fields())))
    return _with_field(form, section, Field(name, label, kind, **_BEGINNINGS.get(kind, {}))), name


def missing_known(form: Form) -> tuple[Field, ...]:
    """The questions that other screens read and this form does not ask, worded as a new clinic's are."""
    there = {field.name for field in form.fields()}
    return tuple(f for f in DEFAULT_FORM.fields() if f.name in KNOWN_NAMES and f.name not in there)


def add_known(form: Form, section: str, name: str) -> Form:
    """One of `missing_known` at the section's end."""
    field = next((field for field in missing_known(form) if field.name == name), None)
    if field is None:
        raise NotFound()
    return _with_field(form, section, field)


def change_section(form: Form, name: str, **changed: Any) -> Form:
    return Form(tuple(replace(s, **changed) if s.name == name else s for s in form.sections))


def change_field(form: Form, name: str, **changed: Any) -> Form:
    """The question with other words. Its name and kind stay: answers are kept under them."""
    return _map_fields(form, lambda field: replace(field, **changed) if field.name == name else field)


def delete_section(form: Form, name: str) -> Form:
    return Form(tuple(section for section in form.sections if section.name != name))


def delete_field(form: Form, name: str) -> Form:
    return _map_fields(form, lambda field: None if field.name == name else field)


def move_section(form: Form, name: str, by: int) -> Form:
    """One place up (-1) or down (1); at the edge it stays."""
    return Form(_moved(form.sections, [section.name for section in form.sections].index(name), by))


def move_field(form: Form, name: str, by: int) -> Form:
    """One place up (-1) or down (1); over a section's edge into the next section."""
    at = next(n for n, s in enumerate(form.sections) if any(field.name == name for field in s.fields))
    section = form.sections[at]
    place = [field.name for field in section.fields].index(name)
    if 0 <= place + by < len(section.fields):
        return change_section(form, section.name, fields=_moved(section.fields, place, by))
    if not 0 <= at + by < len(form.sections):
        return form
    other, field = form.sections[at + by], section.fields[place]
    form = delete_field(form, name)
    return change_section(
        form, other.name, fields=(*other.fields, field) if by < 0 else (field, *other.fields)
    )


def can_be_deleted(field: Field) -> bool:
    return field.name != BORN


def name_from(label: str, taken: Iterable[str]) -> str:
    """A name in small letters that says what the label says, and that nothing else has."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[: LONGEST_NAME - 4].strip("_")
    if not words or not words[0].isalpha():
        words = f"question_{words}".strip("_")[: LONGEST_NAME - 4]
    there, name, number = set(taken), words, 2
    while name in there:
        name, number = f"{words}_{number}", number + 1
    return name


def _with_field(form: Form, section: str, field: Field) -> Form:
    there = form.section(section)
    if there is None:
        raise NotFound()
    return change_section(form, section, fields=(*there.fields, field))


def _map_fields(form: Form, change: Any) -> Form:
    return Form(
        tuple(
            replace(section, fields=tuple(made for f in section.fields if (made := change(f)) is not None))
            for section in form.sections
        )
    )


def _moved(items: tuple[Any, ...], place: int, by: int) -> tuple[Any, ...]:
    if not 0 <= place + by < len(items):
        return items
    listed = list(items)
    listed.insert(place + by, listed.pop(place))
    return tuple(listed)
