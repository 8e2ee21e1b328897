"""What a chart may not do: crop its scale, bridge a silence, invent a value, lose its words."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import plotly.graph_objects as go
import pytest

from clinic.measures.instrument import instrument
from components import figure_look, figures
from components.drawn import Drawn
from components.figure_look import DARK, LIGHT, Palette
from components.figure_outcomes import outcome_figure
from tests.components.test_series import Filled, _days
from tests.factories import NOW

PHQ = instrument("phq-9")
WEEK = timedelta(weeks=1)


def _weekly(*totals: int | None) -> list[Filled]:
    return [Filled(NOW + n * WEEK, total) for n, total in enumerate(totals)]


def _read(figure: Drawn | None) -> go.Figure:
    """What the browser is given, as plotly reads it: a key that plotly does not know is refused here."""
    assert figure is not None
    return go.Figure(figure.to_dict())


def _draw(forms: list[Filled], *, staff: bool = True) -> go.Figure:
    return _read(outcome_figure(PHQ, forms, dark=False, zone="Europe/London", staff=staff))


@pytest.mark.parametrize("forms", [[], _weekly(5), _weekly(5, None), _weekly(None, None)])
def test_with_fewer_than_two_scores_there_is_no_chart(forms: list[Filled]) -> None:
    assert outcome_figure(PHQ, forms, dark=False, zone="UTC") is None
    assert figures.mood_figure(_days(3), dark=False) is None


@pytest.mark.parametrize("totals", [(3, 4), (0, 27), (26, 27)])
@pytest.mark.parametrize("staff", [True, False])
def test_the_scale_is_the_measures_whole_range(totals: tuple[int, int], staff: bool) -> None:
    low, high = _draw(_weekly(*totals), staff=staff).layout.yaxis.range
    assert low <= 0
    assert high >= 27


def test_a_long_silence_lifts_the_pen() -> None:
    forms = [Filled(NOW, 9), Filled(NOW + WEEK, 8), Filled(NOW + 10 * WEEK, 3), Filled(NOW + 11 * WEEK, 2)]
    line = _draw(forms).data[0]
    assert list(line.y) == [9, 8, None, 3, 2]
    assert line.connectgaps is False


def test_a_form_without_a_score_is_a_hollow_mark_on_the_floor() -> None:
    line, hollow, *_ = _draw(_weekly(9, None, 7)).data
    assert list(line.y) == [9, 7]
    assert hollow.marker.symbol == "circle-open"
    assert all(y < 0 for y in hollow.y)


def test_the_therapist_sees_bands_in_words_and_whose_cut_off_it_is() -> None:
    layout = _draw(_weekly(9, 7)).layout
    words = " ".join(annotation.text.replace("<br>", " ") for annotation in layout.annotations)
    for band in PHQ.bands:
        assert band.label.capitalize() in words
    assert "10 or more, caseness in NHS Talking Therapies" in words


def test_a_client_sees_neither_band_nor_target() -> None:
    layout = _draw(_weekly(9, 7), staff=False).layout
    words = " ".join(annotation.text for annotation in layout.annotations).lower()
    assert not layout.shapes
    for band in PHQ.bands:
        assert band.label.lower() not in words
    assert "lower means fewer problems" in words


def test_a_measure_without_bands_has_its_whole_range_and_its_cut_off() -> None:
    worry = _read(outcome_figure(instrument("pswq"), _weekly(60, 40), False, "UTC", staff=True))
    assert list(worry.layout.yaxis.tickvals) == [16, 48, 80]
    assert not worry.layout.shapes
    trauma = _read(outcome_figure(instrument("pcl-5"), _weekly(60, 40), False, "UTC", staff=True))
    assert [shape.y0 for shape in trauma.layout.shapes] == [31]
    assert "31 or more, provisional PTSD" in trauma.layout.annotations[0].text.replace("<br>", " ")


def test_a_screen_is_not_drawn() -> None:
    for name in ("pc-ptsd-5", "audit-c", "ons4"):
        assert outcome_figure(instrument(name), _weekly(3, 1), False, "UTC", staff=True) is None


def test_a_swipe_over_a_clients_chart_scrolls_the_page() -> None:
    assert figure_look.chart_config(static=True)["staticPlot"] is True
    figure = _draw(_weekly(9, 7), staff=False)
    assert figure.layout.dragmode is False
    assert figure.layout.xaxis.fixedrange
    assert figure.layout.yaxis.fixedrange


def test_a_year_of_scores_writes_only_the_telling_ones() -> None:
    totals = [20 - n // 3 for n in range(52)]
    written = [label for label in _draw(_weekly(*totals)).data[0].text if label]
    assert written[0] == "20"
    assert written[-1] == str(totals[-1])
    assert len(written) <= 4
    assert [label for label in _draw(_weekly(9, 8, 7)).data[0].text if label] == ["9", "8", "7"]


def test_moods_are_named_on_their_axis_and_days_are_dots() -> None:
    figure = _read(figures.mood_figure(_days(*range(1, 6), *range(1, 6)), dark=True))
    assert list(figure.layout.yaxis.ticktext) == ["Very low", "Low", "OK", "Good", "Very good"]
    assert figure.data[0].mode == "markers"
    assert list(figure.data[1].y)[:3] == [None, None, None]


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_words_and_lines_stand_out(look: Palette) -> None:
    assert {field.name for field in fields(look)} == {"background", "tint", "text", "quiet", "line", "rule"}
    for ground in (look.background, look.tint):
        assert _contrast(look.text, ground) >= 4.5
        assert _contrast(look.quiet, ground) >= 4.5
        assert _contrast(look.line, ground) >= 3
        assert _contrast(look.rule, ground) >= 3
