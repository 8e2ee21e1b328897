"""Backups that the portal makes by itself; what the clinic looks like, and how far it is set up"""

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _at(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, db.types.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "backup_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("for_on", sa.Date(), nullable=False),
        _at("begun_at", nullable=False),
        sa.Column("file_name", sa.String(80), nullable=False, server_default=""),
        sa.Column("size", sa.BigInteger(), nullable=False, server_default="0"),
        _at("made_at"),
        _at("proved_at"),
        _at("removed_at"),
        sa.Column("wrong", sa.String(200), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_run")),
        sa.UniqueConstraint("for_on", name=op.f("uq_backup_run_for_on")),
    )
    with op.batch_alter_table("clinic") as batch:
        batch.add_column(sa.Column("logo", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("colour", sa.String(10), nullable=False, server_default="teal"))
        batch.add_column(sa.Column("settled_steps", sa.String(200), nullable=False, server_default=""))
        batch.add_column(sa.Column("put_off_steps", sa.String(200), nullable=False, server_default=""))
