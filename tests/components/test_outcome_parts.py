"""Outcomes on a record as Streamlit draws them, for every kind of measure."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from clinic.measures.instrument import instrument, shipped
from tests.measures.answers import best, worst


def _drawn(name: str, *forms: dict[int, int]) -> AppTest:
    """A measure's part of the record after these forms, a month apart, with everything opened."""

    def page(name: str, forms: list[dict[int, int]]) -> None:
        from datetime import timedelta

        from clinic.measures.ends import Span
        from clinic.measures.instrument import instrument
        from clinic.measures.questionnaires import Response
        from clinic.measures.results import Point
        from clinic.measures.scoring import score
        from clinic.measures.verdict import verdict
        from clinic.records.episodes import EpisodeView
        from clinic.records.outcomes import USUALLY, MeasureOutcome, Outcomes
        from components import outcome_parts
        from tests.factories import NOW

        measure = instrument(name)
        points = [
            Point(NOW + n * timedelta(days=30), score(measure, given).total, measure.version)
            for n, given in enumerate(forms)
        ]
        latest = Response("latest", measure, forms[-1], NOW)
        one = MeasureOutcome(measure, tuple(points), verdict(measure, points, []), latest, ())
        only = EpisodeView("", Span(), "")
        shown = Outcomes(USUALLY, None, only, (only,), (one,), (), (), (), shared=True)
        outcome_parts.measure_over_time(one, shown, "UTC")
        outcome_parts.limits(measure, forms[-1])

    app = AppTest.from_function(page, kwargs={"name": name, "forms": list(forms)}).run(timeout=20)
    assert not app.exception
    return app


def _said(app: AppTest) -> str:
    return " ".join(block.value for block in [*app.markdown, *app.caption])


def _cells(app: AppTest) -> str:
    return " ".join(table.value.to_string() for table in app.table)


@pytest.mark.parametrize("name", shipped())
def test_every_measure_has_a_part_of_the_record(name: str) -> None:
    measure = instrument(name)
    app = _drawn(name, worst(measure), best(measure))
    assert measure.name in [heading.value for heading in app.header]
    assert measure.full_name in _said(app)
    charts = len(app.get("plotly_chart"))
    assert charts == (1 if measure.charted else 0)


def test_a_screen_shows_its_cut_offs_with_their_sources_and_chooses_none() -> None:
    cells = _cells(_drawn("audit-c", {1: 1, 2: 1, 3: 1}))
    assert "AUDIT-C: 4 or more for men" in cells
    assert "AUDIT-C: 3 or more for women" in cells
    assert "PubMed 12695273" in cells


def test_a_measure_without_a_total_shows_its_answers_one_by_one() -> None:
    app = _drawn("ons4", {1: 4, 2: 7, 3: 9, 4: 0})
    assert "There is no total: each answer is read by itself." in _said(app)
    cells = _cells(app)
    for word in ("Low", "High", "Very high", "Very low"):
        assert word in cells


def test_a_review_question_is_put_before_the_therapist() -> None:
    quiet = dict.fromkeys(range(1, 21), 0)
    assert "Ask about this answer" in _said(_drawn("pcl-5", quiet | {16: 1}))
    assert "Ask about this answer" not in _said(_drawn("pcl-5", quiet))


def test_everything_else_about_a_measure_is_one_tap_away() -> None:
    def opened(name: str) -> list[str]:
        return [box.label for box in _drawn(name, worst(instrument(name)), best(instrument(name))).expander]

    assert opened("phq-9") == ["Why this colour, table, answers, sources: PHQ-9"]
    assert opened("pswq") == ["Table, answers, sources: PSWQ"]


def test_an_unfinished_form_meets_no_cut_off() -> None:
    app = _drawn("pc-ptsd-5", {-1: 1, 1: 1})
    assert "nothing to compare" in _said(app)
