"""One check-in a day, in the client's own day, every answer optional, with its history."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

import db
from clinic.errors import InvalidInput, NotFound
from clinic.people.viewer import Viewer
from clinic.records.check_in import TAGS, Answers, Item
from clinic.records.check_in_items import choose_client_items, choose_clinic_items
from clinic.records.drafts import Form, keep_draft
from clinic.records.mood import Mood, check_in, check_in_day, read_moods
from db.tables import MoodEntry
from tests.databases import Database
from tests.factories import (
    NOW,
    log_mood,
    make_administrator,
    make_client,
    make_clinic,
    make_therapist,
    mood_today,
)

WHOLE = Answers(2, 4, 1, 450, 3, "missed", ("walk", "people"), "A long day")
TODAY = date(2026, 3, 2)
OFF_THE_LIST: dict[str, tuple[Any, ...]] = {
    "mood": (0, 6, -1, 2.5, "3", True, float("nan"), [3]),
    "anxiety": (0, 6, "1"),
    "energy": (0, 6, 1.0),
    "sleep_quality": (0, 6),
    "sleep_minutes": (-1, 1441, 60.5, float("inf"), "60"),
    "medication": ("", "both", 1, ["taken"]),
    "tags": (("walk", "no such thing"), ("",), (1,), "walk"),
    "note": ("x" * 2001, 5),
}


@pytest.fixture
def client(database: Database) -> Viewer:
    make_clinic()
    return make_client("Sam Rivera", zone="America/New_York")


def _rows() -> int:
    with db.reading() as session:
        return session.scalars(select(func.count()).select_from(MoodEntry)).one()


def _all(viewer: Viewer) -> list[Mood]:
    with db.reading() as session:
        return read_moods(session, viewer.account_id, date(2020, 1, 1))


def test_every_item_is_kept_and_each_alone_is_enough(client: Viewer) -> None:
    check_in(client, WHOLE, NOW)
    kept = mood_today(client, NOW)
    assert kept is not None
    assert (kept.answers, kept.late) == (WHOLE, False)
    for back, alone in enumerate(
        (
            Answers(mood=3),
            Answers(anxiety=1),
            Answers(energy=5),
            Answers(sleep_minutes=0),
            Answers(medication="none"),
            Answers(tags=("joy",)),
            Answers(note="x"),
        ),
        start=1,
    ):
        check_in(client, alone, NOW, TODAY - timedelta(days=back))
    assert len(_all(client)) == 8
    with pytest.raises(InvalidInput) as refused:
        check_in(client, Answers(note="  \n "), NOW)
    assert set(refused.value.fields) == {"form"}


def test_a_later_check_in_replaces_the_days_and_both_stay_on_record(client: Viewer) -> None:
    assert not check_in_day(client, NOW).changed
    log_mood(client, 2, "Slept badly", NOW)
    assert not check_in_day(client, NOW).changed
    log_mood(client, 4, "", NOW + timedelta(hours=5))
    today = check_in_day(client, NOW + timedelta(hours=6))
    assert today.kept is not None
    assert (today.kept.word, today.kept.note, today.changed) == ("Good", None, True)
    assert len(_all(client)) == 1
    assert _rows() == 2


def test_the_same_again_is_no_change(client: Viewer) -> None:
    for minutes in range(3):
        check_in(client, WHOLE, NOW + timedelta(minutes=minutes))
    assert _rows() == 1
    assert not check_in_day(client, NOW).changed


def test_a_day_ends_at_the_clients_own_midnight(client: Viewer) -> None:
    before = datetime(2026, 3, 3, 4, 59, tzinfo=UTC)  # 11:59 pm on 2 March in New York
    log_mood(client, 1, "", before)
    log_mood(client, 5, "", before + timedelta(minutes=2))
    assert [(m.day_on.day, m.mood) for m in _all(client)] == [(2, 1), (3, 5)]


def test_an_earlier_day_is_taken_for_a_week_and_marked_late(client: Viewer) -> None:
    for back in (0, 1, 7):
        check_in(client, Answers(mood=3), NOW, TODAY - timedelta(days=back))
    assert [(m.day_on, m.late) for m in _all(client)] == [
        (TODAY - timedelta(days=7), True),
        (TODAY - timedelta(days=1), True),
        (TODAY, False),
    ]
    for other in (TODAY + timedelta(days=1), TODAY - timedelta(days=8), date.max, NOW, "2026-03-02"):
        with pytest.raises(InvalidInput) as refused:
            check_in(client, Answers(mood=3), NOW, other)  # type: ignore[arg-type]
        assert set(refused.value.fields) == {"day"}
    assert _rows() == 3


def test_what_is_off_its_list_is_refused_and_nothing_changes(client: Viewer) -> None:
    log_mood(client, 3, "", NOW)
    for field, values in OFF_THE_LIST.items():
        for value in values:
            with pytest.raises(InvalidInput) as refused:
                check_in(client, replace(WHOLE, **{field: value}), NOW)
            assert set(refused.value.fields) == {field}
    assert _rows() == 1


def test_a_tag_sent_twice_is_kept_once_in_the_lists_order(client: Viewer) -> None:
    kept = check_in(client, Answers(tags=("pain", "walk", "pain")), NOW)
    assert kept.tags == ("walk", "pain")
    assert list(TAGS).index("walk") < list(TAGS).index("pain")


def test_two_devices_at_once_leave_one_check_in_for_the_day(client: Viewer) -> None:
    failed: list[BaseException] = []

    def log(mood: int) -> None:
        try:
            log_mood(client, mood, "", NOW)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=log, args=(mood,)) for mood in (1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(_all(client)) == 1


def test_notes_and_tags_are_sealed(client: Viewer) -> None:
    check_in(client, Answers(mood=3, note="canary", tags=("argument",)), NOW)
    with db.engine().connect() as connection:
        row = connection.execute(text("SELECT note_sealed, tags_sealed FROM mood_entry")).one()
    assert b"canary" not in bytes(row[0])
    assert b"argument" not in bytes(row[1])
    today = mood_today(client, NOW)
    assert today is not None
    assert (today.note, today.tags) == ("canary", ("argument",))


def test_what_is_not_asked_is_not_taken_and_what_was_said_before_stays(client: Viewer) -> None:
    ada, dana = make_administrator(), make_therapist()
    check_in(client, WHOLE, NOW)
    choose_clinic_items(ada, ["note", "mood"], NOW)
    assert check_in_day(client, NOW).items == (Item.MOOD, Item.NOTE)
    kept = check_in(client, Answers(mood=5, energy=5, medication="taken"), NOW)
    assert kept.answers == replace(WHOLE, mood=5, note="")
    with pytest.raises(InvalidInput):
        check_in(client, Answers(energy=5), NOW)
    # Nobody looks after them, so any therapist may: and their choice comes before the clinic's.
    choose_client_items(dana, client.public_id, ["energy"], NOW)
    assert check_in(client, Answers(mood=1, energy=2), NOW).answers == replace(
        WHOLE, mood=5, note="", energy=2
    )
    choose_client_items(dana, client.public_id, None, NOW)
    assert check_in_day(client, NOW).items == (Item.MOOD, Item.NOTE)


def test_a_check_in_asks_something_and_only_what_there_is(client: Viewer) -> None:
    ada, dana = make_administrator(), make_therapist()
    for items in ([], ["mood", "blood type"], ["Mood"], [""], "mood"):
        with pytest.raises(InvalidInput):
            choose_clinic_items(ada, items, NOW)
        with pytest.raises(InvalidInput):
            choose_client_items(dana, client.public_id, items, NOW)
    assert check_in_day(client, NOW).items == tuple(Item)


def test_a_draft_outlives_the_screen_until_it_is_saved(client: Viewer) -> None:
    yesterday = TODAY - timedelta(days=1)
    keep_draft(client, Form.CHECK_IN, {"mood": 2}, NOW, yesterday)
    keep_draft(client, Form.CHECK_IN, {"mood": 9, "tags": ["joy", "joy"], "note": "half a"}, NOW, yesterday)
    day = check_in_day(client, NOW, yesterday)
    assert day.draft == Answers(tags=("joy", "joy"), note="half a")  # nine is no mood
    assert day.kept is None
    assert check_in_day(client, NOW).draft is None
    assert check_in_day(make_client("Noor"), NOW, yesterday).draft is None
    with db.engine().connect() as connection:
        held = bytes(connection.execute(text("SELECT answers_sealed FROM client_draft")).scalar_one())
    assert b"half a" not in held
    check_in(client, Answers(note="half a day"), NOW, yesterday)
    assert check_in_day(client, NOW, yesterday).draft is None
    with pytest.raises(InvalidInput):
        keep_draft(client, Form.CHECK_IN, {"note": "x" * 20_000}, NOW)


def test_only_clients_check_in_and_only_as_themselves(client: Viewer) -> None:
    log_mood(client, 3, "", NOW)
    assert mood_today(make_client("Noor"), NOW) is None
    for viewer in (make_therapist(), make_administrator()):
        with pytest.raises(NotFound):
            log_mood(viewer, 3, "", NOW)
        with pytest.raises(NotFound):
            mood_today(viewer, NOW)
