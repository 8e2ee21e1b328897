"""A line chart on paper, in lines and letters: sharp at any size, and read without colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from fpdf import FPDF

HEIGHT = 66.0  # millimetres, its ticks included
_LEFT, _RIGHT, _TOP, _BOTTOM = 9.0, 30.0, 6.0, 12.0  # around the plot
_GREY, _TINT = 110, 238
_DOT = 0.9


@dataclass(frozen=True, slots=True)
class Dot:
    """`x` is 0 to 1; a `value` of None is a hollow dot on the floor. `joined`: a line leads to it from the
    dot with a value before it."""

    x: float
    value: int | None
    joined: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """`bands` are (from, to, word), `levels` (value, dashed or else dotted), `sessions` and `marks` places 0
    to 1, `ticks` (place, words)."""

    lowest: int
    highest: int
    dots: tuple[Dot, ...]
    ticks: tuple[tuple[float, str], ...]
    bands: tuple[tuple[int, int, str], ...] = ()
    levels: tuple[tuple[int, bool], ...] = ()
    sessions: tuple[float, ...] = ()
    marks: tuple[float, ...] = ()


def draw(
    pdf: FPDF, chart: Chart, left: float, top: float, width: float, drawable: Callable[[str], str]
) -> None:
    """Into the given place, with the font that is set."""
    plot_left, plot_top = left + _LEFT, top + _TOP
    plot_width, plot_height = width - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    span = chart.highest - chart.lowest

    def x_of(place: float) -> float:
        return plot_left + place * plot_width

    def y_of(value: float) -> float:
        return plot_top + (1 - (value - chart.lowest) / span) * plot_height

    def write(x: float, y: float, text: str, align: str = "L") -> None:
        said = drawable(text)
        shift = pdf.get_string_width(said) if align == "R" else 0.0
        shift = pdf.get_string_width(said) / 2 if align == "C" else shift
        pdf.text(x - shift, y + 1, said)

    pdf.set_text_color(_GREY)
    pdf.set_draw_color(_GREY)
    for number, (lowest, highest, word) in enumerate(chart.bands):
        upper = min(highest + 0.5, chart.highest)
        lower = max(lowest - 0.5, chart.lowest)
        if number % 2 == 0:
            pdf.set_fill_color(_TINT)
            pdf.rect(plot_left, y_of(upper), plot_width, y_of(lower) - y_of(upper), style="F")
        write(plot_left + plot_width + 2, y_of((lowest + highest) / 2), word.capitalize())
        write(plot_left - 2, y_of(lowest), str(lowest), "R")
    pdf.set_line_width(0.2)
    for value, dashed in chart.levels:
        pdf.set_dash_pattern(dash=2 if dashed else 0.4, gap=1.2)
        pdf.line(plot_left, y_of(value), plot_left + plot_width, y_of(value))
    pdf.set_dash_pattern()
    pdf.line(plot_left, y_of(chart.lowest), plot_left + plot_width, y_of(chart.lowest))
    if not chart.bands:
        write(plot_left - 2, y_of(chart.lowest), str(chart.lowest), "R")
    write(plot_left - 2, y_of(chart.highest), str(chart.highest), "R")
    floor = plot_top + plot_height
    for place in chart.sessions:
        pdf.line(x_of(place), floor + 1, x_of(place), floor + 2.6)
    for count, place in enumerate(chart.marks, start=1):
        pdf.line(x_of(place), plot_top, x_of(place), floor)
        write(x_of(place), plot_top - 3, str(count), "C")
    for place, words in chart.ticks:
        write(x_of(place), floor + 6, words, "C")
    _dots(pdf, chart, x_of, y_of, write)


def _dots(
    pdf: FPDF,
    chart: Chart,
    x_of: Callable[[float], float],
    y_of: Callable[[float], float],
    write: Callable[[float, float, str, str], None],
) -> None:
    pdf.set_draw_color(0)
    pdf.set_fill_color(0)
    pdf.set_text_color(0)
    scored = [dot for dot in chart.dots if dot.value is not None]
    pdf.set_line_width(0.5)
    for before, dot in pairwise(scored):
        if dot.joined and before.value is not None and dot.value is not None:
            pdf.line(x_of(before.x), y_of(before.value), x_of(dot.x), y_of(dot.value))
    pdf.set_line_width(0.3)
    for dot in chart.dots:
        value = chart.lowest if dot.value is None else dot.value
        style = "D" if dot.value is None else "F"
        pdf.circle(x=x_of(dot.x), y=y_of(value), radius=_DOT, style=style)
    for dot in {id(dot): dot for dot in (*scored[:1], *scored[-1:])}.values():
        if dot.value is not None:
            write(x_of(dot.x), y_of(dot.value) - 3, str(dot.value), "C")
