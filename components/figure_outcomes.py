"""A measure over time: its whole fixed range, a broken line where something is missing, and for staff the
bands, the lines that scores are compared with, and what happened beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import wrap
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from clinic.measures.definition import Instrument
from clinic.measures.verdict import Score
from clinic.records.chart_marks import Mark
from components.chart_words import NOT_ALL_ANSWERED, better, meaning
from components.figure_look import (
    DARK,
    HEADING_FITS,
    LIGHT,
    MINUTE,
    ON_DAY,
    Palette,
    base_layout,
    date_format,
    drawn,
    padded,
)
from components.figure_marks import band_words, beside, level, marks_on, sessions_on, tint
from components.series import Form, scored

if TYPE_CHECKING:
    from components.drawn import Drawn

# Measures are asked about weekly; a longer silence than this is left open, not bridged by a line.
GAP = timedelta(weeks=6)
MOST_LABELS = 8  # with more values than this, only the first, the last, the lowest and the highest
_BELOW = 0.5  # room under the lowest score, so that its marker is whole


@dataclass(frozen=True, slots=True)
class Around:
    """What a therapist sees beside the scores. `first` is the episode's, which may be older than the chart;
    None where the scores are not compared with it."""

    first: Score | None
    sessions: Sequence[datetime] = ()
    marks: Sequence[Mark] = ()


NOTHING = Around(None)


def outcome_figure(
    instrument: Instrument,
    forms: Sequence[Form],
    dark: bool,
    zone: str,
    *,
    staff: bool = False,
    around: Around = NOTHING,
) -> Drawn | None:
    """Totals over time on the measure's whole range, or None with fewer than two: then say the value.
    None for a screen, too: it is no outcome.

    A form without a total is a hollow marker on the floor of the chart, never a value. The line is broken
    at a long silence, and where the questions changed.

    Args:
        staff: adds the bands, the cut-off and details on hover. A client sees neither band nor target.
        around: for staff, the reliable change from the first score, sessions and marks.
    """
    totals = scored(forms)
    if len(totals) < 2 or not instrument.charted:
        return None
    look, tz = DARK if dark else LIGHT, ZoneInfo(zone)

    def local(at: datetime) -> str:
        return at.astimezone(tz).strftime(MINUTE)

    start, end = time_axis(forms, around, zone)
    traces = [_totals(instrument, forms, look, local, staff)]
    unscored = [form.at for form in forms if form.total is None]
    if unscored:
        traces.append(_unscored(instrument, unscored, look, local, staff))
    said = better(instrument) if staff else meaning(instrument)
    heading = [f"{instrument.name}, {instrument.lowest} to {instrument.highest}. {said}"]
    if unscored:
        heading.append(f"○ {NOT_ALL_ANSWERED.lower()}: no score")
    if len({form.version for form in forms if form.total is not None}) > 1:
        heading.append("Line broken: the questions changed")
    bands = instrument.bands if staff else ()
    ticks = [band.lowest for band in bands] + [instrument.highest]
    if not bands:
        ticks = [instrument.lowest, (instrument.lowest + instrument.highest) // 2, instrument.highest]
    if staff:
        heading += [part for line in _lines_in_words(instrument, around) for part in wrap(line, HEADING_FITS)]
    layout = base_layout(look, heading, left=36, right=96 if bands else 16)
    layout["xaxis"] |= {"range": [local(start), local(end)], "tickformat": date_format(end - start)}
    room = _room(instrument) if staff else 0.0
    layout["yaxis"] |= {
        "range": [instrument.lowest - _BELOW - room, instrument.highest + 1 + room],
        "tickvals": ticks,
        "showgrid": not bands,
    }
    if staff:
        layout["shapes"] = [tint(band.lowest, band.highest, look) for band in bands[::2]]
        layout["annotations"] += [
            band_words(band.label, (band.lowest + band.highest) / 2, look) for band in bands
        ]
        _levels(instrument, around, look, layout, traces, (local(start), local(end)))
        bottom, top = instrument.lowest - _BELOW - room / 2, instrument.highest + 0.5 + room / 2
        traces += sessions_on(around.sessions, bottom, look, local)
        traces += marks_on(around.marks, top, look, layout)
    return drawn(traces, layout)


def time_axis(forms: Sequence[Form], around: Around, zone: str) -> tuple[datetime, datetime]:
    """From the earliest thing on the chart to the latest, with room; for whatever stands under it too."""
    days = [beside(mark, zone) for mark in around.marks]
    known = [*(form.at for form in forms), *around.sessions, *days]
    return padded(min(known), max(known), timedelta(days=14))


def compared_with(instrument: Instrument, around: Around) -> list[int]:
    """The scores at which a change from the first one becomes reliable, those that the range holds."""
    threshold = instrument.reliable_change
    if around.first is None or threshold is None:
        return []
    both = (around.first.total - threshold.points, around.first.total + threshold.points)
    return [total for total in both if instrument.lowest <= total <= instrument.highest]


def _room(instrument: Instrument) -> float:
    """Above and below the scale, for sessions and marks."""
    return (instrument.highest - instrument.lowest) * 0.09


def _lines_in_words(instrument: Instrument, around: Around) -> list[str]:
    said = []
    if instrument.cut_off:
        said.append(f"Dashed: {instrument.cut_off.words}, {instrument.cut_off.meaning}")
    levels = compared_with(instrument, around)
    if levels and around.first and instrument.reliable_change:
        said.append(
            f"Dotted: {' and '.join(map(str, levels))}, the reliable change "
            f"({instrument.reliable_change.points}) from the first score ({around.first.total})"
        )
    return said


def _levels(
    instrument: Instrument,
    around: Around,
    look: Palette,
    layout: dict[str, Any],
    traces: list[dict[str, Any]],
    ends: tuple[str, str],
) -> None:
    """The cut-off and the reliable change, each with its source for whoever points at it."""
    cut, threshold = instrument.cut_off, instrument.reliable_change
    if cut:
        layout["shapes"].append(level(cut.limit, "dash", look))
        traces.append(_source_of(cut.limit, f"{cut.words}: {cut.meaning}<br>{cut.source}", ends))
    for total in compared_with(instrument, around):
        layout["shapes"].append(level(total, "dot", look))
        if threshold:
            said = f"{threshold.points} points from the first score<br>{threshold.source}"
            traces.append(_source_of(total, said, ends))


def _source_of(total: int, words: str, ends: tuple[str, str]) -> dict[str, Any]:
    """Unseen points on a line: a shape has no hover of its own."""
    return {
        "type": "scatter",
        "name": "Source",
        "x": list(ends),
        "y": [total, total],
        "mode": "markers",
        "marker": {"size": 14, "opacity": 0},
        "hovertext": ["<br>".join(line for part in words.split("<br>") for line in wrap(part, 60))] * 2,
        "hoverinfo": "text",
    }


def _totals(
    instrument: Instrument,
    forms: Sequence[Form],
    look: Palette,
    local: Callable[[datetime], str],
    staff: bool,
) -> dict[str, Any]:
    """The line, its markers and the values worth writing. A long silence or other questions lift the pen."""
    kept = sorted((form for form in forms if form.total is not None), key=lambda form: form.at)
    at: list[str] = []
    values: list[int | None] = []
    labels: list[str] = []
    hover: list[str] = []
    labelled = _labelled(scored(forms))
    for n, form in enumerate(kept):
        if n and (form.at - kept[n - 1].at > GAP or form.version != kept[n - 1].version):
            at.append(local(form.at - (form.at - kept[n - 1].at) / 2))
            values.append(None)
            labels.append("")
            hover.append("")
        at.append(local(form.at))
        values.append(form.total)
        labels.append(str(form.total) if n in labelled else "")
        if staff and form.total is not None:
            band = instrument.band(form.total)
            hover.append(f"<b>{form.total}</b>{f', {band.label}' if band else ''}")
    return {
        "type": "scatter",
        "name": instrument.name,
        "x": at,
        "y": values,
        "mode": "lines+markers+text",
        "connectgaps": False,
        "line": {"color": look.line, "width": 2.5},
        "marker": {"color": look.line, "size": 8 if len(kept) <= 30 else 6},
        "text": labels,
        # The last one stands clear of a line that comes down to it.
        "textposition": ["top center"] * (len(at) - 1) + ["middle right"],
        "textfont": {"color": look.text, "size": 15},
        "cliponaxis": False,
        "hovertext": hover if staff else None,
        "hovertemplate": f"%{{hovertext}}<br>{ON_DAY}<extra></extra>" if staff else None,
        "hoverinfo": None if staff else "skip",
    }


def _unscored(
    instrument: Instrument,
    when: list[datetime],
    look: Palette,
    local: Callable[[datetime], str],
    staff: bool,
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": NOT_ALL_ANSWERED,
        "x": [local(at) for at in when],
        "y": [instrument.lowest - _BELOW] * len(when),
        "mode": "markers",
        "marker": {"color": look.quiet, "size": 9, "symbol": "circle-open", "line": {"width": 2}},
        "cliponaxis": False,
        "hovertemplate": f"{NOT_ALL_ANSWERED}<br>{ON_DAY}<extra></extra>" if staff else None,
        "hoverinfo": None if staff else "skip",
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
