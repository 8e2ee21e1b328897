"""What a chart says, in a sentence (shown above it, and read out as its `alt`) and as the rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from clinic.measures.instrument import Direction, Instrument
from clinic.records.mood import MOODS
from components.series import CheckIn, Form, scored, trailing_means
from components.times import day_of

NOT_ALL_ANSWERED = "Not all answered"


def outcome_sentence(instrument: Instrument, forms: Sequence[Form], zone: str) -> str:
    """For the client: where they are and where they began. No band, no verdict."""
    totals = scored(forms)
    if not totals:
        return "There is no score yet."
    (first_at, first), (last_at, last) = totals[0], totals[-1]
    last_on = day_of(last_at, zone)
    if len(totals) == 1:
        return f"Your score was {last} on {day_words(last_on)}. {_meaning(instrument)}"
    began = day_words(day_of(first_at, zone), last_on)
    return f"Your score is {last}. It was {first} on {began}. {_meaning(instrument)}"


def outcome_sentence_for_staff(instrument: Instrument, forms: Sequence[Form]) -> str:
    """For the therapist: the change since the first score beside the reliable change and whose rule it is."""
    totals = [total for _, total in scored(forms)]
    if not totals:
        return "No score yet."
    first, last = totals[0], totals[-1]
    if len(totals) == 1:
        return f"One score so far: {last}, {instrument.band(last).label}."
    change = last - first
    if change:
        words = f"{'Up' if change > 0 else 'Down'} {abs(change)} since the first score ({first} to {last})"
    else:
        words = f"No change since the first score ({first})"
    rule = instrument.reliable_change
    if rule is None or not change:
        return f"{words}."
    if abs(change) >= rule.points:
        return f"{words}: more than measurement error alone ({rule.points}, {rule.name})."
    return f"{words}: measurement error alone could explain it (under {rule.points}, {rule.name})."


def outcome_rows(instrument: Instrument, forms: Sequence[Form], zone: str) -> list[dict[str, str]]:
    """The chart as a table, newest first: Date, Score, Range (the severity band)."""
    return [
        {
            "Date": day_words(day_of(form.at, zone)),
            "Score": NOT_ALL_ANSWERED if form.total is None else str(form.total),
            "Range": "" if form.total is None else instrument.band(form.total).label.capitalize(),
        }
        for form in sorted(forms, key=lambda form: form.at, reverse=True)
    ]


def mood_sentence(check_ins: Sequence[CheckIn]) -> str:
    """The latest check-in, how many there are, and where the seven-day mean went."""
    if not check_ins:
        return "There are no check-ins yet."
    days = sorted(check_ins, key=lambda one: one.day_on)
    first_on, last_on = days[0].day_on, days[-1].day_on
    said = f"The latest check-in, on {day_words(last_on)}, was {MOODS[days[-1].mood]}."
    if len(days) > 1:
        said += f" {len(days)} days logged since {day_words(first_on, last_on)}."
    means = [f"{mean:.1f}" for _, mean in trailing_means(days) if mean is not None]
    if len(means) > 1:
        moved = (
            f"went from {means[0]} to {means[-1]}"
            if means[0] != means[-1]
            else f"began and ended at {means[0]}"
        )
        said += f" The 7-day mean {moved}, on a scale of 1 (very low) to 5 (very good)."
    return said


def mood_rows(check_ins: Sequence[CheckIn]) -> list[dict[str, str]]:
    """The chart as a table, newest first: Date, Mood."""
    newest_first = sorted(check_ins, key=lambda one: one.day_on, reverse=True)
    return [{"Date": day_words(one.day_on), "Mood": MOODS[one.mood]} for one in newest_first]


def day_words(day: date, beside: date | None = None) -> str:
    """ "2 September 2026"; without the year where `beside`, said or shown with it, has the same one."""
    words = f"{day.day} {day:%B}"
    return words if beside is not None and beside.year == day.year else f"{words} {day.year}"


def _meaning(instrument: Instrument) -> str:
    if instrument.direction is Direction.HIGHER_WORSE:
        return "Lower means fewer problems."
    return "Higher means feeling better."
