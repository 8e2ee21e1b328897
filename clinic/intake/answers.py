"""The rules for an answer: what may be kept while one types, and what is to be put right. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from clinic.intake.age import ADULT, age_on, birth_date, born_or_problem
from clinic.intake.form import BORN, DATES, GUARDIAN, Field, Form, Kind, is_answered, shown

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_NUMBER = re.compile(r"[+-]?\d{1,12}([.,]\d{1,6})?")
_LONGEST_DATE = 40  # three parts as typed, spaces and all
NOT_ON_THE_FORM = "That question is not on this form."
NOT_AN_OPTION = "Choose one of the answers shown."


def cannot_be_kept(field: Field, value: object) -> str | None:
    """Why even a draft may not hold this value, or None. Half-filled is fine; out of bounds is not."""
    if not isinstance(value, str):
        return "Enter an answer in words or numbers."
    longest = _LONGEST_DATE if field.kind in DATES else field.longest
    if field.kind is not Kind.CHOICES and len(value) > longest:
        return f"Use {longest:,} characters or fewer."
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        return "There is a sign in this answer that can't be saved. Type it again."
    if field.choices and value:
        chosen = value.split("\n") if field.kind is Kind.CHOICES else [value]
        if len(set(chosen)) < len(chosen) or not set(chosen) <= set(field.choices):
            return NOT_AN_OPTION
    return None


def problems_in(
    fields: Iterable[Field], answers: Mapping[str, str], today: date, minimum_age: int
) -> dict[str, str]:
    """Field name to sentence, for everything to put right before going on. `fields` are those shown."""
    found = {}
    for field in fields:
        sentence = problem_with(field, answers.get(field.name, ""), today, minimum_age)
        if sentence:
            found[field.name] = sentence
    return found


def problems_to_send(form: Form, answers: Mapping[str, str], today: date, minimum_age: int) -> dict[str, str]:
    """As `problems_in`, over all that is shown; and nobody under 18 sends a form that asks no guardian."""
    found = problems_in(shown(form, answers, today).fields(), answers, today, minimum_age)
    born = birth_date(answers.get(BORN, ""))
    if BORN not in found and born and age_on(born, today) < ADULT and form.field(GUARDIAN) is None:
        found[BORN] = (
            "You are under 18, and this form does not ask about a parent or guardian yet. "
            "Call us: we will find another way."
        )
    return found


def problem_with(field: Field, value: str, today: date, minimum_age: int) -> str | None:
    """What is to be put right in one answer, or None."""
    value = value.strip()
    if sentence := cannot_be_kept(field, value):
        return sentence
    if not is_answered(value):
        return (field.missing or _missing(field)) if field.required else None
    if field.kind is Kind.PHONE:
        return _phone_problem(value)
    if field.kind is Kind.EMAIL and not _EMAIL.fullmatch(value):
        return "Enter an email address in the format name@example.com."
    if field.kind is Kind.NUMBER:
        return _number_problem(field, value)
    if field.kind is Kind.DATE:
        read = birth_date(value)
        return None if read and read.year >= 1900 else "Enter a real date, with the year in full: 27 3 2019."
    if field.kind is Kind.BIRTH_DATE:
        return birth_problem(value, today, minimum_age)
    return None


def birth_problem(value: str, today: date, minimum_age: int) -> str | None:
    """What is wrong with a client's date of birth, "day/month/year"; too young is said too."""
    born, wrong = born_or_problem(value, today)
    if born is None:
        return wrong
    if age_on(born, today) < minimum_age:
        return f"This portal is for people aged {minimum_age} and over. Call us: we will find another way."
    return None


def said(field: Field, value: str) -> str:
    """An answer as people read it; "" where there is none."""
    if not is_answered(value):
        return ""
    if field.kind in DATES:
        return value.replace("/", " ")
    if field.kind is Kind.SCALE:
        ends = {str(field.lowest): field.lowest_label, str(field.highest): field.highest_label}
        return f"{value} ({ends[value]})" if ends.get(value) else value
    return value.strip()


def _missing(field: Field) -> str:
    if field.kind is Kind.BIRTH_DATE:
        return "Enter your date of birth."
    return f"{'Choose' if field.choices else 'Enter'} an answer to “{field.label}”."


def _phone_problem(value: str) -> str | None:
    digits = [c for c in value if c.isdigit()]
    # Any spacing and punctuation people use; ITU E.164 allows 15 digits at most.
    if not 5 <= len(digits) <= 15 or not all(c.isdigit() or c in "+-.()/ x" for c in value):
        return "Enter a phone number, like 020 7946 0000 or +1 503 555 0100."
    return None


def _number_problem(field: Field, value: str) -> str | None:
    low, high = field.lowest, field.highest
    number = float(value.replace(",", ".")) if value.isascii() and _NUMBER.fullmatch(value) else None
    if number is None:
        return "Enter a number, like 3 or 2.5."
    if (low is not None and number < low) or (high is not None and number > high):
        if low is not None and high is not None:
            return f"Enter a number from {low:,} to {high:,}."
        return f"Enter a number of {low:,} or more." if high is None else f"Enter a number up to {high:,}."
    return None
