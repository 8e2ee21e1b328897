"""Outcome and mood figures: a full fixed scale, bands in words, gaps left open, no verdict in a colour.

Draw with `st.plotly_chart(figure, theme=None, config=chart_config(...), alt=<the chart's sentence>)`:
`theme=None` because the colours here are the house's own. The sentence, and the table shown in a
figure's place, are in `components/chart_words.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from textwrap import wrap
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from clinic.measures.instrument import Direction, Instrument
from clinic.records.mood import MOODS
from components.chart_words import NOT_ALL_ANSWERED, day_words
from components.series import CheckIn, Form, scored, trailing_means
from components.times import moment

if TYPE_CHECKING:
    from components.drawn import Drawn

# Measures are asked about weekly; a longer silence than this is left open, not bridged by a line.
GAP = timedelta(weeks=6)
MOST_LABELS = 8  # with more values than this, only the first, the last, the lowest and the highest
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
_HEADING_FITS = 44  # characters beside each other on a phone
_MINUTE = "%Y-%m-%dT%H:%M"  # plotly knows no zones: it is given local clock times
_BELOW = 0.5  # room under the lowest score, so that its marker is whole


@dataclass(frozen=True, slots=True)
class Palette:
    background: str
    tint: str
    text: str
    quiet: str  # ticks and bands' words: 4.5:1 or more on background and tint
    line: str
    rule: str  # the cut-off, the axis and single days: 3:1 or more


LIGHT = Palette("#FFFFFF", "#F3F7F8", "#0F1A20", "#4B5B64", "#0B6672", "#5F737D")
DARK = Palette("#12191D", "#1E282E", "#E8EEF0", "#B9C5CB", "#5CC2CF", "#7E929B")


def chart_config(static: bool) -> dict[str, Any]:
    """Plotly's `config`. Static for clients: a swipe over the chart scrolls the page. Staff can hover."""
    return {"staticPlot": static, "displayModeBar": False, "scrollZoom": False, "doubleClick": False}


