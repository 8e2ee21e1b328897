"""How often one address may ask."""

from __future__ import annotations

from web.pace import Pace


def test_so_many_in_so_long_and_then_again() -> None:
    pace = Pace(most=2, seconds=10)
    assert [pace.allows("a", at) for at in (0, 1, 2, 9.9, 10, 10.5, 11)] == [
        *(True, True, False, False),
        *(True, False, True),
    ]


def test_one_key_costs_another_nothing() -> None:
    pace = Pace(most=1, seconds=10)
    assert pace.allows("a", 0)
    assert not pace.allows("a", 1)
    assert pace.allows("b", 1)


def test_it_remembers_so_many_and_no_more() -> None:
    pace = Pace(most=1, seconds=10, keys=3)
    for key in "abc":
        assert pace.allows(key, 0)
    assert not pace.allows("a", 1)  # and so a is the newest
    assert pace.allows("d", 1)
    assert not pace.allows("a", 2)
    assert pace.allows("b", 2), "forgotten, and so counted anew"
