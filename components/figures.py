"""Outcome and mood figures: a full fixed scale, bands in words, gaps left open, no verdict in a colour.

Draw with `st.plotly_chart(figure, theme=None, config=chart_config(...), alt=<the chart's sentence>)`:
`theme=None` because the colours here are the house's own. The sentence, and the table shown in a
figure's place, are in `components/chart_words.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from clinic.measures.instrument import CutOff, Direction, Instrument
from clinic.records.mood import MOODS
from components.chart_words import NOT_ALL_ANSWERED, day_words
from components.series import CheckIn, Form, scored, trailing_means
from components.times import moment

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Measures are asked about weekly; a longer silence than this is left open, not bridged by a line.
GAP = timedelta(weeks=6)
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
_MINUTE = "%Y-%m-%dT%H:%M"  # plotly knows no zones: it is given local clock times


@dataclass(frozen=True, slots=True)
class _Palette:
    background: str
    tint: str
    text: str
    quiet: str  # ticks, bands' words, raw dots: 4.5:1 or more on the background
    line: str
    rule: str  # the cut-off, and the axis


_LIGHT = _Palette("#FFFFFF", "#F3F7F8", "#0F1A20", "#4B5B64", "#0B6672", "#5F737D")
_DARK = _Palette("#12191D", "#1E282E", "#E8EEF0", "#B9C5CB", "#5CC2CF", "#7E929B")


def chart_config(static: bool) -> dict[str, Any]:
    """Plotly's `config`. Static for clients: a swipe over the chart scrolls the page. Staff can hover."""
    return {"staticPlot": static, "displayModeBar": False, "scrollZoom": False, "doubleClick": False}


def outcome_figure(
    instrument: Instrument, forms: Sequence[Form], dark: bool, zone: str, *, staff: bool = False
) -> go.Figure | None:
    """Totals over time on the measure's whole range, or None with fewer than two: then say the value.

    A form without a total is a hollow marker on the floor of the chart, never a value.

    Args:
        staff: adds the cut-off line with its source, and details on hover. Clients see no target.
    """
    totals = scored(forms)
    if len(totals) < 2:
        return None
    look, tz = _DARK if dark else _LIGHT, ZoneInfo(zone)
    start, end = _span(min(form.at for form in forms), max(form.at for form in forms), timedelta(days=14))
    labelled = _labelled(totals, end - start)
    at: list[str] = []
    values: list[int | None] = []
    labels: list[str] = []
    sides: list[str] = []
    hover: list[str] = []
    for n, (when, total) in enumerate(totals):
        if n and when - totals[n - 1][0] > GAP:
            at.append((when - GAP / 2).astimezone(tz).strftime(_MINUTE))
            values.append(None)  # lifts the pen
            labels.append("")
            sides.append("top center")
            hover.append("")
        at.append(when.astimezone(tz).strftime(_MINUTE))
        values.append(total)
        labels.append(str(total) if n in labelled else "")
        sides.append(_side(instrument, [value for _, value in totals[max(n - 1, 0) : n + 2]], total))
        hover.append(f"<b>{total}</b>, {instrument.band(total).label}<br>{moment(when, zone)}")
    traces: list[dict[str, Any]] = []
    if staff and instrument.cut_off:
        traces.append(_cut_off_line(instrument.cut_off, start, end, tz, look))
    traces.append(
        {
            "type": "scatter",
            "name": instrument.name,
            "x": at,
            "y": values,
            "mode": "lines+markers+text",
            "connectgaps": False,
            "line": {"color": look.line, "width": 2.5},
            "marker": {"color": look.line, "size": 8},
            "text": labels,
            "textposition": sides,
            "textfont": {"color": look.text, "size": 14},
            "cliponaxis": False,
            "hovertext": hover if staff else None,
            "hoverinfo": "text",
        }
    )
    if unscored := [form.at for form in forms if form.total is None]:
        traces.append(
            {
                "type": "scatter",
                "name": NOT_ALL_ANSWERED,
                "x": [when.astimezone(tz).strftime(_MINUTE) for when in unscored],
                "y": [_floor(instrument)] * len(unscored),
                "mode": "markers",
                "marker": {"color": look.quiet, "size": 9, "symbol": "circle-open", "line": {"width": 2}},
                "cliponaxis": False,
                "hovertext": [f"{NOT_ALL_ANSWERED}<br>{moment(when, zone)}" for when in unscored]
                if staff
                else None,
                "hoverinfo": "text",
            }
        )
    heading = [f"{instrument.name}, {instrument.lowest} to {instrument.highest}. {_better(instrument)}"]
    if unscored:
        heading.append(f"○ {NOT_ALL_ANSWERED.lower()}: no score")
    if staff and instrument.cut_off:
        heading.append(f"Dashed: {instrument.cut_off.at_least} or more, {instrument.cut_off.meaning}")
    ticks = [band.lowest for band in instrument.bands] + [instrument.highest]
    layout = _layout(look, heading, left=36, right=94)
    layout["xaxis"] |= {
        "range": [start.astimezone(tz).strftime(_MINUTE), end.astimezone(tz).strftime(_MINUTE)]
    }
    layout["yaxis"] |= {
        "range": [_floor(instrument), instrument.highest + 0.5],
        "tickvals": ticks,
        "ticktext": [str(tick) for tick in ticks],
    }
    layout["shapes"] = [
        {
            "type": "rect",
            "layer": "below",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": band.lowest - 0.5,
            "y1": band.highest + 0.5,
            "fillcolor": look.tint,
            "line": {"width": 0},
        }
        for band in instrument.bands[::2]
    ]
    layout["annotations"] += [
        _words(look, band.label.capitalize().replace(" ", "<br>"), x=1, y=(band.lowest + band.highest) / 2)
        | {"yref": "y", "xshift": 8, "yanchor": "middle", "font": {"size": 13, "color": look.quiet}}
        for band in instrument.bands
    ]
    return _figure(traces, layout)


def mood_figure(check_ins: Sequence[CheckIn], dark: bool) -> go.Figure | None:
    """A dot for each day that was logged and the seven-day mean, or None with fewer than two days."""
    if len(check_ins) < 2:
        return None
    look = _DARK if dark else _LIGHT
    days = sorted(check_ins, key=lambda one: one.day_on)
    means = trailing_means(days)
    start, end = _span(days[0].day_on, days[-1].day_on, timedelta(days=8))
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "name": "Each day",
            "x": [one.day_on.isoformat() for one in days],
            "y": [one.mood for one in days],
            "mode": "markers",
            "marker": {"color": look.rule, "size": 7},
            "hovertext": [f"{MOODS[one.mood]}<br>{day_words(one.day_on)}" for one in days],
            "hoverinfo": "text",
        },
        {
            "type": "scatter",
            "name": "7-day mean",
            "x": [day.isoformat() for day, _ in means],
            "y": [None if mean is None else round(mean, 2) for _, mean in means],
            "mode": "lines",
            "connectgaps": False,
            "line": {"color": look.line, "width": 3},
            "hoverinfo": "skip",
        },
    ]
    layout = _layout(
        look, ["Dots: each day. Line: mean of 7 days,", "where 4 or more were logged."], left=82, right=12
    )
    layout["xaxis"] |= {"range": [start.isoformat(), end.isoformat()]}
    layout["yaxis"] |= {"range": [0.5, 5.5], "tickvals": list(MOODS), "ticktext": list(MOODS.values())}
    layout["yaxis"] |= {"showgrid": True, "gridcolor": look.tint}
    return _figure(traces, layout)
