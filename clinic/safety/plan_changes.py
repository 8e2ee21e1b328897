"""What changed in a safety plan, sitting by sitting. Pure.

The plan is kept as it is typed, so one evening of writing is many versions. Read one by one they would say
nothing: what one person changed with no longer pause than half an hour is told as one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

PAUSE = timedelta(minutes=30)


@dataclass(frozen=True)
class Version:
    """The plan as it was kept once: step name to text."""

    number: int
    steps: Mapping[str, str]
    edited_at: datetime
    edited_by: str


@dataclass(frozen=True)
class StepChange:
    """A step as it was before and after; "" where nothing was written."""

    step: str
    before: str
    after: str


@dataclass(frozen=True)
class Sitting:
    """What one person changed in one go, step by step. `number` is the version it ended with."""

    number: int
    began_at: datetime
    ended_at: datetime
    edited_by: str
    changed: tuple[StepChange, ...]


def sittings(versions: Sequence[Version], names: Sequence[str]) -> tuple[Sitting, ...]:
    """The newest first. `versions` are all there are, the oldest first; `names` are the steps in their order.

    What was typed and taken back in one sitting is no change; a sitting of nothing else is left out.
    """
    found: list[Sitting] = []
    before: Mapping[str, str] = {}
    begun = 0
    for place, version in enumerate(versions):
        following = versions[place + 1] if place + 1 < len(versions) else None
        if following is not None and _goes_on(version, following):
            continue
        changed = tuple(
            StepChange(name, before.get(name, ""), version.steps.get(name, ""))
            for name in names
            if before.get(name, "") != version.steps.get(name, "")
        )
        if changed:
            began_at = versions[begun].edited_at
            found.append(Sitting(version.number, began_at, version.edited_at, version.edited_by, changed))
        before, begun = version.steps, place + 1
    return tuple(reversed(found))


def _goes_on(version: Version, following: Version) -> bool:
    same = version.edited_by == following.edited_by
    return same and following.edited_at - version.edited_at <= PAUSE
