"""What a measure's first and latest scores of an episode say, as a colour with its rule in words. Pure.

For therapists: where to look first, never a verdict on a person. Every number is the measure's own, with its
source; what each colour means is in docs/outcomes.md. Risk answers are not in it: they have their alerts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from clinic.measures.change import Change, change
from clinic.measures.definition import Direction, Instrument

ASKED_FROM, AGAIN_FROM = 4, 6  # sessions since the first score
SESSIONS_SOURCE = (
    "Session 4: Delgadillo 2014, who needed four sessions or more to tell early change. Session 6: "
    "latent-class work on 4,394 clients (PMC6428692), some of whom changed only after it"
)
WHY_ONE_VERSION = "Scores on other questions, or about another time span, are not compared."


class Colour(StrEnum):
    """In the order of attention: what comes first goes before the others."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    NONE = "none"


class Rule(StrEnum):
    """Why a measure has its colour, or none."""

    WORSE = "worse"
    NOT_YET = "not_yet"
    BETTER = "better"
    ACROSS = "across"
    EARLY = "early"
    UNDECIDED = "undecided"
    BEGAN_OUTSIDE = "began_outside"
    OTHER_QUESTIONS = "other_questions"
    ONE_SCORE = "one_score"
    NO_SCORE = "no_score"
    NO_THRESHOLD = "no_threshold"


COLOURS = {
    Rule.WORSE: Colour.RED,
    Rule.NOT_YET: Colour.AMBER,
    Rule.BETTER: Colour.GREEN,
    Rule.ACROSS: Colour.GREEN,
}
LABELS = {
    Colour.RED: "Deteriorating",
    Colour.AMBER: "Not yet responding",
    Colour.GREEN: "Improving",
    Colour.NONE: "No colour",
}


