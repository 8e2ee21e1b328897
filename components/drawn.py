"""The figure that Streamlit is given. Apart, so that whoever only reads a table never loads plotly."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go


class Drawn(go.Figure):  # type: ignore[misc]  # plotly has no types
    """A finished figure: traces and layout as they go to the browser, neither checked nor copied.

    plotly checks each key as a figure is made and copies the whole of it when it is sent: 3 ms of the
    server a chart, seven times what the chart itself costs. The tests let plotly check what we draw.
    """

    def __init__(self, data: list[dict[str, Any]], layout: dict[str, Any]) -> None:
        # Without plotly's own __init__, which makes a layout of its schema for nothing, and past its
        # __setattr__, which takes names of that schema alone.
        object.__setattr__(self, "_drawn", {"data": data, "layout": layout})

    def to_dict(self) -> dict[str, Any]:
        drawn: dict[str, Any] = object.__getattribute__(self, "_drawn")
        return drawn
