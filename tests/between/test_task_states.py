"""What may be done with a task, by when it is due, and which words it can hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.between.task_states import (
    LONGEST_AHEAD,
    LONGEST_REASON,
    LONGEST_TITLE,
    LONGEST_WORDS,
    OF_CLIENT,
    Act,
    Due,
    Kind,
    Refusal,
    Standing,
    State,
    TaskDraft,
    due,
    is_already,
    refusal,
    state_of,
    wrong_draft,
    wrong_reason,
)
from clinic.records.check_in import Item
from clinic.scheduling.wall_clock import reached
from tests.factories import NOW

TODAY = NOW.date()
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
EVERYTHING = tuple(Item)
WALK = TaskDraft("text", "Walk around the park", "Three times, if you can.", TODAY + DAY)


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (State.OPEN, {Act.REPLY, Act.HAND_IN, Act.FINISH, Act.TAKE_BACK, Act.WITHDRAW}),
        (State.DONE, {Act.FINISH, Act.TAKE_BACK, Act.LOOK_AT}),
        (State.WITHDRAWN, {Act.WITHDRAW}),
    ],
)
def test_what_may_be_done_and_what_stands_already_is_not_refused(state: State, allowed: set[Act]) -> None:
    standing = Standing(Kind.TEXT, state, cared_for=True)
    assert {act for act in Act if refusal(standing, act) is None} == allowed


@pytest.mark.parametrize(
    ("state", "act", "why"),
    [
        (State.OPEN, Act.LOOK_AT, Refusal.NOT_DONE),
        (State.DONE, Act.REPLY, Refusal.DONE),
        (State.DONE, Act.WITHDRAW, Refusal.DONE),
        (State.WITHDRAWN, Act.FINISH, Refusal.WITHDRAWN),
        (State.WITHDRAWN, Act.TAKE_BACK, Refusal.WITHDRAWN),
        (State.WITHDRAWN, Act.LOOK_AT, Refusal.WITHDRAWN),
    ],
)
def test_a_refusal_says_why(state: State, act: Act, why: Refusal) -> None:
    assert refusal(Standing(Kind.TEXT, state, cared_for=True), act) is why


def test_a_measures_task_is_done_by_answering_and_nothing_else() -> None:
    for state in (State.OPEN, State.DONE):
        standing = Standing(Kind.MEASURE, state, cared_for=True)
        for act in OF_CLIENT:
            assert refusal(standing, act) is Refusal.BY_ANSWERING
            assert refusal(replace(standing, kind=Kind.FOCUS), Act.FINISH) is None
    assert refusal(Standing(Kind.MEASURE, State.OPEN, True), Act.WITHDRAW) is None
    assert refusal(Standing(Kind.MEASURE, State.DONE, True), Act.LOOK_AT) is None


@given(kind=st.sampled_from(Kind), state=st.sampled_from(State), act=st.sampled_from(Act))
def test_once_care_has_ended_the_client_adds_nothing_and_staff_still_tidy_up(
    kind: Kind, state: State, act: Act
) -> None:
    ended = refusal(Standing(kind, state, cared_for=False), act)
    if act in OF_CLIENT:
        assert ended is Refusal.CARE_ENDED
    else:
        assert ended is refusal(Standing(kind, state, cared_for=True), act)


@given(done=st.booleans(), withdrawn=st.booleans())
def test_a_task_stands_in_one_state(done: bool, withdrawn: bool) -> None:
    state = state_of(NOW if done else None, NOW if withdrawn else None)
    assert state is (State.WITHDRAWN if withdrawn else State.DONE if done else State.OPEN)
    assert [act for act in (Act.FINISH, Act.TAKE_BACK, Act.WITHDRAW) if is_already(state, act)] == [
        {State.DONE: Act.FINISH, State.OPEN: Act.TAKE_BACK, State.WITHDRAWN: Act.WITHDRAW}[state]
    ]


# The day in whose night the clocks go forward, go back, and skip or repeat midnight itself.
@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Vienna", date(2026, 3, 28)),
        ("Europe/Vienna", date(2026, 3, 29)),
        ("Europe/Vienna", date(2026, 10, 25)),
        ("America/New_York", date(2026, 11, 1)),
        ("Asia/Beirut", date(2026, 3, 28)),
        ("America/Havana", date(2026, 10, 31)),
        ("Pacific/Apia", date(2011, 12, 29)),
        ("UTC", date(2026, 3, 2)),
    ],
)
def test_a_day_ends_when_its_date_does_where_the_client_is(zone: str, day: date) -> None:
    begins, ends = reached(day, 0, zone), reached(day + DAY, 0, zone)
    assert due(day, zone, begins - SECOND) is Due.LATER
    assert due(day, zone, begins) is Due.TODAY
    assert due(day, zone, ends - SECOND) is Due.TODAY
    assert due(day, zone, ends) is Due.OVERDUE
    assert due(None, zone, ends) is Due.WHENEVER


def test_the_same_moment_is_overdue_here_and_not_there() -> None:
    midnight = datetime(2026, 3, 3, 0, 30, tzinfo=UTC)
    assert due(date(2026, 3, 2), "Europe/Vienna", midnight) is Due.OVERDUE
    assert due(date(2026, 3, 2), "America/New_York", midnight) is Due.TODAY


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({}, None),
        ({"due_on": None}, None),
        ({"due_on": TODAY}, None),
        ({"due_on": TODAY + LONGEST_AHEAD}, None),
        ({"words": ""}, None),
        ({"title": "x" * LONGEST_TITLE, "words": "x" * LONGEST_WORDS}, None),
        ({"kind": None}, "kind"),
        ({"kind": "a poem"}, "kind"),
        ({"title": "  "}, "title"),
        ({"title": "two\nlines"}, "title"),
        ({"title": "x" * (LONGEST_TITLE + 1)}, "title"),
        ({"words": "x" * (LONGEST_WORDS + 1)}, "words"),
        ({"due_on": TODAY - DAY}, "due_on"),
        ({"due_on": TODAY + LONGEST_AHEAD + DAY}, "due_on"),
        ({"kind": "file"}, "worksheet"),
        ({"kind": "file", "worksheet": b"%PDF"}, None),
        ({"kind": "measure"}, "instrument"),
        ({"kind": "measure", "instrument": "gad-7"}, None),
        ({"kind": "focus"}, "focus"),
        ({"kind": "focus", "focus": "horoscope"}, "focus"),
        ({"kind": "focus", "focus": "sleep"}, None),
    ],
)
def test_a_task_needs_what_its_kind_needs(changed: dict[str, Any], field: str | None) -> None:
    assert set(wrong_draft(replace(WALK, **changed), EVERYTHING, TODAY)) == ({field} if field else set())


def test_a_focus_is_something_that_this_clients_check_in_asks() -> None:
    focus = replace(WALK, kind="focus", focus="sleep")
    assert wrong_draft(focus, (Item.MOOD, Item.SLEEP), TODAY) == {}
    assert "does not ask that" in wrong_draft(focus, (Item.MOOD,), TODAY)["focus"]


def test_a_task_is_not_withdrawn_without_a_reason() -> None:
    assert wrong_reason("We spoke of it on the phone") == {}
    assert wrong_reason("x" * LONGEST_REASON) == {}
    for reason in ("", "  ", "x" * (LONGEST_REASON + 1)):
        assert set(wrong_reason(reason)) == {"reason"}
