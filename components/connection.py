"""One's own connection as the page looks after it: begun, watched, begun anew, and given up for the phone.

All of it lives in this session's state, under keys of the room, and is gone with the page.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

from clinic.video.calls import Line
from clinic.video.quality import Quality
from components.room_parts import hang_up, kept

MOST_TRIES = 3  # then the phone is the better way, and trying again is the person's own choice
_POOR_SECONDS = 10.0
_BETTER_SECONDS = 20.0
_SETTLED_SECONDS = 30.0
# Each try waits longer than the one before, up to this much: what was only slow (a phone behind TURN, a busy
# server) is not begun anew for ever.
_MORE_SECONDS, _MOST_MORE_SECONDS = 5.0, 10.0


@dataclass
class Course:
    """How one's connection has gone so far. Moments are `time.monotonic()`.

    Attributes:
        tries: how often it was begun anew since it last held for half a minute.
        began: whether it ever carried media.
        poor_since, good_since, frozen_since: since when its quality is what it is, without a break.
        offered: sound alone was chosen because the connection was poor, so the picture is offered again.
    """

    tries: int = 0
    began: bool = False
    poor_since: float | None = None
    good_since: float | None = None
    frozen_since: float | None = None
    offered: bool = False

    @property
    def given_up(self) -> bool:
        return self.tries > MOST_TRIES

    def saw(self, quality: Quality, now: float) -> None:
        """One look at the quality."""
        good, poor, frozen = (quality.word == word for word in ("good", "poor", "frozen"))
        self.good_since = (self.good_since or now) if good else None
        self.poor_since = (self.poor_since or now) if poor else None
        self.frozen_since = (self.frozen_since or now) if frozen else None
        if self.good_since is not None and now - self.good_since >= _SETTLED_SECONDS:
            self.tries = 0

    def is_stuck(self, now: float) -> bool:
        """Frozen for so long that another connection is better than waiting: at once the first time."""
        more = min(_MORE_SECONDS * self.tries, _MOST_MORE_SECONDS)
        return self.frozen_since is not None and now - self.frozen_since >= more

    def is_poor(self, now: float) -> bool:
        """Long enough to offer sound alone."""
        return self.poor_since is not None and now - self.poor_since >= _POOR_SECONDS

    def is_better(self, now: float) -> bool:
        """Long enough to offer the picture again."""
        return self.offered and self.good_since is not None and now - self.good_since >= _BETTER_SECONDS


def course_of(room: str) -> Course:
    found: Course = st.session_state.setdefault(kept(room, "course"), Course())
    return found


def watch(room: str, line: Line) -> Quality:
    """Look at the connection. Where it stands still or has ended, the run ends; the next makes another."""
    course, quality, now = course_of(room), line.leg.quality(), time.monotonic()
    course.saw(quality, now)
    course.began = course.began or line.leg.began_at is not None
    if course.is_stuck(now) and not line.leg.closed:
        line.hang_up()
    if line.leg.replaced or (line.leg.closed and not course.given_up):
        st.rerun()
    return quality


def ended(room: str) -> bool:
    """One's connection has ended by itself: count it. Whether it is given up now."""
    course = course_of(room)
    if not course.given_up:
        course.tries += 1
    return course.given_up


def try_again(room: str) -> None:
    """The person wants it: as many tries as before."""
    st.session_state[kept(room, "course")] = Course()
    hang_up(room)


def sound_only(room: str, only: bool) -> None:
    """The picture of both off or on again, at once. Whoever joined without a camera joins anew with it, and
    whoever has not joined yet (it is refused, or slow) joins without."""
    line: Line | None = st.session_state.get(kept(room, "line"))
    course = course_of(room)
    course.offered = only and course.is_poor(time.monotonic())
    st.session_state[kept(room, "quiet")] = only
    never_joined = line is None or line.leg.began_at is None
    if (only and never_joined) or (not only and st.session_state.get(kept(room, "sound"))):
        st.session_state[kept(room, "sound")] = only
        hang_up(room)
    elif line is not None:
        line.leg.sound_only = only
