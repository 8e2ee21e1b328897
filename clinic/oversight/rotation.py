"""Which of the clinic's backups are kept: pure.

The last seven days, the last one of each of four weeks, and the last one of each of twelve months: what was
damaged and only noticed much later can still be found. Ours to choose; there is no published figure.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from datetime import date

DAYS, WEEKS, MONTHS = 7, 4, 12


def kept(days: Collection[date]) -> set[date]:
    """Of the days there is a backup of, those to keep."""
    newest_first = sorted(set(days), reverse=True)
    return {
        *newest_first[:DAYS],
        *_last_of_each({day: day.isocalendar()[:2] for day in newest_first}, WEEKS),
        *_last_of_each({day: (day.year, day.month) for day in newest_first}, MONTHS),
    }


def _last_of_each(spans: dict[date, Hashable], most: int) -> list[date]:
    """The newest day of each span, of the newest `most` spans; `spans` has the newest day first."""
    last: dict[Hashable, date] = {}
    for day, span in spans.items():
        last.setdefault(span, day)
    return list(last.values())[:most]
