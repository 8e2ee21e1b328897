"""`python -m clinic.oversight` (make backup, make restore FILE=…): backups, for whoever runs the server."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import db
from clinic.oversight.backup import Restored, WrittenMeanwhile, make_backup, move, prove, restore
from clinic.oversight.doctor import examine_all
from clinic.oversight.findings import State, worst
from clinic.oversight.scheduled import work_off
from db.dump import Unreadable
from db.errors import DatabaseUnreachable, NoRoom, WrongKey
from db.sealed_file import Damaged
from db.settings import settings, with_driver


def main() -> None:
    """make [FOLDER] | restore FILE | prove FILE | move URL | doctor [--json] | nightly (the portal itself)"""
    match sys.argv[1:]:
        case ["make"]:
            _make(settings().var / "backups")
        case ["make", folder]:
            _make(Path(folder))
        case ["doctor", *flags] if set(flags) <= {"--json"}:
            _examine(as_json=bool(flags))
        case ["nightly"]:
            os.nice(10)  # people on the portal come first
            db.start()
            work_off(datetime.now(UTC))
        case ["restore", file]:
            _tell(Path(file), restore, "restored")
        case ["move", url]:
            _move(with_driver(url))
        case ["prove", file]:
            _tell(Path(file), prove, "restored into a place of its own, and thrown away again")
        case _:
            sys.exit("Say one of: make [FOLDER], restore FILE, prove FILE, move URL, doctor [--json].")


def _examine(*, as_json: bool) -> None:
    """Exit status 0: all works; 1: somebody should look at something; 2: something does not work."""
    with suppress(DatabaseUnreachable, WrongKey):
        db.start()  # what is wrong with it is a finding
    found = examine_all(datetime.now(UTC))
    if as_json:
        parts = [
            {"name": one.name, "state": one.state, "said": one.said, "next": one.next_step} for one in found
        ]
        sys.stdout.write(json.dumps({"state": worst(found), "findings": parts}) + "\n")
    else:
        for one in found:
            sys.stdout.write(f"{one.state.upper():7} {one.title}: {one.said}\n")
            if one.next_step:
                sys.stdout.write(f"{'':8}{one.next_step}\n")
    sys.exit(list(State).index(worst(found)))


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


def _move(url: str) -> None:
    try:
        db.start()
    except DatabaseUnreachable:
        sys.exit("The present database does not answer. Check DATABASE_URL.")
    try:
        found = move(url, datetime.now(UTC))
    except (NoRoom, OSError):
        sys.exit(
            "There is no room for what is moved, or for the file it goes through. Nothing was kept of it."
        )
    except DatabaseUnreachable:
        sys.exit("The new database does not answer. Check its address, name and password.")
    except Unreadable as error:
        sys.exit(f"{error}")
    except WrittenMeanwhile:
        sys.exit(
            "Somebody used the portal meanwhile, so the new database lacks what they did. Stop the portal, "
            "make the new database anew, and move again."
        )
    sys.stdout.write(
        f"{found.contents.rows:,} rows moved and compared. Name the new one in DATABASE_URL, keep the same "
        "keys, and start the portal.\n"
    )


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
