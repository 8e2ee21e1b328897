"""The clinic itself, its set-up code, the key's check value and the audit log."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.sealed import Sealed
from db.tables.base import Base, Bytes, Id, Instant, Public


class Clinic(Base):
    """One row: the clinic this portal belongs to. Crisis numbers are the clinic's own choice."""

    __tablename__ = "clinic"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(100))
    zone: Mapped[str] = mapped_column(String(64))
    phone: Mapped[str] = mapped_column(String(40))
    emergency_number: Mapped[str] = mapped_column(String(40))
    crisis_line_name: Mapped[str] = mapped_column(String(100))
    crisis_line_number: Mapped[str] = mapped_column(String(40))
    alert_response: Mapped[str] = mapped_column(String(200))
    # Made-up people, whom anyone may be: never true of a clinic that somebody set up.
    is_demo: Mapped[bool]
    created_at: Mapped[Instant]


class SetupCode(Base):
    """The one-time code that opens the set-up page of an empty portal, kept as SHA-256."""

    __tablename__ = "setup_code"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[Id]
    code_hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Instant]


class KeyCheck(Public, Base):
    """A known word under the deployment's key: a wrong key is noticed at start, not in a record."""

    __tablename__ = "key_check"

    id: Mapped[Id]
    word_sealed: Mapped[Bytes]
    word = Sealed("word_sealed")


class AuditEvent(Base):
    """Who did what with whose data. Written in the transaction of the act; holds no clinical content."""

    __tablename__ = "audit_event"

    id: Mapped[Id]
    at: Mapped[Instant]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    action: Mapped[str] = mapped_column(String(60))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    object_id: Mapped[str | None] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(10))
    remote: Mapped[str] = mapped_column(String(45), default="", server_default="")
    # The chain (clinic/oversight/audit.py). None on rows older than it.
    digest: Mapped[Bytes | None]


class OutboxMail(Public, Base):
    """A mail to send, written in the transaction of the act it speaks of. Emptied once it is sent."""

    __tablename__ = "outbox_mail"
    __table_args__ = (Index("ix_outbox_mail_waiting", "sent_at", "next_at"),)

    id: Mapped[Id]
    recipient_sealed: Mapped[Bytes | None]
    recipient = Sealed("recipient_sealed")
    subject: Mapped[str] = mapped_column(String(200))
    # Sealed, because a link in it opens an account.
    body_sealed: Mapped[Bytes | None]
    body = Sealed("body_sealed")
    written_at: Mapped[Instant]
    next_at: Mapped[Instant]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str] = mapped_column(String(40), default="")
    sent_at: Mapped[Instant | None]
    given_up_at: Mapped[Instant | None]
