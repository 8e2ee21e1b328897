"""The backup made each night: once a day, tried again, proved each week, and thrown away in time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import db
from clinic.oversight.audit import restart_at
from clinic.oversight.backup import make_backup, prove
from clinic.oversight.scheduled import AGAIN, Backups, day_of, keep_backups, read_backups, work_off
from db.tables import AuditEvent, BackupRun
from tests.databases import Database
from tests.factories import NOW, make_clinic, make_therapist


@pytest.fixture
def folder(database: Database) -> Path:
    make_clinic()
    make_therapist("Dana")
    return database.var / "backups"


def _stand() -> Backups:
    with db.reading() as session:
        return read_backups(session)


def _rows() -> list[BackupRun]:
    with db.reading() as session:
        return list(session.scalars(select(BackupRun).order_by(BackupRun.for_on)))


def test_one_is_made_and_proved_and_the_same_day_no_second(folder: Path) -> None:
    work_off(NOW)
    work_off(NOW + timedelta(minutes=5))
    [file] = folder.iterdir()
    assert prove(file).audit.intact
    stand = _stand()
    assert (stand.made_at, stand.proved_at, stand.wrong, stand.there) == (NOW, NOW, "", 1)
    assert stand.size == file.stat().st_size
    with db.reading() as session:
        acts = session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("backup.%"))).all()
    assert acts == ["backup.make", "backup.prove"]


def test_the_next_day_has_its_own_and_the_proof_waits_a_week(folder: Path) -> None:
    for days in range(9):
        work_off(NOW + timedelta(days=days))
    rows = _rows()
    assert len(rows) == 9
    proved = [row.proved_at for row in rows if row.proved_at]
    assert proved == [NOW, NOW + timedelta(days=7)]


def test_a_day_begins_at_three_in_the_clinics_zone_on_days_that_are_23_and_25_hours_long() -> None:
    vienna = "Europe/Vienna"
    assert day_of(datetime(2026, 11, 30, 1, 59, tzinfo=UTC), vienna).day == 29
    assert day_of(datetime(2026, 11, 30, 2, 0, tzinfo=UTC), vienna).day == 30
    # 29 March 2026: two o'clock is three o'clock. 25 October: the hour from two to three comes twice.
    assert day_of(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), vienna).day == 28
    assert day_of(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), vienna).day == 29
    assert day_of(datetime(2026, 10, 25, 1, 59, tzinfo=UTC), vienna).day == 24
    assert day_of(datetime(2026, 10, 25, 2, 0, tzinfo=UTC), vienna).day == 25


def test_a_folder_that_cannot_be_written_to_is_said_and_tried_again_after_an_hour(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write_text("a file stands where the folder should be")
    work_off(NOW)
    stand = _stand()
    assert stand.made_at is None
    assert stand.wrong.startswith("The file could not be written or read: ")
    folder.unlink()
    work_off(NOW + AGAIN / 2)
    assert _stand().made_at is None, "not yet"
    work_off(NOW + AGAIN)
    assert (_stand().made_at, _stand().wrong) == (NOW + AGAIN, "")


def test_of_several_that_begin_at_once_one_makes_it(folder: Path) -> None:
    begin = threading.Barrier(4)

    def one() -> None:
        begin.wait()
        work_off(NOW)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(folder.iterdir())) == 1
    assert len(_rows()) == 1


def test_one_that_was_killed_is_made_by_the_next(folder: Path) -> None:
    with db.unit_of_work() as session:
        session.add(BackupRun(for_on=day_of(NOW, "Europe/Vienna"), begun_at=NOW))
    work_off(NOW + AGAIN / 2)
    assert _stand().made_at is None
    work_off(NOW + AGAIN)
    assert _stand().made_at == NOW + AGAIN


def test_old_ones_go_and_what_somebody_else_put_there_stays(folder: Path) -> None:
    own = make_backup(folder, NOW - timedelta(days=400)).path
    for days in (0, 40, 41, 80):
        work_off(NOW + timedelta(days=days))
    rows = _rows()
    assert [row.removed_at is not None for row in rows] == [False, False, False, False], "few are all kept"
    with db.unit_of_work() as session:
        for days in range(1, 30):
            (folder / f"{days}.quietroom").write_bytes(b"")
            day = rows[0].for_on + timedelta(days=days)
            session.add(BackupRun(for_on=day, begun_at=NOW, made_at=NOW, file_name=f"{days}.quietroom"))
    work_off(NOW + timedelta(days=81))
    left = {row.file_name for row in _rows() if row.removed_at is None}
    assert own.exists()
    assert {path.name for path in folder.iterdir()} == {*left, own.name}
    assert len(left) < len(_rows())


def test_a_backup_that_does_not_open_is_told(folder: Path) -> None:
    work_off(NOW)
    [file] = folder.iterdir()
    changed = bytearray(file.read_bytes())
    changed[len(changed) // 2] ^= 1
    file.write_bytes(changed)
    with db.unit_of_work() as session:
        session.scalars(select(BackupRun)).one().proved_at = NOW - timedelta(days=30)
    work_off(NOW + timedelta(hours=1))
    assert "damaged" in _stand().wrong


def test_a_broken_audit_log_is_found_by_the_weekly_proof(folder: Path) -> None:
    with db.unit_of_work() as session:
        event = AuditEvent(at=NOW, action="x", outcome="done", remote="", digest=b"\1" * 32)
        session.add(event)
        session.flush()
        last = event.id
    restart_at(last, b"\1" * 32)
    work_off(NOW)
    assert "audit log in the backup is not intact" in _stand().wrong


def test_the_portals_round_makes_it_in_a_process_of_its_own(folder: Path, database: Database) -> None:
    assert keep_backups(datetime.now(UTC)) == 1
    assert _stand().there == 1
    assert keep_backups(datetime.now(UTC)) == 0


def test_none_is_made_before_there_is_a_clinic_or_where_it_is_turned_off(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_off(NOW)
    assert not (database.var / "backups").exists()
    make_clinic()
    monkeypatch.setenv("QUIET_ROOM_BACKUPS", "off")
    db.settings.settings.cache_clear()
    assert keep_backups(NOW) == 0
    work_off(NOW)
    assert _stand().folder is None
    assert not (database.var / "backups").exists()
