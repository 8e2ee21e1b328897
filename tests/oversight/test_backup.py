"""Backups: one file, of one moment, that opens with the keys alone and comes back whole."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

import db
from clinic.demo import fill
from clinic.oversight import backup
from clinic.oversight.backup import make_backup, prove, restore
from clinic.oversight.verify import verify
from clinic.people.viewer import Viewer
from clinic.records import mood
from clinic.records.check_in import Answers
from clinic.safety import safety_plan
from db.dump import Unreadable
from db.errors import WrongKey
from db.sealed_file import Damaged, check
from db.tables import Account, AuditEvent, MoodEntry
from tests.databases import Database, Server, point_at
from tests.factories import NOW, make_client, make_clinic, make_therapist
from tests.portal import ROOT, free_port

CANARY = "a canary in a safety plan"


@pytest.fixture
def sam(database: Database) -> Viewer:
    make_clinic()
    client = make_client("Sam", email="sam@example.org", therapist=make_therapist("Dana"))
    safety_plan.keep_step(client, client.public_id, "signs", CANARY, 0, NOW)
    return client


def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """This process becomes another deployment with the same keys and nothing in it."""
    point_at(monkeypatch, tmp_path / "elsewhere")


def test_what_was_backed_up_is_there_again_and_opens(
    sam: Viewer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backup(tmp_path / "backups", NOW)
    _elsewhere(monkeypatch, tmp_path)
    found = restore(made.path)
    assert found.audit.intact
    assert found.made_at == NOW
    assert verify().intact, "the log goes on from where it was"
    assert safety_plan.own_plan(sam).steps["signs"] == CANARY
    with db.reading() as session:
        assert session.scalars(select(Account.email)).all().count("sam@example.org") == 1


def test_the_demo_is_whole_in_it(database: Database, tmp_path: Path) -> None:
    fill(NOW)
    found = prove(make_backup(tmp_path, NOW).path)
    assert found.audit.intact
    with db.reading() as session:
        moods = session.scalar(select(func.count()).select_from(MoodEntry))
    assert found.contents.tables["mood_entry"].rows == moods


def test_a_backup_says_nothing_and_only_its_owner_reads_it(sam: Viewer, tmp_path: Path) -> None:
    made = make_backup(tmp_path, NOW)
    content = made.path.read_bytes()
    for word in (CANARY, "sam@example.org", "account", "Dana"):
        assert word.encode() not in content
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [made.path.name]


@pytest.mark.parametrize("where", [0, 20, 2000, -1], ids=["head", "first part", "middle", "end"])
def test_a_changed_byte_is_found_with_the_keys_and_without(sam: Viewer, tmp_path: Path, where: int) -> None:
    path = make_backup(tmp_path, NOW).path
    content = bytearray(path.read_bytes())
    content[where] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged):
        check(path)
    if where != -1:
        with pytest.raises(Damaged):
            prove(path)


@pytest.mark.parametrize("left", [0, 10, 40, 500])
def test_a_file_that_was_cut_off_is_refused(sam: Viewer, tmp_path: Path, left: int) -> None:
    path = make_backup(tmp_path, NOW).path
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(Damaged):
        prove(path)


def test_other_keys_open_nothing_and_leave_nothing(
    sam: Viewer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_backup(tmp_path, NOW).path
    _elsewhere(monkeypatch, tmp_path)
    monkeypatch.delenv("QUIET_ROOM_KEYS")
    db.settings.settings.cache_clear()
    db.keys.forget()
    with pytest.raises(WrongKey):
        restore(path)
    with db.engine().connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one() == 0


def test_a_clinic_that_is_there_is_not_written_over(sam: Viewer, tmp_path: Path) -> None:
    path = make_backup(tmp_path, NOW).path
    safety_plan.keep_step(sam, sam.public_id, "own", "Written since", 1, NOW)
    with pytest.raises(Unreadable, match="not empty"):
        restore(path)
    assert safety_plan.own_plan(sam).steps["own"] == "Written since"


def test_a_log_that_somebody_changed_comes_back_and_is_said(sam: Viewer, tmp_path: Path) -> None:
    with db.unit_of_work() as session:
        first = session.scalars(select(AuditEvent.id).order_by(AuditEvent.id)).first()
        session.execute(update(AuditEvent).where(AuditEvent.id == first).values(action="nothing"))
    found = prove(make_backup(tmp_path, NOW).path)
    assert not found.audit.intact


def test_backups_made_while_others_write_are_whole(sam: Viewer, tmp_path: Path) -> None:
    """Each is of one moment: every event of the log in it has its write, and the chain is unbroken."""
    stop, written = threading.Event(), 0

    def write() -> None:
        nonlocal written
        while not stop.is_set():
            mood.check_in(sam, Answers(mood=1 + written % 5), NOW)
            written += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = [prove(make_backup(tmp_path / str(n), NOW).path) for n in range(3)]
    finally:
        stop.set()
        writer.join()
    assert written > 3
    for each in found:
        assert each.audit.intact


def test_a_clinic_moves_to_the_other_database_with_one_command(
    sam: Viewer, database: Database, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def moved(url: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "clinic.oversight", "move", url], cwd=ROOT, capture_output=True, text=True
        )

    with ExitStack() as stack:
        other = (
            stack.enter_context(postgres.copy("template0"))
            if database.kind == "sqlite"
            else f"sqlite:///{tmp_path / 'new.db'}"
        )
        done = moved(other)
        assert done.returncode == 0, done.stderr
        assert "rows moved and compared" in done.stdout
        again = moved(other)
        assert again.returncode == 1
        assert "not empty" in again.stderr
        assert "Traceback" not in again.stderr
        nowhere = moved(f"postgresql://x@127.0.0.1:{free_port()}/x")
        assert nowhere.stderr.startswith("The new database does not answer.")
        point_at(monkeypatch, database.var, other)
        assert safety_plan.own_plan(sam).steps["signs"] == CANARY
        assert verify().intact, "the head kept beside the database is the same"
        db.dispose()


def test_who_wrote_while_it_moved_is_not_left_behind_unsaid(
    sam: Viewer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = backup.make_backup

    def and_somebody_writes(folder: Path, now: datetime) -> backup.Backup:
        made = make(folder, now)
        safety_plan.keep_step(sam, sam.public_id, "signs", "A walk", 1, NOW)
        return made

    monkeypatch.setattr(backup, "make_backup", and_somebody_writes)
    with pytest.raises(backup.WrittenMeanwhile):
        backup.move(f"sqlite:///{tmp_path / 'new.db'}", NOW)


def test_the_commands_make_and_restore(sam: Viewer, database: Database, tmp_path: Path) -> None:
    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "clinic.oversight", *words],
            cwd=ROOT,
            env={**os.environ, **database.environment(), **environment},
            capture_output=True,
            text=True,
        )

    made = run("make", str(tmp_path / "out"))
    assert made.returncode == 0, made.stderr
    (file,) = (tmp_path / "out").iterdir()
    there = {"DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}", "QUIET_ROOM_VAR": str(tmp_path / "new")}
    back = run("restore", str(file), **there)
    assert back.returncode == 0, back.stderr
    assert "The audit log is intact" in back.stdout
    again = run("restore", str(file), **there)
    assert again.returncode == 1
    assert "not empty" in again.stderr
    missing = run("restore", str(tmp_path / "none"), **there)
    assert "There is no file" in missing.stderr
    assert "Traceback" not in again.stderr + missing.stderr
