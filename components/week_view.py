"""A therapist's week: a list by day for everyone, and beside it a picture where there is room for one.

The picture shows wall-clock time. It says nothing that the list does not say, so it is left out on a
phone, and a screen reader is told to read the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import streamlit as st

from clinic.scheduling.appointments import AppointmentView
from clinic.scheduling.calendar import Week
from clinic.scheduling.intervals import Span, within
from clinic.scheduling.slots import GRID_MINUTES
from clinic.scheduling.wall_clock import DAY_MINUTES, reached
from components.crisis import plain
from components.figure_look import DARK, LIGHT, Palette, chart_config
from components.times import clock, long_day, short_day, zone_words
from components.words import how

if TYPE_CHECKING:
    from components.drawn import Drawn

# The least the picture shows, in hours of the day, so that an empty week looks like a week.
_FROM, _UNTIL = 8, 18
_SHORTEST_WITH_WORDS = 25
# What is left between two sessions is drawn, but it is no free time to read out.
_WORTH_SAYING = timedelta(minutes=GRID_MINUTES)


@dataclass(frozen=True)
class Box:
    """A stretch of one day in the picture, in minutes of its wall clock."""

    day: int
    start: int
    end: int
    words: str


@dataclass(frozen=True)
class Boxes:
    """What the picture shows, by kind."""

    free: list[Box]
    off: list[Box]
    held: list[Box]
    sessions: list[Box]

    @property
    def hours(self) -> tuple[int, int]:
        """The first and the last hour worth showing; days that are off from end to end show nothing."""
        shown = [*self.free, *self.held, *self.sessions]
        first = min((box.start // 60 for box in shown), default=_FROM)
        last = max((-(-box.end // 60) for box in shown), default=_UNTIL)
        return min(first, _FROM), max(last, _UNTIL)


def boxes(week: Week) -> Boxes:
    """The week's spans, cut at each midnight."""
    sessions = [
        box
        for booked in week.appointments
        for box in _cut(week, Span(booked.starts_at, booked.ends_at), booked.client_name)
    ]
    return Boxes(
        free=[box for span in week.free for box in _cut(week, span, "")],
        off=[box for one in week.off for box in _cut(week, one.span, "")],
        held=[box for span in week.held for box in _cut(week, span, "")],
        sessions=sessions,
    )


def picture(week: Week, dark: bool) -> Drawn:
    """The week as a grid: a column a day, time downwards."""
    # Here, not above: whoever only reads the list never loads plotly.
    from components.drawn import Drawn

    look, shown = DARK if dark else LIGHT, boxes(week)
    first, last = shown.hours
    days = [short_day(week.monday + timedelta(days=n)) for n in range(7)]
    clipped = [_clip(box, first * 60, last * 60) for box in shown.off]
    traces = [
        _bars("Free", shown.free, days, look, {"color": look.background, "line": _edge(look, 1.5)}),
        _bars("Off", [box for box in clipped if box], days, look, _hatched(look)),
        _bars("Kept for somebody", shown.held, days, look, _hatched(look, dense=True)),
        _bars(
            "Session",
            shown.sessions,
            days,
            look,
            {"color": look.line, "line": {"color": look.background, "width": 1}},
            text=look.background,
        ),
    ]
    axis = {"fixedrange": True, "color": look.quiet, "tickfont": {"size": 14, "color": look.quiet}}
    layout: dict[str, Any] = {
        "height": 90 + 34 * (last - first),
        "margin": {"l": 72, "r": 8, "t": 56, "b": 8},
        "paper_bgcolor": look.background,
        "plot_bgcolor": look.tint,
        "font": {"size": 14, "color": look.text},
        "barmode": "overlay",
        "bargap": 0.06,
        "dragmode": False,
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.08, "yanchor": "bottom", "x": 0},
        "hoverlabel": {"bgcolor": look.background, "font": {"size": 14, "color": look.text}},
        "xaxis": {**axis, "side": "top", "categoryarray": days, "range": [-0.5, 6.5], "type": "category"},
        "yaxis": {
            **axis,
            "range": [last * 60, first * 60],
            "tickvals": [hour * 60 for hour in range(first, last + 1, 2)],
            "ticktext": [_hour(hour) for hour in range(first, last + 1, 2)],
            "gridcolor": look.background,
            "zeroline": False,
        },
    }
    return Drawn(traces, layout)


