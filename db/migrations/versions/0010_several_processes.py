"""Which process carries a room, where several share the work"""

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("visit") as batch:
        batch.add_column(sa.Column("carried_by", sa.String(20), nullable=True))
    op.create_index("ix_visit_carried_by", "visit", ["carried_by", "client_seen_at"])
    op.create_table(
        "portal_process",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("seen_at", db.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_portal_process")),
    )
