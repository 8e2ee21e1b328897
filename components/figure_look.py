"""What every chart shares: its colours, its fixed axes, its heading and how it is handed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from components.drawn import Drawn

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
HEADING_FITS = 44  # characters beside each other on a phone
# The browser writes the day of what is pointed at: one text for a whole line.
ON_DAY = "%{x|%a %-d %b %Y}"
MINUTE = "%Y-%m-%dT%H:%M"  # plotly knows no zones: it is given local clock times


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


def date_format(span: timedelta) -> str:
    """Two short lines under the axis, day before month: upright on a phone too."""
    return "%b<br>%Y" if span > timedelta(days=120) else "%-d %b"


def padded(first: datetime, last: datetime, least: timedelta) -> tuple[datetime, datetime]:
    """A little room at both ends, and never so narrow that two days look like a cliff."""
    room = max((last - first) / 15, timedelta(days=1))
    missing = max(least - (last - first), timedelta())
    return first - room - missing / 2, last + room + missing / 2


def padded_days(first: date, last: date, least: timedelta) -> tuple[date, date]:
    missing = max(least - (last - first), timedelta())
    return first - timedelta(days=1) - missing / 2, last + timedelta(days=1) + missing / 2


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


def base_layout(look: Palette, heading: list[str], *, left: int, right: int) -> dict[str, Any]:
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


def drawn(traces: list[dict[str, Any]], layout: dict[str, Any]) -> Drawn:
    # Here, not above: whoever only reads a table never loads plotly.
    from components.drawn import Drawn

    return Drawn(traces, layout)
