"""What a chart says, in a sentence (shown above it, and read out as its `alt`) and as the rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from clinic.measures.definition import Direction, Instrument
from clinic.measures.scoring import AnswerOutsideOptions, Score, questions, score
from clinic.measures.verdict import Score as ScoreOf
from clinic.measures.verdict import Verdict
from clinic.records.check_in import MOODS
from clinic.records.outcomes import RiskAnswer
from components.series import CheckIn, Form, StaffForm, scored, trailing_means
from components.times import day_of

NOT_ALL_ANSWERED = "Not all answered"


def outcome_sentence(instrument: Instrument, forms: Sequence[Form], zone: str) -> str:
    """For the client: where they are and where they began. No band, no verdict.

    A screen is no outcome and some measures have no total: of those, only when they were answered.
    """
    if forms and not (instrument.charted and instrument.has_total):
        latest = max(form.at for form in forms)
        return f"You answered these on {day_words(day_of(latest, zone))}. Your therapist has your answers."
    newest = max((form for form in forms if form.total is not None), key=lambda form: form.at, default=None)
    if newest is None:
        return "There is no score yet."
    # Other questions, another scale: only what was asked in the same way is compared.
    totals = scored(form for form in forms if form.version == newest.version)
    (first_at, first), (last_at, last) = totals[0], totals[-1]
    last_on = day_of(last_at, zone)
    since = day_words(day_of(first_at, zone), last_on)
    changed = len(totals) < len(scored(forms))
    note = f" The questions changed on {since}, so earlier scores are not compared." if changed else ""
    if len(totals) == 1:
        return f"Your score was {last} on {day_words(last_on)}. {meaning(instrument)}{note}"
    return f"Your score is {last}. It was {first} on {since}. {meaning(instrument)}{note}"


def outcome_sentence_for_staff(instrument: Instrument, verdict: Verdict) -> str:
    """For the therapist: the change since the episode's first score, as `change` says it; of a screen, or
    where the two are not compared, the latest score."""
    if not instrument.has_total:
        return "There is no total: each answer is read by itself."
    first, latest = verdict.first, verdict.latest
    if first is None or latest is None:
        return "No score yet."
    if not instrument.charted:
        return f"Latest score: {latest.total}, on a scale of {instrument.lowest} to {instrument.highest}."
    if verdict.change is not None:
        return verdict.change.sentence
    if latest.version != instrument.version:
        return f"Latest score: {latest.total}, on older questions (version {latest.version})."
    if first.version != latest.version:
        return (
            f"Latest score: {_with_band(instrument, latest.total)}. The questions changed since the first "
            f"score (version {first.version} to {latest.version}), so the two are not compared."
        )
    return f"One score so far: {_with_band(instrument, latest.total)}."


def outcome_rows_for_staff(
    instrument: Instrument, forms: Sequence[StaffForm], first: ScoreOf | None, zone: str
) -> list[dict[str, str]]:
    """The chart as a table, newest first, with the change since the first score and who helped."""
    changed = len({form.version for form in forms}) > 1
    rows = []
    for form, row in zip(
        sorted(forms, key=lambda form: form.at, reverse=True),
        outcome_rows(instrument, forms, zone),
        strict=True,
    ):
        row["Since the first"] = ""
        if first is not None and form.total is not None and form.version == first.version:
            row["Since the first"] = f"{form.total - first.total:+d}"
        if changed:
            row["Questions"] = f"Version {form.version}"
        row["Filled in"] = f"With {form.entered_by}" if form.entered_by else "Alone"
        rows.append(row)
    return rows


def outcome_rows(instrument: Instrument, forms: Sequence[Form], zone: str) -> list[dict[str, str]]:
    """The chart as a table, newest first: Date, Score and, where the measure has bands, Range."""
    rows = []
    for form in sorted(forms, key=lambda form: form.at, reverse=True):
        row = {"Date": day_words(day_of(form.at, zone))}
        row["Score"] = NOT_ALL_ANSWERED if form.total is None else str(form.total)
        if instrument.bands:
            band = None if form.total is None else instrument.band(form.total)
            row["Range"] = band.label.capitalize() if band else ""
        rows.append(row)
    return rows


def answer_rows(instrument: Instrument, given: Mapping[int, int]) -> list[dict[str, str]]:
    """Each question that was asked with the answer's own words; where there is no total, its range too."""
    rows = []
    for asked in questions(instrument, given):
        words = {option.value: option.label for option in asked.options}
        value = given.get(asked.number)
        row = {
            "Question": f"{asked.number}. {asked.text}" if asked.number > 0 else asked.text,
            "Answer": "Not answered" if value is None else words.get(value, str(value)),
        }
        if not instrument.has_total:
            item = instrument.item(asked.number)
            band = item.band(value) if item and value is not None else None
            row["Range"] = band.label.capitalize() if band else ""
        rows.append(row)
    return rows


