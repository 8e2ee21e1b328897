"""What stands on a chart beside its scores: bands, levels, sessions, marks, and the strip of risk answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from clinic.records.chart_marks import KINDS, Mark
from clinic.records.outcomes import RiskAnswer
from components.chart_words import day_words
from components.figure_look import DARK, LIGHT, MINUTE, ON_DAY, Palette, base_layout, date_format, drawn

if TYPE_CHECKING:
    from components.drawn import Drawn

MOST_WORDS = 4  # risk answers written beside their square; of more, the latest alone


def beside(mark: Mark, zone: str) -> datetime:
    """Where a day stands on a chart: its noon."""
    return datetime.combine(mark.day_on, time(12), ZoneInfo(zone)).astimezone(UTC)


def sessions_on(
    sessions: Sequence[datetime], height: float, look: Palette, local: Callable[[datetime], str]
) -> list[dict[str, Any]]:
    """A tick for each session, under the scale."""
    if not sessions:
        return []
    return [
        {
            "type": "scatter",
            "name": "Sessions",
            "x": [local(at) for at in sessions],
            "y": [height] * len(sessions),
            "mode": "markers",
            "marker": {"symbol": "line-ns-open", "size": 9, "color": look.quiet, "line": {"width": 2}},
            "cliponaxis": False,
            "hovertemplate": f"Session<br>{ON_DAY}<extra></extra>",
        }
    ]


def marks_on(
    marks: Sequence[Mark], height: float, look: Palette, layout: dict[str, Any]
) -> list[dict[str, Any]]:
    """A number over the scale and a thin line for each mark; the list under the chart says which is which."""
    if not marks:
        return []
    days = [f"{mark.day_on.isoformat()}T12:00" for mark in marks]
    layout["shapes"] += [
        {
            "type": "line",
            "layer": "below",
            "x0": day,
            "x1": day,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": look.rule, "width": 1},
        }
        for day in days
    ]
    return [
        {
            "type": "scatter",
            "name": "Marks",
            "x": days,
            "y": [height] * len(marks),
            "mode": "markers+text",
            "marker": {
                "symbol": ["diamond" if mark.kind == "medication" else "triangle-down" for mark in marks],
                "size": 11,
                "color": look.text,
            },
            "text": [str(n) for n in range(1, len(marks) + 1)],
            "textposition": "middle right",
            "textfont": {"size": 14, "color": look.text},
            "cliponaxis": False,
            # A person's own words are no markup here.
            "hovertext": [
                f"{KINDS[mark.kind]}<br>{_bare(mark.words)}<br>{day_words(mark.day_on)}" for mark in marks
            ],
            "hoverinfo": "text",
        }
    ]


def risk_figure(
    answers: Sequence[RiskAnswer], axis: tuple[datetime, datetime], dark: bool, zone: str
) -> Drawn | None:
    """The answers to one measure's risk items as squares: filled where the answer called for crisis help,
    open where it did not. None where there is none."""
    if not answers:
        return None
    look, tz = DARK if dark else LIGHT, ZoneInfo(zone)
    items = sorted({answer.item for answer in answers}, reverse=True)
    calling = [answer for answer in answers if answer.calls]
    written = calling if len(calling) <= MOST_WORDS else calling[-1:]
    start, end = axis
    trace = {
        "type": "scatter",
        "name": "Risk answers",
        "x": [answer.at.astimezone(tz).strftime(MINUTE) for answer in answers],
        "y": [items.index(answer.item) for answer in answers],
        "mode": "markers+text",
        "marker": {
            "symbol": ["square" if answer.calls else "square-open" for answer in answers],
            "size": 12,
            "color": [look.text if answer.calls else look.quiet for answer in answers],
        },
        "text": [answer.words if answer in written else "" for answer in answers],
        "textposition": "top center",
        "textfont": {"size": 14, "color": look.text},
        "cliponaxis": False,
        "hovertext": [f"Question {answer.item}: {answer.words}<br>{asked_by(answer)}" for answer in answers],
        "hovertemplate": f"%{{hovertext}}<br>{ON_DAY}<extra></extra>",
    }
    layout = base_layout(look, ["■ called for crisis help   □ did not"], left=36, right=96)
    layout["height"] = 130 + 36 * len(items)
    layout["xaxis"] |= {
        "range": [at.astimezone(tz).strftime(MINUTE) for at in (start, end)],
        "tickformat": date_format(end - start),
    }
    layout["yaxis"] |= {
        "range": [-0.7, len(items) + 0.1],
        "tickvals": list(range(len(items))),
        "ticktext": [f"Q{item}" for item in items],
        "showgrid": False,
    }
    return drawn([trace], layout)


def asked_by(answer: RiskAnswer) -> str:
    """Who was there when it was answered."""
    return f"Filled in with {_bare(answer.entered_by)}" if answer.entered_by else "Answered alone"


def tint(lowest: int, highest: int, look: Palette) -> dict[str, Any]:
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


def level(total: int, dash: str, look: Palette) -> dict[str, Any]:
    """A line across the chart at one score."""
    return {
        "type": "line",
        "layer": "below",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": total,
        "y1": total,
        "line": {"color": look.rule, "width": 1.5, "dash": dash},
    }


def band_words(label: str, middle: float, look: Palette) -> dict[str, Any]:
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


def _bare(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;")