def outcome_figure(
    instrument: Instrument, forms: Sequence[Form], dark: bool, zone: str, *, staff: bool = False
) -> Drawn | None:
    """Totals over time on the measure's whole range, or None with fewer than two: then say the value.

    A form without a total is a hollow marker on the floor of the chart, never a value.

    Args:
        staff: adds the bands, the cut-off and details on hover. A client sees neither band nor target.
    """
    totals = scored(forms)
    if len(totals) < 2:
        return None
    look, tz = DARK if dark else LIGHT, ZoneInfo(zone)

    def local(at: datetime) -> str:
        return at.astimezone(tz).strftime(_MINUTE)

    start, end = _span(min(form.at for form in forms), max(form.at for form in forms), timedelta(days=14))
    traces = [_totals(instrument, totals, look, zone, local, staff)]
    unscored = [form.at for form in forms if form.total is None]
    if unscored:
        traces.append(_unscored(instrument, unscored, look, zone, local, staff))
    heading = [f"{instrument.name}, {instrument.lowest} to {instrument.highest}. {_better(instrument)}"]
    if unscored:
        heading.append(f"○ {NOT_ALL_ANSWERED.lower()}: no score")
    if staff and instrument.cut_off:
        dashed = f"Dashed: {instrument.cut_off.at_least} or more, {instrument.cut_off.meaning}"
        heading += wrap(dashed, _HEADING_FITS)
    ticks = [band.lowest for band in instrument.bands] + [instrument.highest]
    if not staff:
        ticks = [instrument.lowest, (instrument.lowest + instrument.highest) // 2, instrument.highest]
    layout = _layout(look, heading, left=36, right=96 if staff else 16)
    layout["xaxis"] |= {"range": [local(start), local(end)], "tickformat": _dates(end - start)}
    layout["yaxis"] |= {
        "range": [instrument.lowest - _BELOW, instrument.highest + 1],
        "tickvals": ticks,
        "showgrid": not staff,
    }
    if staff:
        layout["shapes"] = [_tint(band.lowest, band.highest, look) for band in instrument.bands[::2]]
        if instrument.cut_off:
            layout["shapes"].append(_cut_off(instrument.cut_off.at_least, look))
        layout["annotations"] += [
            _band_words(band.label, (band.lowest + band.highest) / 2, look) for band in instrument.bands
        ]
    return _figure(traces, layout)


def mood_figure(check_ins: Sequence[CheckIn], dark: bool) -> Drawn | None:
    """A dot for each day that was logged and the seven-day mean, or None with fewer than two days."""
    if len(check_ins) < 2:
        return None
    look = DARK if dark else LIGHT
    days = sorted(check_ins, key=lambda one: one.day_on)
    means = trailing_means(days)
    first, last = _span_of_days(days[0].day_on, days[-1].day_on, timedelta(days=8))
    each_day = {
        "type": "scatter",
        "name": "Each day",
        "x": [one.day_on.isoformat() for one in days],
        "y": [one.mood for one in days],
        "mode": "markers",
        "marker": {"color": look.rule, "size": 7},
        "hovertext": [f"{MOODS[one.mood]}<br>{day_words(one.day_on)}" for one in days],
        "hoverinfo": "text",
    }
    mean = {
        "type": "scatter",
        "name": "7-day mean",
        "x": [day.isoformat() for day, _ in means],
        "y": [None if value is None else round(value, 2) for _, value in means],
        "mode": "lines",
        "connectgaps": False,
        "line": {"color": look.line, "width": 3},
        "hoverinfo": "skip",
    }
    layout = _layout(
        look, ["Dots: each day. Line: the mean of 7 days", "with 4 or more logged."], left=82, right=12
    )
    layout["xaxis"] |= {
        "range": [first.isoformat(), last.isoformat()],
        "tickformat": _dates(last - first),
    }
    layout["yaxis"] |= {
        "range": [0.5, 5.5],
        "tickvals": list(MOODS),
        "ticktext": list(MOODS.values()),
        "showgrid": True,
    }
    return _figure([each_day, mean], layout)


def _totals(
    instrument: Instrument,
    totals: list[tuple[datetime, int]],
    look: Palette,
    zone: str,
    local: Any,
    staff: bool,
) -> dict[str, Any]:
    """The line, its markers and the values worth writing. A long silence lifts the pen."""
    at: list[str] = []
    values: list[int | None] = []
    labels: list[str] = []
    hover: list[str] = []
    labelled = _labelled(totals)
    for n, (when, total) in enumerate(totals):
        if n and when - totals[n - 1][0] > GAP:
            at.append(local(when - GAP / 2))
            values.append(None)
            labels.append("")
            hover.append("")
        at.append(local(when))
        values.append(total)
        labels.append(str(total) if n in labelled else "")
        hover.append(f"<b>{total}</b>, {instrument.band(total).label}<br>{moment(when, zone)}")
    return {
        "type": "scatter",
        "name": instrument.name,
        "x": at,
        "y": values,
        "mode": "lines+markers+text",
        "connectgaps": False,
        "line": {"color": look.line, "width": 2.5},
        "marker": {"color": look.line, "size": 8 if len(totals) <= 30 else 6},
        "text": labels,
        # The last one stands clear of a line that comes down to it.
        "textposition": ["top center"] * (len(at) - 1) + ["middle right"],
        "textfont": {"color": look.text, "size": 15},
        "cliponaxis": False,
        "hovertext": hover if staff else None,
        "hoverinfo": "text" if staff else "skip",
    }


def _unscored(
    instrument: Instrument, when: list[datetime], look: Palette, zone: str, local: Any, staff: bool
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": NOT_ALL_ANSWERED,
        "x": [local(at) for at in when],
        "y": [instrument.lowest - _BELOW] * len(when),
        "mode": "markers",
        "marker": {"color": look.quiet, "size": 9, "symbol": "circle-open", "line": {"width": 2}},
        "cliponaxis": False,
        "hovertext": [f"{NOT_ALL_ANSWERED}<br>{moment(at, zone)}" for at in when] if staff else None,
        "hoverinfo": "text" if staff else "skip",
    }


def _labelled(totals: list[tuple[datetime, int]]) -> set[int]:
    """Which values are written beside their marker: all of a few, the telling ones of many."""
    numbers = range(len(totals))
    if len(totals) <= MOST_LABELS:
        return set(numbers)
    ends = {0, len(totals) - 1}
    near = (totals[-1][0] - totals[0][0]) / 10  # closer than this, two labels touch
    telling = {choose(numbers, key=lambda n: totals[n][1]) for choose in (min, max)}
    return ends | {n for n in telling if all(abs(totals[n][0] - totals[end][0]) > near for end in ends)}


def _dates(span: timedelta) -> str:
    """Two short lines under the axis, day before month: upright on a phone too."""
    return "%b<br>%Y" if span > timedelta(days=120) else "%-d %b"


def _better(instrument: Instrument) -> str:
    if instrument.direction is Direction.HIGHER_WORSE:
        return "Lower means fewer problems."
    return "Higher means feeling better."


def _span(first: datetime, last: datetime, least: timedelta) -> tuple[datetime, datetime]:
    """A little room at both ends, and never so narrow that two days look like a cliff."""
    room = max((last - first) / 15, timedelta(days=1))
    missing = max(least - (last - first), timedelta())
    return first - room - missing / 2, last + room + missing / 2


def _span_of_days(first: date, last: date, least: timedelta) -> tuple[date, date]:
    missing = max(least - (last - first), timedelta())
    return first - timedelta(days=1) - missing / 2, last + timedelta(days=1) + missing / 2


def _tint(lowest: int, highest: int, look: Palette) -> dict[str, Any]:
    return {
        "type": "rect",
        "layer": "below",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": lowest - 0.5,
        "y1": highest + 0.5,
        "fillcolor": look.tint,
        "line": {"width": 0},
    }


def _cut_off(at_least: int, look: Palette) -> dict[str, Any]:
    return {
        "type": "line",
        "layer": "below",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": at_least,
        "y1": at_least,
        "line": {"color": look.rule, "width": 1.5, "dash": "dash"},
    }


def _band_words(label: str, middle: float, look: Palette) -> dict[str, Any]:
    """A band's name at the right edge: words, because a tint alone says nothing."""
    return {
        "text": label.capitalize().replace(" ", "<br>"),
        "showarrow": False,
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "xshift": 8,
        "yref": "y",
        "y": middle,
        "yanchor": "middle",
        "align": "left",
        "font": {"size": 13, "color": look.quiet},
    }


def _heading(text: str, look: Palette, left: int) -> dict[str, Any]:
    """What the marks mean, above the plot from the chart's left edge on."""
    return {
        "text": text,
        "showarrow": False,
        "align": "left",
        "xref": "paper",
        "x": 0,
        "xanchor": "left",
        "xshift": -left,
        "yref": "paper",
        "y": 1,
        "yanchor": "bottom",
        "yshift": 8,
        "font": {"size": 14, "color": look.quiet},
    }


def _layout(look: Palette, heading: list[str], *, left: int, right: int) -> dict[str, Any]:
    axis = {
        "fixedrange": True,
        "zeroline": False,
        "color": look.quiet,
        "tickfont": {"size": 14, "color": look.quiet},
        "gridcolor": look.tint,
        "linecolor": look.rule,
    }
    return {
        "height": 300 + 20 * len(heading),
        "margin": {"l": left, "r": right, "t": 16 + 22 * len(heading), "b": 48},
        "paper_bgcolor": look.background,
        "plot_bgcolor": look.background,
        "font": {"family": _FONT, "size": 14, "color": look.text},
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {"bgcolor": look.background, "font": {"size": 14, "color": look.text}},
        "annotations": [_heading("<br>".join(heading), look, left)],
        "xaxis": {**axis, "type": "date", "showgrid": False, "showline": True, "nticks": 5, "tickangle": 0},
        "yaxis": {**axis, "showline": False},
    }


def _figure(traces: list[dict[str, Any]], layout: dict[str, Any]) -> Drawn:
    # Here, not above: whoever only reads a table never loads plotly.
    from components.drawn import Drawn

    return Drawn(traces, layout)
