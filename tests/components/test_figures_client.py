"""The client's own charts: whole scales, gaps left open. plotly checks what we draw."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go
import pytest

from clinic.records.check_in import ANXIETY, MOODS
from clinic.records.progress_words import Value
from components import figures_client

FIRST = date(2026, 3, 2)


def _values(*values: float | None, step: int = 1) -> list[Value]:
    return [Value(FIRST + timedelta(days=step * n), v) for n, v in enumerate(values) if v is not None]


def _read(figure: Any) -> go.Figure:
    assert figure is not None
    return go.Figure(figure.to_dict())


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("weekly", [True, False])
def test_every_chart_has_its_whole_scale(dark: bool, weekly: bool) -> None:
    for words in (MOODS, ANXIETY):
        figure = _read(figures_client.scale_figure(_values(3, 3), words, weekly, dark))
        assert list(figure.layout.yaxis.range) == [0.5, 5.5]
        assert list(figure.layout.yaxis.tickvals) == [1, 2, 3, 4, 5]
    assert list(_read(figures_client.goal_figure(_values(5, 6), weekly, dark)).layout.yaxis.range) == [
        -0.5,
        10.5,
    ]
    slept = _read(figures_client.sleep_figure(_values(420, 450), weekly, dark))
    assert list(slept.layout.yaxis.range) == [0, 12.5]
    assert list(slept.data[0].y) == [7, 7.5]
    long = _read(figures_client.sleep_figure(_values(900, 450), weekly, dark))
    assert long.layout.yaxis.range[1] == 15.5


def test_a_mean_is_drawn_only_where_four_of_seven_days_were_said() -> None:
    figure = _read(
        figures_client.sleep_figure(_values(420, 420, None, None, 480, 480, *[None] * 6, 60), False, False)
    )
    assert [len(trace.y) for trace in figure.data] == [5, 13]
    line = list(figure.data[1].y)
    assert line[:5] == [None] * 5
    assert line[5] == 7.5
    assert line[8:] == [None] * 5
    assert figure.data[1].connectgaps is False


def test_weeks_that_do_not_follow_each_other_are_not_joined() -> None:
    figure = _read(figures_client.scale_figure(_values(3.5, 4, None, 2.25, step=7), MOODS, True, False))
    assert list(figure.data[0].y) == [3.5, 4, None, 2.25]
    ratings = [Value(FIRST, 2), Value(FIRST + timedelta(days=40), 3), Value(FIRST + timedelta(days=90), 4)]
    assert list(_read(figures_client.goal_figure(ratings, False, False)).data[0].y) == [2, 3, None, 4]


def test_one_value_is_said_and_not_drawn() -> None:
    assert figures_client.scale_figure(_values(3), ANXIETY, False, False) is None
    assert figures_client.scale_figure(_values(3), MOODS, False, False) is None
    assert figures_client.sleep_figure(_values(420), True, False) is None
    assert figures_client.goal_figure([], False, False) is None
