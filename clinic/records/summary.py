"""A page of a client's progress to take along, as a PDF: in words and numbers, for whom they like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

import db
from clinic.documents.pdf import Document
from clinic.measures.instrument import load_instruments
from clinic.measures.results import Point, read_own_series
from clinic.oversight.audit import record
from clinic.people.details import read_details
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.check_in import MOODS, today_in
from clinic.records.periods import PERIOD_WORDS, Period, period_from
from clinic.records.progress import Progress, read_progress
from clinic.records.progress_words import (
    Value,
    along_sentence,
    day_words,
    goal_sentence,
    mood_sentence,
    scale_sentence,
    sleep_sentence,
)
from db.tables import Account

File = tuple[str, str, bytes]


@allowed(Permission.PROGRESS_OWN)
def own_summary(viewer: Viewer, period_word: str, now: datetime) -> File:
    """(file name, media type, content) of the client's own progress; three months where the period is none of
    `Period`. The measures are in it only where the therapist shares them."""
    with db.unit_of_work() as session:
        found = gather(session, session.get_one(Account, viewer.account_id), period_from(period_word), now)
        record(
            session,
            now,
            viewer.account_id,
            "progress.summary",
            client_id=viewer.account_id,
            object_id=viewer.public_id,
        )
    return drawn(found, now)


@dataclass(frozen=True)
class Gathered:
    """What a summary is drawn from, read at one moment."""

    clinic: str
    name: str
    zone: str
    period: Period
    shown: Progress
    series: Mapping[str, Sequence[Point]]


def gather(session: Session, client: Account, period: Period, now: datetime) -> Gathered:
    """Inside the caller's transaction; the caller has decided permission."""
    shown = read_progress(session, client.id, period, today_in(client.zone, now))
    series = read_own_series(session, client, now) if shown.shared else {}
    details = read_details(session)
    return Gathered(details.name if details else "", client.name, client.zone, period, shown, series)


def drawn(found: Gathered, now: datetime) -> File:
    """Outside a transaction: a page takes a while."""
    clinic, name, zone, period = found.clinic, found.name, found.zone, found.period
    shown, series = found.shown, found.series
    page = Document("My progress", f"{clinic}: my progress, {day_words(shown.today)}", now)
    since = day_words(shown.since_on) if shown.since_on else "the beginning"
    page.facts(
        [
            ("Name", name),
            ("Time", f"{PERIOD_WORDS[period]}: from {since} to {day_words(shown.today)}"),
            ("Made", f"{day_words(shown.today)}, at {clinic}"),
        ]
    )
    _check_ins(page, shown)
    _sleep(page, shown)
    _goals(page, shown)
    _along(page, shown)
    _measures(page, series, shown, zone)
    page.small(
        "What is here was said by the person it is about, in the clinic's own words, and is not a validated "
        "scale unless it says so. Days on which nothing was said are left out, and nothing is filled in for "
        "them."
    )
    if not page.complete:
        page.small(
            "A box stands for a letter that this file's font does not have. The portal keeps and shows all."
        )
    return f"my-progress-{now:%Y-%m-%d}.pdf", "application/pdf", page.content()


def _check_ins(page: Document, shown: Progress) -> None:
    moods = shown.scales["mood"]
    page.heading("Mood")
    page.paragraph(mood_sentence(moods, shown.weekly))
    if moods and not shown.weekly:
        counted = Counter(round(one.value) for one in moods)
        page.facts([(word, _days(counted[value])) for value, word in sorted(MOODS.items(), reverse=True)])
    if shown.late:
        page.small(f"{_days(shown.late)} of check-ins were filled in later.")
    for name, title in (("anxiety", "Anxious or calm"), ("energy", "Energy")):
        if shown.scales[name]:
            page.heading(title)
            page.paragraph(scale_sentence(name, shown.scales[name], shown.weekly))


def _sleep(page: Document, shown: Progress) -> None:
    if not shown.asleep and not shown.nights:
        return
    page.heading("Sleep")
    page.paragraph(sleep_sentence(shown.asleep, shown.weekly))
    rates = [rate for _, night in shown.nights if (rate := night.efficiency) is not None]
    if rates:
        page.paragraph(
            f"Of every 100 minutes from trying to sleep to getting up, {round(sum(rates) / len(rates))} were "
            f"slept in the mean ({_nights(len(rates))})."
        )


def _goals(page: Document, shown: Progress) -> None:
    if not shown.goals:
        return
    page.heading("Goals, in my own words")
    for goal in shown.goals:
        ended = " Done with." if goal.ended else ""
        page.bullet(f"{goal.words}\n{goal_sentence(goal.ratings, shown.weekly)}{ended}")
    page.small("0 is not at all, 10 is reached.")


def _along(page: Document, shown: Progress) -> None:
    if not shown.along:
        return
    page.heading("What went along with better days")
    for one in shown.along:
        page.bullet(along_sentence(one))
    page.small("Days counted, and no more: they do not say what caused what.")


def _measures(page: Document, series: Mapping[str, Sequence[Point]], shown: Progress, zone: str) -> None:
    measures = load_instruments()
    for name, points in series.items():
        scores = [
            (point.version, Value(today_in(zone, point.at), point.total))
            for point in points
            if point.total is not None and today_in(zone, point.at) >= (shown.since_on or date.min)
        ]
        if not scores:
            continue
        # Other questions, another scale: only what was asked in the same way is compared.
        values = [value for version, value in scores if version == scores[-1][0]]
        measure, first, last = measures[name], values[0], values[-1]
        page.heading(f"{measure.full_name} ({measure.name})")
        said = f"{last.value:.0f} on {day_words(last.day_on)}"
        if len(values) > 1:
            said += f"; {first.value:.0f} on {day_words(first.day_on)}, the first in this time"
        page.paragraph(f"{said}. The scale goes from {measure.lowest} to {measure.highest}.")
        if len(values) < len(scores):
            page.small(
                f"The questions changed on {day_words(first.day_on)}, so earlier scores are not compared."
            )


def _days(number: int) -> str:
    return f"{number} {'day' if number == 1 else 'days'}"


def _nights(number: int) -> str:
    return f"{number} {'night' if number == 1 else 'nights'}"
