"""Every answer is kept as it is given, sealed, on any device, until the form is sent."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

import db
from clinic.errors import DraftOutdated, InvalidInput, NotFound
from clinic.intake import intake
from clinic.people.viewer import Viewer
from db.tables import AuditEvent
from tests.databases import Database
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist

WHOLE = {
    "preferred_name": "Sam",
    "full_name": "Sam Rivera",
    "born": "5/6/1991",
    "phone": "+44 20 7946 0100",
    "voicemail": "Yes",
    "usual_place": "At home",
    "emergency_name": "Lena",
    "emergency_relation": "Sister",
    "emergency_phone": "020 7946 0101",
    "emergency_release": "Yes",
    "brings": "I sleep badly.",
    "before": "No",
}


@pytest.fixture
def client(database: Database) -> Viewer:
    make_clinic()
    return make_client("Sam Rivera")


def test_half_a_form_is_there_on_another_device(client: Viewer) -> None:
    assert intake.draft(client, NOW).answers == {}
    later = NOW + timedelta(minutes=5)
    intake.keep_answers(client, {"preferred_name": "Sa", "born": "5//"}, NOW)
    intake.keep_answers(client, {"preferred_name": "Sam"}, later)
    kept = intake.draft(client, later)
    assert kept.answers == {"preferred_name": "Sam", "born": "5//"}
    assert kept.saved_at == later
    assert not kept.finished_sections


def test_what_cannot_be_kept_is_named_and_the_rest_is(client: Viewer) -> None:
    with pytest.raises(InvalidInput) as refused:
        intake.keep_answers(
            client, {"preferred_name": "Sam", "voicemail": "Perhaps", "brings": "x" * 4001, "admin": "1"}, NOW
        )
    assert set(refused.value.fields) == {"voicemail", "brings", "admin"}
    assert intake.draft(client, NOW).answers == {"preferred_name": "Sam"}


def test_an_unfinished_form_is_not_sent_and_nothing_is_lost(client: Viewer) -> None:
    intake.keep_answers(client, {**WHOLE, "born": "31/2/1991", "brings": ""}, NOW)
    with pytest.raises(InvalidInput) as refused:
        intake.submit(client, NOW)
    assert set(refused.value.fields) == {"born", "brings"}
    assert intake.draft(client, NOW).answers["full_name"] == "Sam Rivera"
    assert intake.draft(client, NOW).submitted_at is None


def test_sending_twice_is_once_and_then_it_is_closed(client: Viewer) -> None:
    intake.keep_answers(client, WHOLE, NOW)
    assert intake.draft(client, NOW).ready_to_send
    intake.submit(client, NOW)
    intake.submit(client, NOW + timedelta(minutes=1))
    assert intake.draft(client, NOW).submitted_at == NOW
    with pytest.raises(DraftOutdated):
        intake.keep_answers(client, {"brings": "Changed"}, NOW)
    assert intake.draft(client, NOW).answers["brings"] == WHOLE["brings"]
    with db.reading() as session:
        assert session.scalars(select(AuditEvent.action)).all().count("intake.submit") == 1


def test_a_client_under_18_is_told_so(client: Viewer) -> None:
    intake.keep_answers(client, {**WHOLE, "born": "3/3/2008"}, NOW)  # 18 tomorrow
    with pytest.raises(InvalidInput) as refused:
        intake.submit(client, NOW)
    assert "aged 18 and over" in refused.value.fields["born"]
    intake.keep_answers(client, {"born": "2/3/2008"}, NOW)  # 18 today
    intake.submit(client, NOW)


def test_two_devices_that_begin_at_once_lose_nothing(client: Viewer) -> None:
    failed: list[BaseException] = []

    def keep(name: str) -> None:
        try:
            intake.keep_answers(client, {name: WHOLE[name]}, NOW)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=keep, args=(name,)) for name in WHOLE]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert intake.draft(client, NOW).answers == WHOLE


def test_answers_are_nowhere_in_the_clear(client: Viewer, database: Database) -> None:
    intake.keep_answers(client, {**WHOLE, "brings": "canary-in-the-coal-mine"}, NOW)
    if database.kind == "sqlite":
        files = [path.read_bytes() for path in Path(database.var).glob("quiet-room.db*")]
    else:
        with db.engine().connect() as connection:
            files = [
                str(connection.execute(text(f'SELECT * FROM "{table}"')).all()).encode()
                for table in inspect(connection).get_table_names()
            ]
    assert any(b"Sam Rivera" in held for held in files)  # the account's name: the look-up itself works
    assert not any(b"canary" in held or b"7946" in held for held in files)
    assert intake.draft(client, NOW).answers["brings"] == "canary-in-the-coal-mine"


def test_ones_own_form_only(client: Viewer) -> None:
    intake.keep_answers(client, WHOLE, NOW)
    other = make_client("Noor")
    assert intake.draft(other, NOW).answers == {}
    for viewer in (make_therapist(), make_administrator()):
        with pytest.raises(NotFound):
            intake.draft(viewer, NOW)
        with pytest.raises(NotFound):
            intake.keep_answers(viewer, {"brings": "x"}, NOW)
        with pytest.raises(NotFound):
            intake.submit(viewer, NOW)
