"""The waiting room, spells in the call, attendance, device checks, TURN settings, notes"""

import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_DEVICE = "IN ('ok', 'blocked', 'missing', 'in_use', 'unable', 'not_tried')"


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
    with op.batch_alter_table("clinic") as batch:
        batch.add_column(_whole("room_opens_minutes", default="15"))
        batch.create_check_constraint(
            op.f("ck_clinic_room_opens_minutes"), "room_opens_minutes BETWEEN 0 AND 60"
        )
    _visits()
    op.create_table(
        "device_check",
        _id(),
        *_to("device_check", "account_id"),
        _at("at", nullable=False),
        *(
            sa.Column(name, sa.String(10), nullable=False)
            for name in ("camera", "microphone", "sound", "network")
        ),
        _key("device_check"),
        sa.UniqueConstraint("account_id", name=op.f("uq_device_check_account_id")),
        _check("device_check", "camera", f"camera {_DEVICE}"),
        _check("device_check", "microphone", f"microphone {_DEVICE}"),
        _check("device_check", "sound", "sound IN ('heard', 'not_heard', 'not_tried')"),
        _check("device_check", "network", "network IN ('ok', 'relay_only', 'blocked', 'not_tried')"),
    )
    op.create_table(
        "turn_settings",
        _id(),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("urls", sa.String(2000), nullable=False),
        sa.Column("username", sa.String(300), nullable=False, server_default=""),
        sa.Column("mint_url", sa.String(500), nullable=False, server_default=""),
        sa.Column("secret_sealed", sa.LargeBinary()),
        _at("saved_at", nullable=False),
        *_to("turn_settings", "saved_by_id"),
        _at("tested_at"),
        sa.Column("test_result", sa.String(4000), nullable=False, server_default=""),
        _at("failed_at"),
        sa.Column("failure", sa.String(300), nullable=False, server_default=""),
        *_public("turn_settings"),
        _check("turn_settings", "single", "id = 1"),
        _check("turn_settings", "kind", "kind IN ('none', 'own', 'static', 'minted')"),
    )
    op.create_table(
        "progress_note",
        _id(),
        *_to("progress_note", "appointment_id", "appointment"),
        *_to("progress_note", "client_id"),
        *_to("progress_note", "author_id"),
        sa.Column("body_sealed", sa.LargeBinary()),
        _whole("revision"),
        _at("started_at", nullable=False),
        _at("kept_at", nullable=False),
        *_public("progress_note"),
        sa.UniqueConstraint("appointment_id", "author_id", name=op.f("uq_progress_note_appointment_id")),
    )
    op.create_index("ix_progress_note_client_id", "progress_note", ["client_id"])
    op.create_index("ix_progress_note_author_id", "progress_note", ["author_id"])


def _visits() -> None:
    with op.batch_alter_table("visit") as batch:
        batch.add_column(sa.Column("public_id", sa.String(22)))
        for name in ("place", "call_back", "contact", "gate_reason"):
            batch.add_column(sa.Column(f"{name}_sealed", sa.LargeBinary()))
        for name in ("alone", "attendance", "feedback"):
            batch.add_column(sa.Column(name, sa.String(10)))
        for name in ("confirmed_at", "gate_passed_at", "by_phone_at", "attendance_at"):
            batch.add_column(_at(name))
        batch.add_column(_whole("attendance_by_id", nullable=True))
    _give_public_ids("visit")
    with op.batch_alter_table("visit") as batch:
        batch.alter_column("public_id", existing_type=sa.String(22), nullable=False)
        batch.create_unique_constraint(op.f("uq_visit_public_id"), ["public_id"])
        batch.create_foreign_key(op.f("fk_visit_attendance_by_id"), "account", ["attendance_by_id"], ["id"])
        batch.create_check_constraint(op.f("ck_visit_alone"), "alone IN ('alone', 'not_alone')")
        batch.create_check_constraint(
            op.f("ck_visit_attendance"), "attendance IN ('attended', 'no_show', 'cut_short')"
        )
        batch.create_check_constraint(
            op.f("ck_visit_attendance_at"), "(attendance IS NULL) = (attendance_at IS NULL)"
        )
        batch.create_check_constraint(op.f("ck_visit_feedback"), "feedback IN ('yes', 'mostly', 'no')")
    op.create_table(
        "visit_spell",
        _id(),
        *_to("visit_spell", "visit_id", "visit"),
        sa.Column("seat", sa.String(10), nullable=False),
        _at("began_at", nullable=False),
        _at("seen_at", nullable=False),
        _at("ended_at"),
        sa.Column("ending", sa.String(10)),
        _key("visit_spell"),
        _check("visit_spell", "seat", "seat IN ('client', 'therapist')"),
        _check("visit_spell", "ending", "ending IN ('left', 'lost', 'replaced', 'closed')"),
        _check("visit_spell", "ended", "(ended_at IS NULL) = (ending IS NULL)"),
        _check("visit_spell", "span", "began_at <= ended_at"),
    )
    op.create_index("ix_visit_spell_visit_id", "visit_spell", ["visit_id"])
    op.create_index(
        "ix_visit_spell_open",
        "visit_spell",
        ["seen_at"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _give_public_ids(name: str) -> None:
    connection = op.get_bind()
    table = sa.table(name, sa.column("id"), sa.column("public_id"))
    for row_id in connection.execute(sa.select(table.c.id)).scalars().all():
        given = table.update().where(table.c.id == row_id).values(public_id=secrets.token_urlsafe(16))
        connection.execute(given)
