"""Whether a session is ready: exactly when nothing is in its way, and said in one order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.records.readiness import CHECK_HOLDS, Facts, Reason, Way, readiness
from tests.factories import NOW

READY = Facts(
    starts_at=NOW,
    by_video=True,
    alert=False,
    consent=True,
    intake=True,
    due=0,
    check_at=NOW - timedelta(days=1),
    check_works=True,
    at_the_door=True,
    located=True,
)
# One fact that is not as it should be, and what is said of it.
WRONG: dict[Reason, dict[str, object]] = {
    Reason.RISK: {"alert": True},
    Reason.CONSENT: {"consent": False},
    Reason.INTAKE: {"intake": False},
    Reason.MEASURES: {"due": 2},
    Reason.CHECK_MISSING: {"check_at": None},
    Reason.CHECK_PROBLEM: {"check_works": False},
    Reason.CHECK_OLD: {"check_at": NOW - CHECK_HOLDS - timedelta(seconds=1)},
    Reason.LOCATION: {"located": False},
}
FACTS = st.builds(
    Facts,
    starts_at=st.just(NOW),
    by_video=st.booleans(),
    alert=st.booleans(),
    consent=st.booleans(),
    intake=st.booleans(),
    due=st.integers(0, 3),
    check_at=st.none() | st.integers(0, 60).map(lambda days: NOW - timedelta(days=days)),
    check_works=st.booleans(),
    at_the_door=st.booleans(),
    located=st.booleans(),
)


def test_a_session_with_nothing_in_its_way_is_ready() -> None:
    assert readiness(READY).ready
    assert readiness(READY).words == ()


@pytest.mark.parametrize("reason", Reason)
def test_each_thing_by_itself_is_in_the_way_and_has_words(reason: Reason) -> None:
    found = readiness(replace(READY, **WRONG[reason]))  # type: ignore[arg-type]
    assert found.reasons == (reason,)
    assert not found.ready
    assert all(found.words)


@settings(max_examples=60, deadline=None)
@given(FACTS)
def test_ready_is_that_there_is_no_reason_and_the_order_is_one(facts: Facts) -> None:
    found = readiness(facts)
    order = list(Reason)
    assert list(found.reasons) == sorted(set(found.reasons), key=order.index)
    checked = facts.check_at is not None and facts.check_works and NOW - facts.check_at <= CHECK_HOLDS
    fine = not facts.alert and facts.consent and facts.intake and facts.due == 0
    call = not facts.by_video or (checked and (facts.located or not facts.at_the_door))
    assert found.ready is (fine and call)
    assert len(found.words) == len(found.reasons)
    if facts.alert:
        assert found.reasons[0] is Reason.RISK, "risk first, whatever else there is"


def test_a_session_by_phone_or_in_person_needs_no_device_check_and_no_place() -> None:
    bare = replace(READY, by_video=False, check_at=None, located=False)
    assert readiness(bare).ready


def test_where_somebody_is_is_asked_once_the_room_is_open() -> None:
    assert readiness(replace(READY, at_the_door=False, located=False)).ready


def test_each_reason_says_what_one_can_do() -> None:
    assert Reason.RISK.way is Way.ALERT
    assert Reason.LOCATION.way is Way.DOOR
    reminded = [one for one in Reason if one.way is Way.REMIND]
    assert reminded == list(Reason)[1:-1]


def test_sets_of_questions_are_counted_in_words() -> None:
    assert readiness(replace(READY, due=1)).words == ("1 set of questions",)
    assert readiness(replace(READY, due=2)).words == ("2 sets of questions",)
