"""The disk is full: a sentence, everything that is saved can be read, and it goes on once there is room."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import update
from streamlit.proto.BackMsg_pb2 import BackMsg

import db
from clinic.between import messages
from clinic.oversight.backup import make_backup, prove
from clinic.people.viewer import Viewer
from clinic.records import mood
from clinic.records.check_in import Answers
from components.errors import NO_ROOM
from db.errors import NoRoom
from db.tables import SignIn
from tests.clusters import CARELESS, Cluster, running_cluster
from tests.databases import KEYS, Database, Server, point_at, started
from tests.factories import NOW, cookie_of
from tests.faults.how_often import DATABASES
from tests.faults.practice import Practice, make_practice
from tests.faults.whole import assert_whole
from tests.portal import ROOT, Portal, running_portal
from tests.socket.conftest import ask
from tests.socket.streamlit_client import Run, Visitor, visitor
from tests.socket.widgets import using, widget

READABLE = ("client_home", "check_in", "sessions", "progress", "safety_plan", "messages", "help_now")
MOODS = ("Very low", "Low", "OK", "Good", "Very good")


@pytest.fixture
def disk() -> Iterator[Path]:
    """A file system of 16 MB that nothing else is on."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system to fill")
    # Not in the test's own folder, into which PostgreSQL's user may not look.
    place = Path(tempfile.mkdtemp(prefix="quiet-room-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", place], capture_output=True, text=True
    )
    if mounted.returncode:
        place.rmdir()
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)
    place.rmdir()


