"""`python -m clinic.oversight` (make backup, make restore FILE=…): backups, for whoever runs the server."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import db
from clinic.oversight.backup import Restored, make_backup, prove, restore
from db.dump import Unreadable
from db.errors import DatabaseUnreachable, NoRoom, WrongKey
from db.sealed_file import Damaged
from db.settings import settings


def main() -> None:
    """make [FOLDER] | restore FILE | prove FILE"""
    match sys.argv[1:]:
        case ["make"]:
            _make(settings().var / "backups")
        case ["make", folder]:
            _make(Path(folder))
        case ["restore", file]:
            _tell(Path(file), restore, "restored")
        case ["prove", file]:
            _tell(Path(file), prove, "restored into a place of its own, and thrown away again")
        case _:
            sys.exit("Say one of: make [FOLDER], restore FILE, prove FILE.")


def _make(folder: Path) -> None:
    try:
        db.start()
        made = make_backup(folder, datetime.now(UTC))
    except WrongKey as error:
        sys.exit(f"{error}")
    except DatabaseUnreachable:
        sys.exit("The database does not answer. Check DATABASE_URL.")
    except OSError as error:
        sys.exit(f"The backup could not be written to {folder}: {error.strerror}. Nothing was kept of it.")
    try:
        prove(made.path)
    except (NoRoom, OSError):
        sys.exit(
            f"{made.path} was written, but not restored to see that it can be: {tempfile.gettempdir()} has "
            "no room for that. Set TMPDIR to a place that has, and make another."
        )
    sys.stdout.write(f"{made.path}: {made.size:,} bytes, restored once to see that it can be.\n")


def _tell(path: Path, act: Callable[[Path], Restored], done: str) -> None:
    try:
        found = act(path)
    except FileNotFoundError:
        sys.exit(f"There is no file {path}.")
    except (Unreadable, Damaged, WrongKey) as error:
        sys.exit(f"{error}")
    except NoRoom:
        sys.exit("The place it is restored into has no room left. Nothing was kept of it.")
    except DatabaseUnreachable:
        sys.exit("The database does not answer. Check DATABASE_URL.")
    said = f"{path}, made {found.made_at:%Y-%m-%d %H:%M} UTC: {found.contents.rows:,} rows {done}."
    if not found.audit.intact:
        sys.exit(f"{said} NOT intact: the audit log. {found.audit.why}")
    sys.stdout.write(f"{said} The audit log is intact: {found.audit.events} events.\n")


if __name__ == "__main__":
    main()
