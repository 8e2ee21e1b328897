"""Who fits what somebody needs, and why, in words. Pure: nothing of what was asked is kept.

A therapist may see a client only where they are licensed: that is a condition. Everything else is a wish,
and the choice stays with the client: nobody is left out for a wish, and each says what fits and what not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

ANY_DAY = frozenset(range(7))
# Name to the minutes of the asker's own local day in which a session begins.
PARTS_OF_DAY = {"morning": (0, 12 * 60), "afternoon": (12 * 60, 17 * 60), "evening": (17 * 60, 24 * 60)}


@dataclass(frozen=True)
class Candidate:
    """A therapist as far as the choice goes. `free` are starts of sessions they offer, in order, UTC."""

    therapist_id: str
    name: str
    helps_with: tuple[str, ...]
    languages: tuple[str, ...]
    licensed_in: tuple[str, ...]
    free: tuple[datetime, ...]


@dataclass(frozen=True)
class Wish:
    """What somebody needs. None or empty: not sure, or no matter. `parts`: names from PARTS_OF_DAY."""

    need: str | None = None
    language: str | None = None
    place: str | None = None
    weekdays: frozenset[int] = frozenset()
    parts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Match:
    """Why a therapist fits and where not, each a few words; the first free time at the wished hours,
    or else the first at all."""

    therapist_id: str
    fits: tuple[str, ...]
    misses: tuple[str, ...]
    first_free_at: datetime | None
    at_wished_time: bool


@dataclass(frozen=True)
class Found:
    """`elsewhere`: they are not licensed where the client is, so they may not see them there."""

    matches: tuple[Match, ...]
    elsewhere: tuple[Match, ...]


def find(candidates: Iterable[Candidate], wish: Wish, zone: str) -> Found:
    """Everybody, by how many wishes they fit, then by their first free time, then by name.

    Args:
        zone: the asker's: weekdays and times of day are theirs.
    """
    judged = [(_match(one, wish, zone), one) for one in candidates]
    judged.sort(key=lambda pair: (-len(pair[0].fits), *_sooner(pair[0]), pair[1].name, pair[1].therapist_id))
    here: list[Match] = []
    elsewhere: list[Match] = []
    for match, one in judged:
        (here if wish.place is None or _says(one.licensed_in, wish.place) else elsewhere).append(match)
    return Found(tuple(here), tuple(elsewhere))


def choices(lists: Iterable[Sequence[str]]) -> list[str]:
    """What the listed therapists say, each once however it is written, in order."""
    once: dict[str, str] = {}
    for each in lists:
        for text in each:
            once.setdefault(text.casefold(), text)
    return [once[key] for key in sorted(once)]


def first_free(free: Sequence[datetime], wish: Wish, zone: str) -> datetime | None:
    """The first start at the wished days and times of day."""
    tz = ZoneInfo(zone)
    days = wish.weekdays or ANY_DAY
    hours = [PARTS_OF_DAY[part] for part in wish.parts] or [(0, 24 * 60)]
    for starts_at in free:
        local = starts_at.astimezone(tz)
        minute = local.hour * 60 + local.minute
        if local.weekday() in days and any(begins <= minute < ends for begins, ends in hours):
            return starts_at
    return None


def _match(one: Candidate, wish: Wish, zone: str) -> Match:
    fits: list[str] = []
    misses: list[str] = []
    need = _lower_first(wish.need) if wish.need is not None else None
    for wanted, said, yes, no in (
        (need, one.helps_with, "Helps with", "Does not name"),
        (wish.language, one.languages, "Speaks", "Does not speak"),
        (wish.place, one.licensed_in, "Licensed in", "Not licensed in"),
    ):
        if wanted is not None and _says(said, wanted):
            fits.append(f"{yes} {wanted}")
        elif wanted is not None:
            misses.append(f"{no} {wanted}")
    at = first_free(one.free, wish, zone)
    if at is None and one.free and (wish.weekdays or wish.parts):
        misses.append("No free time at the times you chose")
    elif at is not None and (wish.weekdays or wish.parts):
        fits.append("Free at the times you chose")
    return Match(
        one.therapist_id,
        tuple(fits),
        tuple(misses),
        at if at is not None else next(iter(one.free), None),
        at is not None,
    )


def _sooner(match: Match) -> tuple[bool, float]:
    """Nobody without a free time comes before somebody with one."""
    at = match.first_free_at
    return (at is None, at.timestamp() if at is not None else 0.0)


def _says(said: Sequence[str], wanted: str) -> bool:
    return wanted.casefold() in (text.casefold() for text in said)


def _lower_first(text: str) -> str:
    """ "Low mood" inside a sentence; "ADHD" stays as it is."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
