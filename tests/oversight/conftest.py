"""A clinic whose one client's care ended long ago, for what is kept and what is erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from clinic.people.viewer import Viewer
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist
from tests.oversight.whole_client import CANARY, fill

LONG_AGO = NOW - timedelta(days=11 * 365)
NAME, EMAIL = f"{CANARY} Rivera", "zebracanary@example.org"
WHY = "The time is over, and they asked for it"
People = tuple[Viewer, Viewer, Viewer]


@pytest.fixture
def people(once: Callable[[Callable[[], People]], People]) -> People:
    """Ada runs the clinic; Dana looked after Sam, whose care ended eleven years ago, with something in every
    table."""
    return once(_people)


def _people() -> People:
    make_clinic()
    ada, dana = make_administrator("Ada"), make_therapist("Dana")
    sam = make_client(NAME, email=EMAIL, therapist=dana)
    fill(sam, dana, LONG_AGO)
    return ada, dana, sam


@pytest.fixture
def ada(people: People) -> Viewer:
    return people[0]


@pytest.fixture
def dana(people: People) -> Viewer:
    return people[1]


@pytest.fixture
def sam(people: People) -> Viewer:
    return people[2]
