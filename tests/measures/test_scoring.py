"""Answers to a total, a band and a risk trigger. Pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.measures.instrument import instrument, load_instruments
from clinic.measures.risk import triggered
from clinic.measures.scoring import AnswerOutsideOptions, asks_difficulty, score

PHQ, GAD = instrument("phq-9"), instrument("gad-7")


@given(st.lists(st.integers(0, 3), min_size=9, max_size=9))
def test_a_whole_form_scores_the_sum(values: list[int]) -> None:
    scored = score(PHQ, dict(enumerate(values, start=1)))
    assert scored.complete
    assert scored.total == sum(values)
    assert scored.band is not None
    assert scored.band.lowest <= sum(values) <= scored.band.highest


@given(st.dictionaries(st.integers(1, 9), st.integers(0, 3), max_size=8))
def test_a_form_with_a_gap_has_no_total(answers: dict[int, int]) -> None:
    scored = score(PHQ, answers)
    assert (scored.complete, scored.total, scored.band) == (False, None, None)
    assert scored.answered == len(answers)


@pytest.mark.parametrize(
    ("total", "band"), [(0, 0), (4, 0), (5, 1), (9, 1), (10, 2), (14, 2), (15, 3), (19, 3), (20, 4), (27, 4)]
)
def test_a_band_begins_and_ends_where_it_is_published(total: int, band: int) -> None:
    answers = {n: max(0, min(3, total - 3 * (n - 1))) for n in range(1, 10)}
    assert score(PHQ, answers).band is PHQ.bands[band]


@pytest.mark.parametrize(
    ("item", "value"), [(0, 1), (10, 1), (1, 4), (1, -1), (1, True), (1, 1.0), (1, "1"), (1, None)]
)
def test_an_answer_outside_the_options_is_refused(item: int, value: object) -> None:
    assert score(PHQ, {1: 1}).answered == 1
    with pytest.raises(AnswerOutsideOptions):
        score(PHQ, {item: value})  # type: ignore[dict-item]
    with pytest.raises(AnswerOutsideOptions):
        triggered(PHQ, item, value)  # type: ignore[arg-type]


def test_item_nine_alone_triggers_at_any_answer_above_zero() -> None:
    for measure in load_instruments().values():
        for item in measure.items:
            for option in measure.options:
                expected = measure is PHQ and item.number == 9 and option.value >= 1
                assert triggered(measure, item.number, option.value) == expected


def test_the_difficulty_item_follows_problems_on_a_whole_form_only() -> None:
    nothing = dict.fromkeys(range(1, 10), 0)
    assert not asks_difficulty(PHQ, score(PHQ, nothing))
    assert asks_difficulty(PHQ, score(PHQ, {**nothing, 1: 1}))
    assert not asks_difficulty(PHQ, score(PHQ, {1: 3}))
