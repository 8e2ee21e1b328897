"""A client's outcomes on paper: for supervision, or for the client themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import db
from clinic.documents.chart import HEIGHT, Chart, Dot
from clinic.documents.pdf import Document
from clinic.measures.definition import Direction, Instrument
from clinic.measures.results import Point
from clinic.oversight.audit import record
from clinic.people.care import client_visible_to
from clinic.people.details import read_details
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.chart_marks import KINDS
from clinic.records.outcomes import MeasureOutcome, Outcomes, Wanted, read_outcomes
from clinic.scheduling.spoken import day_of
from db.tables import Account

File = tuple[str, str, bytes]
GAP = timedelta(weeks=6)  # as on the screen: a longer silence is not bridged by a line
TICKS = 4
WITH_ITS_CHART = 45.0  # millimetres of a heading, a sentence and what the chart means
NOT_ALL = "Not all answered"


class Reader(StrEnum):
    """Whom the file is for. Bands, limits and risk answers are for supervision; so is no name."""

    SUPERVISION = "supervision"
    CLIENT = "client"


@allowed(Permission.CLIENT_READ)
def outcomes_file(viewer: Viewer, client_id: str, wanted: Wanted, reader: str, now: datetime) -> File:
    """(file name, media type, content). A reader that is not known is supervision: no name leaves by mistake.

    Raises:
        NotFound: no such client, or not one of the viewer's.
    """
    whom = Reader.CLIENT if reader == Reader.CLIENT else Reader.SUPERVISION
    with db.unit_of_work() as session:
        client = client_visible_to(session, viewer, client_id, now)
        outcomes = read_outcomes(session, client, wanted, now)
        details = read_details(session)
        record(
            session,
            now,
            viewer.account_id,
            "outcomes.export",
            client_id=client.id,
            object_id=client.public_id,
        )
    page = outcomes_page(client, outcomes, whom, viewer, details.name if details else "", now)
    return f"outcomes-{now:%Y-%m-%d}.pdf", "application/pdf", page.content()


def outcomes_page(
    client: Account, outcomes: Outcomes, whom: Reader, viewer: Viewer, clinic: str, now: datetime
) -> Document:
    """The pages for this reader; the caller has decided permission."""
    own = whom is Reader.CLIENT
    zone = client.zone if own else viewer.zone
    title = "My scores" if own else "Outcomes for supervision"
    who = client.name if own else _initials(client.name)
    page = Document(title, f"{clinic}: {title}", now)
    facts = [("Clinic", clinic), ("Client", who), ("Therapist", viewer.name)]
    page.facts([*facts, ("Made on", _day(now, zone)), ("Period", outcomes.wanted.period)])
    charted = [one for one in outcomes.measures if one.instrument.charted and one.points]
    if not charted:
        page.paragraph("There are no scores in this period.")
    for one in charted:
        _measure(page, one, outcomes, own, zone)
    if outcomes.marks and not own:
        page.heading("Marks on the charts")
        for number, mark in enumerate(outcomes.marks, start=1):
            when = f"{mark.day_on.day} {mark.day_on:%B %Y}"
            page.paragraph(f"{number}. {when}, {KINDS[mark.kind].lower()}: {mark.words}")
    page.small("A score is a summary of answers. It is not a diagnosis.")
    if not page.complete:
        page.small("A box stands for a letter that this file's font does not have.")
    return page


def _measure(page: Document, one: MeasureOutcome, outcomes: Outcomes, own: bool, zone: str) -> None:
    measure, said = one.instrument, one.verdict
    page.keep_together(HEIGHT + WITH_ITS_CHART)
    page.heading(measure.name if own else f"{measure.name}: {measure.full_name}")
    if own:
        scores = [point for point in one.points if point.total is not None]
        if scores:
            latest, first = scores[-1].total, scores[0].total
            page.paragraph(f"The latest score is {latest}. The first in this period is {first}.")
    elif said.change:
        page.paragraph(said.change.sentence)
    lower = measure.direction is Direction.HIGHER_WORSE
    page.small(
        f"{measure.lowest} to {measure.highest}. {'Lower' if lower else 'Higher'} is better. "
        "A hollow dot: not all questions were answered. The line is broken where something is missing or the "
        "questions changed." + ("" if own else " Ticks under the line: sessions.")
    )
    if len(one.points) > 1:
        page.chart(_chart(one, outcomes, own, zone))
    if not own:
        for words in (said.words, *said.sources):
            page.small(words)
        _risk(page, one, zone)
    names = ["Date", "Score", *(["Range"] if not own and measure.bands else []), "Questions"]
    page.table([names, *(_cells(measure, point, own, zone) for point in reversed(one.points))])


def _cells(measure: Instrument, point: Point, own: bool, zone: str) -> list[str]:
    total = point.total
    cells = [_day(point.at, zone), NOT_ALL if total is None else str(total)]
    if not own and measure.bands:
        band = measure.band(total) if total is not None else None
        cells.append(band.label.capitalize() if band else "")
    return [*cells, f"Version {point.version}"]


def _risk(page: Document, one: MeasureOutcome, zone: str) -> None:
    calling = [answer for answer in one.risk if answer.calls]
    if not one.risk:
        return
    page.paragraph(f"Risk answers: {len(calling)} of {len(one.risk)} called for crisis help.")
    for answer in calling:
        page.bullet(f"{_day(answer.at, zone)}, question {answer.item}: {answer.words}")


def _chart(one: MeasureOutcome, outcomes: Outcomes, own: bool, zone: str) -> Chart:
    measure, points = one.instrument, one.points
    start, length = points[0].at, max(points[-1].at - points[0].at, timedelta(days=1))

    def place(at: datetime) -> float:
        return 0.02 + 0.96 * ((at - start) / length)

    sessions = () if own else tuple(place(at) for at in outcomes.sessions if 0 <= place(at) <= 1)
    days = [datetime.combine(mark.day_on, time(12), ZoneInfo(zone)) for mark in outcomes.marks]
    levels: list[tuple[int, bool]] = []
    first, threshold = one.verdict.first, measure.reliable_change
    if not own and measure.cut_off:
        levels.append((measure.cut_off.limit, True))
    if not own and one.verdict.change and first and threshold:
        both = (first.total - threshold.points, first.total + threshold.points)
        levels += [(total, False) for total in both if measure.lowest <= total <= measure.highest]
    return Chart(
        lowest=measure.lowest,
        highest=measure.highest,
        dots=_dots(points, place),
        ticks=tuple(
            (place(at), _day(at, zone)) for at in (start + length * n / (TICKS - 1) for n in range(TICKS))
        ),
        bands=() if own else tuple((band.lowest, band.highest, band.label) for band in measure.bands),
        levels=tuple(levels),
        sessions=sessions,
        marks=() if own else tuple(min(max(place(day), 0.0), 1.0) for day in days),
    )


def _dots(points: Sequence[Point], place: Callable[[datetime], float]) -> tuple[Dot, ...]:
    dots, before = [], None
    for point in points:
        joined = before is not None and point.at - before.at <= GAP and point.version == before.version
        dots.append(Dot(place(point.at), point.total, joined))
        before = point if point.total is not None else before
    return tuple(dots)


def _initials(name: str) -> str:
    return " ".join(f"{part[0]}." for part in name.split())


def _day(at: datetime, zone: str) -> str:
    day = day_of(at, zone)
    return f"{day.day} {day:%b} {day.year}"
