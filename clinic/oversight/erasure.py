"""Erasing a client: everything of theirs goes in one transaction, and what stays says nothing of them.

Which table goes, is blanked or stays is in `erased_tables.py`; when it may be done, in `retention.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput, NotErasable
from clinic.oversight.audit import record
from clinic.oversight.erased_tables import empty
from clinic.oversight.keeping import locked, read_kept, worded
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.settle import settle
from db.tables import Account, Erasure


@dataclass(frozen=True)
class Erased:
    """How many rows of which table. `settled`: nothing of them is left in SQLite's journal either; False
    where somebody was reading just then, and it goes with the next restart; None on PostgreSQL, whose own
    cleaning decides."""

    counts: Mapping[str, int]
    settled: bool | None


@allowed(Permission.RECORD_ERASE, sensitive=True)
def erase(viewer: Viewer, client_id: str, name: str, reason: str, now: datetime) -> Erased:
    """Erase a client for good. Whole or not at all; twice is once.

    Args:
        name: the client's name, typed by whoever does it: that it is this client is looked at, not clicked.

    Raises:
        NotFound: no such client.
        InvalidInput: another name, or no reason in words.
        NotErasable: care goes on, a hold or an alert is there, or the time is not over.
    """
    with db.unit_of_work() as session:
        client = locked(session, client_id)
        if client.erased_at is not None:
            return Erased(_counts(session, client), None)
        _require_typed(client, name, reason)
        _, [kept] = read_kept(session, [client], now)
        ended_on, until = kept.ended_on, kept.standing.kept_until_on
        if not kept.standing.erasable or ended_on is None or until is None:
            raise NotErasable()
        counts = empty(session, client, now)
        row = Erasure(
            client_id=client.id,
            by_id=viewer.account_id,
            erased_at=now,
            ended_on=ended_on,
            kept_until_on=until,
            counts=json.dumps(counts),
        )
        row.reason = reason.strip()
        session.add(row)
        record(session, now, viewer.account_id, "record.erase", client_id=client.id, object_id=row.public_id)
    return Erased(counts, settle())


def _require_typed(client: Account, name: str, reason: str) -> None:
    problems: dict[str, str] = {}
    if " ".join(name.split()) != " ".join(client.name.split()):
        problems["name"] = "Type the client's name exactly as it stands above."
    try:
        worded(reason, "reason")
    except InvalidInput as error:
        problems |= error.fields
    if problems:
        raise InvalidInput(problems)


def _counts(session: Session, client: Account) -> dict[str, int]:
    said = session.scalars(select(Erasure.counts).where(Erasure.client_id == client.id)).one()
    return dict(json.loads(said))
