"""A client in the caseload: what needs an answer, their measures in words and tiny bars, what is open."""

from __future__ import annotations

from html import escape

import streamlit as st

from clinic.measures.verdict import Colour
from clinic.records.caseload import Row, Trend
from components.crisis import plain
from components.disclosure import disclosure
from components.outcome_parts import badge
from components.reminder import reminder
from components.times import day_of, short_day
from components.words import counted, joined

_HEIGHT = 22  # pixels


def row(client: Row, zone: str) -> None:
    """Its own box. The rule behind each colour is one tap away."""
    with st.container(border=True):
        st.page_link(
            "pages/client_record.py",
            label=f"**{plain(client.name)}**",
            query_params={"client": client.client_id},
        )
        st.markdown("  \n".join(_lines(client, zone)))
        drawn = [trend for trend in client.trends if len(trend.scores) > 1]
        if drawn:
            st.html(" ".join(spark(trend) for trend in drawn))
        if any(trend.verdict.colour is not Colour.NONE for trend in client.trends):
            disclosure("Why these colours", lambda: _why(client), key=f"why:{client.client_id}")
        reminder(client.client_id, client.name, bool(client.missing), client.reminded_at, zone)


def _lines(client: Row, zone: str) -> list[str]:
    """What is to be known, the most urgent first."""
    said = []
    if client.unanswered:
        said.append(":red[**To answer:** a risk answer nobody has acknowledged.]")
    elif client.alerts:
        said.append("**Risk alert not closed yet.**")
    said += [_trend(trend, zone) for trend in client.trends] or ["No measures answered"]
    if client.unreviewed:
        said.append(f"Not reviewed: {counted(len(client.unreviewed), 'new result', 'new results')}.")
    said.append(_sessions(client, zone))
    if client.missing:
        said.append(f"Not done yet: {joined(list(client.missing), '')}.")
    if client.overdue:
        said.append(f"Open now: {joined(list(client.overdue), '')}.")
    return said


def _trend(trend: Trend, zone: str) -> str:
    """ "PHQ-9: Improving 16 to 9, Wed 11 Nov"."""
    said, name = trend.verdict, trend.instrument.name
    if said.latest is None or said.first is None:
        return f"{name}: no score yet"
    moved = f"{said.first.total} to {said.latest.total}" if said.change else str(said.latest.total)
    word = f"{badge(said.colour, said.label)} " if said.colour is not Colour.NONE else ""
    return f"{name}: {word}{moved}, {short_day(day_of(said.latest.at, zone))}"


def spark(trend: Trend) -> str:
    """The last scores as bars on the measure's whole range. They say nothing that the words do not."""
    lowest, highest = trend.instrument.lowest, trend.instrument.highest
    said = escape(f"{trend.instrument.name}, latest scores: {', '.join(map(str, trend.scores))}")
    bars = "".join(
        f'<span style="display:inline-block;width:6px;margin-right:2px;background:currentColor;'
        f'height:{1 + round((_HEIGHT - 1) * (total - lowest) / (highest - lowest))}px"></span>'
        for total in trend.scores
    )
    return (
        f'<span role="img" aria-label="{said}" style="display:inline-block;height:{_HEIGHT}px;'
        f'border-bottom:1px solid;margin-right:16px">{bars}</span>'
    )


def _sessions(client: Row, zone: str) -> str:
    last, following = client.last_session, client.next_session
    return (
        f"Last session: {short_day(day_of(last, zone)) if last else 'none'}. "
        f"Next: {short_day(day_of(following, zone)) if following else 'none booked'}."
    )


def _why(client: Row) -> None:
    for trend in client.trends:
        said = trend.verdict
        st.write(f"**{trend.instrument.name}.** {said.words}")
        if said.change:
            st.write(said.change.sentence)
        for source in said.sources:
            st.caption(source)
