"""What can be booked, with whom and when; appointments and what is due about them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from db.sealed import Sealed
from db.tables.base import AccountId, Base, Bytes, Id, Instant, Public, Text

_MODALITY = "modality IN ('video', 'phone', 'in_person')"


class BookingRules(Base):
    """The clinic's rules, one row. A therapist may have notice, horizon and daily limit of their own.
    `reminder_minutes` are minutes before the start, separated by commas; empty: no reminders."""

    __tablename__ = "booking_rules"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("notice_minutes BETWEEN 0 AND 43200", name="notice"),
        CheckConstraint("horizon_days BETWEEN 1 AND 366", name="horizon"),
        CheckConstraint("daily_limit BETWEEN 1 AND 50", name="daily_limit"),
        CheckConstraint("change_until_minutes BETWEEN 0 AND 43200", name="change_until"),
        CheckConstraint("offer_minutes BETWEEN 5 AND 2880", name="offer"),
    )

    id: Mapped[Id]
    notice_minutes: Mapped[int] = mapped_column(default=60)
    horizon_days: Mapped[int] = mapped_column(default=28)
    daily_limit: Mapped[int | None]
    # A client moves or cancels until then; cancelled later, it is marked as late.
    change_until_minutes: Mapped[int] = mapped_column(default=1440)
    reminder_minutes: Mapped[str] = mapped_column(String(60), default="1440,60")
    # How long a freed time is kept for the people on the waiting list.
    offer_minutes: Mapped[int] = mapped_column(default=120)
    # Whether somebody without an account may choose a time first and sign up then.
    first_contact: Mapped[bool] = mapped_column(default=False)


class SessionType(Public, Base):
    """What can be booked. The buffers keep the therapist free before and after. `bookable_by`: anyone,
    only clients whom the therapist looks after, or staff."""

    __tablename__ = "session_type"
    __table_args__ = (
        CheckConstraint("length_minutes BETWEEN 5 AND 480", name="length"),
        CheckConstraint("before_minutes BETWEEN 0 AND 120", name="before"),
        CheckConstraint("after_minutes BETWEEN 0 AND 120", name="after"),
        CheckConstraint(_MODALITY, name="modality"),
        CheckConstraint("bookable_by IN ('anyone', 'own_clients', 'staff')", name="bookable_by"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(60))
    length_minutes: Mapped[int]
    before_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    after_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    modality: Mapped[str] = mapped_column(String(10), default="video", server_default="video")
    bookable_by: Mapped[str] = mapped_column(String(12), default="anyone", server_default="anyone")
    ended_at: Mapped[Instant | None]


class ClinicRoom(Public, Base):
    """A room for sessions in person."""

    __tablename__ = "clinic_room"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    ended_at: Mapped[Instant | None]


class TherapistProfile(Base):
    """What a therapist says of themselves, to clients who look for one (`listed`), and their own limits for
    booking. Lists are lines of text. Public by intention: nothing here is sealed."""

    __tablename__ = "therapist_profile"

    id: Mapped[Id]
    therapist_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    listed: Mapped[bool] = mapped_column(default=False)
    photo: Mapped[Bytes | None]
    about: Mapped[Text] = mapped_column(default="")
    helps_with: Mapped[Text] = mapped_column(default="")
    approaches: Mapped[Text] = mapped_column(default="")
    languages: Mapped[Text] = mapped_column(default="")
    sees: Mapped[Text] = mapped_column(default="")
    licensed_in: Mapped[Text] = mapped_column(default="")
    fee: Mapped[Text] = mapped_column(default="")
    notice_minutes: Mapped[int | None]
    horizon_days: Mapped[int | None]
    daily_limit: Mapped[int | None]


class TherapistOffers(Base):
    """Which session types a therapist offers. A therapist without any row offers all."""

    __tablename__ = "therapist_offers"
    __table_args__ = (UniqueConstraint("therapist_id", "session_type_id"),)

    id: Mapped[Id]
    therapist_id: Mapped[AccountId]
    session_type_id: Mapped[int] = mapped_column(ForeignKey("session_type.id"))


class Availability(Public, Base):
    """A therapist's weekly hours, in minutes of the therapist's own local day (0 Monday)."""

    __tablename__ = "availability"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint(
            "start_minute >= 0 AND end_minute <= 1440 AND start_minute < end_minute", name="span"
        ),
        CheckConstraint("valid_from_on <= valid_until_on", name="validity"),
    )

    id: Mapped[Id]
    therapist_id: Mapped[AccountId]
    weekday: Mapped[int]
    start_minute: Mapped[int]
    end_minute: Mapped[int]
    valid_from_on: Mapped[date | None]
    valid_until_on: Mapped[date | None]


class HoursException(Public, Base):
    """Time off or extra hours of a therapist; without a therapist, a closure of the clinic."""

    __tablename__ = "hours_exception"
    __table_args__ = (
        CheckConstraint("kind IN ('off', 'extra')", name="kind"),
        CheckConstraint("therapist_id IS NOT NULL OR kind = 'off'", name="closure"),
        CheckConstraint("starts_at < ends_at", name="span"),
        Index("ix_hours_exception_therapist", "therapist_id", "starts_at"),
    )

    id: Mapped[Id]
    therapist_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(5))
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    note_sealed: Mapped[Bytes | None]
    note = Sealed("note_sealed")


class AppointmentSeries(Public, Base):
    """Appointments made together: every `every_weeks` weeks at the same wall-clock time of `zone`."""

    __tablename__ = "appointment_series"
    __table_args__ = (CheckConstraint("every_weeks BETWEEN 1 AND 12", name="every_weeks"),)

    id: Mapped[Id]
    every_weeks: Mapped[int]
    zone: Mapped[str] = mapped_column(String(64))
    submit_key: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[Instant]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))


class Appointment(Public, Base):
    """A session. The database itself refuses that booked ones of one client or one room overlap, or of one
    therapist with their buffers (`blocks_from` to `blocks_until`), unless staff allowed it for a reason:
    exclusion constraints on PostgreSQL, triggers on SQLite (migrations 1 and 4).
    `sequence` rises with each change, for calendars."""

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("status IN ('booked', 'cancelled')", name="status"),
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("blocks_from <= starts_at AND ends_at <= blocks_until", name="blocks"),
        CheckConstraint(_MODALITY, name="modality"),
        Index("ix_appointment_therapist_start", "therapist_id", "starts_at"),
        Index("ix_appointment_client_start", "client_id", "starts_at"),
        Index("ix_appointment_room_start", "room_id", "starts_at"),
    )

    id: Mapped[Id]
    client_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    therapist_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    session_type_id: Mapped[int] = mapped_column(ForeignKey("session_type.id"))
    modality: Mapped[str] = mapped_column(String(10), default="video", server_default="video")
    room_id: Mapped[int | None] = mapped_column(ForeignKey("clinic_room.id"))
    series_id: Mapped[int | None] = mapped_column(ForeignKey("appointment_series.id"), index=True)
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    blocks_from: Mapped[Instant]
    blocks_until: Mapped[Instant]
    overlap_allowed: Mapped[bool] = mapped_column(default=False, server_default=false())
    overlap_reason_sealed: Mapped[Bytes | None]
    overlap_reason = Sealed("overlap_reason_sealed")
    status: Mapped[str] = mapped_column(String(10))
    submit_key: Mapped[str] = mapped_column(String(64), unique=True)
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    booked_at: Mapped[Instant]
    booked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    cancelled_at: Mapped[Instant | None]
    cancelled_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    cancelled_late: Mapped[bool] = mapped_column(default=False, server_default=false())

    def __init__(self, **values: object) -> None:
        # Without buffers of its own a session blocks just its time.
        values.setdefault("blocks_from", values.get("starts_at"))
        values.setdefault("blocks_until", values.get("ends_at"))
        super().__init__(**values)


class AppointmentChange(Base):
    """The history of an appointment, one row for each thing that was done to it."""

    __tablename__ = "appointment_change"
    __table_args__ = (CheckConstraint("kind IN ('booked', 'moved', 'cancelled')", name="kind"),)

    id: Mapped[Id]
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[Instant]
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    submit_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    starts_before_at: Mapped[Instant | None]
    starts_after_at: Mapped[Instant | None]


class WaitingEntry(Public, Base):
    """A client waits for a time to become free: with one therapist or any of theirs, on these weekdays
    (digits, 0 Monday), between these minutes of the client's own local day."""

    __tablename__ = "waiting_entry"
    __table_args__ = (
        CheckConstraint(
            "from_minute >= 0 AND until_minute <= 1440 AND from_minute < until_minute", name="span"
        ),
        Index(
            "uq_waiting_entry_current",
            "client_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    therapist_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    session_type_id: Mapped[int] = mapped_column(ForeignKey("session_type.id"))
    weekdays: Mapped[str] = mapped_column(String(7))
    from_minute: Mapped[int]
    until_minute: Mapped[int]
    since_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class HeldTime(Public, Base):
    """A time kept from everyone else until `held_until`: for whoever of the waiting list it was offered to
    comes first, or for one newcomer (`for_id`) who is signing up."""

    __tablename__ = "held_time"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="span"),
        Index("ix_held_time_therapist", "therapist_id", "held_until"),
    )

    id: Mapped[Id]
    therapist_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    session_type_id: Mapped[int] = mapped_column(ForeignKey("session_type.id"))
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    held_until: Mapped[Instant]
    for_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    taken_at: Mapped[Instant | None]


class TimeOffer(Base):
    """A held time offered to one client on the waiting list."""

    __tablename__ = "time_offer"
    __table_args__ = (UniqueConstraint("held_time_id", "client_id"),)

    id: Mapped[Id]
    held_time_id: Mapped[int] = mapped_column(ForeignKey("held_time.id"))
    client_id: Mapped[AccountId]
    offered_at: Mapped[Instant]


class Reminder(Base):
    """A reminder that is due at some moment. Done in the transaction that writes its mail: never twice."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("appointment_id", "account_id", "due_at"),
        Index("ix_reminder_due", "done_at", "due_at"),
    )

    id: Mapped[Id]
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    account_id: Mapped[AccountId]
    due_at: Mapped[Instant]
    done_at: Mapped[Instant | None]


class CalendarFeed(Base):
    """A private address under which one's appointments can be read by a calendar. The token's SHA-256."""

    __tablename__ = "calendar_feed"

    id: Mapped[Id]
    account_id: Mapped[AccountId]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
