"""The whole clinic in one sealed file, while the portal is in use; and back, into an empty place.

The file opens with the clinic's keys (`QUIET_ROOM_KEYS`, or `var/keys.json`), which are not in it: keep them
somewhere else. What is restored is read again and compared with what the file says, row by row.
"""

from __future__ import annotations

import json
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

import db
from clinic.oversight.audit import restart_at
from clinic.oversight.verify import Verdict, walk
from db.dump import Contents, Unreadable, contents_of, lines_of, put_back
from db.engine import make_engine
from db.keys import derived
from db.sealed_file import read_sealed, write_sealed
from db.start import alone, make_ready
from db.tables import AuditEvent
from db.work import reachable

ENDING = ".quietroom"
_PURPOSE = "backup"


@dataclass(frozen=True)
class Backup:
    """A backup on disk."""

    path: Path
    size: int
    made_at: datetime


@dataclass(frozen=True)
class Restored:
    """What came back. `audit` says whether the audit log is as it was written."""

    contents: Contents
    made_at: datetime
    audit: Verdict


def make_backup(folder: Path, now: datetime) -> Backup:
    """Write everything as it is at one moment to a new file in `folder`. Others go on reading and writing.

    Raises:
        DatabaseUnreachable: the database does not answer.
        OSError: the folder cannot be written to, or is full; nothing is left of the file.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"quiet-room-{now.astimezone(UTC):%Y%m%d-%H%M%S}{ENDING}"
    with db.reading_one_moment() as session:
        write_sealed(path, derived(_PURPOSE), _packed(_with_head(session, now)))
    return Backup(path, path.stat().st_size, now)


def restore(path: Path, target: Engine | None = None) -> Restored:
    """Put a backup into a database without any table (the deployment's own, unless `target` says another),
    bring it to this version, and compare it with what the file says. Whole or not at all.

    Raises:
        Unreadable: the place is not empty, or the backup is not whole.
        Damaged: the file is not as it was written.
        WrongKey: other keys than the clinic's when it was made.
        FileNotFoundError: there is no such file.
        DatabaseUnreachable: the place does not answer, or (NoRoom) is full; nothing was kept.
    """
    engine = target or db.engine()
    lines = _unpacked(read_sealed(path, derived(_PURPOSE)))
    made_at, head = _head_of(next(lines, ""))
    with reachable(), alone(engine) as connection:
        contents = put_back(connection, lines)
        if contents_of(connection) != contents:
            raise Unreadable("What was restored is not what the backup says. Nothing was kept.")
        make_ready(connection)
        with Session(connection, join_transaction_mode="rollback_only") as session:
            audit = walk(session, head.digest if head else None)
    if target is None and head is not None:
        restart_at(head.event_id, head.digest)
    return Restored(contents, made_at, audit)


def prove(path: Path) -> Restored:
    """Restore a backup into a place of its own that is thrown away after: that it can be restored is seen,
    not hoped. Raises as `restore`."""
    with tempfile.TemporaryDirectory(prefix="quiet-room-proof-") as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'proof.db'}")
        try:
            return restore(path, engine)
        finally:
            engine.dispose()


def move(url: str, now: datetime) -> Restored:
    """Everything into another database without any table, whole or not at all, compared row by row. What the
    deployment uses stays as it was; its settings name the new one afterwards.

    Raises:
        WrittenMeanwhile: somebody acted during the move; what was moved is not all, and is to be thrown away.
        Others as `make_backup` and `restore`.
    """
    engine = make_engine(url)
    try:
        with tempfile.TemporaryDirectory(prefix="quiet-room-move-") as folder:
            moved = restore(make_backup(Path(folder), now).path, engine)
        with db.reading() as session, Session(engine) as there:
            if _newest(session) != _newest(there):
                raise WrittenMeanwhile()
        return moved
    finally:
        engine.dispose()


class WrittenMeanwhile(Exception):
    """The portal was in use."""


def _newest(session: Session) -> int | None:
    return session.scalars(select(AuditEvent.id).order_by(AuditEvent.id.desc()).limit(1)).first()


@dataclass(frozen=True)
class _Head:
    """The newest event of the audit log: in the sealed file, so apart from the rows."""

    event_id: int
    digest: bytes


def _with_head(session: Session, now: datetime) -> Iterator[str]:
    newest = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).first()
    head = [newest.id, newest.digest.hex()] if newest is not None and newest.digest else None
    yield json.dumps({"made_at": now.astimezone(UTC).isoformat(), "audit_head": head})
    yield from lines_of(session.connection())


def _head_of(line: str) -> tuple[datetime, _Head | None]:
    try:
        said = json.loads(line)
        head = said["audit_head"]
        return datetime.fromisoformat(said["made_at"]), head and _Head(head[0], bytes.fromhex(head[1]))
    except (ValueError, KeyError, TypeError):
        raise Unreadable("This is no backup that this version of Quiet Room can read.") from None


def _packed(lines: Iterable[str]) -> Iterator[bytes]:
    packer = zlib.compressobj()
    for line in lines:
        yield packer.compress(f"{line}\n".encode())
    yield packer.flush()


def _unpacked(parts: Iterable[bytes]) -> Iterator[str]:
    unpacker, rest = zlib.decompressobj(), b""
    for part in parts:
        rest += unpacker.decompress(part)
        *whole, rest = rest.split(b"\n")
        for line in whole:
            yield line.decode()
    if not unpacker.eof or rest:
        raise Unreadable("The backup is not whole: it ends too early.")
