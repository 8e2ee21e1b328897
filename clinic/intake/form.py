"""An intake form as data: its sections and fields, when each is asked, and how long it takes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from clinic.intake.age import ADULT, age_on, birth_date

BORN = "born"  # the one field every form has: who may be a client here depends on it
GUARDIAN = "guardian_name"
UNDER_18 = "under 18"  # what a condition on the birth date asks for
YES, NO = "Yes", "No"
# Names that other screens read. A new field never gets one of them by chance.
KNOWN_NAMES = (
    "preferred_name",
    "full_name",
    "pronouns",
    BORN,
    "phone",
    "voicemail",
    "usual_place",
    "emergency_name",
    "emergency_relation",
    "emergency_phone",
    "emergency_release",
    GUARDIAN,
    "guardian_relation",
    "guardian_phone",
)


class Kind(StrEnum):
    """How a field is asked, and so how its answer is written as text.

    Dates are "day/month/year", each part as typed. Several choices stand one on a line, in the form's
    order: an option holds no line break.
    """

    TEXT = "text"
    LONG_TEXT = "long text"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes or no"
    NUMBER = "number"
    DATE = "date"
    BIRTH_DATE = "birth date"
    SCALE = "scale"
    PHONE = "phone"
    EMAIL = "email"


DATES = (Kind.DATE, Kind.BIRTH_DATE)
WITH_OPTIONS = (Kind.CHOICE, Kind.CHOICES)
# How long one takes to read and answer, in seconds: our own estimate for "minutes left", no more.
_SECONDS = {
    Kind.TEXT: 15,
    Kind.LONG_TEXT: 50,
    Kind.CHOICE: 10,
    Kind.CHOICES: 15,
    Kind.YES_NO: 8,
    Kind.NUMBER: 12,
    Kind.DATE: 15,
    Kind.BIRTH_DATE: 15,
    Kind.SCALE: 12,
    Kind.PHONE: 15,
    Kind.EMAIL: 15,
}


@dataclass(frozen=True)
class Condition:
    """Asked only where the answer to an earlier `field` is one of `values`, or has one of them."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """One question. `name` is what its answer is kept under and never changes; all else are words.

    `lowest` and `highest` bound a number or a scale; the labels stand at a scale's two ends. `missing` is
    the sentence where a required answer is not there; empty, one is made.
    """

    name: str
    label: str
    kind: Kind
    required: bool = False
    help: str = ""
    options: tuple[str, ...] = ()
    longest: int = 200
    lowest: int | None = None
    highest: int | None = None
    lowest_label: str = ""
    highest_label: str = ""
    autocomplete: str = ""
    show_when: Condition | None = None
    missing: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """The answers to choose from; none where one types."""
        if self.kind is Kind.YES_NO:
            return (YES, NO)
        if self.kind is Kind.SCALE and self.lowest is not None and self.highest is not None:
            return tuple(str(n) for n in range(self.lowest, self.highest + 1))
        return self.options

    @property
    def conditions(self) -> tuple[str, ...]:
        """What a later field can depend on; none where answers are free."""
        return (UNDER_18,) if self.kind is Kind.BIRTH_DATE else self.choices


@dataclass(frozen=True)
class Section:
    """One screen. `why` says what its answers are for."""

    name: str
    title: str
    why: str
    fields: tuple[Field, ...]
    show_when: Condition | None = None


@dataclass(frozen=True)
class Form:
    sections: tuple[Section, ...]

    def fields(self) -> Iterator[Field]:
        for section in self.sections:
            yield from section.fields

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields() if field.name == name), None)

    def section(self, name: str) -> Section | None:
        return next((section for section in self.sections if section.name == name), None)


def shown(form: Form, answers: Mapping[str, str], today: date) -> Form:
    """The part of the form that is asked, given these answers. What a hidden field once said counts for
    nothing: what depends on it is hidden too."""
    said: dict[str, tuple[str, ...]] = {}
    sections = []
    for section in form.sections:
        if not _met(section.show_when, said):
            continue
        fields = []
        for field in section.fields:
            if _met(field.show_when, said):
                fields.append(field)
                said[field.name] = _said(field, answers.get(field.name, ""), today)
        if fields:
            sections.append(replace(section, fields=tuple(fields)))
    return Form(tuple(sections))


def minutes_for(form: Form, answers: Mapping[str, str]) -> int:
    """About how many minutes the fields without an answer take; 0 when there are none, else 1 at least."""
    left = [field for field in form.fields() if not is_answered(answers.get(field.name, ""))]
    return -(-sum(_SECONDS[field.kind] for field in left) // 60)


def is_answered(value: str) -> bool:
    """Whether there is anything in it; a date's bare slashes are nothing."""
    return bool(value.strip("/ \n"))


def _met(condition: Condition | None, said: Mapping[str, tuple[str, ...]]) -> bool:
    return condition is None or any(value in condition.values for value in said.get(condition.field, ()))


def _said(field: Field, value: str, today: date) -> tuple[str, ...]:
    if field.kind is Kind.BIRTH_DATE:
        born = birth_date(value)
        return (UNDER_18,) if born and born <= today and age_on(born, today) < ADULT else ()
    return tuple(value.split("\n")) if field.kind is Kind.CHOICES else (value,)
