"""Outcome and mood figures: a full fixed scale, bands in words, gaps left open, no verdict in a colour.

Draw with `st.plotly_chart(figure, theme=None, config=chart_config(...), alt=<the chart's sentence>)`:
`theme=None` because the colours here are the house's own. The sentence, and the table shown in a
figure's place, are in `components/chart_words.py`. Measures are in `components/figure_outcomes.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from clinic.records.check_in import MOODS
from components.chart_words import day_words
from components.figure_look import DARK, LIGHT, base_layout, date_format, drawn, padded_days
from components.series import CheckIn, trailing_means

if TYPE_CHECKING:
    from components.drawn import Drawn


def mood_figure(check_ins: Sequence[CheckIn], dark: bool) -> Drawn | None:
    """A dot for each day that was logged and the seven-day mean, or None with fewer than two days."""
    days = sorted((one.day_on, one.mood) for one in check_ins if one.mood is not None)
    if len(days) < 2:
        return None
    look = DARK if dark else LIGHT
    means = trailing_means(check_ins)
    first, last = padded_days(days[0][0], days[-1][0], timedelta(days=8))
    each_day = {
        "type": "scatter",
        "name": "Each day",
        "x": [day.isoformat() for day, _ in days],
        "y": [mood for _, mood in days],
        "mode": "markers",
        "marker": {"color": look.rule, "size": 7},
        "hovertext": [f"{MOODS[mood]}<br>{day_words(day)}" for day, mood in days],
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
    layout = base_layout(
        look, ["Dots: each day. Line: the mean of 7 days", "with 4 or more logged."], left=82, right=12
    )
    layout["xaxis"] |= {
        "range": [first.isoformat(), last.isoformat()],
        "tickformat": date_format(last - first),
    }
    layout["yaxis"] |= {
        "range": [0.5, 5.5],
        "tickvals": list(MOODS),
        "ticktext": list(MOODS.values()),
        "showgrid": True,
    }
    return drawn([each_day, mean], layout)
