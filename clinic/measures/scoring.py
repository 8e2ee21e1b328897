"""A form's questions in order, and its answers to a total, subscales and screens. Pure.

A total exists only when every question that is asked of this person is answered: no average stands in for
a skipped one. Answers are a mapping of item number to option value, with GATE and DIFFICULTY among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clinic.measures.definition import DIFFICULTY, GATE, Band, CutOff, Instrument, Item, Option, Rule


class AnswerOutsideOptions(ValueError):
    """An item that the measure does not have, or a value that is not among its options."""

    def __init__(self, instrument_id: str, item: object, value: object) -> None:
        super().__init__(f"{instrument_id} has no item {item!r} with an option {value!r}")
        self.instrument_id, self.item, self.value = instrument_id, item, value


@dataclass(frozen=True, slots=True)
class Question:
    """One question as it is asked. `lead` is the words before it, often shared by all, or ""."""

    number: int
    lead: str
    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class SubscaleScore:
    """`total` is None unless the whole form is complete."""

    id: str
    name: str
    total: int | None
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Screen:
    """One cut-off or rule on a complete form. `of`: the id of the measure, subscale or rule.

    `needs` says what is asked for ("10 or more"); `group` for whom ("men"), or "" for everybody.
    """

    of: str
    name: str
    needs: str
    meaning: str
    met: bool
    group: str
    default: bool
    source: str


@dataclass(frozen=True, slots=True)
class ItemScore:
    """An answer of a measure without a total, read by itself. `band` is its word, or None."""

    number: int
    value: int
    band: str | None


@dataclass(frozen=True, slots=True)
class Score:
    """`answered` counts the scored items that were asked and answered. `total`, `band`, the subscales'
    totals and `screens` are there only when `complete`; `items` only where the measure has no total."""

    complete: bool
    answered: int
    total: int | None
    band: Band | None
    subscales: tuple[SubscaleScore, ...]
    screens: tuple[Screen, ...]
    items: tuple[ItemScore, ...]


def questions(instrument: Instrument, answers: Mapping[int, int]) -> tuple[Question, ...]:
    """What to ask, in order, given the answers so far.

    The gate comes first. What an answer makes needless is left out. The difficulty question comes last,
    once any item that is asked is above its lowest.
    """
    asked = []
    if instrument.gate:
        asked.append(Question(GATE, "", instrument.gate.text, instrument.gate.options))
    items = _asked(instrument, answers)
    asked += [Question(item.number, instrument.stem, item.text, item.options) for item in items]
    bothered = any(answers.get(item.number, item.lowest) > item.lowest for item in items)
    if instrument.difficulty and bothered:
        asked.append(Question(DIFFICULTY, "", instrument.difficulty.text, instrument.difficulty.options))
    return tuple(asked)


def check_answers(instrument: Instrument, answers: Mapping[int, int]) -> None:
    """Let pass what the measure asks, whether or not it asks it of this person.

    Raises:
        AnswerOutsideOptions: an unknown item, or a value outside the options.
    """
    for number, value in answers.items():
        check_answer(instrument, number, value)


def check_answer(instrument: Instrument, number: int, value: int) -> None:
    """Raises AnswerOutsideOptions: an unknown item, or a value outside its options."""
    # `type`, because True and 1.0 equal 1 and would pass for an answer.
    if type(number) is not int or type(value) is not int:
        raise AnswerOutsideOptions(instrument.id, number, value)
    if all(option.value != value for option in instrument.options_of(number)):
        raise AnswerOutsideOptions(instrument.id, number, value)


def score(instrument: Instrument, answers: Mapping[int, int]) -> Score:
    """Sum of what the answers count. Answers to items that are not asked of this person count nothing.

    Raises:
        AnswerOutsideOptions: an unknown item, or a value outside the options.
    """
    check_answers(instrument, answers)
    asked = _asked(instrument, answers)
    answered = sum(item.number in answers for item in asked)
    complete = answered == len(asked) and (instrument.gate is None or GATE in answers)
    counted = _counted(instrument, answers) if complete else {}
    total = sum(counted.values()) if complete and instrument.has_total else None
    return Score(
        complete=complete,
        answered=answered,
        total=total,
        band=None if total is None else instrument.band(total),
        subscales=tuple(
            SubscaleScore(one.id, one.name, _sum(counted, one.items), one.lowest, one.highest)
            for one in instrument.subscales
        ),
        screens=() if total is None else _screens(instrument, counted, total),
        items=() if instrument.has_total else _each(instrument, answers),
    )


def _asked(instrument: Instrument, answers: Mapping[int, int]) -> list[Item]:
    """The items to ask of this person, in order."""
    if instrument.gate and answers.get(GATE) == instrument.gate.stops:
        return []
    return [item for item in instrument.items if not _skipped(item, answers)]


def _skipped(item: Item, answers: Mapping[int, int]) -> bool:
    return item.skip is not None and answers.get(item.skip.item) == item.skip.value


def _counted(instrument: Instrument, answers: Mapping[int, int]) -> dict[int, int]:
    """What each item of a complete form counts, the ones that were not asked included."""
    if instrument.gate and answers[GATE] == instrument.gate.stops:
        return {item.number: item.lowest for item in instrument.items}
    return {
        item.number: item.skip.score
        if item.skip and _skipped(item, answers)
        else item.score(answers[item.number])
        for item in instrument.items
    }


def _sum(counted: Mapping[int, int], items: tuple[int, ...]) -> int | None:
    return sum(counted[number] for number in items) if counted else None


def _screens(instrument: Instrument, counted: Mapping[int, int], total: int) -> tuple[Screen, ...]:
    found = [_cut_off(instrument.id, instrument.name, cut, total) for cut in instrument.cut_offs]
    for subscale in instrument.subscales:
        value = sum(counted[number] for number in subscale.items)
        found += [_cut_off(subscale.id, subscale.name, cut, value) for cut in subscale.cut_offs]
    found += [_rule(instrument, rule, counted) for rule in instrument.rules]
    return tuple(found)


def _cut_off(of: str, name: str, cut: CutOff, value: int) -> Screen:
    return Screen(of, name, cut.words, cut.meaning, cut.met(value), cut.group, cut.default, cut.source)


def _rule(instrument: Instrument, rule: Rule, counted: Mapping[int, int]) -> Screen:
    """Counts of endorsed items, cluster by cluster."""
    within = {subscale.id: subscale for subscale in instrument.subscales}
    met = all(
        sum(counted[number] >= rule.endorsed_from for number in within[need.subscale].items) >= need.count
        for need in rule.needs
    )
    needs = ", ".join(f"{need.count} in {within[need.subscale].name}" for need in rule.needs)
    words = f"answered {rule.endorsed_from} or more: {needs}"
    return Screen(rule.id, instrument.name, words, rule.meaning, met, "", False, rule.source)


def _each(instrument: Instrument, answers: Mapping[int, int]) -> tuple[ItemScore, ...]:
    return tuple(
        ItemScore(item.number, value, band.label if (band := item.band(value)) else None)
        for item in instrument.items
        if (value := answers.get(item.number)) is not None
    )
