"""Whole check-ins, sleep, goals, marks on charts, episodes, reviewed results, what is shared"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


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


def _current(table: str, columns: list[str], rule: str, name: str = "current") -> None:
    op.create_index(
        f"uq_{table}_{name}",
        table,
        columns,
        unique=True,
        sqlite_where=sa.text(rule),
        postgresql_where=sa.text(rule),
    )


def upgrade() -> None:
    with op.batch_alter_table("clinic") as batch:
        batch.add_column(
            sa.Column(
                "check_in_items",
                sa.String(200),
                nullable=False,
                server_default="mood,anxiety,energy,sleep,medication,tags,note",
            )
        )
        batch.add_column(_whole("smallest_group", default="10"))
        batch.create_check_constraint(op.f("ck_clinic_smallest_group"), "smallest_group BETWEEN 2 AND 100")
    _check_ins()
    _sleep()
    _goals()
    _charts()


def _check_ins() -> None:
    with op.batch_alter_table("mood_entry") as batch:
        batch.alter_column("mood", existing_type=sa.Integer(), nullable=True)
        for name in ("anxiety", "energy", "sleep_minutes", "sleep_quality"):
            batch.add_column(_whole(name, nullable=True))
        batch.add_column(sa.Column("medication", sa.String(10)))
        batch.add_column(sa.Column("tags_sealed", sa.LargeBinary()))
        batch.add_column(sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false()))
        for name in ("anxiety", "energy", "sleep_quality"):
            batch.create_check_constraint(op.f(f"ck_mood_entry_{name}"), f"{name} BETWEEN 1 AND 5")
        batch.create_check_constraint(op.f("ck_mood_entry_sleep_minutes"), "sleep_minutes BETWEEN 0 AND 1440")
        batch.create_check_constraint(
            op.f("ck_mood_entry_medication"), "medication IN ('taken', 'missed', 'none')"
        )
    op.create_table(
        "check_in_items",
        _id(),
        *_to("check_in_items", "client_id"),
        sa.Column("items", sa.String(200), nullable=False),
        *_to("check_in_items", "set_by_id"),
        _at("set_at", nullable=False),
        _key("check_in_items"),
        sa.UniqueConstraint("client_id", name=op.f("uq_check_in_items_client_id")),
    )
    op.create_table(
        "check_in_reminder",
        _id(),
        *_to("check_in_reminder", "client_id"),
        _whole("minute"),
        _at("since_at", nullable=False),
        _at("paused_at"),
        sa.Column("paused_until_on", sa.Date()),
        sa.Column("asked_on", sa.Date()),
        _at("asked_at"),
        _key("check_in_reminder"),
        sa.UniqueConstraint("client_id", name=op.f("uq_check_in_reminder_client_id")),
        _check("check_in_reminder", "minute", "minute BETWEEN 0 AND 1439"),
    )
    op.create_table(
        "client_draft",
        _id(),
        *_to("client_draft", "client_id"),
        sa.Column("form", sa.String(10), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=False),
        _at("kept_at", nullable=False),
        *_public("client_draft"),
        _check("client_draft", "form", "form IN ('check_in', 'sleep', 'goal')"),
    )
    op.create_index("uq_client_draft_form", "client_draft", ["client_id", "form"], unique=True)


def _sleep() -> None:
    op.create_table(
        "sleep_entry",
        _id(),
        *_to("sleep_entry", "client_id"),
        sa.Column("day_on", sa.Date(), nullable=False),
        *(
            _whole(name, nullable=True)
            for name in ("tried_minute", "latency_minutes", "awake_minutes", "woke_minute", "up_minute")
        ),
        _whole("quality", nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false()),
        _at("entered_at", nullable=False),
        _at("replaced_at"),
        *_public("sleep_entry"),
        _check("sleep_entry", "tried", "tried_minute BETWEEN 0 AND 1439"),
        _check("sleep_entry", "woke", "woke_minute BETWEEN 0 AND 1439"),
        _check("sleep_entry", "up", "up_minute BETWEEN 0 AND 1439"),
        _check("sleep_entry", "latency", "latency_minutes BETWEEN 0 AND 720"),
        _check("sleep_entry", "awake", "awake_minutes BETWEEN 0 AND 720"),
        _check("sleep_entry", "quality", "quality BETWEEN 1 AND 5"),
    )
    op.create_index("ix_sleep_entry_client_id", "sleep_entry", ["client_id"])
    _current("sleep_entry", ["client_id", "day_on"], "replaced_at IS NULL", "day")


def _goals() -> None:
    op.create_table(
        "goal",
        _id(),
        *_to("goal", "client_id"),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        _at("since_at", nullable=False),
        _at("ended_at"),
        *_public("goal"),
    )
    op.create_index("ix_goal_client_id", "goal", ["client_id"])
    op.create_table(
        "goal_rating",
        _id(),
        *_to("goal_rating", "goal_id", "goal"),
        sa.Column("day_on", sa.Date(), nullable=False),
        _whole("rating"),
        _at("entered_at", nullable=False),
        _at("replaced_at"),
        _key("goal_rating"),
        _check("goal_rating", "rating", "rating BETWEEN 0 AND 10"),
    )
    op.create_index("ix_goal_rating_goal_id", "goal_rating", ["goal_id"])
    _current("goal_rating", ["goal_id", "day_on"], "replaced_at IS NULL", "day")


def _charts() -> None:
    op.create_table(
        "chart_mark",
        _id(),
        *_to("chart_mark", "client_id"),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        *_to("chart_mark", "added_by_id"),
        _at("added_at", nullable=False),
        _at("removed_at"),
        *_public("chart_mark"),
        _check("chart_mark", "kind", "kind IN ('medication', 'event')"),
    )
    op.create_index("ix_chart_mark_client_id", "chart_mark", ["client_id"])
    op.create_index(
        "ix_questionnaire_response_scored",
        "questionnaire_response",
        ["client_id", "instrument", "completed_at", "total", "instrument_version"],
        sqlite_where=sa.text("total IS NOT NULL"),
        postgresql_where=sa.text("total IS NOT NULL"),
    )
    op.create_table(
        "episode",
        _id(),
        *_to("episode", "client_id"),
        _at("began_at", nullable=False),
        _at("made_at", nullable=False),
        *_to("episode", "made_by_id"),
        *_public("episode"),
        sa.UniqueConstraint("client_id", "began_at", name=op.f("uq_episode_client_id")),
    )
    op.create_index("ix_episode_client_id", "episode", ["client_id"])
    op.create_table(
        "result_review",
        _id(),
        *_to("result_review", "response_id", "questionnaire_response"),
        *_to("result_review", "by_id"),
        _at("at", nullable=False),
        sa.Column("note_sealed", sa.LargeBinary()),
        *_public("result_review"),
        sa.UniqueConstraint("response_id", name=op.f("uq_result_review_response_id")),
    )
    op.create_table(
        "measures_shared",
        _id(),
        *_to("measures_shared", "client_id"),
        _at("since_at", nullable=False),
        *_to("measures_shared", "by_id"),
        _at("until_at"),
        _key("measures_shared"),
    )
    op.create_index("ix_measures_shared_client_id", "measures_shared", ["client_id"])
    _current("measures_shared", ["client_id"], "until_at IS NULL")
