"""One mood a day, in the client's own day, with its history."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

import db
from clinic.errors import InvalidInput, NotFound
from clinic.people.viewer import Viewer
from clinic.records.mood import log_mood, mood_since, mood_today
from db.tables import MoodEntry
from tests.databases import Database
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist


@pytest.fixture
def client(database: Database) -> Viewer:
    make_clinic()
    return make_client("Sam Rivera", zone="America/New_York")


def _rows() -> int:
    with db.reading() as session:
        return session.scalars(select(func.count()).select_from(MoodEntry)).one()


def test_a_later_check_in_replaces_the_days_and_both_stay_on_record(client: Viewer) -> None:
    log_mood(client, 2, "Slept badly", NOW)
    log_mood(client, 4, "", NOW + timedelta(hours=5))
    today = mood_today(client, NOW + timedelta(hours=6))
    assert today is not None
    assert (today.word, today.note) == ("Good", None)
    assert len(mood_since(client, date(2026, 1, 1))) == 1
    assert _rows() == 2


def test_a_day_ends_at_the_clients_own_midnight(client: Viewer) -> None:
    before = datetime(2026, 3, 3, 4, 59, tzinfo=UTC)  # 11:59 pm on 2 March in New York
    log_mood(client, 1, "", before)
    log_mood(client, 5, "", before + timedelta(minutes=2))
    assert [(m.day_on.day, m.mood) for m in mood_since(client, date(2026, 3, 1))] == [(2, 1), (3, 5)]


@pytest.mark.parametrize("mood", [None, 0, 6, -1, 2.5, "3"])
def test_a_mood_off_the_scale_is_refused_and_nothing_changes(client: Viewer, mood) -> None:
    log_mood(client, 3, "", NOW)
    with pytest.raises(InvalidInput) as refused:
        log_mood(client, mood, "x", NOW)
    assert set(refused.value.fields) == {"mood"}
    with pytest.raises(InvalidInput) as refused:
        log_mood(client, 3, "x" * 2001, NOW)
    assert set(refused.value.fields) == {"note"}
    assert _rows() == 1


def test_two_devices_at_once_leave_one_mood_for_the_day(client: Viewer) -> None:
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
    assert len(mood_since(client, date(2026, 1, 1))) == 1


def test_a_note_is_sealed(client: Viewer) -> None:
    log_mood(client, 3, "canary", NOW)
    with db.engine().connect() as connection:
        held = bytes(connection.execute(text("SELECT note_sealed FROM mood_entry")).scalar_one())
    assert b"canary" not in held
    today = mood_today(client, NOW)
    assert today is not None
    assert today.note == "canary"


def test_only_clients_log_and_only_their_own(client: Viewer) -> None:
    log_mood(client, 3, "", NOW)
    assert mood_since(make_client("Noor"), date(2026, 1, 1)) == []
    for viewer in (make_therapist(), make_administrator()):
        with pytest.raises(NotFound):
            log_mood(viewer, 3, "", NOW)
        with pytest.raises(NotFound):
            mood_since(viewer, date(2026, 1, 1))