def score_of(instrument: Instrument, given: Mapping[int, int]) -> Score | None:
    """The form's score; None where it was answered on an older version whose options are no longer here."""
    try:
        return score(instrument, given)
    except AnswerOutsideOptions:
        return None


def screen_rows(scored_form: Score) -> list[dict[str, str]]:
    """Every cut-off and rule on one form: what it asks for, whether it is met, what it means and who says so.

    Three columns, which fit on a phone.
    """
    return [
        {
            "Cut-off": f"{screen.name}: {screen.needs}",
            "Met": "Yes" if screen.met else "No",
            "Meaning and source": f"{_upper(screen.meaning)}. {screen.source}",
        }
        for screen in scored_form.screens
    ]


def review_sentences(instrument: Instrument, given: Mapping[int, int]) -> list[str]:
    """What the answers ask a therapist to look at, with the answer's own words."""
    said = []
    for item in instrument.items:
        value = given.get(item.number)
        if item.review and value is not None and value >= item.review.at_least:
            words = {option.value: option.label for option in item.options}
            said.append(f"Question {item.number}, “{words.get(value, value)}”. {item.review.prompt}")
    return said


def mood_sentence(check_ins: Sequence[CheckIn]) -> str:
    """The latest check-in, how many there are, and where the seven-day mean went."""
    days = sorted((one.day_on, one.mood) for one in check_ins if one.mood is not None)
    if not days:
        return "There are no check-ins yet."
    first_on, (last_on, latest) = days[0][0], days[-1]
    said = f"The latest check-in, on {day_words(last_on)}, was {MOODS[latest]}."
    if len(days) > 1:
        said += f" {len(days)} days logged since {day_words(first_on, last_on)}."
    means = [f"{mean:.1f}" for _, mean in trailing_means(check_ins) if mean is not None]
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
    return [
        {"Date": day_words(one.day_on), "Mood": MOODS[one.mood]}
        for one in newest_first
        if one.mood is not None
    ]


def day_words(day: date, beside: date | None = None) -> str:
    """ "2 September 2026"; without the year where `beside`, said or shown with it, has the same one."""
    words = f"{day.day} {day:%B}"
    return words if beside is not None and beside.year == day.year else f"{words} {day.year}"


def _with_band(instrument: Instrument, total: int) -> str:
    band = instrument.band(total)
    return f"{total}, {band.label}" if band else str(total)


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def meaning(instrument: Instrument) -> str:
    """Which way is which, in a sentence."""
    if instrument.direction is Direction.HIGHER_WORSE:
        return "Lower means fewer problems."
    return "Higher means feeling better."


def better(instrument: Instrument) -> str:
    """The same for staff."""
    return f"{'Lower' if instrument.direction is Direction.HIGHER_WORSE else 'Higher'} is better."


def risk_sentence(answers: Sequence[RiskAnswer], zone: str) -> str:
    """How often a risk item was answered, how often it called for help, and what was said last."""
    latest = answers[-1]
    calling = sum(answer.calls for answer in answers)
    often = f"{calling} of {len(answers)}" if calling else f"none of {len(answers)}"
    return (
        f"Question {latest.item}, latest answer: “{latest.words}” on {day_words(day_of(latest.at, zone))}. "
        f"In this period {often} answer{'' if len(answers) == 1 else 's'} called for crisis help."
    )


def risk_rows(answers: Sequence[RiskAnswer], zone: str) -> list[dict[str, str]]:
    """The strip as a table, newest first."""
    return [
        {
            "Date": day_words(day_of(answer.at, zone)),
            "Answer": f"Question {answer.item}: {answer.words}",
            "Crisis help": "Shown" if answer.calls else "",
            "Filled in": f"With {answer.entered_by}" if answer.entered_by else "Alone",
        }
        for answer in reversed(answers)
    ]