def test_a_portal_on_sqlite_says_so_can_be_read_and_goes_on(
    disk: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    point_at(monkeypatch, disk)
    db.start()
    practice = make_practice()
    environment = {"QUIET_ROOM_VAR": str(disk), "QUIET_ROOM_KEYS": KEYS}
    with running_portal(tmp_path, environment) as portal, _at_the_screen(portal, practice) as pen:
        assert _save(pen, "Low").says("Saved for")
        _some_minutes_pass(practice.pen)
        _checkpoint(disk / "quiet-room.db")
        filler = fill_up(disk / "filler")
        _everything_but_saving(portal, pen, practice)
        filler.unlink()
        assert _save(pen, "Very good").says("Saved for")
        _log_says_it_once(portal)
    assert [each.name for each in disk.iterdir() if "audit-head.json." in each.name] == []
    assert_whole()


def test_a_portal_on_postgresql_says_so_can_be_read_and_goes_on(
    disk: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its tables' disk is full; were it the log's, PostgreSQL would stop, as in test_postgres_restarted."""
    with running_cluster(f"{CARELESS} -c autovacuum=off") as cluster:
        url = _database_on(disk, cluster)
        point_at(monkeypatch, tmp_path, url)
        db.start()
        practice = make_practice()
        environment = {"QUIET_ROOM_VAR": str(tmp_path), "QUIET_ROOM_KEYS": KEYS, "DATABASE_URL": url}
        with running_portal(tmp_path, environment) as portal, _at_the_screen(portal, practice) as pen:
            assert _save(pen, "Low").says("Saved for")
            _some_minutes_pass(practice.pen)
            filler = fill_up(disk / "filler")
            _use_up_the_pages(practice.bea)
            _everything_but_saving(portal, pen, practice)
            filler.unlink()
            assert _save(pen, "Very good").says("Saved for")
            _log_says_it_once(portal)
        assert_whole()
        db.dispose()


@pytest.mark.parametrize("database", DATABASES, indirect=True)
def test_a_backup_onto_a_full_disk_leaves_nothing(database: Database, disk: Path) -> None:
    make_practice()
    fill_up(disk / "filler")
    with pytest.raises(OSError, match="No space left") as refused:
        make_backup(disk / "backups", NOW)
    assert refused.value.errno == errno.ENOSPC
    assert list((disk / "backups").iterdir()) == []
    said = _command(database, "make", str(disk / "backups"))
    assert "could not be written" in said
    assert list((disk / "backups").iterdir()) == []


@pytest.mark.parametrize("database", DATABASES, indirect=True)
def test_a_backup_that_could_not_be_tried_out_is_not_said_to_be_done(
    database: Database, disk: Path, tmp_path: Path
) -> None:
    make_practice()
    fill_up(disk / "filler", but=65536)  # a temporary folder that takes nothing at all is passed over
    said = _command(database, "make", str(tmp_path / "backups"), TMPDIR=str(disk))
    assert "not restored to see that it can be" in said
    [made] = (tmp_path / "backups").iterdir()
    there = {"DATABASE_URL": f"sqlite:///{disk / 'new.db'}", "QUIET_ROOM_VAR": str(tmp_path / "new")}
    assert "no room left" in _command(database, "restore", str(made), **there)
    (disk / "filler").unlink()
    assert prove(made).audit.intact


@pytest.mark.parametrize("database", DATABASES, indirect=True)
def test_an_act_is_done_though_the_audit_logs_head_cannot_be_written(
    database: Database, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database has a disk of its own, and the folder beside it is full."""
    practice = make_practice()
    point_at(monkeypatch, disk, database.url)
    started()
    fill_up(disk / "filler")
    messages.send(practice.pen, practice.thread, "As I said", "key", datetime.now(UTC))
    conversation = messages.read_thread(practice.pen, practice.thread, datetime.now(UTC))
    assert [said.body for said in conversation.said] == ["The first", "As I said"]
    # An empty file finds a place on some disks that are full: the lock that the head is written under.
    assert {each.name for each in disk.iterdir()} - {"audit-head.lock"} == {"filler"}


def fill_up(filler: Path, *, but: int = 0) -> Path:
    """Write until nothing more fits, not one byte; or, in the end, so many bytes."""
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)
    assert os.statvfs(filler).f_bavail == 0
    os.truncate(filler, filler.stat().st_size - but)
    return filler


def _at_the_screen(portal: Portal, practice: Practice) -> AbstractContextManager[Visitor]:
    return visitor(portal.host, cookie=cookie_of(practice.pen, datetime.now(UTC)))


def _some_minutes_pass(who: Viewer) -> None:
    """Without a sign of life: each run would write that there is one."""
    before = datetime.now(UTC) - timedelta(minutes=3)
    with db.unit_of_work() as session:
        session.execute(update(SignIn).where(SignIn.account_id == who.account_id).values(seen_at=before))


def _save(person: Visitor, mood: str) -> Run:
    """A check-in of today: choose, then press."""
    chosen = person.send(_choice(person.open("check_in"), mood))
    return person.send(using(chosen, widget(chosen, "Save"), True))


def _choice(run: Run, mood: str) -> BackMsg:
    return using(run, widget(run, "How did you feel?"), mood)


def _everything_but_saving(portal: Portal, pen: Visitor, practice: Practice) -> None:
    refused = _save(pen, "Good")
    assert refused.says(NO_ROOM)
    assert not refused.says("Saved for")
    for address in (*READABLE, f"messages?thread={practice.thread}"):
        page, _, query = address.partition("?")
        run = pen.open(page, query)
        assert run.title
        for inside in (
            "We can't",
            "could not reach",
            "Traceback",
            "sqlite",
            "psycopg",
            "disk is full",
            "Something went wrong",
        ):
            assert not run.says(inside), (address, inside)
    assert ask(portal.address + "/health").status == 200


def _log_says_it_once(portal: Portal) -> None:
    log = portal.log.read_text()
    assert 1 <= log.count("The disk is full.") <= 2
    assert "Traceback" not in log


def _checkpoint(file: Path) -> None:
    """Fold the write-ahead log in and empty it: in a long one there is room that is not the disk's."""
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _database_on(disk: Path, cluster: Cluster) -> str:
    tables = disk / "tables"
    tables.mkdir()
    if cluster.account:
        shutil.chown(tables, cluster.account, cluster.account)
    server = Server(cluster.url)
    server.do(f"CREATE TABLESPACE small LOCATION '{tables}'")
    server.do("CREATE DATABASE {} TABLESPACE small", "quiet_room")
    return server.of("quiet_room")


def _use_up_the_pages(client: Viewer) -> None:
    """Until the tables' own pages, too, have no room for another check-in."""
    with suppress(NoRoom):
        for turn in count():
            mood.check_in(client, Answers(mood=1 + turn % 5), datetime.now(UTC))


def _command(database: Database, *words: str, **environment: str) -> str:
    """What the command says as it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "clinic.oversight", *words],
        cwd=ROOT,
        env=os.environ | database.environment() | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr
