"""A form to and from the JSON it is kept as. What is malformed is refused, and said by its place. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from clinic.errors import FormMalformed
from clinic.intake.form import BORN, GUARDIAN, WITH_OPTIONS, Condition, Field, Form, Kind, Section

MOST_SECTIONS, MOST_FIELDS, MOST_OPTIONS = 30, 150, 40
LONGEST_NAME, LONGEST_TITLE, LONGEST_LABEL, LONGEST_HELP, LONGEST_ANSWER = 40, 80, 200, 500, 10_000
WIDEST_SCALE = 11  # 0 to 10
_FURTHEST = 1_000_000
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_SECTION_KEYS = {"name", "title", "why", "fields", "show_when"}
_TEXTS = ("help", "lowest_label", "highest_label", "autocomplete", "missing")
_FIELD_KEYS = {"name", "label", "kind", "required", "options", "longest", "lowest", "highest", "show_when"}
_LONGEST = {"help": LONGEST_HELP, "missing": LONGEST_HELP}


# The clinic's own published forms, nothing of a client's: read at each rerun, parsed once.
@lru_cache(maxsize=32)
def form_from_json(text: str) -> Form:
    """The form in its JSON.

    Raises:
        FormMalformed: the first thing that is wrong, and where.
    """
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        raise FormMalformed("Form", "it is not JSON") from None
    listed = _keys("Form", read, {"sections"}).get("sections")
    form = Form(tuple(_section(n, given) for n, given in enumerate(_list("Form", "sections", listed), 1)))
    check(form)
    return form


def form_to_json(form: Form) -> str:
    """The JSON that `form_from_json` reads as this very form."""
    sections = [
        _without_empty(
            name=section.name,
            title=section.title,
            why=section.why,
            show_when=_condition_json(section.show_when),
            fields=[_field_json(field) for field in section.fields],
        )
        for section in form.sections
    ]
    return json.dumps({"sections": sections}, ensure_ascii=False)


def check(form: Form) -> None:
    """That the form can be kept: names, kinds, sizes, options, ranges, conditions, the birth date.

    Raises:
        FormMalformed: the first thing that is wrong, and where.
    """
    if len(form.sections) > MOST_SECTIONS:
        raise FormMalformed("Form", f"there are more than {MOST_SECTIONS} sections")
    if len(list(form.fields())) > MOST_FIELDS:
        raise FormMalformed("Form", f"there are more than {MOST_FIELDS} questions")
    if again := _repeated(section.name for section in form.sections):
        raise FormMalformed("Form", f"two sections are named {again}")
    if again := _repeated(field.name for field in form.fields()):
        raise FormMalformed("Form", f"two questions are named {again}")
    earlier: dict[str, Field] = {}
    for number, section in enumerate(form.sections, 1):
        place = f"Section “{section.title}”" if section.title else f"Section {number}"
        _check_name(place, section.name)
        _check_text(place, "title", section.title, LONGEST_TITLE, needed=True)
        _check_text(place, "reason", section.why, LONGEST_HELP)
        _check_condition(place, section.show_when, form, earlier)
        for n, field in enumerate(section.fields, 1):
            where = f"{place}, question “{field.label}”" if field.label else f"{place}, question {n}"
            _check_field(where, field)
            _check_condition(where, field.show_when, form, earlier)
            earlier[field.name] = field
        if section.show_when and any(field.name == BORN for field in section.fields):
            raise FormMalformed(place, "the date of birth is always asked, so its section has no condition")
    if BORN not in earlier:
        raise FormMalformed("Form", "the date of birth is not asked, and every form needs it")


def check_to_publish(form: Form, minimum_age: int) -> None:
    """What a draft may lack but clients may not meet: a section without a question, no guardian asked.

    Raises:
        FormMalformed: the first of them, and where.
    """
    check(form)
    for section in form.sections:
        if not section.fields:
            raise FormMalformed(f"Section “{section.title}”", "it has no question yet. Add one or delete it")
    if minimum_age < 18 and form.field(GUARDIAN) is None:
        raise FormMalformed(
            "Form", "your clinic takes clients under 18, so the form needs the name of a parent or guardian"
        )


def _section(number: int, given: object) -> Section:
    place = f"Section {number}"
    read = _keys(place, given, _SECTION_KEYS)
    place = f"Section “{_text(place, read, 'title')}”"
    return Section(
        name=_text(place, read, "name"),
        title=_text(place, read, "title"),
        why=_text(place, read, "why", ""),
        fields=tuple(
            _field(f"{place}, question {n}", one)
            for n, one in enumerate(_list(place, "fields", read.get("fields")), 1)
        ),
        show_when=_condition(place, read.get("show_when")),
    )


def _field(place: str, given: object) -> Field:
    read = _keys(place, given, {*_FIELD_KEYS, *_TEXTS})
    kinds = {kind.value: kind for kind in Kind}
    kind = kinds.get(_text(place, read, "kind"))
    if kind is None:
        raise FormMalformed(place, f"there is no kind “{read['kind']}”; there are {', '.join(kinds)}")
    required = read.get("required", False)
    if not isinstance(required, bool):
        raise FormMalformed(place, "“required” is true or false")
    numbers = {name: _number(place, name, read.get(name)) for name in ("longest", "lowest", "highest")}
    options = _list(place, "options", read.get("options", []))
    if not all(isinstance(option, str) for option in options):
        raise FormMalformed(place, "each option is a text")
    return Field(
        name=_text(place, read, "name"),
        label=_text(place, read, "label"),
        kind=kind,
        required=required,
        options=tuple(options),
        longest=Field.longest if numbers["longest"] is None else numbers["longest"],
        lowest=numbers["lowest"],
        highest=numbers["highest"],
        show_when=_condition(place, read.get("show_when")),
        **{name: _text(place, read, name, "") for name in _TEXTS},
    )


def _check_field(place: str, field: Field) -> None:
    _check_name(place, field.name)
    _check_text(place, "question", field.label, LONGEST_LABEL, needed=True)
    for name in _TEXTS:
        _check_text(place, name, getattr(field, name), _LONGEST.get(name, LONGEST_TITLE))
    if not 1 <= field.longest <= LONGEST_ANSWER:
        raise FormMalformed(place, f"an answer has 1 to {LONGEST_ANSWER:,} characters at most")
    if field.kind in WITH_OPTIONS:
        _check_options(place, field)
    elif field.options:
        raise FormMalformed(place, f"a question of the kind “{field.kind.value}” has no options")
    _check_range(place, field)
    if field.name == BORN:
        if field.kind is not Kind.BIRTH_DATE or not field.required or field.show_when:
            raise FormMalformed(place, "the date of birth is a required birth date without a condition")
    elif field.kind is Kind.BIRTH_DATE:
        raise FormMalformed(place, f"the client's birth date is named {BORN}; for other days use “date”")


def _check_options(place: str, field: Field) -> None:
    if not 2 <= len(field.options) <= MOST_OPTIONS:
        raise FormMalformed(place, f"give it 2 to {MOST_OPTIONS} options")
    if again := _repeated(field.options):
        raise FormMalformed(place, f"the option “{again}” is there twice")
    for option in field.options:
        _check_text(place, "option", option, min(LONGEST_LABEL, field.longest), needed=True)


def _check_range(place: str, field: Field) -> None:
    low, high = field.lowest, field.highest
    if field.kind is Kind.SCALE:
        if low is None or high is None or not 1 <= high - low < WIDEST_SCALE:
            raise FormMalformed(
                place, f"a scale has 2 to {WIDEST_SCALE} steps, from its lowest to its highest"
            )
    elif field.kind is not Kind.NUMBER and (low is not None or high is not None):
        raise FormMalformed(place, f"a question of the kind “{field.kind.value}” has no lowest or highest")
    if low is not None and high is not None and low > high:
        raise FormMalformed(place, "the lowest is above the highest")
    if any(bound is not None and abs(bound) > _FURTHEST for bound in (low, high)):
        raise FormMalformed(place, f"use numbers up to {_FURTHEST:,}")


def _check_condition(place: str, condition: Condition | None, form: Form, earlier: dict[str, Field]) -> None:
    if condition is None:
        return
    asked = earlier.get(condition.field)
    if asked is None:
        later = form.field(condition.field)
        if later is None:
            raise FormMalformed(
                place, f"its condition asks for “{condition.field}”, which is not on the form"
            )
        raise FormMalformed(place, f"its condition asks for “{later.label}”, which comes later")
    if not asked.conditions:
        raise FormMalformed(
            place, f"“{asked.label}” has no answers to choose from, so nothing can depend on it"
        )
    if not condition.values:
        raise FormMalformed(place, f"choose an answer to “{asked.label}” for its condition")
    for value in condition.values:
        if value not in asked.conditions:
            raise FormMalformed(place, f"its condition asks for “{value}”, no answer to “{asked.label}”")


def _check_name(place: str, name: str) -> None:
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise FormMalformed(
            place, f"a name has 1 to {LONGEST_NAME} small letters, numbers, - and _, and begins with a letter"
        )


def _check_text(place: str, what: str, text: str, longest: int, *, needed: bool = False) -> None:
    if needed and not text.strip():
        raise FormMalformed(place, f"its {what} is empty")
    if len(text) > longest:
        raise FormMalformed(place, f"its {what} is longer than {longest} characters")
    if needed and not text.isprintable():
        raise FormMalformed(place, f"its {what} has a line break or a sign that can't be shown")
    if any("\ud800" <= letter <= "\udfff" or letter == "\0" for letter in text):
        raise FormMalformed(place, f"its {what} has a sign that can't be saved")


def _repeated(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _keys(place: str, given: object, known: set[str]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise FormMalformed(place, "it is no JSON object")
    if strange := sorted(set(given) - known):
        raise FormMalformed(place, f"there is no “{strange[0]}”")
    return given


def _list(place: str, name: str, given: object) -> list[Any]:
    if not isinstance(given, list):
        raise FormMalformed(place, f"“{name}” is no list")
    return given


def _text(place: str, read: dict[str, Any], name: str, otherwise: str | None = None) -> str:
    value = read.get(name, otherwise)
    if not isinstance(value, str):
        raise FormMalformed(place, f"“{name}” is {'not there' if value is None else 'no text'}")
    return value


def _number(place: str, name: str, given: object) -> int | None:
    if given is not None and (not isinstance(given, int) or isinstance(given, bool)):
        raise FormMalformed(place, f"“{name}” is no whole number")
    return given


def _condition(place: str, given: object) -> Condition | None:
    if given is None:
        return None
    read = _keys(place, given, {"field", "is"})
    values = _list(place, "is", read.get("is"))
    if not all(isinstance(value, str) for value in values):
        raise FormMalformed(place, "each answer of a condition is a text")
    return Condition(_text(place, read, "field"), tuple(values))


def _condition_json(condition: Condition | None) -> dict[str, Any] | None:
    return {"field": condition.field, "is": list(condition.values)} if condition else None


def _field_json(field: Field) -> dict[str, Any]:
    written = _without_empty(
        options=list(field.options),
        show_when=_condition_json(field.show_when),
        **{name: getattr(field, name) for name in _TEXTS},
    )
    bounds = {name: n for name in ("lowest", "highest") if (n := getattr(field, name)) is not None}
    return {
        "name": field.name,
        "label": field.label,
        "kind": field.kind.value,
        "required": field.required,
        "longest": field.longest,
        **bounds,
        **written,
    }


def _without_empty(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None) and value != []} | (
        {"fields": values["fields"]} if "fields" in values else {}
    )
