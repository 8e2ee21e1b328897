"""Reading the audit log: the administrator searches it, a client sees who opened their record."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

import db
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Account, AuditEvent

PAGE = 50
_OPENED = ("record.open", "record.emergency", "record.export")


@dataclass(frozen=True)
class Event:
    """One line of the log. `who` and `client` are names, empty where there is none."""

    at: datetime
    who: str
    action: str
    client: str
    outcome: str
    address: str


@dataclass(frozen=True)
class Look:
    """That somebody opened one's record."""

    at: datetime
    who: str
    in_emergency: bool


@allowed(Permission.AUDIT_READ)
def events(viewer: Viewer, words: str, page: int) -> list[Event]:
    """Fifty events, the newest first, whose person, client or action has `words` in it."""
    query = _rows(words).order_by(AuditEvent.id.desc()).limit(PAGE).offset(max(page, 0) * PAGE)
    with db.reading() as session:
        return [
            Event(at, who, action, client, outcome, address)
            for at, who, action, client, outcome, address in session.execute(query)
        ]


@allowed(Permission.AUDIT_READ, sensitive=True)
def audit_csv(viewer: Viewer, now: datetime) -> tuple[str, str, bytes]:
    """The whole log as a file: (name, media type, content). That it was taken is in it next time."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["at (UTC)", "who", "action", "client", "outcome", "address"])
    with db.unit_of_work() as session:
        for row in session.execute(_rows("").order_by(AuditEvent.id)):
            at, *rest = row
            writer.writerow([at.astimezone(UTC).isoformat(), *map(safe_cell, rest)])
        record(session, now, viewer.account_id, "audit.export")
    return f"audit-log-{now:%Y-%m-%d}.csv", "text/csv; charset=utf-8", text.getvalue().encode("utf-8-sig")


@allowed(Permission.DATA_OWN)
def looks_at_me(viewer: Viewer) -> list[Look]:
    """Who else opened this client's record or took it along, the newest first."""
    with db.reading() as session:
        rows = session.execute(
            select(AuditEvent.at, Account.name, AuditEvent.action)
            .join(Account, Account.id == AuditEvent.actor_id)
            .where(
                AuditEvent.client_id == viewer.account_id,
                AuditEvent.actor_id != viewer.account_id,
                AuditEvent.action.in_(_OPENED),
                AuditEvent.outcome == "done",
            )
            .order_by(AuditEvent.id.desc())
            .limit(100)
        ).all()
    return [Look(at, who, action == "record.emergency") for at, who, action in rows]


def safe_cell(text: str) -> str:
    """A cell that a spreadsheet shows and does not run (OWASP: CSV injection)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _rows(words: str) -> Select[datetime, str, str, str, str, str]:
    actor, client = aliased(Account), aliased(Account)
    who, whom = func.coalesce(actor.name, ""), func.coalesce(client.name, "")
    query = (
        select(AuditEvent.at, who, AuditEvent.action, whom, AuditEvent.outcome, AuditEvent.remote)
        .outerjoin(actor, actor.id == AuditEvent.actor_id)
        .outerjoin(client, client.id == AuditEvent.client_id)
    )
    if words.strip():
        like = f"%{words.strip().replace('%', '')[:100]}%"
        query = query.where(or_(who.ilike(like), whom.ilike(like), AuditEvent.action.ilike(like)))
    return query
