"""The sleep diary and a client's goals: their own, each with its history."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

import db
from clinic.errors import GoalEnded, InvalidInput, NotFound, TooManyGoals
from clinic.people.viewer import Viewer
from clinic.records.drafts import Form, keep_draft
from clinic.records.goals import add_goal, end_goal, goals_page, rate_goal, read_goals
from clinic.records.nights import Night
from clinic.records.sleep import keep_night, read_nights, sleep_day
from db.tables import GoalRating, SleepEntry
from tests.databases import Database
from tests.factories import NOW, make_client, make_clinic, make_therapist

TODAY = NOW.date()
NIGHT = Night(1380, 20, 10, 420, 450, 4)


@pytest.fixture
def sam(database: Database) -> Viewer:
    make_clinic()
    return make_client("Sam Rivera", therapist=make_therapist("Dana"))


def _count(table: type) -> int:
    with db.reading() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def test_a_night_is_kept_replaced_and_kept_on_record(sam: Viewer) -> None:
    keep_draft(sam, Form.SLEEP, {"tried": 1380}, NOW)
    assert sleep_day(sam, NOW).draft == Night(tried=1380)
    keep_night(sam, NIGHT, NOW)
    day = sleep_day(sam, NOW)
    assert (day.kept, day.draft, day.changed) == (NIGHT, None, False)
    keep_night(sam, NIGHT, NOW)
    keep_night(sam, Night(quality=2), NOW)
    day = sleep_day(sam, NOW)
    assert (day.kept, day.changed) == (Night(quality=2), True)
    assert _count(SleepEntry) == 2
    keep_night(sam, Night(tried=0), NOW, TODAY - timedelta(days=7))
    with db.reading() as session:
        nights = read_nights(session, sam.account_id, None)
    assert [(n.day_on, n.late) for n in nights] == [(TODAY - timedelta(days=7), True), (TODAY, False)]
    assert sleep_day(make_client("Noor"), NOW).kept is None


def test_a_night_that_cannot_be_kept_changes_nothing(sam: Viewer) -> None:
    for night, field in (
        (Night(), "form"),
        (Night(tried=1440), "tried"),
        (Night(latency=721), "latency"),
        (Night(quality=6), "quality"),
        (Night(1380, 400, 400, 420), "awake"),
    ):
        with pytest.raises(InvalidInput) as refused:
            keep_night(sam, night, NOW)
        assert set(refused.value.fields) == {field}
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=8)):
        with pytest.raises(InvalidInput):
            keep_night(sam, NIGHT, NOW, day)
    assert _count(SleepEntry) == 0


def test_three_goals_are_enough_and_one_that_ends_makes_room(sam: Viewer) -> None:
    ids = [add_goal(sam, f"Goal {n}", NOW + timedelta(minutes=n)) for n in range(3)]
    assert add_goal(sam, " Goal 0 ", NOW) == ids[0]  # pressed twice
    with pytest.raises(TooManyGoals):
        add_goal(sam, "One more", NOW)
    end_goal(sam, ids[1], NOW + timedelta(days=1))
    end_goal(sam, ids[1], NOW + timedelta(days=2))
    add_goal(sam, "One more", NOW + timedelta(days=3))
    page = goals_page(sam, NOW + timedelta(days=4))
    assert [goal.words for goal in page.open] == ["Goal 0", "Goal 2", "One more"]
    assert [(goal.words, goal.ended_at) for goal in page.ended] == [("Goal 1", NOW + timedelta(days=1))]
    assert not page.may_add
    with pytest.raises(GoalEnded):
        rate_goal(sam, ids[1], 5, NOW)
    for words in ("", "  \n", "x" * 201):
        with pytest.raises(InvalidInput):
            add_goal(sam, words, NOW)


def test_many_clicks_at_once_never_make_a_fourth_goal(sam: Viewer) -> None:
    def add(words: str) -> None:
        with suppress(TooManyGoals):
            add_goal(sam, words, NOW)

    threads = [threading.Thread(target=add, args=(f"Goal {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(goals_page(sam, NOW).open) == 3


def test_a_goal_is_rated_once_a_day_and_the_earlier_number_stays_on_record(sam: Viewer) -> None:
    goal = add_goal(sam, "Walk each day", NOW)
    for rating in (3, 3, 4):
        rate_goal(sam, goal, rating, NOW)
    rate_goal(sam, goal, 0, NOW, TODAY - timedelta(days=2))
    assert [(r.day_on, r.rating) for r in goals_page(sam, NOW).open[0].ratings] == [
        (TODAY - timedelta(days=2), 0),
        (TODAY, 4),
    ]
    assert _count(GoalRating) == 3
    for hostile in (-1, 11, 5.5, "5", None, True):
        with pytest.raises(InvalidInput):
            rate_goal(sam, goal, hostile, NOW)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        rate_goal(sam, goal, 5, NOW, TODAY + timedelta(days=1))
    with db.reading() as session:
        [shown] = read_goals(session, sam.account_id, TODAY)
        assert [r.rating for r in shown.ratings] == [4]
        assert read_goals(session, make_client("Noor").account_id, date(2020, 1, 1)) == []


def test_a_goal_is_ones_own_and_sealed(sam: Viewer) -> None:
    goal = add_goal(sam, "canary", NOW)
    with db.engine().connect() as connection:
        assert b"canary" not in bytes(connection.execute(text("SELECT words_sealed FROM goal")).scalar_one())
    for act in (lambda v: rate_goal(v, goal, 5, NOW), lambda v: end_goal(v, goal, NOW)):
        with pytest.raises(NotFound):
            act(make_client("Noor"))
        act(sam)
