"""Whether a session can begin as it is meant to, and what is in its way. Pure.

What is in the way is said in one order, whatever order it was found in: risk first, because it changes what
the session is about; then what the clinic needs to have beforehand; then what the call needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# A browser's update or another device may have changed what worked: after a month it is tried again. How long
# a check holds is this clinic software's own choice; no source gives a number.
CHECK_HOLDS = timedelta(days=30)
# A client is asked to try them this long before a video session, not weeks ahead: as far as the therapist's
# own week ahead looks, its last day whole.
CHECK_ASKED = timedelta(days=8)


class Way(StrEnum):
    """What the therapist can do about a reason: open the alert, remind the client, or wait for the client,
    who is asked at the room's door."""

    ALERT = "alert"
    REMIND = "remind"
    DOOR = "door"


class Reason(StrEnum):
    """What is in the way of a session, in the order in which it is said."""

    RISK = "risk"
    CONSENT = "consent"
    INTAKE = "intake"
    MEASURES = "measures"
    CHECK_MISSING = "check_missing"
    CHECK_PROBLEM = "check_problem"
    CHECK_OLD = "check_old"
    LOCATION = "location"

    @property
    def way(self) -> Way:
        return {Reason.RISK: Way.ALERT, Reason.LOCATION: Way.DOOR}.get(self, Way.REMIND)


@dataclass(frozen=True)
class Facts:
    """All that decides it. `due`: how many sets of questions are to be answered now. `check_at` and
    `check_works` are of the client's last device check, None where there was none. `at_the_door`: the room is
    open, so that where they are is asked; `located`: they said it, or the therapist went on without."""

    starts_at: datetime
    by_video: bool
    alert: bool
    consent: bool
    intake: bool
    due: int
    check_at: datetime | None
    check_works: bool
    at_the_door: bool
    located: bool


@dataclass(frozen=True)
class Readiness:
    """Ready, or the reasons why not; `due` as in `Facts`."""

    reasons: tuple[Reason, ...]
    due: int = 0

    @property
    def ready(self) -> bool:
        return not self.reasons

    @property
    def words(self) -> tuple[str, ...]:
        """The reasons for staff: "consent", "2 sets of questions", "camera and sound not tried yet"."""
        sets = f"{self.due} {'set' if self.due == 1 else 'sets'} of questions"
        return tuple(sets if one is Reason.MEASURES else _WORDS[one] for one in self.reasons)

    def calls_for(self, way: Way) -> bool:
        """Whether this is one of the things that can be done now."""
        return any(one.way is way for one in self.reasons)


_WORDS = {
    Reason.RISK: "an alert is open",
    Reason.CONSENT: "consent",
    Reason.INTAKE: "intake",
    Reason.CHECK_MISSING: "camera and sound not tried yet",
    Reason.CHECK_PROBLEM: "camera or sound did not work when tried",
    Reason.CHECK_OLD: f"camera and sound not tried for {CHECK_HOLDS.days} days",
    Reason.LOCATION: "where they are now",
}


def readiness(facts: Facts) -> Readiness:
    """What is in the way of this session: nothing, or the reasons in their order."""
    found = {
        Reason.RISK: facts.alert,
        Reason.CONSENT: not facts.consent,
        Reason.INTAKE: not facts.intake,
        Reason.MEASURES: facts.due > 0,
    }
    if facts.by_video:
        if (check := check_reason(facts.check_at, facts.check_works, facts.starts_at)) is not None:
            found[check] = True
        found[Reason.LOCATION] = facts.at_the_door and not facts.located
    return Readiness(tuple(reason for reason in Reason if found.get(reason)), facts.due)


def check_reason(check_at: datetime | None, works: bool, starts_at: datetime) -> Reason | None:
    """What is wrong with a device check for a video session that starts then; None: it will do."""
    if check_at is None:
        return Reason.CHECK_MISSING
    if not works:
        return Reason.CHECK_PROBLEM
    return Reason.CHECK_OLD if starts_at - check_at > CHECK_HOLDS else None
