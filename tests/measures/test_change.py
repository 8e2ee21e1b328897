"""What two scores, or many pairs, say about change: the published rules, and where each limit lies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.measures.change import (
    NHS_GAD_7,
    NHS_PHQ_9,
    ChangeError,
    NhsOutcome,
    change,
    jacobson_truax,
    nhs,
)
from clinic.measures.instrument import instrument

PHQ, GAD, PCL = instrument("phq-9"), instrument("gad-7"), instrument("pcl-5")
FIVE = ("caseness", "recovery", "reliable_improvement", "reliable_deterioration", "reliable_recovery")


def five(outcome: NhsOutcome) -> list[bool]:
    return [getattr(outcome, name) for name in FIVE]


@pytest.mark.parametrize(
    ("first", "last", "direction", "reliable", "sentence"),
    [
        (
            16,
            9,
            "better",
            True,
            "Down 7 since the first score (16 to 9): more than measurement error alone (6). "
            "Now below the case cut-off (10).",
        ),
        (
            16,
            10,
            "better",
            True,
            "Down 6 since the first score (16 to 10): more than measurement error alone (6).",
        ),
        (
            15,
            10,
            "better",
            False,
            "Down 5 since the first score (15 to 10): measurement error alone could explain it (under 6).",
        ),
        (
            9,
            10,
            "worse",
            False,
            "Up 1 since the first score (9 to 10): measurement error alone could explain it (under 6). "
            "Now at or above the case cut-off (10).",
        ),
        (12, 12, "same", False, "No change since the first score (12)."),
    ],
)
def test_a_change_is_said_beside_its_threshold(
    first: int, last: int, direction: str, reliable: bool, sentence: str
) -> None:
    found = change(PHQ, first, last)
    assert (found.points, found.direction, found.reliable) == (last - first, direction, reliable)
    assert found.sentence == sentence
    assert found.threshold is not None
    assert (found.threshold.points, found.threshold.name) == (6, "NHS Talking Therapies")
    assert "NCT05134103" in found.threshold.source


def test_every_crossed_cut_off_is_named_with_its_way_and_source() -> None:
    crossed = change(PHQ, 11, 4).crossed
    assert [(one.needs, one.met, one.way) for one in crossed] == [
        ("10 or more", False, "down"),
        ("10 or more", False, "down"),
        ("4 or less", True, "down"),
    ]
    assert all(one.source for one in crossed)
    assert [(one.needs, one.met, one.way) for one in change(PCL, 28, 31).crossed] == [
        ("31 or more", True, "up"),
        ("28 or less", False, "up"),
    ]
    assert change(PHQ, 16, 10).crossed == ()


def test_a_measure_without_a_threshold_makes_no_claim_about_reliability() -> None:
    found = change(instrument("phq-8"), 14, 7)
    assert (found.reliable, found.threshold) == (None, None)
    assert found.sentence == "Down 7 since the first score (14 to 7). Now below the case cut-off (10)."


def test_cut_offs_for_men_and_women_are_crossed_apart() -> None:
    said = change(instrument("audit-c"), 4, 3)
    assert said.sentence == "Down 1 since the first score (4 to 3). Now below the case cut-off for men (4)."
    assert [one.group for one in said.crossed] == ["men"]


@pytest.mark.parametrize(("first", "last"), [(-1, 5), (5, 28), (True, 5), (5, 5.0)])
def test_a_total_outside_the_range_is_refused(first: int, last: int) -> None:
    assert change(PHQ, 0, 27).points == 27
    with pytest.raises(ChangeError, match="from 0 to 27"):
        change(PHQ, first, last)


def test_a_measure_without_a_total_has_no_change() -> None:
    with pytest.raises(ChangeError, match="no total"):
        change(instrument("ons4"), 1, 2)


@given(st.integers(0, 27), st.integers(0, 27))
def test_the_way_back_is_the_mirror_image(first: int, last: int) -> None:
    there, back = change(PHQ, first, last), change(PHQ, last, first)
    assert there.points == -back.points
    assert there.reliable == back.reliable
    assert len(there.crossed) == len(back.crossed)


@pytest.mark.parametrize(
    ("phq9", "gad7", "expected"),
    [
        # Worked from the rules by hand: caseness, recovery, improvement, deterioration, reliable recovery.
        ((16, 9), (14, 7), [True, True, True, False, True]),
        ((10, 9), (8, 7), [True, True, False, False, False]),
        ((15, 8), (5, 5), [True, True, True, False, True]),
        ((15, 8), (12, 9), [True, False, True, False, False]),
        ((15, 8), (12, 16), [True, False, False, False, False]),
        ((9, 3), (7, 2), [False, False, True, False, False]),
        ((12, 18), (9, 9), [True, False, False, True, False]),
        # On each limit, and one beside it.
        ((9, 9), (8, 7), [True, True, False, False, False]),
        ((9, 9), (7, 7), [False, False, False, False, False]),
        ((10, 10), (0, 0), [True, False, False, False, False]),
        ((15, 9), (0, 0), [True, True, True, False, True]),
        ((14, 9), (0, 0), [True, True, False, False, False]),
        ((0, 0), (11, 7), [True, True, True, False, True]),
        ((0, 0), (10, 7), [True, True, False, False, False]),
        ((15, 9), (3, 7), [True, True, False, False, False]),
        ((15, 9), (4, 7), [True, True, True, False, True]),
        ((3, 9), (7, 3), [False, False, False, False, False]),
        ((3, 9), (7, 4), [False, False, False, True, False]),
    ],
)
def test_the_nhs_outcomes(phq9: tuple[int, int], gad7: tuple[int, int], expected: list[bool]) -> None:
    assert five(nhs(phq9=phq9, gad7=gad7)) == expected


@given(*[st.tuples(st.integers(0, highest), st.integers(0, highest)) for highest in (27, 21)])
def test_nhs_outcomes_never_contradict_each_other(phq9: tuple[int, int], gad7: tuple[int, int]) -> None:
    found = nhs(phq9=phq9, gad7=gad7)
    assert not (found.reliable_improvement and found.reliable_deterioration)
    assert found.caseness or not found.recovery
    assert found.reliable_recovery == (found.recovery and found.reliable_improvement)
    back = nhs(phq9=(phq9[1], phq9[0]), gad7=(gad7[1], gad7[0]))
    assert back.reliable_improvement == found.reliable_deterioration


def test_the_nhs_limits_are_those_of_the_measures_files() -> None:
    for measure, limits in ((PHQ, NHS_PHQ_9), (GAD, NHS_GAD_7)):
        assert measure.cut_off is not None
        assert measure.reliable_change is not None
        assert (measure.name, measure.highest) == (limits.name, limits.highest)
        assert (measure.cut_off.limit, measure.reliable_change.points) == (limits.case, limits.reliable)
    assert "NCT05134103" in nhs((0, 0), (0, 0)).source


@pytest.mark.parametrize(("phq9", "gad7"), [((28, 3), (1, 1)), ((3, -1), (1, 1)), ((1, 1), (22, 1))])
def test_nhs_totals_outside_the_range_are_refused(phq9: tuple[int, int], gad7: tuple[int, int]) -> None:
    with pytest.raises(ChangeError, match="total is a whole number"):
        nhs(phq9=phq9, gad7=gad7)


# Two scores with a standard deviation of 7.5 around 40: the numbers of Jacobson and Truax's own example.
SPREAD = 7.5 / 2**0.5
TEXTBOOK = [(40 - SPREAD, 40.0), (40 + SPREAD, 40.0)]


def test_the_textbooks_example() -> None:
    found = jacobson_truax(TEXTBOOK, 0.8, functional_mean=60, functional_sd=7.5, higher_is_better=True)
    assert found.mean_pre == pytest.approx(40)
    assert found.sd_pre == pytest.approx(7.5)
    assert found.se == pytest.approx(3.354, abs=0.001)
    assert found.s_diff == pytest.approx(4.743, abs=0.001)
    assert found.critical_change == pytest.approx(1.96 * 4.743, abs=0.002)
    assert (found.cut_a, found.cut_b, found.cut_c) == pytest.approx((55.0, 45.0, 50.0))
    assert (found.cut_off, found.cut_off_kind) == (found.cut_c, "c")
    assert (47.5 - 32.5) / found.s_diff == pytest.approx(3.162, abs=0.001)


@pytest.mark.parametrize(("higher_is_better", "cut"), [(True, 55.0), (False, 25.0)])
def test_without_a_functional_group_the_cut_off_is_two_deviations_towards_it(
    higher_is_better: bool, cut: float
) -> None:
    found = jacobson_truax(TEXTBOOK, 0.8, higher_is_better=higher_is_better)
    assert (found.cut_off_kind, found.cut_b, found.cut_c) == ("a", None, None)
    assert found.cut_off == pytest.approx(cut)


def test_c_weighs_each_mean_with_the_others_spread() -> None:
    found = jacobson_truax(TEXTBOOK, 0.8, functional_mean=10, functional_sd=2.5)
    assert found.cut_off == pytest.approx((2.5 * 40 + 7.5 * 10) / 10)
    assert found.cut_b == pytest.approx(15)


def outcomes(posts: list[float], pre: float = 20.0, *, cutoff: float = 10, up: bool = False) -> list[str]:
    """What becomes of people who began at `pre`. Two more keep the deviation before at 10 or so."""
    frame = [(pre - 10, pre - 10), (pre + 10, pre + 10)]
    found = jacobson_truax(
        [*((pre, post) for post in posts), *frame], 0.98, cutoff=cutoff, higher_is_better=up
    )
    assert found.critical_change < 5
    return [case.outcome for case in found.cases[: len(posts)]]


def test_recovered_is_reliable_and_across_the_cut_off() -> None:
    assert outcomes([9.9, 10.0, 12.0, 19.0, 21.0, 28.0]) == [
        "recovered",
        "improved",  # on the cut-off itself is still the clinical side
        "improved",
        "unchanged",
        "unchanged",
        "deteriorated",
    ]


def test_where_higher_is_better_everything_is_the_other_way_round() -> None:
    assert outcomes([30.1, 30.0, 28.0, 21.0, 12.0], cutoff=30, up=True) == [
        "recovered",
        "improved",
        "improved",
        "unchanged",
        "deteriorated",
    ]


def test_who_began_on_the_functional_side_cannot_recover() -> None:
    assert outcomes([10.0], cutoff=25) == ["improved"]
    assert outcomes([10.0], cutoff=20) == ["recovered"]  # began on the cut-off: the clinical side


def test_crossing_the_cut_off_without_reliable_change_is_no_change() -> None:
    assert outcomes([19.5], cutoff=20) == ["unchanged"]


def test_a_change_of_exactly_the_critical_size_is_not_reliable() -> None:
    # A deviation of 5 and no reliability at all: the standard error of a difference is 5 times root 2.
    side = 5 / 2**0.5
    found = jacobson_truax([(10 - side, 0.0), (10 + side, 0.0)], 0.0, cutoff=0)
    for factor, outcome in ((0.999, "unchanged"), (1.001, "deteriorated")):
        post = 10 + side + found.critical_change * factor
        again = jacobson_truax([(10 - side, 0.0), (10 + side, post)], 0.0, cutoff=0)
        assert again.cases[1].outcome == outcome


@given(
    st.lists(st.tuples(st.integers(0, 27), st.integers(0, 27)), min_size=2, max_size=30),
    st.floats(0, 0.99),
    st.booleans(),
)
def test_every_case_is_counted_once(
    pairs: list[tuple[float, float]], reliability: float, higher_is_better: bool
) -> None:
    if len({pre for pre, _ in pairs}) == 1:
        return
    found = jacobson_truax(pairs, reliability, higher_is_better=higher_is_better)
    counts = (found.recovered, found.improved, found.unchanged, found.deteriorated)
    assert sum(counts) == len(pairs) == len(found.cases)
    reliable = sum(abs(case.change) > found.critical_change for case in found.cases)
    assert reliable == len(pairs) - found.unchanged


@pytest.mark.parametrize(
    ("pairs", "reliability", "numbers", "words"),
    [
        (TEXTBOOK[:1], 0.8, {}, "Two or more cases"),
        ([], 0.8, {}, "Two or more cases"),
        ([(5, 1), (5, 2)], 0.8, {}, "no spread"),
        (TEXTBOOK, 1.0, {}, "reliability of 1"),
        (TEXTBOOK, 1.2, {}, "between 0 and 1"),
        (TEXTBOOK, -0.1, {}, "between 0 and 1"),
        (TEXTBOOK, float("nan"), {}, "not nan"),
        ([(1, 2), (float("inf"), 2)], 0.8, {}, "not nan"),
        ([(1, 2), (1e300, 2)], 0.8, {}, "not nan"),
        (TEXTBOOK, 0.8, {"functional_mean": 5}, "both or neither"),
        (TEXTBOOK, 0.8, {"functional_sd": 5}, "both or neither"),
        (TEXTBOOK, 0.8, {"functional_mean": 5, "functional_sd": 0}, "above 0"),
        (TEXTBOOK, 0.8, {"functional_mean": 5, "functional_sd": 1, "cutoff": 3}, "not both"),
        (TEXTBOOK, 0.8, {"cutoff": float("nan")}, "not nan"),
    ],
)
def test_numbers_that_tell_nothing_are_refused_with_a_sentence(
    pairs: list[tuple[float, float]], reliability: float, numbers: dict[str, Any], words: str
) -> None:
    with pytest.raises(ChangeError, match=words):
        jacobson_truax(pairs, reliability, **numbers)
