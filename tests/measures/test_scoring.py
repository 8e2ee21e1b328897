"""Answers to the questions asked, a total, subscales, screens and a risk trigger. Pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.measures.definition import DIFFICULTY, GATE, Instrument
from clinic.measures.instrument import instrument, load_instruments
from clinic.measures.risk import triggered
from clinic.measures.scoring import AnswerOutsideOptions, check_answers, questions, score
from tests.measures.answers import adding_up_to, any_answers, best, gate, worst

ALL = list(load_instruments().values())
WITH_TOTAL = [measure for measure in ALL if measure.has_total]
PHQ, PCL = instrument("phq-9"), instrument("pcl-5")
SCREEN, AUDIT = instrument("pc-ptsd-5"), instrument("audit-c")
PSWQ, ONS = instrument("pswq"), instrument("ons4")


def each(measures: list[Instrument]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("measure", measures, ids=lambda measure: measure.id)


def in_order(values: list[int]) -> dict[int, int]:
    return dict(enumerate(values, start=1))


@each(WITH_TOTAL)
def test_the_lowest_and_the_highest_form_reach_the_ends_of_the_range(measure: Instrument) -> None:
    assert score(measure, best(measure)).total == measure.lowest
    assert score(measure, worst(measure)).total == measure.highest


@each([measure for measure in ALL if measure.bands])
def test_a_band_begins_and_ends_where_it_is_published(measure: Instrument) -> None:
    for band in measure.bands:
        for total in (band.lowest, band.highest):
            assert score(measure, adding_up_to(measure, total)).band == band


@each(ALL)
def test_each_missing_item_leaves_a_form_without_a_total(measure: Instrument) -> None:
    whole = worst(measure)
    assert score(measure, whole).complete
    for item in measure.items:
        scored = score(measure, {n: value for n, value in whole.items() if n != item.number})
        assert (scored.complete, scored.total, scored.band, scored.screens) == (False, None, None, ())
        assert all(part.total is None for part in scored.subscales)
        assert scored.answered == len(measure.items) - 1


@each(WITH_TOTAL)
@given(data=st.data())
def test_a_total_is_in_range_and_the_order_of_answering_changes_nothing(
    measure: Instrument, data: st.DataObject
) -> None:
    answers = data.draw(any_answers(measure))
    scored = score(measure, answers)
    shuffled = dict(data.draw(st.permutations(list(answers.items()))))
    assert score(measure, shuffled) == scored
    assert (scored.total is not None) == scored.complete
    if scored.total is not None:
        assert measure.lowest <= scored.total <= measure.highest
        for part in scored.subscales:
            assert part.total is not None
            assert part.lowest <= part.total <= part.highest


@each([measure for measure in ALL if measure.bands])
@given(data=st.data())
def test_a_higher_total_is_never_in_a_lower_band(measure: Instrument, data: st.DataObject) -> None:
    low, high = sorted(
        (score(measure, data.draw(any_answers(measure, whole=True))) for _ in range(2)),
        key=lambda scored: scored.total or 0,
    )
    assert low.band is not None
    assert high.band is not None
    assert measure.bands.index(low.band) <= measure.bands.index(high.band)


@pytest.mark.parametrize(
    ("measure", "values", "total", "band"),
    [
        (PHQ, [1] * 9, 9, "mild"),
        (PHQ, [3] * 9, 27, "severe"),
        (PHQ, [2, 2, 1, 1, 1, 1, 1, 1, 0], 10, "moderate"),
        (PHQ, [0] * 8 + [1], 1, "minimal"),
        (instrument("gad-7"), [1, 1, 1, 1, 1, 1, 2], 8, "mild"),
    ],
)
def test_worked_examples(measure: Instrument, values: list[int], total: int, band: str) -> None:
    scored = score(measure, in_order(values))
    assert scored.total == total
    assert scored.band is not None
    assert scored.band.label == band


def test_the_short_forms_come_with_the_long_ones() -> None:
    scored = score(PHQ, in_order([2, 2, 1, 1, 1, 1, 1, 1, 3]))
    assert [(part.id, part.total, part.lowest, part.highest) for part in scored.subscales] == [
        ("phq-2", 4, 0, 6),
        ("phq-8", 10, 0, 24),
    ]
    assert {screen.of: screen.met for screen in scored.screens if screen.of != "phq-9"} == {
        "phq-2": True,
        "phq-8": True,
    }
    anxious = score(instrument("gad-7"), in_order([2, 0, 3, 3, 3, 3, 3]))
    assert [(screen.of, screen.met) for screen in anxious.screens][-1] == ("gad-2", False)


def test_a_cut_off_is_met_from_its_limit_on() -> None:
    for total, met in ((9, False), (10, True)):
        screens = score(PHQ, adding_up_to(PHQ, total)).screens
        assert [screen.met for screen in screens if screen.of == "phq-9"] == [met, met, False]
    assert [s.met for s in score(PHQ, adding_up_to(PHQ, 4)).screens if s.needs == "4 or less"] == [True]
    assert [s.met for s in score(PHQ, adding_up_to(PHQ, 5)).screens if s.needs == "4 or less"] == [False]


def test_reversed_items_count_the_other_way() -> None:
    assert {item.number for item in PSWQ.items if item.reversed} == {1, 3, 8, 10, 11}
    for item in PSWQ.items:
        plain = dict.fromkeys(range(1, 17), 3)
        assert score(PSWQ, plain).total == 48
        moved = score(PSWQ, plain | {item.number: 5}).total
        assert moved == (46 if item.reversed else 50)
    assert score(PSWQ, dict.fromkeys(range(1, 17), 1)).total == 11 + 5 * 5


def test_without_such_an_event_the_screen_ends_with_zero() -> None:
    scored = score(SCREEN, {GATE: 0})
    assert (scored.complete, scored.answered, scored.total) == (True, 0, 0)
    assert [question.number for question in questions(SCREEN, {GATE: 0})] == [GATE]
    assert score(SCREEN, {GATE: 0, 1: 1, 2: 1}).total == 0
    assert score(SCREEN, {GATE: 1, **dict.fromkeys(range(1, 6), 1)}).total == 5


def test_the_question_before_the_first_is_needed_for_a_total() -> None:
    answered = dict.fromkeys(range(1, 6), 1)
    assert score(SCREEN, answered).total is None
    assert score(SCREEN, answered | {GATE: 1}).total == 5


def test_who_never_drinks_is_not_asked_how_much() -> None:
    assert [question.number for question in questions(AUDIT, {1: 0})] == [1]
    assert [question.number for question in questions(AUDIT, {1: 1})] == [1, 2, 3]
    assert score(AUDIT, {1: 0}).total == 0
    assert score(AUDIT, {1: 0, 2: 4, 3: 4}).total == 0
    assert score(AUDIT, {1: 1}).total is None
    assert score(AUDIT, {1: 1, 2: 0, 3: 0}).total == 1


def test_a_cut_off_for_men_and_one_for_women_are_both_shown_and_neither_is_chosen() -> None:
    assert AUDIT.cut_off is None
    screens = score(AUDIT, {1: 1, 2: 1, 3: 1}).screens
    assert [(s.group, s.needs, s.met, s.default) for s in screens] == [
        ("men", "4 or more for men", False, False),
        ("women", "3 or more for women", True, False),
    ]


def _clusters(b: int, c: int, d: int, e: int, value: int) -> dict[int, int]:
    """That many items of each cluster answered `value`, the rest 0."""
    firsts = {"b": (1, b), "c": (6, c), "d": (8, d), "e": (15, e)}
    chosen = {start + n for start, count in firsts.values() for n in range(count)}
    return {number: value if number in chosen else 0 for number in range(1, 21)}


@pytest.mark.parametrize(
    ("answers", "met"),
    [
        (_clusters(1, 1, 2, 2, 2), True),
        (_clusters(0, 1, 2, 2, 4), False),
        (_clusters(1, 0, 2, 2, 4), False),
        (_clusters(1, 1, 1, 2, 4), False),
        (_clusters(1, 1, 2, 1, 4), False),
        (_clusters(5, 2, 7, 6, 1), False),
    ],
)
def test_the_rule_on_clusters_counts_items_at_moderately_or_above(answers: dict[int, int], met: bool) -> None:
    rule = [screen for screen in score(PCL, answers).screens if screen.of == "dsm-5"]
    assert [(screen.met, screen.meaning) for screen in rule] == [(met, "meets the provisional rule")]


def test_the_rule_can_hold_far_below_the_cut_off_and_clusters_add_up_to_the_total() -> None:
    values = [2, 0, 0, 0, 0, 2, 0, 2, 2, 0, 0, 0, 0, 0, 2, 0, 2, 0, 0, 0]
    scored = score(PCL, in_order(values))
    assert scored.total == 12
    assert [(part.id, part.total) for part in scored.subscales] == [("b", 2), ("c", 2), ("d", 4), ("e", 4)]
    assert {screen.needs: screen.met for screen in scored.screens if screen.of == "pcl-5"} == {
        "31 or more": False,
        "33 or more": False,
        "28 or less": True,
    }


def test_without_a_total_each_answer_is_read_by_itself() -> None:
    scored = score(ONS, {1: 4, 2: 9, 4: 4})
    assert (scored.complete, scored.total, scored.screens) == (False, None, ())
    assert [(one.number, one.value, one.band) for one in scored.items] == [
        (1, 4, "low"),
        (2, 9, "very high"),
        (4, 4, "medium"),
    ]
    whole = score(ONS, {1: 10, 2: 10, 3: 10, 4: 0})
    assert (whole.complete, whole.total) == (True, None)
    assert whole.items[-1].band == "very low"


@each(ALL)
def test_the_difficulty_item_comes_last_once_any_item_is_above_its_lowest(measure: Instrument) -> None:
    nothing = {item.number: item.lowest for item in measure.items} | gate(measure)
    assert DIFFICULTY not in [question.number for question in questions(measure, nothing)]
    one_up = nothing | {1: measure.items[0].highest}
    asked = [question.number for question in questions(measure, one_up)]
    assert (asked[-1] == DIFFICULTY) == (measure.difficulty is not None)
    assert (asked[0] == GATE) == (measure.gate is not None)


def test_the_difficulty_item_is_never_counted() -> None:
    assert score(PHQ, dict.fromkeys(range(1, 10), 1) | {DIFFICULTY: 3}).total == 9
    assert score(PHQ, {DIFFICULTY: 3}).answered == 0


def test_a_question_has_its_own_words_and_options() -> None:
    first, second, third = questions(AUDIT, {1: 2})
    assert [option.label for option in second.options][:2] == ["1 or 2", "3 or 4"]
    assert [option.label for option in third.options][:2] == ["Never", "Less than monthly"]
    assert first.lead == ""
    assert questions(PCL, {})[0].lead == "In the past month, how much were you bothered by:"


@pytest.mark.parametrize(
    ("item", "value"),
    [(10, 1), (-2, 1), (GATE, 1), (1, 4), (1, -1), (1, True), (1, 1.0), (1, "1"), (1, None), (DIFFICULTY, 4)],
)
def test_an_answer_outside_the_options_is_refused(item: int, value: object) -> None:
    check_answers(PHQ, {1: 1, DIFFICULTY: 3})
    for refuse in (check_answers, score):
        with pytest.raises(AnswerOutsideOptions):
            refuse(PHQ, {item: value})  # type: ignore[dict-item]
    with pytest.raises(AnswerOutsideOptions):
        triggered(PHQ, item, value)  # type: ignore[arg-type]


def test_a_number_that_is_not_quite_an_items_is_refused() -> None:
    for number in (True, 1.0):
        with pytest.raises(AnswerOutsideOptions):
            score(PHQ, {number: 1})  # type: ignore[dict-item]


def test_item_nine_alone_triggers_at_any_answer_above_zero() -> None:
    for measure in ALL:
        assert measure.has_risk == (measure is PHQ)
        for item in measure.items:
            for option in item.options:
                expected = measure is PHQ and item.number == 9 and option.value >= 1
                assert triggered(measure, item.number, option.value) == expected
    assert not triggered(PHQ, DIFFICULTY, 3)
    assert not triggered(SCREEN, GATE, 1)
