"""What a therapist's chart holds beside the scores, asserted on the figure as plotly reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import plotly.graph_objects as go

from clinic.measures.definition import Direction
from clinic.measures.instrument import instrument
from clinic.measures.verdict import Score
from clinic.records.chart_marks import Mark
from clinic.records.outcomes import RiskAnswer
from components import figure_outcomes
from components.drawn import Drawn
from components.figure_marks import risk_figure
from components.figure_outcomes import Around, outcome_figure
from tests.components.test_series import Filled
from tests.factories import NOW

PHQ = instrument("phq-9")
WEEK = timedelta(weeks=1)
FORMS = [Filled(NOW + n * WEEK, total) for n, total in enumerate((16, 14, 9))]
MARKS = (
    Mark("a", date(2026, 3, 5), "medication", "Sertraline <b>50</b> mg", "Dana"),
    Mark("b", date(2026, 3, 12), "event", "New job", "Dana"),
)
AROUND = Around(Score(NOW, 16, "1"), [NOW + timedelta(days=3), NOW + timedelta(days=10)], MARKS)


def _read(figure: Drawn | None) -> go.Figure:
    assert figure is not None
    return go.Figure(figure.to_dict())


def _draw(forms: list[Filled] = FORMS, around: Around = AROUND, measure=PHQ) -> go.Figure:
    return _read(outcome_figure(measure, forms, dark=False, zone="UTC", staff=True, around=around))


def _traces(figure: go.Figure, name: str) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.name == name]


def _heading(figure: go.Figure) -> str:
    return str(figure.layout.annotations[0].text).replace("<br>", " ")


def test_the_whole_range_stands_whatever_is_beside_the_scores() -> None:
    low, high = _draw().layout.yaxis.range
    assert low <= PHQ.lowest
    assert high >= PHQ.highest
    assert "PHQ-9, 0 to 27. Lower is better." in _heading(_draw())
    turned = replace(PHQ, direction=Direction.HIGHER_BETTER)
    assert "Higher is better." in _heading(_draw(measure=turned))


def test_the_cut_off_and_the_reliable_change_are_lines_with_their_sources() -> None:
    figure = _draw()
    lines = {(shape.y0, shape.line.dash) for shape in figure.layout.shapes if shape.line.dash}
    assert lines == {(10, "dash"), (10, "dot"), (22, "dot")}
    sources = [(trace.y[0], trace.hovertext[0].replace("<br>", " ")) for trace in _traces(figure, "Source")]
    assert [total for total, _ in sources] == [10, 10, 22]
    assert all("NHS Talking Therapies" in words for _, words in sources)
    heading = _heading(figure)
    assert "Dashed: 10 or more" in heading
    assert "Dotted: 10 and 22, the reliable change (6) from the first score (16)" in heading


def test_a_level_beyond_the_range_is_not_drawn() -> None:
    assert figure_outcomes.compared_with(PHQ, Around(Score(NOW, 24, "1"))) == [18]
    assert figure_outcomes.compared_with(PHQ, Around(Score(NOW, 3, "1"))) == [9]
    assert figure_outcomes.compared_with(PHQ, Around(None)) == []
    assert figure_outcomes.compared_with(instrument("pswq"), Around(Score(NOW, 50, "1"))) == []


def test_bands_are_words_and_the_hover_says_which() -> None:
    figure = _draw()
    words = " ".join(annotation.text.replace("<br>", " ") for annotation in figure.layout.annotations)
    for band in PHQ.bands:
        assert band.label.capitalize() in words
    assert "moderately severe" in figure.data[0].hovertext[0]


def test_sessions_are_ticks_under_the_scale() -> None:
    [ticks] = _traces(_draw(), "Sessions")
    assert len(ticks.x) == 2
    assert ticks.marker.symbol == "line-ns-open"
    assert all(y < PHQ.lowest for y in ticks.y)
    assert not _traces(_draw(around=Around(None)), "Sessions")


def test_marks_are_numbers_over_the_scale_with_their_words_as_words() -> None:
    figure = _draw()
    [marks] = _traces(figure, "Marks")
    assert list(marks.text) == ["1", "2"]
    assert list(marks.marker.symbol) == ["diamond", "triangle-down"]
    assert all(y > PHQ.highest for y in marks.y)
    assert marks.hovertext[0] == "Medication<br>Sertraline &lt;b>50&lt;/b> mg<br>5 March 2026"
    assert {shape.x0 for shape in figure.layout.shapes if shape.x0 != 0} == {
        "2026-03-05T12:00",
        "2026-03-12T12:00",
    }


def test_where_the_questions_changed_the_line_is_broken_and_it_is_said() -> None:
    forms = [Filled(NOW, 16), Filled(NOW + WEEK, 12, "2"), Filled(NOW + 2 * WEEK, 9, "2")]
    figure = _draw(forms, Around(None))
    assert list(figure.data[0].y) == [16, None, 12, 9]
    assert "Line broken: the questions changed" in _heading(figure)
    assert "Line broken" not in _heading(_draw())


def test_a_client_sees_nothing_of_it() -> None:
    figure = _read(outcome_figure(PHQ, FORMS, False, "UTC", around=AROUND))
    assert [trace.name for trace in figure.data] == ["PHQ-9"]
    assert not figure.layout.shapes


def test_risk_answers_are_squares_with_words_under_the_same_days() -> None:
    answers = [
        RiskAnswer(NOW, "phq-9", 9, "Not at all", False, ""),
        RiskAnswer(NOW + WEEK, "phq-9", 9, "Several days", True, "Dana <i>O"),
    ]
    axis = figure_outcomes.time_axis(FORMS, AROUND, "UTC")
    strip = _read(risk_figure(answers, axis, dark=True, zone="UTC"))
    [squares] = strip.data
    assert list(squares.marker.symbol) == ["square-open", "square"]
    assert list(squares.text) == ["", "Several days"]
    assert "Filled in with Dana &lt;i>O" in squares.hovertext[1]
    assert "Answered alone" in squares.hovertext[0]
    assert list(strip.layout.yaxis.ticktext) == ["Q9"]
    assert list(strip.layout.xaxis.range) == list(_draw().layout.xaxis.range)
    assert risk_figure([], axis, dark=True, zone="UTC") is None
