"""Session types, rules, rooms, profiles, exceptions, series, the waiting list, reminders, feeds"""

import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MODALITY = "modality IN ('video', 'phone', 'in_person')"
# Who may not meet twice at once: (name, whose, from, until, when it counts).
_NO_OVERLAP = (
    ("therapist", "therapist_id", "blocks_from", "blocks_until", "status = 'booked' AND NOT overlap_allowed"),
    ("client", "client_id", "starts_at", "ends_at", "status = 'booked'"),
    ("room", "room_id", "starts_at", "ends_at", "status = 'booked' AND room_id IS NOT NULL"),
)


def _at(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, db.types.UtcDateTime(timezone=True), nullable=nullable)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _whole(name: str, nullable: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable, server_default=default)


def _to(
    table: str, name: str, other: str = "account", nullable: bool = False
) -> tuple[sa.Column[Any], sa.ForeignKeyConstraint]:
    return (
        sa.Column(name, sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint([name], [f"{other}.id"], name=op.f(f"fk_{table}_{name}")),
    )


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _public(table: str) -> tuple[sa.Column[Any], sa.PrimaryKeyConstraint, sa.UniqueConstraint]:
    return (
        sa.Column("public_id", sa.String(22), nullable=False),
        _key(table),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    )


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    _rules()
    _therapists()
    _appointments()
    _waiting()
    _notices()


def _rules() -> None:
    op.create_table(
        "booking_rules",
        _id(),
        _whole("notice_minutes"),
        _whole("horizon_days"),
        _whole("daily_limit", nullable=True),
        _whole("change_until_minutes"),
        sa.Column("reminder_minutes", sa.String(60), nullable=False),
        _whole("offer_minutes"),
        sa.Column("first_contact", sa.Boolean(), nullable=False),
        _key("booking_rules"),
        _check("booking_rules", "single", "id = 1"),
        _check("booking_rules", "notice", "notice_minutes BETWEEN 0 AND 43200"),
        _check("booking_rules", "horizon", "horizon_days BETWEEN 1 AND 366"),
        _check("booking_rules", "daily_limit", "daily_limit BETWEEN 1 AND 50"),
        _check("booking_rules", "change_until", "change_until_minutes BETWEEN 0 AND 43200"),
        _check("booking_rules", "offer", "offer_minutes BETWEEN 5 AND 2880"),
    )
    with op.batch_alter_table("session_type") as batch:
        batch.add_column(_whole("before_minutes", default="0"))
        batch.add_column(_whole("after_minutes", default="0"))
        batch.add_column(sa.Column("modality", sa.String(10), nullable=False, server_default="video"))
        batch.add_column(sa.Column("bookable_by", sa.String(12), nullable=False, server_default="anyone"))
        batch.add_column(_at("ended_at"))
        batch.create_check_constraint(op.f("ck_session_type_before"), "before_minutes BETWEEN 0 AND 120")
        batch.create_check_constraint(op.f("ck_session_type_after"), "after_minutes BETWEEN 0 AND 120")
        batch.create_check_constraint(op.f("ck_session_type_modality"), _MODALITY)
        batch.create_check_constraint(
            op.f("ck_session_type_bookable_by"), "bookable_by IN ('anyone', 'own_clients', 'staff')"
        )
    op.create_table(
        "clinic_room",
        _id(),
        sa.Column("name", sa.String(60), nullable=False),
        _at("ended_at"),
        *_public("clinic_room"),
        sa.UniqueConstraint("name", name=op.f("uq_clinic_room_name")),
    )


def _therapists() -> None:
    lists = ("about", "helps_with", "approaches", "languages", "sees", "licensed_in", "fee")
    op.create_table(
        "therapist_profile",
        _id(),
        *_to("therapist_profile", "therapist_id"),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("photo", sa.LargeBinary()),
        *(sa.Column(name, sa.String(), nullable=False) for name in lists),
        *(_whole(name, nullable=True) for name in ("notice_minutes", "horizon_days", "daily_limit")),
        _key("therapist_profile"),
        sa.UniqueConstraint("therapist_id", name=op.f("uq_therapist_profile_therapist_id")),
    )
    op.create_table(
        "therapist_offers",
        _id(),
        *_to("therapist_offers", "therapist_id"),
        *_to("therapist_offers", "session_type_id", "session_type"),
        _key("therapist_offers"),
        sa.UniqueConstraint("therapist_id", "session_type_id", name=op.f("uq_therapist_offers_therapist_id")),
    )
    op.create_index("ix_therapist_offers_therapist_id", "therapist_offers", ["therapist_id"])
    with op.batch_alter_table("availability") as batch:
        batch.add_column(sa.Column("public_id", sa.String(22)))
    _give_public_ids("availability")
    with op.batch_alter_table("availability") as batch:
        batch.alter_column("public_id", existing_type=sa.String(22), nullable=False)
        batch.create_unique_constraint(op.f("uq_availability_public_id"), ["public_id"])
        batch.create_check_constraint(op.f("ck_availability_validity"), "valid_from_on <= valid_until_on")
    op.create_table(
        "hours_exception",
        _id(),
        *_to("hours_exception", "therapist_id", nullable=True),
        sa.Column("kind", sa.String(5), nullable=False),
        _at("starts_at", nullable=False),
        _at("ends_at", nullable=False),
        sa.Column("note_sealed", sa.LargeBinary()),
        *_public("hours_exception"),
        _check("hours_exception", "kind", "kind IN ('off', 'extra')"),
        _check("hours_exception", "closure", "therapist_id IS NOT NULL OR kind = 'off'"),
        _check("hours_exception", "span", "starts_at < ends_at"),
    )
    op.create_index("ix_hours_exception_therapist", "hours_exception", ["therapist_id", "starts_at"])


def _give_public_ids(name: str) -> None:
    connection = op.get_bind()
    table = sa.table(name, sa.column("id"), sa.column("public_id"))
    for row_id in connection.execute(sa.select(table.c.id)).scalars().all():
        given = table.update().where(table.c.id == row_id).values(public_id=secrets.token_urlsafe(16))
        connection.execute(given)


def _appointments() -> None:
    op.create_table(
        "appointment_series",
        _id(),
        _whole("every_weeks"),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("submit_key", sa.String(64), nullable=False),
        _at("made_at", nullable=False),
        *_to("appointment_series", "made_by_id"),
        *_public("appointment_series"),
        sa.UniqueConstraint("submit_key", name=op.f("uq_appointment_series_submit_key")),
        _check("appointment_series", "every_weeks", "every_weeks BETWEEN 1 AND 12"),
    )
    _drop_overlap()
    with op.batch_alter_table("appointment") as batch:
        batch.add_column(sa.Column("modality", sa.String(10), nullable=False, server_default="video"))
        for name in ("room_id", "series_id", "booked_by_id", "cancelled_by_id"):
            batch.add_column(_whole(name, nullable=True))
        batch.add_column(_at("blocks_from"))
        batch.add_column(_at("blocks_until"))
        batch.add_column(
            sa.Column("overlap_allowed", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.add_column(sa.Column("overlap_reason_sealed", sa.LargeBinary()))
        batch.add_column(_whole("sequence", default="0"))
        batch.add_column(sa.Column("cancelled_late", sa.Boolean(), nullable=False, server_default=sa.false()))
        for name, other in (
            ("room_id", "clinic_room"),
            ("series_id", "appointment_series"),
            ("booked_by_id", "account"),
            ("cancelled_by_id", "account"),
        ):
            batch.create_foreign_key(op.f(f"fk_appointment_{name}"), other, [name], ["id"])
        batch.create_check_constraint(op.f("ck_appointment_modality"), _MODALITY)
    op.execute("UPDATE appointment SET blocks_from = starts_at, blocks_until = ends_at")
    with op.batch_alter_table("appointment") as batch:
        for name in ("blocks_from", "blocks_until"):
            batch.alter_column(name, existing_type=db.types.UtcDateTime(timezone=True), nullable=False)
        batch.create_check_constraint(
            op.f("ck_appointment_blocks"), "blocks_from <= starts_at AND ends_at <= blocks_until"
        )
    op.create_index("ix_appointment_room_start", "appointment", ["room_id", "starts_at"])
    op.create_index("ix_appointment_series_id", "appointment", ["series_id"])
    _refuse_overlap()
    op.create_table(
        "appointment_change",
        _id(),
        *_to("appointment_change", "appointment_id", "appointment"),
        sa.Column("kind", sa.String(10), nullable=False),
        _at("at", nullable=False),
        *_to("appointment_change", "by_id"),
        sa.Column("submit_key", sa.String(64)),
        _at("starts_before_at"),
        _at("starts_after_at"),
        _key("appointment_change"),
        sa.UniqueConstraint("submit_key", name=op.f("uq_appointment_change_submit_key")),
        _check("appointment_change", "kind", "kind IN ('booked', 'moved', 'cancelled')"),
    )
    op.create_index("ix_appointment_change_appointment_id", "appointment_change", ["appointment_id"])


def _drop_overlap() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for person in ("therapist", "client"):
        if postgresql:
            op.execute(f"ALTER TABLE appointment DROP CONSTRAINT ex_appointment_{person}")
        else:
            for moment in ("insert", "update"):
                op.execute(f"DROP TRIGGER ex_appointment_{person}_{moment}")


def _refuse_overlap() -> None:
    """As in the first migration, with buffers, rooms, and overlaps that staff allowed.

    A session lasts 8 hours at most, with 2 hours free before and after it. So SQLite looks only at what
    begins within 12 hours of it, by the index, and refuses what would be longer.
    """
    if op.get_bind().dialect.name == "postgresql":
        for name, whose, begins, ends, counts in _NO_OVERLAP:
            op.execute(
                f"ALTER TABLE appointment ADD CONSTRAINT ex_appointment_{name} EXCLUDE USING gist "
                f"({whose} WITH =, tstzrange({begins}, {ends}, '[)') WITH &&) WHERE ({counts})"
            )
        return
    for name, whose, begins, ends, counts in _NO_OVERLAP:
        of_new, of_other = (
            counts.replace("status", f"{row}.status")
            .replace("overlap_allowed", f"{row}.overlap_allowed")
            .replace("room_id", f"{row}.room_id")
            for row in ("NEW", "other")
        )
        for moment in ("INSERT", "UPDATE"):
            op.execute(
                f"""
                CREATE TRIGGER ex_appointment_{name}_{moment.lower()} BEFORE {moment} ON appointment
                WHEN {of_new} AND (julianday(NEW.{ends}) - julianday(NEW.{begins}) > 0.5001 OR EXISTS (
                    SELECT 1 FROM appointment AS other
                    WHERE other.{whose} = NEW.{whose} AND {of_other}
                      AND other.id IS NOT NEW.id
                      AND other.{begins} < NEW.{ends} AND NEW.{begins} < other.{ends}
                      AND other.starts_at > datetime(NEW.starts_at, '-13 hours')
                      AND other.starts_at < datetime(NEW.starts_at, '+13 hours')
                ))
                BEGIN SELECT RAISE(ABORT, 'ex_appointment_{name}'); END
                """  # noqa: S608  # nosec B608 - our own words
            )


def _waiting() -> None:
    op.create_table(
        "waiting_entry",
        _id(),
        *_to("waiting_entry", "client_id"),
        *_to("waiting_entry", "therapist_id", nullable=True),
        *_to("waiting_entry", "session_type_id", "session_type"),
        sa.Column("weekdays", sa.String(7), nullable=False),
        _whole("from_minute"),
        _whole("until_minute"),
        _at("since_at", nullable=False),
        _at("ended_at"),
        *_public("waiting_entry"),
        _check(
            "waiting_entry",
            "span",
            "from_minute >= 0 AND until_minute <= 1440 AND from_minute < until_minute",
        ),
    )
    op.create_index("ix_waiting_entry_client_id", "waiting_entry", ["client_id"])
    op.create_index(
        "uq_waiting_entry_current",
        "waiting_entry",
        ["client_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "held_time",
        _id(),
        *_to("held_time", "therapist_id"),
        *_to("held_time", "session_type_id", "session_type"),
        _at("starts_at", nullable=False),
        _at("ends_at", nullable=False),
        _at("held_until", nullable=False),
        *_to("held_time", "for_id", nullable=True),
        _at("taken_at"),
        *_public("held_time"),
        _check("held_time", "span", "starts_at < ends_at"),
    )
    op.create_index("ix_held_time_therapist", "held_time", ["therapist_id", "held_until"])
    op.create_table(
        "time_offer",
        _id(),
        *_to("time_offer", "held_time_id", "held_time"),
        *_to("time_offer", "client_id"),
        _at("offered_at", nullable=False),
        _key("time_offer"),
        sa.UniqueConstraint("held_time_id", "client_id", name=op.f("uq_time_offer_held_time_id")),
    )
    op.create_index("ix_time_offer_client_id", "time_offer", ["client_id"])


def _notices() -> None:
    op.create_table(
        "reminder",
        _id(),
        *_to("reminder", "appointment_id", "appointment"),
        *_to("reminder", "account_id"),
        _at("due_at", nullable=False),
        _at("done_at"),
        _key("reminder"),
        sa.UniqueConstraint(
            "appointment_id", "account_id", "due_at", name=op.f("uq_reminder_appointment_id")
        ),
    )
    op.create_index("ix_reminder_account_id", "reminder", ["account_id"])
    op.create_index("ix_reminder_due", "reminder", ["done_at", "due_at"])
    op.create_table(
        "calendar_feed",
        _id(),
        *_to("calendar_feed", "account_id"),
        sa.Column("token_hash", sa.String(64), nullable=False),
        _at("made_at", nullable=False),
        _at("revoked_at"),
        _key("calendar_feed"),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    op.create_index("ix_calendar_feed_account_id", "calendar_feed", ["account_id"])
    with op.batch_alter_table("account") as batch:
        batch.add_column(sa.Column("mail_reminders", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("outbox_mail") as batch:
        batch.add_column(sa.Column("calendar_sealed", sa.LargeBinary()))
        batch.add_column(sa.Column("calendar_method", sa.String(10), nullable=False, server_default=""))
