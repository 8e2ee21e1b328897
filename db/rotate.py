"""`python -m db.rotate` (make rotate-keys): a new sealing key, and everything sealed under it.

The new key is put before the older one in `var/keys.json`; then rows are sealed anew, some hundred in a
transaction. Killed anywhere, the next call carries on: what is left is whatever does not carry the newest
key's name. The older key stays in the ring until the next change, because a portal that runs meanwhile
may still write under it; a portal that meets the newer one reads the ring again.

Where the keys are in QUIET_ROOM_KEYS, put the new one there by hand ("newest,older:pepper"), restart the
portal, and run this.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from db.errors import DatabaseUnreachable, WrongKey
from db.keys import Ring, is_newest, read_ring, write_ring
from db.sealed import Sealed
from db.settings import settings
from db.tables import Base

BATCH = 200


def rotate() -> int:
    """Finish a change of keys that was begun, or else begin one; returns how many values were sealed anew.

    Raises:
        WrongKey: a value opens with none of the keys; nothing of its batch was changed.
    """
    ring = read_ring()
    if len(ring.sealing) > 1 and (changed := _seal_all_anew()):
        return changed
    if settings().keys is not None:
        return 0
    write_ring(Ring((secrets.token_bytes(32), ring.sealing[0]), ring.pepper))
    return _seal_all_anew()


def _seal_all_anew() -> int:
    return sum(_seal_anew(table, columns) for table, columns in sealed_columns())


def sealed_columns() -> Iterator[tuple[type[Base], list[str]]]:
    """Each table with the attributes of it that are sealed."""
    for mapper in Base.registry.mappers:
        names = [name for name, value in vars(mapper.class_).items() if isinstance(value, Sealed)]
        if names:
            yield mapper.class_, names


def _seal_anew(table: type[Base], names: list[str]) -> int:
    changed, last = 0, 0
    while True:
        with db.unit_of_work() as session:
            rows = _next(session, table, last)
            for row in rows:
                for name in names:
                    held = getattr(row, getattr(table, name).column)
                    if held is not None and not is_newest(held):
                        setattr(row, name, getattr(row, name))
                        changed += 1
        if not rows:
            return changed
        last = int(getattr(rows[-1], "id"))  # noqa: B009 - each table has one


def _next(session: Session, table: type[Base], last: int) -> list[Base]:
    number = table.__table__.c.id
    query = select(table).where(number > last).order_by(number).limit(BATCH).with_for_update(key_share=True)
    return list(session.scalars(query))


def main() -> None:
    try:
        db.start()
        changed = rotate()
    except DatabaseUnreachable:
        sys.exit("The database does not answer. Check DATABASE_URL. Run this again: it carries on.")
    except WrongKey as error:
        sys.exit(f"Stopped: {error}. Nothing is lost. Put the older key back and run this again.")
    sys.stdout.write(f"{changed} values are sealed under the new key. Restart the portal.\n")


if __name__ == "__main__":
    main()
