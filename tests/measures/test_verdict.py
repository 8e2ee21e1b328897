"""The colour of a measure against its definition at every boundary, and never against its numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.measures.definition import CutOff, Direction, Instrument
from clinic.measures.instrument import instrument, shipped
from clinic.measures.verdict import (
    AGAIN_FROM,
    ASKED_FROM,
    LABELS,
    Colour,
    Rule,
    Verdict,
    has_colours,
    verdict,
    versions_of,
)
from tests.factories import NOW

PHQ, GAD, PCL = instrument("phq-9"), instrument("gad-7"), instrument("pcl-5")
WEEK = timedelta(weeks=1)
RATED = [measure for measure in shipped().values() if has_colours(measure)]


@dataclass(frozen=True)
class Form:
    at: datetime
    total: int | None
    version: str = "1"


def forms(*totals: int | None) -> list[Form]:
    return [Form(NOW + n * WEEK, total) for n, total in enumerate(totals)]


def sessions(number: int) -> list[datetime]:
    return [NOW + timedelta(days=1 + n) for n in range(number)]


def said(measure: Instrument, *totals: int | None, after: int = 0) -> Verdict:
    return verdict(measure, forms(*totals), sessions(after))


@pytest.mark.parametrize(
    ("measure", "totals", "after", "rule"),
    [
        # Six points of PHQ-9 are more than error, five are not; both ways.
        (PHQ, (16, 22), 0, Rule.WORSE),
        (PHQ, (16, 21), 3, Rule.EARLY),
        (PHQ, (16, 10), 0, Rule.BETTER),
        (PHQ, (16, 11), 3, Rule.EARLY),
        # The case side is 10 or more.
        (PHQ, (14, 9), 0, Rule.ACROSS),
        (PHQ, (14, 10), 3, Rule.EARLY),
        (PHQ, (10, 9), 9, Rule.ACROSS),
        # Amber from session 4 on, whatever the change under the threshold.
        (PHQ, (16, 16), 3, Rule.EARLY),
        (PHQ, (16, 16), 4, Rule.NOT_YET),
        (PHQ, (16, 11), 4, Rule.NOT_YET),
        (PHQ, (16, 21), 4, Rule.NOT_YET),
        (PHQ, (16, 10), 4, Rule.BETTER),
        (PHQ, (16, 22), 9, Rule.WORSE),
        # Who began below the cut-off: neither amber nor green, and red all the same.
        (PHQ, (9, 3), 9, Rule.BEGAN_OUTSIDE),
        (PHQ, (9, 14), 9, Rule.BEGAN_OUTSIDE),
        (PHQ, (9, 15), 0, Rule.WORSE),
        # Each measure by its own numbers.
        (GAD, (8, 12), 0, Rule.WORSE),
        (GAD, (8, 11), 4, Rule.NOT_YET),
        (GAD, (8, 7), 0, Rule.ACROSS),
        (GAD, (7, 10), 4, Rule.BEGAN_OUTSIDE),
        (PCL, (50, 35), 0, Rule.BETTER),
        (PCL, (50, 36), 4, Rule.NOT_YET),
        # Only the first and the latest count.
        (PHQ, (16, 27, 3, 16), 4, Rule.NOT_YET),
        (PHQ, (None, 16, None, 22, None), 0, Rule.WORSE),
        # Nothing to compare.
        (PHQ, (), 9, Rule.NO_SCORE),
        (PHQ, (None, None), 9, Rule.NO_SCORE),
        (PHQ, (20,), 9, Rule.ONE_SCORE),
        (instrument("pswq"), (80, 16), 9, Rule.NO_THRESHOLD),
        (instrument("phq-8"), (20, 4), 9, Rule.NO_THRESHOLD),
        (instrument("audit-c"), (12, 1), 9, Rule.NO_THRESHOLD),
        (instrument("ons4"), (None, None), 9, Rule.NO_THRESHOLD),
    ],
)
def test_the_rule_at_its_boundary(
    measure: Instrument, totals: tuple[int | None, ...], after: int, rule: Rule
) -> None:
    assert said(measure, *totals, after=after).rule is rule


def test_a_colour_has_its_rule_in_words_with_its_numbers_and_their_sources() -> None:
    red = said(PHQ, 9, 16)
    assert (red.colour, red.label) == (Colour.RED, "Deteriorating")
    assert "6 points or more higher" in red.words
    assert red.sources == (f"6 points: {PHQ.reliable_change.source}",) if PHQ.reliable_change else False
    amber = said(PHQ, 16, 15, after=ASKED_FROM)
    assert (amber.colour, amber.label) == (Colour.AMBER, "Not yet responding")
    assert "4 sessions since the first score" in amber.words
    assert "10 or more" in amber.words
    assert len(amber.sources) == 3
    green = said(PHQ, 16, 9)
    assert (green.colour, green.label) == (Colour.GREEN, "Improving")
    assert said(PHQ, 11, 9).label == "Below the case cut-off"
    assert said(PHQ, 16).label == LABELS[Colour.NONE]


def test_amber_always_says_that_many_change_later_and_is_looked_at_again_at_session_six() -> None:
    early, late = (said(PHQ, 16, 15, after=n).words for n in (AGAIN_FROM - 1, AGAIN_FROM))
    assert "any people change later" in early
    assert "Look again at session 6" in early
    assert "any people change later" in late
    assert "Session 6 has passed" in late


def test_only_sessions_after_the_first_score_count() -> None:
    before = [NOW - timedelta(days=n) for n in range(9)]
    assert verdict(PHQ, forms(16, 15), before).sessions == 0
    assert verdict(PHQ, forms(16, 15), [*before, *sessions(4)]).rule is Rule.NOT_YET


def test_scores_on_other_questions_are_not_compared_and_it_is_said() -> None:
    changed = verdict(PHQ, [Form(NOW, 20, "0"), Form(NOW + WEEK, 3, "1")], [])
    assert (changed.rule, changed.change) == (Rule.OTHER_QUESTIONS, None)
    assert "version 0 to 1" in changed.words
    assert "another time span" in changed.words
    older = verdict(PHQ, [Form(NOW, 20, "0"), Form(NOW + WEEK, 3, "0")], [])
    assert (older.rule, older.change) == (Rule.OTHER_QUESTIONS, None)
    assert versions_of([Form(NOW, 1, "1"), Form(NOW + WEEK, 1, "2"), Form(NOW + 2 * WEEK, 1, "2")]) == (
        "1",
        "2",
    )


def test_scores_at_the_same_instant_are_one_moment() -> None:
    twins = verdict(PHQ, [Form(NOW, 5), Form(NOW, 27)], sessions(9))
    assert (twins.rule, twins.change) == (Rule.ONE_SCORE, None)
    later = verdict(PHQ, [Form(NOW, 20), Form(NOW, 5), Form(NOW + WEEK, 14)], [])
    assert later.first is not None
    assert later.first.total == 20


def test_a_measure_without_a_threshold_still_says_its_change() -> None:
    worry = said(instrument("pswq"), 60, 40)
    assert worry.change is not None
    assert worry.change.sentence == "Down 20 since the first score (60 to 40)."


def test_a_measure_without_a_cut_off_in_use_has_no_amber() -> None:
    bare = replace(PHQ, cut_off=None)
    assert said(bare, 16, 16, after=9).rule is Rule.UNDECIDED
    assert said(bare, 3, 9, after=9).rule is Rule.WORSE
    assert said(bare, 9, 3, after=9).rule is Rule.BETTER


def mirrored(measure: Instrument) -> Instrument:
    """The same measure with its scores turned round: higher is better."""
    cut = measure.cut_off
    assert cut is not None
    turned = replace(cut, limit=measure.lowest + measure.highest - cut.limit, upwards=False)
    return replace(measure, direction=Direction.HIGHER_BETTER, cut_off=turned, cut_offs=(turned,))


@settings(max_examples=60, deadline=None, database=None)
@given(st.data())
def test_it_never_contradicts_the_numbers_and_is_the_same_the_other_way_up(data: st.DataObject) -> None:
    measure = data.draw(st.sampled_from(RATED))
    totals = data.draw(st.lists(st.integers(measure.lowest, measure.highest), min_size=2, max_size=4))
    after = data.draw(st.integers(0, 8))
    found = said(measure, *totals, after=after)
    threshold, cut = measure.reliable_change, measure.cut_off
    assert threshold is not None
    assert isinstance(cut, CutOff)
    rise = totals[-1] - totals[0]
    assert (found.colour is Colour.RED) == (rise >= threshold.points)
    if found.colour is Colour.AMBER:
        assert after >= ASKED_FROM
        assert cut.met(totals[0])
        assert cut.met(totals[-1])
        assert abs(rise) < threshold.points
    if found.colour is Colour.GREEN:
        assert rise < 0
        assert cut.met(totals[0])
        assert rise <= -threshold.points or not cut.met(totals[-1])
    assert found.change is not None
    assert found.change.points == rise
    turned = mirrored(measure)
    other = said(turned, *(measure.lowest + measure.highest - total for total in totals), after=after)
    assert other.rule is found.rule
    assert other.change is not None
    assert other.change.direction == found.change.direction
