"""Is what is in the database whole? The questions that each fault ends with."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, and_, func, select, text
from sqlalchemy.orm import Session

import db
from clinic.oversight.verify import verify
from db.tables import Appointment, AppointmentChange, AuditEvent, Base, Message, MessageThread, Reminder


def assert_whole() -> None:
    """No page is damaged, no reference leads nowhere, the audit log's chain holds, and of each act that
    writes several rows there are all or none."""
    with db.engine().connect() as connection:
        assert_sound(connection)
    verdict = verify()
    assert verdict.intact, verdict.why
    with db.reading_one_moment() as session:
        assert_acts_whole(session)


def assert_sound(connection: Connection) -> None:
    """What the database itself can tell, and each foreign key looked up."""
    if connection.dialect.name == "sqlite":
        assert connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
    elif connection.execute(text("SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'")).first():
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS amcheck"))
        # Every index entry has its row and every row its entry.
        connection.execute(
            text(
                "SELECT bt_index_check(pg_index.indexrelid, true) FROM pg_index "
                "JOIN pg_class ON pg_class.oid = pg_index.indexrelid "
                "JOIN pg_am ON pg_am.oid = pg_class.relam "
                "WHERE pg_am.amname = 'btree' AND pg_class.relpersistence = 'p' AND pg_index.indisvalid"
            )
        )
    assert broken_references(connection) == []


def broken_references(connection: Connection) -> list[str]:
    """The foreign keys that some row breaks."""
    broken = []
    for table in Base.metadata.tables.values():
        for key in table.foreign_key_constraints:
            other = key.referred_table.alias("other")
            pairs = [(element.parent, other.c[element.column.name]) for element in key.elements]
            lost = (
                select(func.count())
                .select_from(table.outerjoin(other, and_(*(here == there for here, there in pairs))))
                .where(pairs[0][0].is_not(None), pairs[0][1].is_(None))
            )
            if connection.execute(lost).scalar_one():
                broken.append(f"{table.name}.{pairs[0][0].name}")
    return broken


def assert_acts_whole(session: Session) -> None:
    """A message is there with its event and its thread's mark; an appointment with its history, its
    reminders and its events."""
    assert _logged(session, "message.send") == sorted(session.scalars(select(Message.public_id)))
    for thread in session.scalars(select(MessageThread)):
        newest = session.scalar(select(func.max(Message.sent_at)).where(Message.thread_id == thread.id))
        assert newest == thread.last_at
    meetings = {row.id: row for row in session.scalars(select(Appointment))}
    history = session.execute(select(AppointmentChange.kind, AppointmentChange.appointment_id)).all()
    cancelled = [row for row in meetings.values() if row.status == "cancelled"]
    assert sorted(of for kind, of in history if kind == "booked") == sorted(meetings)
    assert sorted(of for kind, of in history if kind == "cancelled") == sorted(row.id for row in cancelled)
    assert _logged(session, "appointment.book") == _ids(meetings.values())
    assert _logged(session, "appointment.cancel") == _ids(cancelled)
    reminded = {tuple(row) for row in session.execute(select(Reminder.appointment_id, Reminder.account_id))}
    assert reminded == {
        (row.id, person)
        for row in meetings.values()
        if row.status == "booked"
        for person in (row.client_id, row.therapist_id)
    }


def _logged(session: Session, action: str) -> list[str]:
    named = session.scalars(select(AuditEvent.object_id).where(AuditEvent.action == action))
    return sorted(str(one) for one in named)


def _ids(rows: Iterable[Appointment]) -> list[str]:
    return sorted(row.public_id for row in rows)
