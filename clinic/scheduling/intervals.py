"""Stretches of time and what can be done with lists of them. Pure.

A list is *tidy* when it is in order of time and its spans neither overlap nor touch. Every function takes
any list and gives a tidy one, unless it says otherwise. An end is not part of its span, so spans that
touch do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    """From `starts_at` up to `ends_at`, UTC. A tuple, because there are thousands at a time."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: Span) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def widened(self, before: timedelta, after: timedelta) -> Span:
        return Span(self.starts_at - before, self.ends_at + after)


def tidied(spans: Iterable[Span]) -> list[Span]:
    """The same instants, tidy. A span that ends before it begins, or when it begins, holds none."""
    tidy: list[Span] = []
    for span in sorted(span for span in spans if span.starts_at < span.ends_at):
        if tidy and span.starts_at <= tidy[-1].ends_at:
            tidy[-1] = Span(tidy[-1].starts_at, max(tidy[-1].ends_at, span.ends_at))
        else:
            tidy.append(span)
    return tidy


def without(spans: Iterable[Span], removed: Iterable[Span]) -> list[Span]:
    """The instants of `spans` that are in none of `removed`."""
    left: list[Span] = []
    cuts = tidied(removed)
    first = 0
    for span in tidied(spans):
        while first < len(cuts) and cuts[first].ends_at <= span.starts_at:
            first += 1
        begins = span.starts_at
        for cut in cuts[first:]:
            if cut.starts_at >= span.ends_at:
                break
            if begins < cut.starts_at:
                left.append(Span(begins, cut.starts_at))
            begins = max(begins, cut.ends_at)
        if begins < span.ends_at:
            left.append(Span(begins, span.ends_at))
    return left


def within(spans: Iterable[Span], bounds: Span) -> list[Span]:
    """The instants of `spans` that lie in `bounds`."""
    return tidied(
        Span(max(span.starts_at, bounds.starts_at), min(span.ends_at, bounds.ends_at)) for span in spans
    )


def clear_of(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Those of `spans`, whole and in order of time, that hold no instant of `taken`; not made tidy."""
    clear: list[Span] = []
    cuts = tidied(taken)
    first = 0
    for span in sorted(spans):
        while first < len(cuts) and cuts[first].ends_at <= span.starts_at:
            first += 1
        if first == len(cuts) or span.ends_at <= cuts[first].starts_at:
            clear.append(span)
    return clear
