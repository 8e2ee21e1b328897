"""`python -m clinic.oversight.verify` (make audit-verify): is the audit log as it was written?"""

from __future__ import annotations

import hmac
import json
import sys
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.oversight.audit import BEGINNING, digest_of, head_file
from db.errors import DatabaseUnreachable, WrongKey
from db.tables import AuditEvent


@dataclass(frozen=True)
class Verdict:
    """`broken_at` is the time of the first event that does not follow; `why` a sentence, empty if intact."""

    events: int
    why: str = ""
    broken_at: datetime | None = None

    @property
    def intact(self) -> bool:
        return not self.why


def verify() -> Verdict:
    """Walk the chain from its beginning to the head kept apart.

    What this cannot see: events cut off after the newest head, that is, in the moment between a
    commit and the writing of the head.
    """
    with db.reading() as session:
        return walk(session, _head())


def walk(session: Session, head: bytes | None) -> Verdict:
    """The same for whatever the session is on. `head`: the newest digest, as it was kept apart."""
    before, seen, head_met = BEGINNING, 0, False
    for row in session.scalars(select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=500)):
        if row.digest is None:
            if seen:
                return Verdict(seen, "An event has no digest.", row.at)
            continue  # older than the chain
        if not hmac.compare_digest(row.digest, digest_of(row, before)):
            why = "An event was changed, or one before it was changed, removed, added or moved."
            return Verdict(seen, why, row.at)
        before, seen = row.digest, seen + 1
        head_met = head_met or before == head
    if head is None and seen:
        return Verdict(seen, f"The newest digest is not in {head_file().name}: the end cannot be checked.")
    if head is not None and not head_met:
        return Verdict(seen, "Events are missing at the end of the log.")
    return Verdict(seen)


def _head() -> bytes | None:
    try:
        return bytes.fromhex(json.loads(head_file().read_text(encoding="utf-8"))["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def main() -> None:
    try:
        db.start()
        verdict = verify()
    except WrongKey as error:
        sys.exit(f"{error}")
    except DatabaseUnreachable:
        sys.exit("The database does not answer. Check DATABASE_URL.")
    if not verdict.intact:
        where = f" First break: {verdict.broken_at:%Y-%m-%d %H:%M:%S} UTC." if verdict.broken_at else ""
        sys.exit(f"NOT intact after {verdict.events} events. {verdict.why}{where}")
    sys.stdout.write(f"The audit log is intact: {verdict.events} events.\n")


if __name__ == "__main__":
    main()
