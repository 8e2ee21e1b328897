"""How a device check is kept: the last one of each person, in known words alone."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

import db
from clinic.errors import InvalidInput, NotFound
from clinic.people.viewer import Viewer
from clinic.records.client_record import client_record
from clinic.records.day import day
from clinic.video.device_checks import KNOWN, Checked, keep_check, own_check, servers_to_try
from db.settings import settings
from db.tables import AuditEvent, DeviceCheck
from tests.databases import Database
from tests.factories import (
    NOW,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
)

FINE: dict[str, object] = {"camera": "ok", "microphone": "ok", "sound": "heard", "network": "ok"}


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", therapist=dana)


def test_the_last_check_is_kept_and_the_therapist_sees_it(dana: Viewer, sam: Viewer) -> None:
    assert own_check(sam) is None
    keep_check(sam, {**FINE, "camera": "blocked"}, NOW)
    later = NOW + timedelta(minutes=1)
    kept = keep_check(sam, FINE, later)
    assert kept == own_check(sam) == Checked(later, "ok", "ok", "heard", "ok")
    assert kept.works
    make_appointment(sam, dana, NOW)
    assert client_record(dana, sam.public_id, NOW).checked == kept
    assert day(dana, NOW).sessions[0].checked == kept
    assert own_check(dana) is None
    with db.reading() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "device.check")).all()
    assert [event.client_id for event in events] == [sam.account_id], "one check is one event"


def test_nobody_elses_therapist_and_no_administrator_reads_it(dana: Viewer, sam: Viewer) -> None:
    keep_check(sam, FINE, NOW)
    with pytest.raises(NotFound):
        client_record(make_therapist("Per"), sam.public_id, NOW)
    for act in (lambda v: keep_check(v, FINE, NOW), own_check, lambda v: servers_to_try(v, NOW)):
        with pytest.raises(NotFound):
            act(make_administrator())
    assert client_record(dana, sam.public_id, NOW).checked is not None


@pytest.mark.parametrize("part", KNOWN)
@pytest.mark.parametrize("value", ["", "OK", "ok'; --", "x" * 10_000, 1, None, True, ["ok"], {"ok": 1}])
def test_a_word_that_is_not_known_is_refused(sam: Viewer, part: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        keep_check(sam, {**FINE, part: value}, NOW)
    assert list(refused.value.fields) == [part]
    assert own_check(sam) is None


def test_a_missing_part_is_refused_and_a_foreign_one_is_not_kept(sam: Viewer) -> None:
    with pytest.raises(InvalidInput) as refused:
        keep_check(sam, {}, NOW)
    assert set(refused.value.fields) == set(KNOWN)
    keep_check(sam, {**FINE, "account_id": 1, "label": "Sam's camera"}, NOW)
    assert own_check(sam) is not None


def test_two_windows_at_once_keep_one_check(sam: Viewer) -> None:
    failed: list[BaseException] = []

    def check() -> None:
        try:
            keep_check(sam, FINE, NOW)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=check) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(DeviceCheck)).one() == 1


def test_the_servers_are_our_own_and_stay_the_same_for_an_hour(
    sam: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert servers_to_try(sam, NOW) == []
    monkeypatch.setenv("QUIET_ROOM_TURN_URLS", "turn:turn.example.org:3478")
    monkeypatch.setenv("QUIET_ROOM_TURN_SECRET", "a secret")
    settings.cache_clear()
    [one] = servers_to_try(sam, NOW)
    assert one["urls"] == ["turn:turn.example.org:3478?transport=udp"]
    assert servers_to_try(sam, NOW + timedelta(minutes=59)) == [one]
    assert servers_to_try(sam, NOW + timedelta(minutes=60)) != [one]
    ends = int(str(one["username"]).partition(":")[0])
    assert ends == int((NOW + timedelta(hours=2)).timestamp())
    assert sam.public_id not in str(one)