class Scored(Protocol):
    """One form. `at` is UTC; `total` is None where not every question was answered."""

    @property
    def at(self) -> datetime: ...
    @property
    def total(self) -> int | None: ...
    @property
    def version(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Score:
    at: datetime
    total: int
    version: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`words` is the rule behind the colour with this measure's numbers; `sources` says whose they are.
    `change` is None where the two scores are not compared. `sessions`: since the first score."""

    rule: Rule
    first: Score | None
    latest: Score | None
    change: Change | None
    sessions: int
    label: str
    words: str
    sources: tuple[str, ...]

    @property
    def colour(self) -> Colour:
        return COLOURS.get(self.rule, Colour.NONE)


def has_colours(instrument: Instrument) -> bool:
    """An outcome with a total and a published threshold of reliable change; else only the change is shown."""
    return instrument.charted and instrument.has_total and instrument.reliable_change is not None


def first_and_latest(forms: Sequence[Scored]) -> tuple[Score, Score] | None:
    """The ends of an episode. Of forms finished at the same instant the order given counts."""
    scored = sorted(
        (Score(form.at, form.total, form.version) for form in forms if form.total is not None),
        key=lambda score: score.at,
    )
    return (scored[0], scored[-1]) if scored else None


def versions_of(forms: Sequence[Scored]) -> tuple[str, ...]:
    """The versions of the questions in the order they were answered, each change of them named."""
    found: list[str] = []
    for form in sorted(forms, key=lambda form: form.at):
        if not found or found[-1] != form.version:
            found.append(form.version)
    return tuple(found)


def rule_of(instrument: Instrument, first: Score, latest: Score, sessions: int) -> Rule:
    """The one rule that holds. Red goes before amber, amber before green, green before none: deterioration
    is told wherever somebody began, the other two only of who began on the case side."""
    threshold = instrument.reliable_change
    if not has_colours(instrument) or threshold is None:
        return Rule.NO_THRESHOLD
    if not first.version == latest.version == instrument.version:
        return Rule.OTHER_QUESTIONS
    if latest.at <= first.at:
        return Rule.ONE_SCORE
    rise = latest.total - first.total
    worse = rise if instrument.direction is Direction.HIGHER_WORSE else -rise
    cut = instrument.cut_off
    if worse >= threshold.points:
        return Rule.WORSE
    if cut is not None and not cut.met(first.total):
        return Rule.BEGAN_OUTSIDE
    if worse <= -threshold.points:
        return Rule.BETTER
    if cut is None:
        return Rule.UNDECIDED
    if not cut.met(latest.total):
        return Rule.ACROSS
    return Rule.NOT_YET if sessions >= ASKED_FROM else Rule.EARLY


def judge(instrument: Instrument, first: Score, latest: Score, sessions: int) -> Verdict:
    """The rule with its words, for two scores of one episode and the sessions since the first of them."""
    rule = rule_of(instrument, first, latest, sessions)
    comparable = rule not in (Rule.OTHER_QUESTIONS, Rule.ONE_SCORE) and latest.at > first.at
    comparable = comparable and instrument.has_total and first.version == latest.version == instrument.version
    return Verdict(
        rule=rule,
        first=first,
        latest=latest,
        change=change(instrument, first.total, latest.total) if comparable else None,
        sessions=sessions,
        label=_label(instrument, rule),
        words=_words(instrument, rule, first, latest, sessions),
        sources=_sources(instrument, rule),
    )


def verdict(instrument: Instrument, forms: Sequence[Scored], sessions: Sequence[datetime]) -> Verdict:
    """Of one episode's forms. `sessions`: when the sessions that took place ended (UTC), by `now`."""
    ends = first_and_latest(forms)
    if ends is None:
        return without_score(instrument)
    first, latest = ends
    return judge(instrument, first, latest, sum(ended > first.at for ended in sessions))


def without_score(instrument: Instrument) -> Verdict:
    rule = Rule.NO_SCORE if has_colours(instrument) else Rule.NO_THRESHOLD
    words = _words(instrument, rule, None, None, 0)
    return Verdict(rule, None, None, None, 0, LABELS[Colour.NONE], words, _sources(instrument, rule))


def _label(instrument: Instrument, rule: Rule) -> str:
    if rule is Rule.ACROSS:
        cut = instrument.cut_off
        return "Below the case cut-off" if cut is None or cut.upwards else "Above the case cut-off"
    return LABELS[COLOURS.get(rule, Colour.NONE)]


def _words(
    instrument: Instrument, rule: Rule, first: Score | None, latest: Score | None, sessions: int
) -> str:
    threshold, cut = instrument.reliable_change, instrument.cut_off
    points = threshold.points if threshold else 0
    case = cut.words if cut else ""
    higher_worse = instrument.direction is Direction.HIGHER_WORSE
    bad, good = ("higher", "lower") if higher_worse else ("lower", "higher")
    moved = "fallen" if higher_worse else "risen"
    match rule:
        case Rule.WORSE:
            return (
                f"Red: the latest score is {points} points or more {bad} than the first, more than "
                "measurement error alone would explain. Worth talking about; a score does not say why."
            )
        case Rule.NOT_YET:
            again = (
                f"Look again at session {AGAIN_FROM}: many people change later."
                if sessions < AGAIN_FROM
                else f"Session {AGAIN_FROM} has passed, so look at it again. Many people change later."
            )
            return (
                f"Amber, from session {ASKED_FROM} on: the score has not {moved} by {points} points, and is "
                f"still on the case side ({case}). {_sessions(sessions)} since the first score. {again}"
            )
        case Rule.BETTER:
            return (
                f"Green: the latest score is {points} points or more {good} than the first, more than "
                "measurement error alone would explain."
            )
        case Rule.ACROSS:
            return (
                f"Green: the latest score is no longer on the case side ({case}). The change is "
                f"under {points} points, which measurement error alone could explain."
            )
        case Rule.EARLY:
            return (
                f"No colour before session {ASKED_FROM}: {_sessions(sessions)} since the first score, and a "
                f"change of less than {points} points."
            )
        case Rule.UNDECIDED:
            return (
                f"No colour: the change is under {points} points, and this measure has no case cut-off in "
                "use that would say more."
            )
        case Rule.BEGAN_OUTSIDE:
            return (
                f"No colour: the first score was not on the case side ({case}). From there, only a "
                f"{'rise' if higher_worse else 'fall'} of {points} points or more would have one: red."
            )
        case Rule.OTHER_QUESTIONS:
            return f"No colour: {_other_questions(instrument, first, latest)} {WHY_ONE_VERSION}"
        case Rule.ONE_SCORE | Rule.NO_SCORE:
            return "No colour: two scores, one after the other, are needed to speak of change."
        case Rule.NO_THRESHOLD:
            return "No colour: no threshold of reliable change could be verified for this measure."


def _other_questions(instrument: Instrument, first: Score | None, latest: Score | None) -> str:
    if first is not None and latest is not None and first.version != latest.version:
        return (
            f"the questions changed since the first score (version {first.version} to {latest.version}). "
            "A new episode counts from the first score on the new ones."
        )
    return f"these scores are from older questions (now version {instrument.version})."


def _sessions(number: int) -> str:
    return f"{number} session{'' if number == 1 else 's'}"


def _sources(instrument: Instrument, rule: Rule) -> tuple[str, ...]:
    """Of the numbers that the rule's words name."""
    threshold, cut = instrument.reliable_change, instrument.cut_off
    found: list[str] = []
    if threshold and rule not in (Rule.OTHER_QUESTIONS, Rule.ONE_SCORE, Rule.NO_SCORE, Rule.NO_THRESHOLD):
        found.append(f"{threshold.points} points: {threshold.source}")
    if cut and rule in (Rule.NOT_YET, Rule.ACROSS, Rule.BEGAN_OUTSIDE):
        found.append(f"{cut.words}: {cut.source}")
    if rule in (Rule.NOT_YET, Rule.EARLY):
        found.append(SESSIONS_SOURCE)
    return tuple(found)
