"""How long records are kept, legal holds, erasures"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clinic") as batch:
        batch.add_column(sa.Column("keep_years", sa.Integer(), nullable=False, server_default="10"))
        batch.add_column(sa.Column("keep_years_after_18", sa.Integer(), nullable=False, server_default="3"))
        batch.create_check_constraint(op.f("ck_clinic_keep_years"), "keep_years BETWEEN 1 AND 99")
        batch.create_check_constraint(
            op.f("ck_clinic_keep_years_after_18"), "keep_years_after_18 BETWEEN 0 AND 99"
        )
    with op.batch_alter_table("account") as batch:
        batch.add_column(_at("erased_at"))
    op.create_table(
        "legal_hold",
        _id(),
        *_to("legal_hold", "client_id"),
        _sealed("reason", nullable=False),
        _at("placed_at", nullable=False),
        *_to("legal_hold", "placed_by_id"),
        _at("lifted_at"),
        *_to("legal_hold", "lifted_by_id", nullable=True),
        _sealed("lifted_reason"),
        *_public("legal_hold"),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by_id IS NULL)", name=op.f("ck_legal_hold_lifted")),
    )
    op.create_index("ix_legal_hold_client_id", "legal_hold", ["client_id"])
    op.create_index(
        "uq_legal_hold_current",
        "legal_hold",
        ["client_id"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "erasure",
        _id(),
        *_to("erasure", "client_id"),
        *_to("erasure", "by_id"),
        _at("erased_at", nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("kept_until_on", sa.Date(), nullable=False),
        _sealed("reason", nullable=False),
        sa.Column("counts", sa.String(), nullable=False),
        *_public("erasure"),
        sa.UniqueConstraint("client_id", name=op.f("uq_erasure_client_id")),
    )


def _at(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, db.types.UtcDateTime(timezone=True), nullable=nullable)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _sealed(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(f"{name}_sealed", sa.LargeBinary(), nullable=nullable)


def _to(table: str, name: str, nullable: bool = False) -> tuple[sa.Column[Any], sa.ForeignKeyConstraint]:
    return (
        sa.Column(name, sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint([name], ["account.id"], name=op.f(f"fk_{table}_{name}")),
    )


def _public(table: str) -> tuple[sa.Column[Any], sa.PrimaryKeyConstraint, sa.UniqueConstraint]:
    return (
        sa.Column("public_id", sa.String(22), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    )
