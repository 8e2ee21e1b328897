"""Answers to give and totals to expect, for every measure alike."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from clinic.measures.definition import DIFFICULTY, GATE, Instrument


def gate(measure: Instrument) -> dict[int, int]:
    """The gate answered so that the items are asked."""
    if measure.gate is None:
        return {}
    return {GATE: next(o.value for o in measure.gate.options if o.value != measure.gate.stops)}


def best(measure: Instrument) -> dict[int, int]:
    """Every item as low as it counts."""
    low = {item.number: item.highest if item.reversed else item.lowest for item in measure.items}
    return gate(measure) | low


def worst(measure: Instrument) -> dict[int, int]:
    """Every item as high as it counts."""
    high = {item.number: item.lowest if item.reversed else item.highest for item in measure.items}
    return gate(measure) | high


def adding_up_to(measure: Instrument, total: int) -> dict[int, int]:
    """Answers whose total is `total`, filled from the first item on."""
    given, left = best(measure), total - measure.lowest
    for item in measure.items:
        more = min(left, item.highest - item.lowest)
        given[item.number] += -more if item.reversed else more
        left -= more
    assert left == 0
    return given


def any_answers(measure: Instrument, *, whole: bool = False) -> st.SearchStrategy[dict[int, int]]:
    """Forms as people fill them: any of the questions answered, or every item where `whole`."""
    values: Mapping[int, st.SearchStrategy[int]] = {
        item.number: st.sampled_from([option.value for option in item.options]) for item in measure.items
    }
    unscored = {
        number: st.sampled_from([option.value for option in measure.options_of(number)])
        for number in (GATE, DIFFICULTY)
        if measure.options_of(number)
    }
    if whole:
        return st.fixed_dictionaries(dict(values) | unscored)
    return st.fixed_dictionaries({}, optional=dict(values) | unscored)
