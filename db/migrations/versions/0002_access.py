"""Invitations, second factor, guesses, outgoing mail, emergency access, the audit log's chain"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _at(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, db.types.UtcDateTime(timezone=True), nullable=nullable)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _account(table: str, name: str = "account_id") -> tuple[sa.Column[Any], sa.ForeignKeyConstraint]:
    return (
        sa.Column(name, sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint([name], ["account.id"], name=op.f(f"fk_{table}_{name}")),
    )


def upgrade() -> None:
    with op.batch_alter_table("account") as batch:
        batch.add_column(sa.Column("pronouns", sa.String(40), nullable=False, server_default=""))
        batch.add_column(sa.Column("legal_name_sealed", sa.LargeBinary()))
        batch.add_column(sa.Column("mail_on_sign_in", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.add_column(sa.Column("totp_secret_sealed", sa.LargeBinary()))
        batch.add_column(_at("totp_since_at"))
        batch.add_column(sa.Column("totp_last_step", sa.Integer()))
    with op.batch_alter_table("sign_in") as batch:
        batch.add_column(sa.Column("remote", sa.String(45), nullable=False, server_default=""))
        batch.add_column(_at("password_at"))
    with op.batch_alter_table("ticket") as batch:
        batch.add_column(sa.Column("needs_code", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("care_assignment") as batch:
        batch.add_column(sa.Column("supervises", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("audit_event") as batch:
        batch.add_column(sa.Column("remote", sa.String(45), nullable=False, server_default=""))
        batch.add_column(sa.Column("digest", sa.LargeBinary()))

    op.create_table(
        "access_link",
        _id(),
        *_account("access_link"),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        _at("made_at", nullable=False),
        _at("expires_at", nullable=False),
        _at("used_at"),
        sa.CheckConstraint("purpose IN ('invitation', 'reset')", name=op.f("ck_access_link_purpose")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_link_token_hash")),
    )
    op.create_index("ix_access_link_account_id", "access_link", ["account_id"])
    op.create_table(
        "recovery_code",
        _id(),
        *_account("recovery_code"),
        sa.Column("code_hash", sa.String(64), nullable=False),
        _at("used_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index("ix_recovery_code_account_id", "recovery_code", ["account_id"])
    op.create_table(
        "guess",
        _id(),
        sa.Column("account_hash", sa.String(64), nullable=False),
        sa.Column("address_hash", sa.String(64), nullable=False),
        _at("at", nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guess")),
    )
    op.create_index("ix_guess_account", "guess", ["account_hash", "at"])
    op.create_index("ix_guess_address", "guess", ["address_hash", "at"])
    op.create_table(
        "emergency_access",
        _id(),
        *_account("emergency_access", "client_id"),
        *_account("emergency_access", "therapist_id"),
        sa.Column("reason_sealed", sa.LargeBinary()),
        _at("since_at", nullable=False),
        _at("until_at", nullable=False),
        _at("seen_at"),
        sa.Column("public_id", sa.String(22), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_access")),
        sa.UniqueConstraint("public_id", name=op.f("uq_emergency_access_public_id")),
    )
    op.create_index("ix_emergency_access_client_id", "emergency_access", ["client_id"])
    op.create_index("ix_emergency_access_therapist_id", "emergency_access", ["therapist_id"])
    op.create_table(
        "outbox_mail",
        _id(),
        sa.Column("recipient_sealed", sa.LargeBinary()),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary()),
        _at("written_at", nullable=False),
        _at("next_at", nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(40), nullable=False),
        _at("sent_at"),
        _at("given_up_at"),
        sa.Column("public_id", sa.String(22), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mail")),
        sa.UniqueConstraint("public_id", name=op.f("uq_outbox_mail_public_id")),
    )
    op.create_index("ix_outbox_mail_waiting", "outbox_mail", ["sent_at", "next_at"])
