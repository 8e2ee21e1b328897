"""What a client's progress says in sentences: on their screen, on the page to take along, and on their
therapist's screen. Pure.

No verdict, no target, no cause: how many days, what was said on them, and how it was before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clinic.records.better_days import Along
from clinic.records.check_in import ANXIETY, ENERGY, GOOD, MOODS
from clinic.records.nights import Night

# A tag in the middle of a sentence: "on 6 of the 8 days with …".
_WITH = {
    "walk": "a walk or exercise",
    "outdoors": "time outdoors",
    "people": "time with people",
    "alone": "time alone",
    "work": "work or study",
    "chores": "things at home",
    "joy": "something you enjoy",
    "rest": "rest",
    "argument": "an argument",
    "alcohol": "alcohol",
    "unwell": "feeling unwell",
    "pain": "pain",
}


@dataclass(frozen=True)
class Value:
    """What was said on a day, or the mean of a week that begins on it."""

    day_on: date
    value: float


@dataclass(frozen=True)
class Voice:
    """Whom a sentence is said to: the client, or somebody else about the client. Nothing else differs."""

    you: str
    your: str


TO_CLIENT = Voice("you", "your")
TO_STAFF = Voice("they", "their")


def mood_sentence(days: Sequence[Value], weekly: bool, voice: Voice = TO_CLIENT) -> str:
    """ "You checked in on 20 days since 2 September. On 9 of them you chose good or very good. …" """
    if not days:
        return "There are no check-ins with a mood in this time."
    if weekly:
        return _weeks_sentence("mood", days, "1 (very low) to 5 (very good)", voice)
    last = days[-1]
    good = sum(day.value >= GOOD for day in days)
    latest = MOODS[round(last.value)].lower()
    said = f"{voice.your.capitalize()} latest mood, on {day_words(last.day_on)}, was {latest}."
    if len(days) > 1:
        since = day_words(days[0].day_on, last.day_on)
        said += (
            f" {voice.you.capitalize()} chose one on {len(days)} days since {since}: good or very good on "
            f"{good} of them."
        )
    return said


def scale_sentence(name: str, days: Sequence[Value], weekly: bool, voice: Voice = TO_CLIENT) -> str:
    """Of anxiety or energy."""
    words = ANXIETY if name == "anxiety" else ENERGY
    if not days:
        return f"Nothing about {name} in this time."
    if weekly:
        return _weeks_sentence(name, days, f"1 ({words[1].lower()}) to 5 ({words[5].lower()})", voice)
    last = days[-1]
    said = f"Latest, on {day_words(last.day_on)}: {words[round(last.value)].lower()}."
    if len(days) > 1:
        usual = _middle([day.value for day in days])
        said += f" In the middle of {voice.your} {len(days)} answers: {words[usual].lower()}."
    return said


def sleep_sentence(asleep: Sequence[Value], weekly: bool, voice: Voice = TO_CLIENT) -> str:
    """Of the minutes slept, a night each, or the mean of a week's nights."""
    if not asleep:
        return f"No night in this time has all that is needed to add up {voice.your} sleep."
    mean = round(sum(night.value for night in asleep) / len(asleep))
    if weekly:
        return (
            f"Over {len(asleep)} weeks with enough nights, {voice.you} slept {span_words(mean)} a night in "
            "the mean."
        )
    if len(asleep) == 1:
        night = day_words(asleep[0].day_on)
        return f"{voice.you.capitalize()} slept {span_words(mean)} in the night to {night}."
    shortest, longest = (round(choose(n.value for n in asleep)) for choose in (min, max))
    return (
        f"Over {len(asleep)} nights {voice.you} slept {span_words(mean)} in the mean: "
        f"{span_words(shortest)} in the shortest, {span_words(longest)} in the longest."
    )


def night_sentence(night: Night) -> str:
    """What one night adds up to; empty where too much of it was left out."""
    if night.asleep is None:
        return ""
    said = f"You slept {span_words(night.asleep)}."
    if night.efficiency is not None and night.in_bed:
        said += (
            f" That is {night.efficiency} of every 100 minutes from trying to sleep to getting up "
            f"({span_words(night.in_bed)})."
        )
    return said


def goal_sentence(ratings: Sequence[Value], weekly: bool) -> str:
    """Of one goal: the latest number and the first in this time."""
    if not ratings:
        return "Not rated in this time."
    first, last = ratings[0], ratings[-1]
    when, digits = ("in the week of", 1) if weekly else ("on", 0)
    said = f"{last.value:.{digits}f} of 10 {when} {day_words(last.day_on)}."
    if len(ratings) > 1:
        said += f" It was {first.value:.{digits}f} {when} {day_words(first.day_on, last.day_on)}."
    return said


def along_sentence(one: Along, voice: Voice = TO_CLIENT) -> str:
    """ "On 6 of the 8 days with a walk or exercise you chose good or very good; on 5 of 14 without." """
    return (
        f"On {one.good_with} of the {one.days_with} days with {_WITH[one.tag]} {voice.you} chose good or "
        f"very good; on {one.good_without} of {one.days_without} without."
    )


def span_words(minutes: int) -> str:
    """ "7 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def day_words(day: date, beside: date | None = None) -> str:
    """ "2 September 2026"; without the year where `beside`, said with it, has the same one."""
    words = f"{day.day} {day:%B}"
    return words if beside is not None and beside.year == day.year else f"{words} {day.year}"


def _weeks_sentence(what: str, weeks: Sequence[Value], scale: str, voice: Voice) -> str:
    first, last = weeks[0], weeks[-1]
    said = f"In the week of {day_words(last.day_on)} {voice.your} {what} was {last.value:.1f} in the mean"
    if len(weeks) > 1:
        said += f"; in the week of {day_words(first.day_on)} it was {first.value:.1f}"
    return f"{said}, on a scale of {scale}."


def _middle(values: Sequence[float]) -> int:
    return round(sorted(values)[(len(values) - 1) // 2])
