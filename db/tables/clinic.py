"""The clinic itself, its set-up code, the key's check value and the audit log."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from db.sealed import Sealed
from db.tables.base import Base, Bytes, Id, Instant, Public

EVERY_ITEM = "mood,anxiety,energy,sleep,medication,tags,note"


class Clinic(Base):
    """One row: the clinic this portal belongs to. Crisis numbers are the clinic's own choice."""

    __tablename__ = "clinic"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("minimum_age BETWEEN 0 AND 21", name="minimum_age"),
        CheckConstraint("room_opens_minutes BETWEEN 0 AND 60", name="room_opens_minutes"),
        CheckConstraint("smallest_group BETWEEN 2 AND 100", name="smallest_group"),
        CheckConstraint("keep_years BETWEEN 1 AND 99", name="keep_years"),
        CheckConstraint("keep_years_after_18 BETWEEN 0 AND 99", name="keep_years_after_18"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(100))
    zone: Mapped[str] = mapped_column(String(64))
    phone: Mapped[str] = mapped_column(String(40))
    emergency_number: Mapped[str] = mapped_column(String(40))
    crisis_line_name: Mapped[str] = mapped_column(String(100))
    crisis_line_number: Mapped[str] = mapped_column(String(40))
    alert_response: Mapped[str] = mapped_column(String(200))
    # Nobody younger is taken on; between this and 18 a guardian agrees too.
    minimum_age: Mapped[int] = mapped_column(default=18, server_default="18")
    # How long before a session its video room opens.
    room_opens_minutes: Mapped[int] = mapped_column(default=15, server_default="15")
    # What a check-in asks of clients, unless their therapist chose otherwise.
    check_in_items: Mapped[str] = mapped_column(String(200), default=EVERY_ITEM, server_default=EVERY_ITEM)
    # In the clinic's report, groups of fewer clients than this are withheld.
    smallest_group: Mapped[int] = mapped_column(default=10, server_default="10")
    # What the clinic looks like: a PNG, and the name of one of our palettes.
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    colour: Mapped[str] = mapped_column(String(10), default="teal", server_default="teal")
    # Steps of getting ready that the administrator has settled or put off, by name, with commas between.
    settled_steps: Mapped[str] = mapped_column(String(200), default="", server_default="")
    put_off_steps: Mapped[str] = mapped_column(String(200), default="", server_default="")
    # How long a record is kept: years after the end of care, and at least so many after the 18th birthday.
    keep_years: Mapped[int] = mapped_column(default=10, server_default="10")
    keep_years_after_18: Mapped[int] = mapped_column(default=3, server_default="3")
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
    # An iCalendar part, and what it asks of the calendar: REQUEST or CANCEL.
    calendar_sealed: Mapped[Bytes | None]
    calendar = Sealed("calendar_sealed")
    calendar_method: Mapped[str] = mapped_column(String(10), default="", server_default="")
    written_at: Mapped[Instant]
    next_at: Mapped[Instant]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str] = mapped_column(String(40), default="")
    sent_at: Mapped[Instant | None]
    failed_at: Mapped[Instant | None]
    given_up_at: Mapped[Instant | None]
    # A mail about a risk alert: whether it reached anybody is part of the alert's trail.
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("risk_alert.id"), index=True)
    to_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class BackupRun(Base):
    """The backup that the portal makes by itself of one day of the clinic. The row is claimed before the file
    is written, so that of several processes one does it.

    `made_at` and `proved_at` are when it was written, and when it was restored to see that it can be; `wrong`
    why the last try of either did not succeed.
    """

    __tablename__ = "backup_run"

    id: Mapped[Id]
    for_on: Mapped[date] = mapped_column(unique=True)
    begun_at: Mapped[Instant]
    file_name: Mapped[str] = mapped_column(String(80), default="", server_default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    made_at: Mapped[Instant | None]
    proved_at: Mapped[Instant | None]
    removed_at: Mapped[Instant | None]
    wrong: Mapped[str] = mapped_column(String(200), default="", server_default="")
