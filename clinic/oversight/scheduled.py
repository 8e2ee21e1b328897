"""The backup that the portal makes by itself each night, once a week restored to see that it can be.

It is made in a process of its own, which gives way to the portal's. Of several portals on one database one
does it: the day's row is claimed first. What did not succeed is tried again after an hour, and stands in the
row until it does.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.oversight.audit import record
from clinic.oversight.backup import make_backup, prove
from clinic.oversight.rotation import kept
from db.dump import Unreadable
from db.errors import WrongKey
from db.sealed_file import Damaged, check
from db.settings import ROOT, settings
from db.tables import BackupRun, Clinic

# The clinic's day begins here, so a backup is of the night after it. Whoever starts later makes it then.
_FROM = timedelta(hours=3)
AGAIN = timedelta(hours=1)
PROVED_EVERY = timedelta(days=7)
_LONGEST_SECONDS = 3 * 3600


@dataclass(frozen=True)
class Backups:
    """How the clinic's backups stand. Instants are UTC; None: never. `wrong`: why the newest try failed."""

    folder: Path | None
    made_at: datetime | None = None
    size: int = 0
    proved_at: datetime | None = None
    wrong: str = ""
    there: int = 0


def day_of(now: datetime, zone: str) -> date:
    """The clinic's day whose backup is due at `now`."""
    return (now.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - _FROM).date()


def keep_backups(now: datetime) -> int:
    """Make what is due, in a process of its own; how many that was. For the portal's rounds."""
    if settings().backups is None:
        return 0
    with db.reading() as session:
        if _due(session, now) is None and _to_prove(session, now) is None:
            return 0
    command = [sys.executable, "-m", "clinic.oversight", "nightly"]
    done = subprocess.run(  # noqa: S603 - our own program, and nothing of anybody's in its words
        command,
        cwd=ROOT,
        timeout=_LONGEST_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return int(done.returncode == 0)


def work_off(now: datetime) -> None:
    """Make the day's backup, prove the newest one where a week has passed, and throw away what is not kept.

    What goes wrong is written into its row and raised no further.
    """
    folder = settings().backups
    if folder is None:
        return
    if (claimed := _claim(now)) is not None:
        _noted(claimed, lambda: _make(folder, claimed, now))
    with db.unit_of_work() as session:
        newest = _to_prove(session, now, lock=True)
        if newest is not None:
            newest.begun_at = now
    if newest is not None:
        _noted(newest.id, lambda: _prove(folder / newest.file_name, newest.id, now))
    _rotate(folder, now)


def read_backups(session: Session) -> Backups:
    """How they stand, inside the caller's transaction; the caller has decided permission."""
    folder = settings().backups
    rows = session.scalars(_there().order_by(BackupRun.for_on.desc()))
    # A file that somebody took away, or that stayed where the clinic was before, is none.
    there = [row for row in rows if folder is not None and (folder / row.file_name).is_file()]
    newest = there[0] if there else None
    tried = session.scalars(select(BackupRun).order_by(BackupRun.for_on.desc()).limit(1)).first()
    return Backups(
        folder,
        newest.made_at if newest else None,
        newest.size if newest else 0,
        max((row.proved_at for row in there if row.proved_at), default=None),
        tried.wrong if tried else "",
        len(there),
    )


def _due(session: Session, now: datetime) -> date | None:
    """The day whose backup is to be made now; None where it is there, being made, or just did not succeed."""
    zone = session.scalars(select(Clinic.zone)).first()
    if zone is None:
        return None  # nobody has set the clinic up: there is nothing to lose
    day = day_of(now, zone)
    settled = or_(BackupRun.made_at.is_not(None), BackupRun.begun_at > now - AGAIN)
    row = session.scalars(select(BackupRun.id).where(BackupRun.for_on == day, settled)).first()
    return day if row is None else None


def _claim(now: datetime) -> int | None:
    """The row of the day's backup, ours for the next hour."""
    try:
        with db.unit_of_work() as session:
            day = _due(session, now)
            if day is None:
                return None
            again = (
                update(BackupRun)
                .where(BackupRun.for_on == day, BackupRun.begun_at <= now - AGAIN)
                .values(begun_at=now)
                .returning(BackupRun.id)
            )
            if (row_id := session.scalars(again).first()) is not None:
                return row_id
            row = BackupRun(for_on=day, begun_at=now)
            session.add(row)
            session.flush()
            return row.id
    except IntegrityError:
        return None  # another process began it in this moment


def _to_prove(session: Session, now: datetime, *, lock: bool = False) -> BackupRun | None:
    """The newest backup, where none has been proved for a week."""
    proved = session.scalars(select(BackupRun.id).where(BackupRun.proved_at > now - PROVED_EVERY)).first()
    if proved is not None:
        return None
    newest = _there().order_by(BackupRun.for_on.desc()).limit(1)
    if lock:
        newest = newest.with_for_update(skip_locked=True, key_share=True)
    row = session.scalars(newest).first()
    tried_lately = row is not None and row.wrong != "" and row.begun_at > now - AGAIN
    return None if tried_lately else row


def _make(folder: Path, row_id: int, now: datetime) -> None:
    made = make_backup(folder, now)
    check(made.path)
    with db.unit_of_work() as session:
        row = session.scalars(select(BackupRun).where(BackupRun.id == row_id)).one()
        row.file_name, row.size, row.made_at, row.wrong = made.path.name, made.size, now, ""
        record(session, now, None, "backup.make")


def _prove(path: Path, row_id: int, now: datetime) -> None:
    found = prove(path)
    if not found.audit.intact:
        raise Unreadable(f"The audit log in the backup is not intact. {found.audit.why}")
    with db.unit_of_work() as session:
        row = session.scalars(select(BackupRun).where(BackupRun.id == row_id)).one()
        row.proved_at, row.wrong = now, ""
        record(session, now, None, "backup.prove")


def _noted(row_id: int, act: Callable[[], None]) -> None:
    try:
        act()
    except OSError as error:
        _wrong(row_id, f"The file could not be written or read: {error.strerror}.")
    except (Damaged, Unreadable, WrongKey) as error:
        _wrong(row_id, str(error))


def _wrong(row_id: int, sentence: str) -> None:
    with db.unit_of_work() as session:
        session.execute(update(BackupRun).where(BackupRun.id == row_id).values(wrong=sentence[:200]))


def _rotate(folder: Path, now: datetime) -> None:
    """Only the files that the portal made by itself; and never the last one that was proved."""
    with db.unit_of_work() as session:
        there = session.scalars(_there()).all()
        keep = kept([row.for_on for row in there])
        if proved := [row for row in there if row.proved_at]:
            keep.add(max(row.for_on for row in proved))
        for row in there:
            if row.for_on not in keep:
                (folder / row.file_name).unlink(missing_ok=True)
                row.removed_at = now


def _there() -> Select[BackupRun]:
    return select(BackupRun).where(BackupRun.made_at.is_not(None), BackupRun.removed_at.is_(None))
