"""What a check-in can ask, in this clinic's own words, and which answers can be kept. Pure.

None of it is a validated scale: five words each, no total, and each can be left out (docs/mood.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from clinic.errors import InvalidInput


class Item(StrEnum):
    """One thing that a check-in asks, in the order of the screen."""

    MOOD = "mood"
    ANXIETY = "anxiety"
    ENERGY = "energy"
    SLEEP = "sleep"
    MEDICATION = "medication"
    TAGS = "tags"
    NOTE = "note"


# For whoever chooses the items.
ITEM_WORDS = {
    Item.MOOD: "Mood",
    Item.ANXIETY: "How anxious or calm",
    Item.ENERGY: "Energy",
    Item.SLEEP: "Hours and quality of sleep",
    Item.MEDICATION: "Medication",
    Item.TAGS: "What the day had in it",
    Item.NOTE: "A note",
}
MOODS = {1: "Very low", 2: "Low", 3: "OK", 4: "Good", 5: "Very good"}
ANXIETY = {1: "Very calm", 2: "Calm", 3: "A little anxious", 4: "Anxious", 5: "Very anxious"}
ENERGY = {1: "None", 2: "A little", 3: "Some", 4: "A lot", 5: "Full of energy"}
QUALITY = {1: "Very badly", 2: "Badly", 3: "So-so", 4: "Well", 5: "Very well"}
MEDICATION = {"taken": "Taken", "missed": "Missed", "none": "None to take"}
TAGS = {
    "walk": "A walk or exercise",
    "outdoors": "Time outdoors",
    "people": "Time with people",
    "alone": "Time alone",
    "work": "Work or study",
    "chores": "Things at home",
    "joy": "Something I enjoy",
    "rest": "Rest",
    "argument": "An argument",
    "alcohol": "Alcohol",
    "unwell": "Feeling unwell",
    "pain": "Pain",
}
LONGEST_NOTE = 2000
LONGEST_SLEEP = 24 * 60
BACK = timedelta(days=7)  # a day further back is left blank: memory fills it in, and fills it in wrong
GOOD = 4  # from this mood on a day counts as a good one


@dataclass(frozen=True)
class Answers:
    """One check-in. `sleep_minutes` is the night's sleep as the person says it; None is "left out"."""

    mood: int | None = None
    anxiety: int | None = None
    energy: int | None = None
    sleep_minutes: int | None = None
    sleep_quality: int | None = None
    medication: str | None = None
    tags: tuple[str, ...] = ()
    note: str = ""


OF_ITEM = {
    Item.MOOD: ("mood",),
    Item.ANXIETY: ("anxiety",),
    Item.ENERGY: ("energy",),
    Item.SLEEP: ("sleep_minutes", "sleep_quality"),
    Item.MEDICATION: ("medication",),
    Item.TAGS: ("tags",),
    Item.NOTE: ("note",),
}
_SCALES: dict[str, tuple[Mapping[int, str], str]] = {
    "mood": (MOODS, "Choose one of the five moods, or leave it out."),
    "anxiety": (ANXIETY, "Choose one of the five answers, or leave it out."),
    "energy": (ENERGY, "Choose one of the five answers, or leave it out."),
    "sleep_quality": (QUALITY, "Choose one of the five answers, or leave it out."),
}


def problems_with(answers: Answers) -> dict[str, str]:
    """Field name to sentence, for each answer that is not on its list or out of its range."""
    problems = {}
    for name, (scale, said) in _SCALES.items():
        value = getattr(answers, name)
        if value is not None and (not _whole(value) or value not in scale):
            problems[name] = said
    minutes = answers.sleep_minutes
    if minutes is not None and (not _whole(minutes) or not 0 <= minutes <= LONGEST_SLEEP):
        problems["sleep_minutes"] = "Hours of sleep go from 0 to 24."
    if answers.medication is not None and answers.medication not in tuple(MEDICATION):
        problems["medication"] = "Choose one of the three answers, or leave it out."
    if any(tag not in tuple(TAGS) for tag in answers.tags):
        problems["tags"] = "Choose from the list."
    note: object = answers.note
    if not isinstance(note, str):
        problems["note"] = "Write the note in words."
    elif len(note.strip()) > LONGEST_NOTE:
        problems["note"] = f"Use {LONGEST_NOTE:,} characters or fewer for the note."
    return problems


def tidy(answers: Answers) -> Answers:
    """Each tag once, in the list's order; the note without blanks around it."""
    return replace(answers, tags=tuple(t for t in TAGS if t in answers.tags), note=answers.note.strip())


def is_empty(answers: Answers) -> bool:
    return tidy(answers) == Answers()


def merged(given: Answers, earlier: Answers, asked: Iterable[Item]) -> Answers:
    """What is kept for a day: the answers to what was asked; of the rest, what was said earlier that day."""
    taken = {name for item in asked for name in OF_ITEM[item]}
    return Answers(
        **{f.name: getattr(given if f.name in taken else earlier, f.name) for f in fields(Answers)}
    )


def items_from(kept: str) -> tuple[Item, ...]:
    """The items of a comma-separated list, in the order of the screen; an unknown word asks for nothing."""
    words = set(kept.split(","))
    return tuple(item for item in Item if item.value in words)


def items_to_keep(items: Iterable[str]) -> str:
    """The list as it is kept.

    Raises:
        InvalidInput: nothing chosen, or something that no check-in asks.
    """
    chosen = set(items)
    if not chosen:
        raise InvalidInput({"items": "Choose at least one thing to ask."})
    if not chosen <= {item.value for item in Item}:
        raise InvalidInput({"items": "Choose from the list."})
    return ",".join(item.value for item in Item if item.value in chosen)


def today_in(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def day_to_keep(day_on: object, today: date) -> date:
    """The day something is said of: today where none is named.

    Raises:
        InvalidInput: a day to come, or one more than seven days back.
    """
    if day_on is None:
        return today
    if isinstance(day_on, datetime) or not isinstance(day_on, date):
        raise InvalidInput({"day": "Choose a day."})
    if day_on > today:
        raise InvalidInput({"day": "This day has not come yet. Choose today or a day before."})
    if day_on < today - BACK:
        raise InvalidInput({"day": "Choose a day of the last 7 days. An older one is left blank."})
    return day_on


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def answers_from(kept: Mapping[str, object]) -> Answers:
    """Answers out of a draft: whatever can be kept of it, and nothing else."""
    found: dict[str, Any] = {}
    for name in (field.name for field in fields(Answers) if field.name in kept):
        value: Any = kept[name]
        if name == "tags":
            value = tuple(str(tag) for tag in value) if isinstance(value, list | tuple) else ()
        if not problems_with(Answers(**{name: value})):
            found[name] = value
    return Answers(**found)
