"""The intake form: its sections and fields as data, and the rules for an answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

VERSION = 1
MINIMUM_AGE = 18  # the measures that ship are adult versions


class Kind(StrEnum):
    """How a field is asked. A birth date is kept as "day/month/year", each part as typed."""

    TEXT = "text"
    LONG_TEXT = "long text"
    PHONE = "phone"
    CHOICE = "choice"
    BIRTH_DATE = "birth date"


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    kind: Kind
    missing: str = ""  # the sentence when a required answer is not there; empty: not required
    help: str = ""
    options: tuple[str, ...] = ()
    autocomplete: str = ""
    longest: int = 200


@dataclass(frozen=True)
class Section:
    name: str
    title: str
    why: str
    fields: tuple[Field, ...]


FORM: tuple[Section, ...] = (
    Section(
        "about-you",
        "About you",
        "So that we call you what you want to be called.",
        (
            Field(
                "preferred_name",
                "What should we call you?",
                Kind.TEXT,
                "Enter the name we should use.",
                autocomplete="nickname",
                longest=100,
            ),
            Field(
                "full_name",
                "Your full name",
                Kind.TEXT,
                "Enter your full name.",
                "As on official papers. Used only where a document needs it.",
                autocomplete="name",
                longest=100,
            ),
            Field("pronouns", "Your pronouns (optional)", Kind.TEXT, longest=40),
            Field(
                "born",
                "Your date of birth",
                Kind.BIRTH_DATE,
                "Enter your date of birth.",
                "For example, 27 3 1990",
            ),
        ),
    ),
    Section(
        "contact",
        "Contact and emergency contact",
        "So that we can call you if a video call drops, and someone you trust in an emergency.",
        (
            Field(
                "phone",
                "Your phone number",
                Kind.PHONE,
                "Enter a phone number we can call you on.",
                autocomplete="tel",
                longest=40,
            ),
            Field(
                "voicemail",
                "May we leave a message?",
                Kind.CHOICE,
                "Choose whether we may leave a message.",
                options=("Yes", "No"),
            ),
            Field(
                "usual_place",
                "Where are you usually during sessions?",
                Kind.TEXT,
                "Enter the town or address you are usually at.",
                "A town or an address. It tells us where to send help in an emergency.",
            ),
            Field(
                "emergency_name",
                "Emergency contact: their name",
                Kind.TEXT,
                "Enter the name of someone we can call in an emergency.",
                autocomplete="off",
                longest=100,
            ),
            Field(
                "emergency_relation",
                "Who they are to you",
                Kind.TEXT,
                "Enter who they are to you.",
                "For example, partner, sister, friend",
                autocomplete="off",
                longest=60,
            ),
            Field(
                "emergency_phone",
                "Their phone number",
                Kind.PHONE,
                "Enter their phone number.",
                autocomplete="off",
                longest=40,
            ),
            Field(
                "emergency_release",
                "May we call them if we think your life is in danger?",
                Kind.CHOICE,
                "Choose whether we may call them.",
                options=("Yes", "No"),
            ),
        ),
    ),
    Section(
        "reason",
        "What brings you here",
        "In your own words. A few lines are enough; your therapist reads them before you meet.",
        (
            Field(
                "brings",
                "What would you like help with?",
                Kind.LONG_TEXT,
                "Write a few words about what brings you here.",
                longest=4000,
            ),
            Field("hopes", "What would you like to be different? (optional)", Kind.LONG_TEXT, longest=4000),
            Field(
                "before",
                "Have you had therapy before?",
                Kind.CHOICE,
                "Choose whether you have had therapy before.",
                options=("No", "Yes, in the past", "Yes, now"),
            ),
            Field("medication", "Medicines you take (optional)", Kind.LONG_TEXT, longest=2000),
        ),
    ),
)

SECTIONS: dict[str, Section] = {section.name: section for section in FORM}
FIELDS: dict[str, Field] = {field.name: field for section in FORM for field in section.fields}


def cannot_be_kept(field: Field, value: str) -> str | None:
    """Why even a draft may not hold this value, or None. Half-filled is fine; out of bounds is not."""
    if len(value) > field.longest:
        return f"Use {field.longest:,} characters or fewer."
    if field.options and value and value not in field.options:
        return "Choose one of the answers shown."
    return None


def problems_in(section: Section, answers: Mapping[str, str], today: date) -> dict[str, str]:
    """Field name to sentence, for everything in the section to put right before going on."""
    problems = {}
    for field in section.fields:
        value = answers.get(field.name, "").strip()
        sentence = cannot_be_kept(field, value)
        if sentence is None and field.missing and not value.strip("/ "):
            sentence = field.missing
        if sentence is None and value and field.kind is Kind.PHONE:
            sentence = _phone_problem(value)
        if sentence is None and value and field.kind is Kind.BIRTH_DATE:
            sentence = _birth_problem(value, today)
        if sentence:
            problems[field.name] = sentence
    return problems


def birth_date(value: str) -> date | None:
    """The date in "day/month/year", or None where it is not one."""
    parts = value.split("/")
    if len(parts) != 3 or not all(part.strip().isascii() and part.strip().isdigit() for part in parts):
        return None
    day, month, year = (int(part) for part in parts)
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _birth_problem(value: str, today: date) -> str | None:
    born = birth_date(value)
    if born is None or born.year < 1900 or born > today:
        return "Enter a real date of birth, with the year in full, like 27 3 1990."
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    if today.year - born.year - (0 if had_birthday else 1) < MINIMUM_AGE:
        return f"This portal is for people aged {MINIMUM_AGE} and over. Call us: we will find another way."
    return None


def _phone_problem(value: str) -> str | None:
    digits = [c for c in value if c.isdigit()]
    # Any spacing and punctuation people use; ITU E.164 allows 15 digits at most.
    if not 5 <= len(digits) <= 15 or not all(c.isdigit() or c in "+-.()/ x" for c in value):
        return "Enter a phone number, like 020 7946 0000 or +1 503 555 0100."
    return None
