"""What a client sees of their own days: dots where something was said, gaps where nothing was, no verdict.

In the style of `components/figures.py`; the sentences above the charts are in
`clinic/records/progress_words.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from clinic.records.check_in import MOODS
from clinic.records.goals import HIGHEST, LOWEST
from clinic.records.progress_words import Value
from components import figures
from components.figure_look import DARK, LIGHT, Palette, base_layout, date_format, drawn, padded_days
from components.figure_outcomes import GAP
from components.series import trailing_means

if TYPE_CHECKING:
    from components.drawn import Drawn

_WEEK = timedelta(days=7)
_LEAST = timedelta(days=8)  # never so narrow that two days look like a cliff
_HOURS_SHOWN = 12
_NARROW = 12  # characters that fit beside the axis on a phone
BY_WEEK = "Each point: the mean of a week with 4 days or more."


@dataclass(frozen=True)
class _Day:
    """A value where `trailing_means` looks for it."""

    day_on: date
    mood: int


def scale_figure(values: Sequence[Value], words: Mapping[int, str], weekly: bool, dark: bool) -> Drawn | None:
    """One of the five-word scales, or None with fewer than two values."""
    if words is MOODS and not weekly:
        return figures.mood_figure([_Day(one.day_on, round(one.value)) for one in values], dark)
    heading = [BY_WEEK] if weekly else ["Dots: each day. Line: the mean of 7 days", "with 4 or more logged."]
    axis = {"range": [0.5, 5.5], "tickvals": list(words), "ticktext": [_narrow(w) for w in words.values()]}
    return _figure(values, axis, heading, weekly, dark, left=108)


def sleep_figure(asleep: Sequence[Value], weekly: bool, dark: bool) -> Drawn | None:
    """Hours slept, from 0 on, or None with fewer than two nights."""
    hours = [Value(one.day_on, one.value / 60) for one in asleep]
    most = max([_HOURS_SHOWN, *(one.value for one in hours)])
    axis = {"range": [0, most + 0.5], "tickvals": list(range(0, int(most) + 1, 4)), "ticksuffix": " h"}
    heading = (
        ["Hours slept.", BY_WEEK]
        if weekly
        else ["Hours slept. Dots: each night. Line: the mean of", "7 nights with 4 or more logged."]
    )
    return _figure(hours, axis, heading, weekly, dark, left=46)


def goal_figure(ratings: Sequence[Value], weekly: bool, dark: bool) -> Drawn | None:
    """How close to a goal, on its whole range, or None with fewer than two ratings."""
    if len(ratings) < 2:
        return None
    look = DARK if dark else LIGHT
    heading = [f"{LOWEST}: not at all. {HIGHEST}: reached."]
    if weekly:
        heading.append("Each point: the mean of a week.")
    axis = {"range": [LOWEST - 0.5, HIGHEST + 0.5], "tickvals": [LOWEST, 5, HIGHEST]}
    line = _line([*_with_gaps(ratings, GAP)], look, "lines+markers")
    return _drawn([line], ratings, axis, heading, look, left=36)


def _figure(
    values: Sequence[Value],
    axis: dict[str, Any],
    heading: list[str],
    weekly: bool,
    dark: bool,
    *,
    left: int,
) -> Drawn | None:
    """Weeks joined where they follow each other; or days as dots, with the mean of seven as the line."""
    if len(values) < 2:
        return None
    look = DARK if dark else LIGHT
    if weekly:
        traces = [_line([*_with_gaps(values, _WEEK)], look, "lines+markers")]
    else:
        # Kept whole: hundredths, as `trailing_means` counts in whole numbers.
        means = trailing_means([_Day(one.day_on, round(one.value * 100)) for one in values])
        line = [(day, None if mean is None else mean / 100) for day, mean in means]
        traces = [_dots(values, look), _line(line, look, "lines")]
    return _drawn(traces, values, axis, heading, look, left=left)


def _with_gaps(values: Sequence[Value], longest: timedelta) -> list[tuple[date, float | None]]:
    """The values, with a break wherever the next one is further away than `longest`."""
    points: list[tuple[date, float | None]] = []
    for place, one in enumerate(values):
        if place and one.day_on - values[place - 1].day_on > longest:
            points.append((values[place - 1].day_on + timedelta(days=1), None))
        points.append((one.day_on, one.value))
    return points


def _dots(values: Sequence[Value], look: Palette) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": "Each day",
        "x": [one.day_on.isoformat() for one in values],
        "y": [one.value for one in values],
        "mode": "markers",
        "marker": {"color": look.rule, "size": 7},
        "hoverinfo": "skip",
    }


def _line(points: Sequence[tuple[date, float | None]], look: Palette, mode: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": "Mean",
        "x": [day.isoformat() for day, _ in points],
        "y": [None if value is None else round(value, 2) for _, value in points],
        "mode": mode,
        "connectgaps": False,
        "line": {"color": look.line, "width": 3},
        "marker": {"color": look.line, "size": 7 if len(points) <= 60 else 4},
        "hoverinfo": "skip",
    }


def _drawn(
    traces: list[dict[str, Any]],
    values: Sequence[Value],
    axis: dict[str, Any],
    heading: list[str],
    look: Palette,
    *,
    left: int,
) -> Drawn:
    first, last = padded_days(values[0].day_on, values[-1].day_on, _LEAST)
    layout = base_layout(look, heading, left=left, right=12)
    layout["xaxis"] |= {
        "range": [first.isoformat(), last.isoformat()],
        "tickformat": date_format(last - first),
    }
    layout["yaxis"] |= {**axis, "showgrid": True}
    return drawn(traces, layout)


def _narrow(words: str) -> str:
    """Two short lines beside the axis rather than one long one."""
    first, _, last = words.rpartition(" ")
    return f"{first}<br>{last}" if first and len(words) > _NARROW else words
