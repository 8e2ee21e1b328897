"""The portal is killed while people write: what it said it kept is there, and nothing is half there."""

from __future__ import annotations

import random

import pytest

from tests.databases import Database
from tests.faults.how_often import say, times
from tests.faults.practice import assert_all_there, make_practice, running_writers, soon
from tests.faults.whole import assert_whole

KILLS = times(5, 100)


@pytest.mark.timeout(1200)
def test_nothing_acknowledged_is_lost_and_nothing_is_half_written(database: Database) -> None:
    practice, chance = make_practice(), random.Random(8)
    with running_writers(database.environment()) as writers:
        for _ in range(KILLS):
            begun = len(writers.said)
            writers.begin(practice)
            writers.hear_each()
            writers.hear(chance.randint(0, 5))
            soon(chance, 0.03)  # one act takes some five to thirty milliseconds: anywhere in it
            writers.kill()
            assert_all_there(writers.said[begun:])
            assert_whole()
        assert_all_there(writers.said)
    assert {words[0] for words in writers.said} == {"message", "booked", "cancelled", "answered"}
    say(f"{database.kind}: {KILLS} kills of three writers, {len(writers.said)} acknowledged, none lost")