def show(week: Week, today: date, on_open: Callable[[str], None]) -> None:
    """The picture, and the list with a button for each session."""
    with st.container(key="week-picture"):
        st.plotly_chart(
            picture(week, dark=st.context.theme.type == "dark"),
            theme=None,
            config=chart_config(static=True),
            alt=f"The week from {long_day(week.monday)} as a picture. The list below says the same.",
            key=f"week:{week.monday}",
        )
    st.write(f"All times are in {zone_words(week.zone)}.")
    for n in range(7):
        day = week.monday + timedelta(days=n)
        st.markdown(f"**{long_day(day)}**" + (" (today)" if day == today else ""))
        lines = day_lines(week, day)
        for line in lines:
            st.write(line)
        booked = [one for one in week.appointments if _local(one.starts_at, week).date() == day]
        for one in booked:
            st.button(
                session_words(one, week.zone),
                key=f"open:{one.public_id}",
                on_click=on_open,
                args=(one.public_id,),
            )
        if not lines and not booked:
            st.caption("Nothing booked, no hours.")


def day_lines(week: Week, day: date) -> list[str]:
    """What a day holds besides its sessions, as sentences."""
    bounds = Span(reached(day, 0, week.zone), reached(day + timedelta(days=1), 0, week.zone))
    lines = []
    for one in week.off:
        for span in within([one.span], bounds):
            name = plain(one.note) if one.note else ""
            what = ("The clinic is closed" if one.is_closure else "Off") + (f" ({name})" if name else "")
            lines.append(f"{what}: {_between(span, week.zone)}")
    long_enough = (
        span for span in within(week.free, bounds) if span.ends_at - span.starts_at >= _WORTH_SAYING
    )
    free = [_between(span, week.zone) for span in long_enough]
    if free:
        lines.append(f"Free: {', '.join(free)}")
    held = [_between(span, week.zone) for span in within(week.held, bounds)]
    if held:
        lines.append(f"Kept for somebody: {', '.join(held)}")
    return lines


def session_words(booked: AppointmentView, zone: str) -> str:
    """ "9:00 am to 9:50 am, Sam Rivera, by video"."""
    room = f", {booked.room_name}" if booked.room_name else ""
    return (
        f"{clock(booked.starts_at, zone)} to {clock(booked.ends_at, zone)}, {plain(booked.client_name)}, "
        f"{how(booked.modality)}{plain(room)}"
    )


def _between(span: Span, zone: str) -> str:
    if clock(span.starts_at, zone) == clock(span.ends_at, zone) == "midnight":
        return "all day"
    return f"{clock(span.starts_at, zone)} to {clock(span.ends_at, zone)}"


def _cut(week: Week, span: Span, words: str) -> list[Box]:
    cut = []
    for n in range(7):
        day = week.monday + timedelta(days=n)
        bounds = Span(reached(day, 0, week.zone), reached(day + timedelta(days=1), 0, week.zone))
        for part in within([span], bounds):
            start, end = _minute(part.starts_at, week), _minute(part.ends_at, week)
            # As the clocks go back, an hour may end before it began on the wall: it keeps its length.
            length = (part.ends_at - part.starts_at) // timedelta(minutes=1)
            end = end if end > start else min(start + length, DAY_MINUTES)
            cut.append(Box(n, start, DAY_MINUTES if part.ends_at == bounds.ends_at else end, words))
    return cut


def _local(at: datetime, week: Week) -> datetime:
    return at.astimezone(ZoneInfo(week.zone))


def _minute(at: datetime, week: Week) -> int:
    local = _local(at, week)
    return local.hour * 60 + local.minute


def _clip(box: Box, first: int, last: int) -> Box | None:
    start, end = max(box.start, first), min(box.end, last)
    return Box(box.day, start, end, box.words) if start < end else None


def _bars(
    name: str,
    shown: Sequence[Box],
    days: Sequence[str],
    look: Palette,
    marker: dict[str, Any],
    text: str | None = None,
) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "x": [days[box.day] for box in shown],
        "base": [box.start for box in shown],
        "y": [box.end - box.start for box in shown],
        "marker": marker,
        "text": [box.words if box.end - box.start >= _SHORTEST_WITH_WORDS else "" for box in shown],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"size": 13, "color": text or look.text},
        "constraintext": "none",
        "cliponaxis": True,
        "hoverinfo": "skip",
    }


def _edge(look: Palette, width: float) -> dict[str, Any]:
    return {"color": look.rule, "width": width}


def _hatched(look: Palette, *, dense: bool = False) -> dict[str, Any]:
    """Told from free time by its lines, not by a colour."""
    pattern = {"shape": "x" if dense else "/", "fgcolor": look.rule, "bgcolor": look.tint, "size": 8}
    return {"color": look.tint, "pattern": pattern, "line": _edge(look, 1)}


def _hour(hour: int) -> str:
    if hour in (0, 24):
        return "midnight"
    return "12 noon" if hour == 12 else f"{hour % 12} {'am' if hour < 12 else 'pm'}"
