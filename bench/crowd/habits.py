"""What each kind of person does, one step after the other, for as long as they are asked to."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Awaitable, Callable, Sequence

from bench.crowd.practice import Person
from bench.crowd.tabs import Tab
from clinic.people.viewer import Role

# A step is told when the person pressed, so that what a late answer delays counts as waited for.
Step = Callable[[float], Awaitable[None]]
_MOODS = ("Low", "OK", "Good", "Very good")


def visits(person: Person, tab: Tab, chance: random.Random) -> list[list[Step]]:
    """The person's errands, each a list of steps that belong together."""
    return {Role.CLIENT: _client, Role.THERAPIST: _therapist, Role.ADMINISTRATOR: _administrator}[
        person.role
    ](person, tab, chance)


async def live(person: Person, tab: Tab, chance: random.Random, think: float, until: float) -> int:
    """Errand after errand, from a random one on, with `think` seconds before each step; how many steps."""
    errands = visits(person, tab, chance)
    begin, steps = chance.randrange(len(errands)), 0
    # The first pause is a random part of one, so that a hundred do not press in the same moment.
    at = time.monotonic() + chance.uniform(0, think)
    for errand in itertools.islice(itertools.cycle(errands), begin, None):
        for step in errand:
            if at >= until:
                await tab.wait(until)
                return steps
            await tab.wait(at)
            await step(at if think else time.monotonic())
            steps += 1
            # Not everybody thinks for as long; on average it is `think`.
            at = max(at, time.monotonic()) + think * chance.uniform(0.5, 1.5)
    raise AssertionError("errands do not end")


def _go(tab: Tab, page: str, query: str = "", words: str = "") -> Step:
    return lambda since: tab.open(page, query, since=since, words=words)


def _client(person: Person, tab: Tab, chance: random.Random) -> list[list[Step]]:
    thread = f"thread={person.place}"
    return [
        [_go(tab, "client_home", words="Signed in as")],
        [
            _go(tab, "check_in", words="How did you feel?"),
            lambda since: tab.use("How did you feel?", chance.choice(_MOODS), since=since),
            lambda since: tab.use("Save", since=since, words="Saved for"),
        ],
        [
            _go(tab, "messages", words="Write a new message"),
            _go(tab, "messages", thread, words="Your answer"),
            lambda since: tab.use("Your answer", f"I slept better. {chance.random()}", since=since),
            lambda since: tab.use("Send", since=since, words="Sent."),
        ],
        [_go(tab, "sessions", words="Signed in as")],
        [_go(tab, "progress", words="Signed in as")],
    ]


def _therapist(person: Person, tab: Tab, chance: random.Random) -> list[list[Step]]:
    client = f"client={person.place}"
    return [
        [_go(tab, "today", words="Up to date at")],
        [_go(tab, "clients", words="Signed in as"), _go(tab, "client_record", client, words="Signed in as")],
        [_go(tab, "today", words="Up to date at")],
        [_go(tab, "calendar", words="Signed in as")],
        [_go(tab, "messages", words="Signed in as")],
    ]


def _administrator(person: Person, tab: Tab, chance: random.Random) -> list[list[Step]]:
    pages: Sequence[str] = ("clinic", "audit", "booked", "safety")
    return [[_go(tab, page, words="Signed in as")] for page in pages]
