"""A form's answers to its total and band. Pure.

A total exists only when every scored item is answered: no average stands in for a skipped one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clinic.measures.instrument import Band, Instrument, Item


class AnswerOutsideOptions(ValueError):
    """An item that the measure does not have, or a value that is not among its options."""

    def __init__(self, instrument_id: str, item: int, value: object) -> None:
        super().__init__(f"{instrument_id} has no item {item} with an option {value!r}")
        self.instrument_id, self.item, self.value = instrument_id, item, value


@dataclass(frozen=True, slots=True)
class Score:
    """`answered` counts scored items. `total` and `band` are None unless `complete`."""

    complete: bool
    answered: int
    total: int | None
    band: Band | None


def score(instrument: Instrument, answers: Mapping[int, int]) -> Score:
    """Sum of the items' option values. `answers`: item number to option value, without the difficulty item.

    Raises:
        AnswerOutsideOptions: an unknown item, or a value outside the options.
    """
    for item, value in answers.items():
        scored_item(instrument, item, value)
    if len(answers) < len(instrument.items):
        return Score(complete=False, answered=len(answers), total=None, band=None)
    total = sum(answers.values())
    return Score(complete=True, answered=len(answers), total=total, band=instrument.band(total))


def asks_difficulty(instrument: Instrument, scored: Score) -> bool:
    """Whether the unscored difficulty item follows: only after a complete form, with problems to speak of."""
    difficulty = instrument.difficulty
    return difficulty is not None and scored.total is not None and scored.total > difficulty.above


def scored_item(instrument: Instrument, item: int, value: int) -> Item:
    """The item that `value` answers.

    Raises:
        AnswerOutsideOptions: an unknown item, or a value outside the options.
    """
    # `type`, because True and 1.0 equal 1 and would pass for an answer.
    if type(value) is int and any(option.value == value for option in instrument.options):
        for one in instrument.items:
            if one.number == item:
                return one
    raise AnswerOutsideOptions(instrument.id, item, value)
