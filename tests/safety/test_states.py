"""The rules of a case: what moves it, what never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.errors import InvalidInput
from clinic.safety import states
from clinic.safety.states import ACTIONS, Case, Kind, Stage

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WAIT = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)


def _raised(value: int = 1) -> Case:
    return states.opened(value, NOW, WAIT).case


def _acknowledged(value: int = 1) -> Case:
    step = states.acknowledged(_raised(value), NOW + MINUTE)
    assert step is not None
    return step.case


def _acted(value: int = 1) -> Case:
    return states.acted(_acknowledged(value), Kind.CALLED, NOW + 2 * MINUTE).case


def _resolved() -> Case:
    step = states.resolved(_acted(), NOW + 3 * MINUTE)
    assert step is not None
    return step.case


def test_a_case_goes_from_raised_to_resolved_one_step_at_a_time() -> None:
    stages = [case.stage for case in (_raised(), _acknowledged(), _acted(), _resolved())]
    assert stages == [Stage.RAISED, Stage.ACKNOWLEDGED, Stage.ACTED_ON, Stage.RESOLVED]
    assert (_raised().escalate_at, _acknowledged().escalate_at) == (NOW + WAIT, None)


@pytest.mark.parametrize("case", [_raised(), _acknowledged(), _acted()], ids=lambda case: case.stage.value)
def test_a_higher_answer_takes_an_open_case_back_to_raised(case: Case) -> None:
    step = states.answered(case, 2, NOW + 5 * MINUTE, WAIT)
    assert (step.kind, step.tell, step.case.stage) == (Kind.RISEN, True, Stage.RAISED)
    assert (step.case.highest, step.case.escalate_at) == (2, NOW + 5 * MINUTE + WAIT)


@pytest.mark.parametrize("value", [1, 2])
def test_an_answer_that_is_no_higher_is_new_to_see_and_nothing_else(value: int) -> None:
    case = _acted(2)
    step = states.answered(case, value, NOW + 5 * MINUTE, WAIT)
    assert (step.kind, step.tell) == (Kind.REPEATED, False)
    assert step.case == replace(case, answered_at=NOW + 5 * MINUTE, escalate_at=NOW + 5 * MINUTE + WAIT)
    assert step.case.unseen
    assert not case.unseen
    seen = states.acknowledged(step.case, NOW + 6 * MINUTE)
    assert seen is not None
    assert not seen.case.unseen


def test_the_clock_is_not_restarted_by_an_answer_that_is_no_higher() -> None:
    assert states.answered(_raised(), 1, NOW + 20 * MINUTE, WAIT).case.escalate_at == NOW + WAIT


@pytest.mark.parametrize("case", [_acknowledged(), _acted()], ids=lambda case: case.stage.value)
def test_an_answer_that_nobody_reads_escalates_in_an_acknowledged_case_too(case: Case) -> None:
    """Whoever has answered with the highest option can rise no more: their next answer still needs eyes."""
    at = NOW + timedelta(days=7)
    unread = states.answered(case, 1, at, WAIT).case
    unread = states.answered(unread, 1, at + WAIT / 2, WAIT).case
    assert states.escalated(unread, at + WAIT - MINUTE, WAIT) is None
    step = states.escalated(unread, at + WAIT, WAIT)
    assert step is not None
    assert (step.tell, step.case.unseen, step.case.escalate_at) == (True, True, at + 2 * WAIT)
    read = states.acknowledged(step.case, at + 2 * WAIT)
    assert read is not None
    assert states.escalated(read.case, at + 9 * WAIT, WAIT) is None


@pytest.mark.parametrize("value", [1, 2])
def test_an_answer_is_unread_whatever_two_clocks_say(value: int) -> None:
    """The computer that took the acknowledgement may be ahead of the one that takes the next answer."""
    for at in (NOW - MINUTE, NOW + MINUTE, NOW + MINUTE / 2):
        for case in (_acknowledged(), _acted()):
            answered = states.answered(case, value, at, WAIT).case
            assert answered.unseen
            assert answered.answered_at > case.answered_at


def test_help_asked_for_again_after_somebody_has_read_it_is_said_again() -> None:
    step = states.asked_for_help(_raised(), NOW + MINUTE, WAIT)
    assert step is not None
    read = states.acknowledged(step.case, NOW + MINUTE + states.SAME_PRESS / 3)
    assert read is not None
    again = states.asked_for_help(read.case, NOW + MINUTE + states.SAME_PRESS / 2, WAIT)
    assert again is not None
    assert again.case.stage is Stage.RAISED


@pytest.mark.parametrize("case", [_raised(), _acknowledged(), _acted()], ids=lambda case: case.stage.value)
def test_asking_for_help_takes_an_open_case_back_to_raised(case: Case) -> None:
    step = states.asked_for_help(case, NOW + 5 * MINUTE, WAIT)
    assert step is not None
    assert step.tell
    assert step.case.stage is Stage.RAISED
    again = states.asked_for_help(step.case, NOW + 5 * MINUTE + states.SAME_PRESS / 2, WAIT)
    assert again is None, "the same press"
    assert states.asked_for_help(step.case, NOW + 6 * MINUTE, WAIT) is not None, "another"


def test_a_case_escalates_when_its_time_has_passed_and_again_and_again() -> None:
    case = _raised()
    assert states.escalated(case, NOW + WAIT - MINUTE, WAIT) is None
    for n in range(1, 4):
        step = states.escalated(case, NOW + n * WAIT, WAIT)
        assert step is not None
        assert step.tell
        case = step.case
        assert (case.escalations, case.escalate_at) == (n, NOW + (n + 1) * WAIT)
    assert states.escalated(replace(case, escalate_at=None), NOW, WAIT) is not None, "of an older version"


@pytest.mark.parametrize("case", [_acknowledged(), _acted(), _resolved()], ids=lambda case: case.stage.value)
def test_what_somebody_answers_for_does_not_escalate(case: Case) -> None:
    assert states.escalated(case, NOW + timedelta(days=9), WAIT) is None


def test_acknowledging_twice_is_once() -> None:
    assert states.acknowledged(_acknowledged(), NOW + 9 * MINUTE) is None
    assert states.acknowledged(_resolved(), NOW + 9 * MINUTE) is None


def test_acknowledging_by_a_slow_clock_covers_the_answer_it_read() -> None:
    step = states.acknowledged(_raised(), NOW - MINUTE)
    assert step is not None
    assert not step.case.unseen


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in ACTIONS])
def test_only_an_action_is_acting(kind: Kind) -> None:
    with pytest.raises(InvalidInput):
        states.acted(_acknowledged(), kind, NOW)


@pytest.mark.parametrize("case", [_raised(), _resolved()], ids=lambda case: case.stage.value)
def test_nobody_acts_on_what_is_unread_or_closed(case: Case) -> None:
    with pytest.raises(InvalidInput):
        states.acted(case, Kind.CALLED, NOW)
    assert states.acted(_acknowledged(), Kind.CALLED, NOW).case.stage is Stage.ACTED_ON


@pytest.mark.parametrize(
    "case",
    [_raised(), _acknowledged(), states.answered(_acted(), 1, NOW + 9 * MINUTE, WAIT).case],
    ids=["raised", "not acted on", "answered since"],
)
def test_nobody_closes_what_is_unread_or_not_acted_on(case: Case) -> None:
    with pytest.raises(InvalidInput):
        states.resolved(case, NOW + 10 * MINUTE)
    assert states.resolved(_acted(), NOW + 10 * MINUTE) is not None
    assert states.resolved(_resolved(), NOW + 10 * MINUTE) is None, "closing twice is once"


@given(st.lists(st.tuples(st.sampled_from(["answer", "help", "time", "see", "act"]), st.integers(1, 3))))
def test_whatever_happens_the_highest_never_falls_and_only_a_person_closes(
    happened: list[tuple[str, int]],
) -> None:
    case, at = _raised(), NOW
    for what, value in happened:
        at += value * 10 * MINUTE
        step = None
        if what == "answer":
            step = states.answered(case, value, at, WAIT)
        elif what == "help":
            step = states.asked_for_help(case, at, WAIT)
        elif what == "time":
            step = states.escalated(case, at, WAIT)
        elif what == "see":
            step = states.acknowledged(case, at)
        elif case.acknowledged_at is not None:
            step = states.acted(case, Kind.CALLED, at)
        after = step.case if step is not None else case
        assert after.highest >= case.highest
        assert after.escalations >= case.escalations
        assert after.stage is not Stage.RESOLVED
        assert after.unseen == (after.escalate_at is not None), "what nobody has read has a time to escalate"
        case = after
