"""Who looks after whom, when they meet, and the video visit."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import AccountId, Base, Id, Instant, Public


class CareAssignment(Base):
    """`therapist` may see `client` from `since_at` until `until_at` (none: still).

    A supervisor reads the record; they are not offered for booking and have no sessions with the client.
    """

    __tablename__ = "care_assignment"
    __table_args__ = (
        Index(
            "uq_care_assignment_current",
            "client_id",
            "therapist_id",
            unique=True,
            sqlite_where=text("until_at IS NULL"),
            postgresql_where=text("until_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    therapist_id: Mapped[AccountId]
    supervises: Mapped[bool] = mapped_column(default=False, server_default=false())
    since_at: Mapped[Instant]
    until_at: Mapped[Instant | None]


class SessionType(Public, Base):
    """What can be booked: a name and a length."""

    __tablename__ = "session_type"
    __table_args__ = (CheckConstraint("length_minutes BETWEEN 5 AND 480", name="length"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(60))
    length_minutes: Mapped[int]


class Availability(Base):
    """A therapist's weekly hours, in minutes of the therapist's own local day (0 Monday)."""

    __tablename__ = "availability"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint(
            "start_minute >= 0 AND end_minute <= 1440 AND start_minute < end_minute", name="span"
        ),
    )

    id: Mapped[Id]
    therapist_id: Mapped[AccountId]
    weekday: Mapped[int]
    start_minute: Mapped[int]
    end_minute: Mapped[int]
    valid_from_on: Mapped[date | None]
    valid_until_on: Mapped[date | None]


class Appointment(Public, Base):
    """A session. That booked ones of one person never overlap is held by the database itself
    (an exclusion constraint on PostgreSQL, triggers on SQLite: see the first migration)."""

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("status IN ('booked', 'cancelled')", name="status"),
        CheckConstraint("starts_at < ends_at", name="span"),
        Index("ix_appointment_therapist_start", "therapist_id", "starts_at"),
        Index("ix_appointment_client_start", "client_id", "starts_at"),
    )

    id: Mapped[Id]
    client_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    therapist_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    session_type_id: Mapped[int] = mapped_column(ForeignKey("session_type.id"))
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    status: Mapped[str] = mapped_column(String(10))
    submit_key: Mapped[str] = mapped_column(String(64), unique=True)
    booked_at: Mapped[Instant]
    cancelled_at: Mapped[Instant | None]


class Visit(Base):
    """What happened in an appointment's room."""

    __tablename__ = "visit"

    id: Mapped[Id]
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), unique=True)
    client_seen_at: Mapped[Instant | None]
    client_waiting_since: Mapped[Instant | None]
    therapist_seen_at: Mapped[Instant | None]
    admitted_at: Mapped[Instant | None]
