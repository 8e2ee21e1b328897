"""Signed notes, private notes, documents, tasks, messages, handovers and discharges"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FORMATS = "format IN ('free', 'soap', 'dap', 'birp')"


def _at(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, db.types.UtcDateTime(timezone=True), nullable=nullable)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _text(name: str, most: int, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(most), nullable=nullable)


def _sealed(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(f"{name}_sealed", sa.LargeBinary(), nullable=nullable)


def _whole(name: str, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=default)


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
    return (_text("public_id", 22), _key(table), _unique(table, "public_id"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{columns[0]}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])


def upgrade() -> None:
    _notes()
    _documents_and_tasks()
    _messages()
    _care()


def _notes() -> None:
    with op.batch_alter_table("progress_note") as batch:
        batch.add_column(sa.Column("format", sa.String(10), nullable=False, server_default="free"))
        batch.add_column(_at("signed_at"))
        batch.add_column(_sealed("reason"))
        batch.create_check_constraint(op.f("ck_progress_note_format"), _FORMATS)
    op.create_table(
        "note_version",
        _id(),
        *_to("note_version", "note_id", "progress_note"),
        _whole("version"),
        _text("format", 10),
        _sealed("body", nullable=False),
        _sealed("reason"),
        _at("signed_at", nullable=False),
        *_public("note_version"),
        _unique("note_version", "note_id", "version"),
        _check("note_version", "format", _FORMATS),
        _check("note_version", "reason", "(version = 1) = (reason_sealed IS NULL)"),
    )
    _never_changed("note_version", ("note_id", "version", "format", "signed_at"))
    op.create_table(
        "private_note",
        _id(),
        *_to("private_note", "client_id"),
        *_to("private_note", "author_id"),
        _sealed("body"),
        _whole("revision"),
        _at("started_at", nullable=False),
        _at("kept_at", nullable=False),
        *_public("private_note"),
    )
    _index("private_note", "client_id", "author_id")


def _never_changed(table: str, columns: tuple[str, ...]) -> None:
    """A trigger that refuses another value in any of these. Sealed columns are not among them: a new key
    seals them anew."""
    name, on_postgresql = f"kept_{table}", op.get_bind().dialect.name == "postgresql"
    # SQLite reads IS DISTINCT FROM since 3.39 only; its IS NOT means the same.
    distinct = "IS DISTINCT FROM" if on_postgresql else "IS NOT"
    when = " OR ".join(f"NEW.{column} {distinct} OLD.{column}" for column in columns)
    if on_postgresql:
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {when} THEN "
            f"RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
        return
    op.execute(
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{name}'); END"
    )


def _documents_and_tasks() -> None:
    op.create_table(
        "task",
        _id(),
        *_to("task", "client_id"),
        *_to("task", "set_by_id"),
        _text("kind", 10),
        _sealed("title", nullable=False),
        _sealed("words"),
        sa.Column("worksheet_id", sa.Integer(), nullable=True),
        _text("instrument", 20, nullable=True),
        _text("focus", 20, nullable=True),
        sa.Column("due_on", sa.Date()),
        _text("submit_key", 43),
        _at("set_at", nullable=False),
        _sealed("reply"),
        _whole("reply_revision", default="0"),
        _at("reply_kept_at"),
        _at("done_at"),
        _at("looked_at"),
        _at("withdrawn_at"),
        _sealed("withdrawn_reason"),
        *_public("task"),
        _unique("task", "submit_key"),
        _check("task", "kind", "kind IN ('text', 'file', 'measure', 'focus')"),
        _check("task", "worksheet", "(kind = 'file') = (worksheet_id IS NOT NULL)"),
        _check("task", "instrument", "(kind = 'measure') = (instrument IS NOT NULL)"),
        _check("task", "focus", "(kind = 'focus') = (focus IS NOT NULL)"),
        _check("task", "one_end", "done_at IS NULL OR withdrawn_at IS NULL"),
    )
    _index("task", "client_id")
    op.create_table(
        "document",
        _id(),
        *_to("document", "client_id"),
        *_to("document", "by_id"),
        _sealed("name", nullable=False),
        _text("media_type", 100),
        _whole("size"),
        _sealed("content", nullable=False),
        *_to("document", "task_id", "task", nullable=True),
        _text("submit_key", 43),
        _at("added_at", nullable=False),
        _at("seen_at"),
        _at("withdrawn_at"),
        *_to("document", "withdrawn_by_id", nullable=True),
        *_public("document"),
        _unique("document", "submit_key"),
        _check("document", "size", "size BETWEEN 1 AND 10485760"),
        _check("document", "withdrawn", "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)"),
    )
    _index("document", "client_id", "task_id")
    with op.batch_alter_table("task") as batch:
        batch.create_foreign_key(op.f("fk_task_worksheet_id"), "document", ["worksheet_id"], ["id"])


def _messages() -> None:
    op.create_table(
        "message_thread",
        _id(),
        *_to("message_thread", "client_id"),
        *_to("message_thread", "begun_by_id"),
        _sealed("subject", nullable=False),
        _at("begun_at", nullable=False),
        _at("last_at", nullable=False),
        _at("closed_at"),
        *_to("message_thread", "closed_by_id", nullable=True),
        *_public("message_thread"),
    )
    _index("message_thread", "client_id")
    op.create_table(
        "message",
        _id(),
        *_to("message", "thread_id", "message_thread"),
        *_to("message", "by_id"),
        _sealed("body", nullable=False),
        _text("submit_key", 43),
        _at("sent_at", nullable=False),
        *_public("message"),
        _unique("message", "submit_key"),
    )
    op.create_index("ix_message_in_order", "message", ["thread_id", "sent_at"])
    op.create_table(
        "message_read",
        _id(),
        *_to("message_read", "thread_id", "message_thread"),
        *_to("message_read", "account_id"),
        _at("read_at"),
        _at("mailed_at"),
        _key("message_read"),
        _unique("message_read", "thread_id", "account_id"),
    )
    _index("message_read", "account_id")
    op.create_table(
        "message_draft",
        _id(),
        *_to("message_draft", "account_id"),
        *_to("message_draft", "client_id"),
        _text("thread_key", 22),
        _sealed("body", nullable=False),
        _whole("revision"),
        _at("kept_at", nullable=False),
        *_public("message_draft"),
        _unique("message_draft", "account_id", "client_id", "thread_key"),
    )
    _index("message_draft", "account_id", "client_id")
    op.create_table(
        "away_text",
        _id(),
        *_to("away_text", "account_id"),
        _text("words", 500),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        _at("saved_at", nullable=False),
        _key("away_text"),
        _unique("away_text", "account_id"),
        _check("away_text", "span", "from_on <= until_on"),
    )


def _care() -> None:
    op.create_table(
        "handover",
        _id(),
        *_to("handover", "client_id"),
        *_to("handover", "by_id"),
        *_to("handover", "to_id"),
        _text("kind", 20),
        _sealed("words"),
        _text("submit_key", 43),
        _at("at", nullable=False),
        _at("seen_at"),
        *_public("handover"),
        _unique("handover", "submit_key"),
        _check("handover", "kind", "kind IN ('transfer', 'co_therapist', 'supervisor', 'ended')"),
    )
    _index("handover", "client_id", "to_id")
    op.create_table(
        "discharge",
        _id(),
        *_to("discharge", "client_id"),
        *_to("discharge", "by_id"),
        _text("reason", 10, nullable=True),
        _sealed("summary"),
        _whole("revision"),
        _at("started_at", nullable=False),
        _at("kept_at", nullable=False),
        _at("discharged_at"),
        _at("reopened_at"),
        *_to("discharge", "reopened_by_id", nullable=True),
        *_public("discharge"),
        _check("discharge", "reason", "reason IN ('agreed', 'client', 'moved', 'referred', 'lost', 'other')"),
        _check("discharge", "reopened", "reopened_at IS NULL OR discharged_at IS NOT NULL"),
    )
    _index("discharge", "client_id")
    op.create_index(
        "uq_discharge_current",
        "discharge",
        ["client_id"],
        unique=True,
        sqlite_where=sa.text("reopened_at IS NULL"),
        postgresql_where=sa.text("reopened_at IS NULL"),
    )
