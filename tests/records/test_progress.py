"""A client's progress: days up to a year, weeks beyond; what is shared; and the page to take along."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert

import db
from clinic.errors import NotFound
from clinic.measures import questionnaires
from clinic.measures.results import own_series
from clinic.people.viewer import Viewer
from clinic.records.check_in import Answers
from clinic.records.goals import add_goal, end_goal, rate_goal
from clinic.records.mood import check_in
from clinic.records.nights import Night
from clinic.records.periods import Period
from clinic.records.progress import Progress, own_progress
from clinic.records.progress_words import Value
from clinic.records.sharing import read_shared, share
from clinic.records.sleep import keep_night
from clinic.records.summary import own_summary
from db.tables import GoalRating, MoodEntry, QuestionnaireResponse, SleepEntry
from db.types import new_public_id
from tests.databases import Database
from tests.documents.reading import words_of
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_policy, make_therapist

TODAY = NOW.date()


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    make_policy()
    return make_therapist("Dana")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", therapist=dana)


def _years(viewer: Viewer, days: int, seed: int = 7) -> tuple[dict[date, int | None], dict[date, Night]]:
    """Days with a mood or without, and nights of all kinds, as rows."""
    rng = random.Random(seed)
    moods = {TODAY - timedelta(days=n): rng.choice([None, 1, 2, 3, 4, 5]) for n in range(days)}
    nights = {}
    for day in moods:
        night = Night(rng.randrange(1440), rng.randrange(90), rng.randrange(90), rng.randrange(1440))
        if rng.random() < 0.9:  # also nights that add up to nothing, which the screen would have refused
            nights[day] = night
    with db.unit_of_work() as session:
        session.execute(
            insert(MoodEntry),
            [
                {
                    "public_id": new_public_id(),
                    "client_id": viewer.account_id,
                    "day_on": day,
                    "mood": mood,
                    "energy": 3,
                    "entered_at": NOW,
                }
                for day, mood in moods.items()
            ],
        )
        session.execute(
            insert(SleepEntry),
            [
                {
                    "public_id": new_public_id(),
                    "client_id": viewer.account_id,
                    "day_on": day,
                    "tried_minute": night.tried,
                    "latency_minutes": night.latency,
                    "awake_minutes": night.awake,
                    "woke_minute": night.woke,
                    "entered_at": NOW,
                }
                for day, night in nights.items()
            ],
        )
    return moods, nights


def _weekly(values: dict[date, int | None]) -> list[Value]:
    """The slow way: weeks from Monday with four days or more."""
    weeks: dict[date, list[int]] = defaultdict(list)
    for day, value in values.items():
        if value is not None:
            weeks[day - timedelta(days=day.weekday())].append(value)
    return [Value(week, sum(v) / len(v)) for week, v in sorted(weeks.items()) if len(v) >= 4]


def _same(found: tuple[Value, ...], wanted: list[Value]) -> None:
    assert [one.day_on for one in found] == [one.day_on for one in wanted]
    assert [one.value for one in found] == pytest.approx([one.value for one in wanted])


def test_beyond_a_year_the_database_makes_a_week_one_value(sam: Viewer) -> None:
    moods, nights = _years(sam, 900)
    shown = own_progress(sam, Period.ALL, NOW)
    assert shown.weekly
    _same(shown.scales["mood"], _weekly(moods))
    _same(shown.asleep, _weekly({day: night.asleep for day, night in nights.items()}))
    assert shown.nights == ()
    year = own_progress(sam, Period.YEAR, NOW)
    assert not year.weekly
    assert [one.day_on for one in year.scales["mood"]] == [
        day for day in sorted(moods) if moods[day] is not None and day > TODAY - timedelta(days=366)
    ]


def _fetched(act: Callable[[], object]) -> int:
    """How many rows the database gave out for it: each of its queries is asked once more and counted."""
    ran: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        ran.append((statement, parameters))

    event.listen(db.engine(), "after_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(db.engine(), "after_cursor_execute", note)
    with db.engine().connect() as connection:
        return sum(
            len(connection.exec_driver_sql(statement, parameters).all())
            for statement, parameters in ran
            if statement.startswith("SELECT")
        )


def test_ten_years_of_days_bring_no_more_rows_than_are_shown(sam: Viewer) -> None:
    goal = add_goal(sam, "Walk", NOW - timedelta(days=3650))
    _years(sam, 3650)
    with db.unit_of_work() as session:
        session.execute(
            insert(GoalRating),
            [
                {"goal_id": 1, "day_on": TODAY - timedelta(days=n), "rating": n % 11, "entered_at": NOW}
                for n in range(3650)
            ],
        )
    shown = own_progress(sam, Period.ALL, NOW)
    assert [one.public_id for one in shown.goals] == [goal]
    weeks, other = 523, 20
    assert weeks * 2 < _fetched(lambda: own_progress(sam, Period.ALL, NOW)) < weeks * 3 + other
    assert 28 * 2 < _fetched(lambda: own_progress(sam, Period.WEEKS, NOW)) < 28 * 3 + other
    assert len(own_progress(sam, Period.WEEKS, NOW).goals[0].ratings) == 28


def test_progress_is_ones_own_days_with_what_was_left_out_left_out(sam: Viewer) -> None:
    assert own_progress(sam, Period.ALL, NOW) == Progress(
        None, TODAY, False, {"mood": (), "anxiety": (), "energy": ()}, 0, (), (), (), (), False
    )
    for back, answers in enumerate((Answers(mood=4), Answers(anxiety=2), Answers(mood=5, tags=("walk",)))):
        check_in(sam, answers, NOW, TODAY - timedelta(days=back))
    keep_night(sam, Night(1380, 20, 10, 420, 450), NOW)
    keep_night(sam, Night(quality=3), NOW, TODAY - timedelta(days=1))
    goal = add_goal(sam, "Walk", NOW)
    rate_goal(sam, goal, 6, NOW)
    end_goal(sam, goal, NOW)
    shown = own_progress(sam, Period.WEEKS, NOW)
    assert shown.scales["mood"] == (Value(TODAY - timedelta(days=2), 5), Value(TODAY, 4))
    assert shown.scales["anxiety"] == (Value(TODAY - timedelta(days=1), 2),)
    assert shown.late == 2
    assert shown.asleep == (Value(TODAY, 450),)
    assert len(shown.nights) == 2
    assert [(g.words, g.ended, g.ratings) for g in shown.goals] == [("Walk", True, (Value(TODAY, 6),))]
    assert own_progress(sam, Period.WEEKS, NOW + timedelta(days=60)).scales["mood"] == ()
    assert own_progress(make_client("Noor"), Period.ALL, NOW).goals == ()


def _answer(client: Viewer) -> None:
    response = questionnaires.open_response(client, "gad-7", NOW)
    for item in response.instrument.items:
        questionnaires.keep_answer(client, response.public_id, item.number, 2, NOW)
    questionnaires.finish(client, response.public_id, NOW)


def test_measures_are_shown_while_the_therapist_shares_them(dana: Viewer, sam: Viewer) -> None:
    _answer(sam)

    def shown() -> tuple[bool, list[str], bool]:
        pdf = words_of(own_summary(sam, "year", NOW)[2])
        return own_progress(sam, Period.ALL, NOW).shared, list(own_series(sam, NOW)), "GAD-7" in pdf

    assert shown() == (False, [], False)
    for _ in range(2):
        share(dana, sam.public_id, True, NOW)
    assert shown() == (True, ["phq-9", "gad-7"], True)
    for _ in range(2):
        share(dana, sam.public_id, False, NOW)
    assert shown() == (False, [], False)
    for stranger in (make_therapist("Per"), make_client("Noor"), sam, make_administrator()):
        with pytest.raises(NotFound):
            share(stranger, sam.public_id, True, NOW)
    with db.reading() as session:
        assert not read_shared(session, sam.account_id)


def test_scores_of_other_questions_stand_apart_on_the_page_to_take_along(dana: Viewer, sam: Viewer) -> None:
    share(dana, sam.public_id, True, NOW)
    _answer(sam)
    with db.unit_of_work() as session:
        before = QuestionnaireResponse(
            client_id=sam.account_id,
            instrument="gad-7",
            instrument_version="before",
            started_at=NOW - timedelta(days=30),
            completed_at=NOW - timedelta(days=30),
            total=3,
        )
        before.answers_json = "{}"
        session.add(before)
    said = words_of(own_summary(sam, "year", NOW)[2])
    assert "14 on 2 March 2026. The scale goes from 0 to 21." in said
    assert "The questions changed on 2 March 2026, so earlier scores are not compared." in said


def test_the_page_to_take_along_says_it_all_in_words(sam: Viewer) -> None:
    for back in range(6):
        check_in(
            sam, Answers(mood=4, energy=2, tags=("walk",), note="a secret"), NOW, TODAY - timedelta(days=back)
        )
    keep_night(sam, Night(1380, 20, 10, 420, 450), NOW)
    rate_goal(sam, add_goal(sam, "Walk to the sea", NOW), 6, NOW)
    name, kind, content = own_summary(sam, "3-months", NOW)
    assert (name, kind) == ("my-progress-2026-03-02.pdf", "application/pdf")
    said = words_of(content)
    for words in (
        "3 months",
        "Your latest mood, on 2 March 2026, was good.",
        "6 days",
        "You slept 7 h 30 min in the night to 2 March 2026.",
        "88 were slept",
        "Walk to the sea",
        "6 of 10 on 2 March 2026.",
        "not a validated scale",
    ):
        assert words in said, words
    assert "a secret" not in said
    empty = words_of(own_summary(make_client("Noor"), "nonsense", NOW)[2])
    assert "There are no check-ins with a mood in this time." in empty
