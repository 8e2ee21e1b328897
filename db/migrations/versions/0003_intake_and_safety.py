"""Versioned forms and consents, plans of measures, and the safety net"""

import json
import secrets
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

import db.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The form as it was before forms were data; clients who answered it stay bound to it.
_TEXT, _LONG, _PHONE, _CHOICE, _BORN = "text", "long text", "phone", "choice", "birth date"
_FIRST_FORM: list[tuple[str, str, str, list[tuple[str, str, str, bool, list[str], int]]]] = [
    (
        "about-you",
        "About you",
        "So that we call you what you want to be called.",
        [
            ("preferred_name", "What should we call you?", _TEXT, True, [], 100),
            ("full_name", "Your full name", _TEXT, True, [], 100),
            ("pronouns", "Your pronouns (optional)", _TEXT, False, [], 40),
            ("born", "Your date of birth", _BORN, True, [], 200),
        ],
    ),
    (
        "contact",
        "Contact and emergency contact",
        "So that we can call you if a video call drops, and someone you trust in an emergency.",
        [
            ("phone", "Your phone number", _PHONE, True, [], 40),
            ("voicemail", "May we leave a message?", _CHOICE, True, ["Yes", "No"], 200),
            ("usual_place", "Where are you usually during sessions?", _TEXT, True, [], 200),
            ("emergency_name", "Emergency contact: their name", _TEXT, True, [], 100),
            ("emergency_relation", "Who they are to you", _TEXT, True, [], 60),
            ("emergency_phone", "Their phone number", _PHONE, True, [], 40),
            (
                "emergency_release",
                "May we call them if we think your life is in danger?",
                _CHOICE,
                True,
                ["Yes", "No"],
                200,
            ),
        ],
    ),
    (
        "reason",
        "What brings you here",
        "In your own words. A few lines are enough; your therapist reads them before you meet.",
        [
            ("brings", "What would you like help with?", _LONG, True, [], 4000),
            ("hopes", "What would you like to be different? (optional)", _LONG, False, [], 4000),
            (
                "before",
                "Have you had therapy before?",
                _CHOICE,
                True,
                ["No", "Yes, in the past", "Yes, now"],
                200,
            ),
            ("medication", "Medicines you take (optional)", _LONG, False, [], 2000),
        ],
    ),
]


def _at(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, db.types.UtcDateTime(timezone=True), nullable=nullable)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _to(
    table: str, name: str, nullable: bool = False, other: str = "account"
) -> tuple[sa.Column[Any], sa.ForeignKeyConstraint]:
    return (
        sa.Column(name, sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint([name], [f"{other}.id"], name=op.f(f"fk_{table}_{name}")),
    )


def _public(table: str) -> tuple[sa.Column[Any], sa.PrimaryKeyConstraint, sa.UniqueConstraint]:
    return (
        sa.Column("public_id", sa.String(22), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{table}_public_id")),
    )


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def upgrade() -> None:
    _forms()
    _consents()
    _measures()
    _safety()
    _never_changed("intake_form", "definition", "version")
    _never_changed("consent_text", "title", "summary", "body", "body_hash", "version", "code", "required")
    _only_added_to()


def _forms() -> None:
    op.create_table(
        "intake_form",
        _id(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _at("edited_at", nullable=False),
        _at("published_at"),
        *_to("intake_form", "published_by_id", nullable=True),
        _at("withdrawn_at"),
        *_public("intake_form"),
        sa.CheckConstraint(
            "status IN ('draft', 'published', 'withdrawn')", name=op.f("ck_intake_form_status")
        ),
        sa.UniqueConstraint("version", name=op.f("uq_intake_form_version")),
    )
    _partial("uq_intake_form_draft", "intake_form", ["status"], "status = 'draft'")
    first = _keep_first_form()
    with op.batch_alter_table("intake") as batch:
        batch.add_column(sa.Column("form_id", sa.Integer(), nullable=False, server_default=str(first)))
        batch.add_column(sa.Column("submitted_by_id", sa.Integer()))
        batch.add_column(_at("replaced_at"))
        batch.create_foreign_key(op.f("fk_intake_form_id"), "intake_form", ["form_id"], ["id"])
        batch.create_foreign_key(op.f("fk_intake_submitted_by_id"), "account", ["submitted_by_id"], ["id"])
        batch.drop_column("form_version")
        batch.drop_index("ix_intake_client_id")
        batch.create_index("ix_intake_client_id", ["client_id"])
    with op.batch_alter_table("intake") as batch:
        batch.alter_column("form_id", server_default=None)
    _partial("uq_intake_current", "intake", ["client_id"], "replaced_at IS NULL")
    with op.batch_alter_table("intake_answer") as batch:
        batch.add_column(sa.Column("answered_by_id", sa.Integer()))
        batch.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        batch.create_foreign_key(
            op.f("fk_intake_answer_answered_by_id"), "account", ["answered_by_id"], ["id"]
        )
    op.create_table(
        "intake_amendment",
        _id(),
        *_to("intake_amendment", "intake_id", other="intake"),
        sa.Column("field", sa.String(60), nullable=False),
        sa.Column("before_sealed", sa.LargeBinary()),
        sa.Column("after_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        _at("amended_at", nullable=False),
        *_to("intake_amendment", "amended_by_id"),
        *_public("intake_amendment"),
    )
    op.create_index("ix_intake_amendment_intake_id", "intake_amendment", ["intake_id"])


def _keep_first_form() -> int:
    """Where a clinic is there already: the form its clients have answered, as version 1. Its id."""
    connection = op.get_bind()
    began = sa.table("clinic", sa.column("created_at", db.types.UtcDateTime()))
    since = connection.execute(sa.select(began.c.created_at)).scalar()
    if since is None:
        return 1
    sections = [
        {
            "name": name,
            "title": title,
            "why": why,
            "fields": [
                {
                    "name": field,
                    "label": label,
                    "kind": kind,
                    "required": required,
                    "options": options,
                    "longest": longest,
                }
                for field, label, kind, required, options, longest in fields
            ],
        }
        for name, title, why, fields in _FIRST_FORM
    ]
    form = sa.table(
        "intake_form",
        *(sa.column(name) for name in ("version", "definition", "status", "revision", "public_id")),
        *(sa.column(name, db.types.UtcDateTime()) for name in ("edited_at", "published_at")),
    )
    connection.execute(
        form.insert().values(
            version=1,
            definition=json.dumps({"sections": sections}, ensure_ascii=False),
            status="published",
            revision=1,
            edited_at=since,
            published_at=since,
            public_id=secrets.token_urlsafe(16),
        )
    )
    return int(connection.execute(sa.text("SELECT id FROM intake_form")).scalar_one())


def _consents() -> None:
    with op.batch_alter_table("consent_text") as batch:
        batch.add_column(sa.Column("code", sa.String(40), nullable=False, server_default="teletherapy"))
        batch.add_column(sa.Column("status", sa.String(10), nullable=False, server_default="published"))
        batch.add_column(sa.Column("required", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(_at("edited_at"))
        batch.add_column(sa.Column("published_by_id", sa.Integer()))
        batch.add_column(_at("withdrawn_at"))
        batch.alter_column("published_at", existing_type=db.types.UtcDateTime(timezone=True), nullable=True)
        batch.drop_constraint("uq_consent_text_version", type_="unique")
        batch.create_unique_constraint(op.f("uq_consent_text_code"), ["code", "version"])
        batch.create_foreign_key(
            op.f("fk_consent_text_published_by_id"), "account", ["published_by_id"], ["id"]
        )
        batch.create_check_constraint(
            op.f("ck_consent_text_status"), "status IN ('draft', 'published', 'withdrawn')"
        )
    op.execute("UPDATE consent_text SET edited_at = published_at")
    with op.batch_alter_table("consent_text") as batch:
        batch.alter_column("code", server_default=None)
        batch.alter_column("status", server_default=None)
        batch.alter_column("edited_at", existing_type=db.types.UtcDateTime(timezone=True), nullable=False)
    _partial("uq_consent_text_draft", "consent_text", ["code"], "status = 'draft'")
    with op.batch_alter_table("consent_signature") as batch:
        batch.add_column(sa.Column("decision", sa.String(8), nullable=False, server_default="agreed"))
        batch.add_column(sa.Column("guardian_name_sealed", sa.LargeBinary()))
        batch.add_column(sa.Column("guardian_relation_sealed", sa.LargeBinary()))
        batch.add_column(_at("withdrawn_at"))
        batch.drop_constraint("uq_consent_signature_client_id", type_="unique")
        batch.create_check_constraint(
            op.f("ck_consent_signature_decision"), "decision IN ('agreed', 'declined')"
        )
    _partial(
        "uq_consent_signature_current",
        "consent_signature",
        ["client_id", "consent_text_id"],
        "withdrawn_at IS NULL",
    )
    op.create_table(
        "consent_waiver",
        _id(),
        *_to("consent_waiver", "client_id"),
        *_to("consent_waiver", "therapist_id"),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        _at("since_at", nullable=False),
        _at("until_at", nullable=False),
        *_public("consent_waiver"),
    )
    op.create_index("ix_consent_waiver_client_id", "consent_waiver", ["client_id"])
    op.create_index("ix_consent_waiver_therapist_id", "consent_waiver", ["therapist_id"])


def _measures() -> None:
    with op.batch_alter_table("questionnaire_response") as batch:
        batch.add_column(sa.Column("entered_by_id", sa.Integer()))
        batch.create_foreign_key(
            op.f("fk_questionnaire_response_entered_by_id"), "account", ["entered_by_id"], ["id"]
        )
    op.create_table(
        "measure_plan",
        _id(),
        *_to("measure_plan", "client_id"),
        sa.Column("instrument", sa.String(20), nullable=False),
        sa.Column("cadence", sa.String(10), nullable=False),
        sa.Column("every_days", sa.Integer()),
        _at("since_at", nullable=False),
        *_to("measure_plan", "set_by_id"),
        _at("ended_at"),
        *_public("measure_plan"),
        sa.CheckConstraint("cadence IN ('once', 'session', 'days')", name=op.f("ck_measure_plan_cadence")),
        sa.CheckConstraint(
            "(cadence = 'days') = (every_days IS NOT NULL)", name=op.f("ck_measure_plan_days")
        ),
        sa.CheckConstraint("every_days BETWEEN 1 AND 366", name=op.f("ck_measure_plan_every_days")),
    )
    op.create_index("ix_measure_plan_client_id", "measure_plan", ["client_id"])
    _partial("uq_measure_plan_current", "measure_plan", ["client_id", "instrument"], "ended_at IS NULL")
    op.create_table(
        "nudge",
        _id(),
        *_to("nudge", "client_id"),
        *_to("nudge", "therapist_id"),
        _at("sent_at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudge")),
    )
    op.create_index("ix_nudge_client_id", "nudge", ["client_id"])
    op.create_index("ix_nudge_therapist_id", "nudge", ["therapist_id"])


def _safety() -> None:
    op.create_table(
        "response_policy",
        _id(),
        *_to("response_policy", "responder_id"),
        *_to("response_policy", "backup_id"),
        sa.Column("hours", sa.String(200), nullable=False),
        sa.Column("escalate_after_minutes", sa.Integer(), nullable=False),
        _at("decided_at", nullable=False),
        *_to("response_policy", "decided_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_policy")),
        sa.CheckConstraint("id = 1", name=op.f("ck_response_policy_single")),
        sa.CheckConstraint("responder_id <> backup_id", name=op.f("ck_response_policy_two_people")),
        sa.CheckConstraint(
            "escalate_after_minutes BETWEEN 5 AND 2880", name=op.f("ck_response_policy_escalate_after")
        ),
    )
    op.create_table(
        "crisis_place",
        _id(),
        sa.Column("place", sa.String(60), nullable=False),
        sa.Column("emergency_number", sa.String(40), nullable=False),
        sa.Column("line_name", sa.String(100), nullable=False),
        sa.Column("line_number", sa.String(40), nullable=False),
        sa.Column("text_line", sa.String(100), nullable=False),
        sa.Column("verified_on", sa.Date()),
        *_public("crisis_place"),
        sa.UniqueConstraint("place", name=op.f("uq_crisis_place_place")),
    )
    with op.batch_alter_table("account") as batch:
        batch.add_column(sa.Column("born_sealed", sa.LargeBinary()))
        batch.add_column(sa.Column("place_id", sa.Integer()))
        batch.add_column(_at("place_said_at"))
        batch.create_foreign_key(op.f("fk_account_place_id"), "crisis_place", ["place_id"], ["id"])
    with op.batch_alter_table("clinic") as batch:
        batch.add_column(sa.Column("minimum_age", sa.Integer(), nullable=False, server_default="18"))
        batch.create_check_constraint(op.f("ck_clinic_minimum_age"), "minimum_age BETWEEN 0 AND 21")
    _alerts()
    with op.batch_alter_table("outbox_mail") as batch:
        batch.add_column(_at("failed_at"))
        batch.add_column(sa.Column("alert_id", sa.Integer()))
        batch.add_column(sa.Column("to_id", sa.Integer()))
        batch.create_foreign_key(op.f("fk_outbox_mail_alert_id"), "risk_alert", ["alert_id"], ["id"])
        batch.create_foreign_key(op.f("fk_outbox_mail_to_id"), "account", ["to_id"], ["id"])
    op.create_index("ix_outbox_mail_alert_id", "outbox_mail", ["alert_id"])
    op.create_table(
        "safety_plan",
        _id(),
        *_to("safety_plan", "client_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("steps_sealed", sa.LargeBinary(), nullable=False),
        _at("edited_at", nullable=False),
        *_to("safety_plan", "edited_by_id"),
        *_public("safety_plan"),
        sa.UniqueConstraint("client_id", "version", name=op.f("uq_safety_plan_client_id")),
    )
    op.create_index("ix_safety_plan_client_id", "safety_plan", ["client_id"])


def _alerts() -> None:
    with op.batch_alter_table("risk_alert") as batch:
        for name in ("answered_at", "help_asked_at", "escalate_at", "acted_at", "resolved_at"):
            batch.add_column(_at(name))
        batch.add_column(sa.Column("escalations", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("resolved_by_id", sa.Integer()))
        batch.create_foreign_key(op.f("fk_risk_alert_resolved_by_id"), "account", ["resolved_by_id"], ["id"])
        batch.alter_column("response_id", existing_type=sa.Integer(), nullable=True)
        batch.drop_index("ix_risk_alert_open")
        batch.drop_index("uq_risk_alert_answer")
    # What was acknowledged before was done with; of several open ones of one person the newest is the case.
    op.execute(
        "UPDATE risk_alert SET answered_at = raised_at, "
        "resolved_at = acknowledged_at, resolved_by_id = acknowledged_by_id"
    )
    op.execute(
        "UPDATE risk_alert SET resolved_at = raised_at WHERE resolved_at IS NULL AND EXISTS ("
        "SELECT 1 FROM risk_alert AS later WHERE later.client_id = risk_alert.client_id "
        "AND later.instrument = risk_alert.instrument AND later.item = risk_alert.item "
        "AND later.resolved_at IS NULL AND later.id > risk_alert.id)"
    )
    with op.batch_alter_table("risk_alert") as batch:
        batch.alter_column("answered_at", existing_type=db.types.UtcDateTime(timezone=True), nullable=False)
    _partial("uq_risk_alert_open", "risk_alert", ["client_id", "instrument", "item"], "resolved_at IS NULL")
    op.create_index("ix_risk_alert_due", "risk_alert", ["resolved_at", "escalate_at"])
    with op.batch_alter_table("risk_event") as batch:
        batch.add_column(sa.Column("public_id", sa.String(22)))
        batch.add_column(sa.Column("detail_sealed", sa.LargeBinary()))
    connection = op.get_bind()
    for row_id in connection.execute(sa.text("SELECT id FROM risk_event")).scalars().all():
        connection.execute(
            sa.text("UPDATE risk_event SET public_id = :public_id WHERE id = :id"),
            {"public_id": secrets.token_urlsafe(16), "id": row_id},
        )
    with op.batch_alter_table("risk_event") as batch:
        batch.alter_column("public_id", existing_type=sa.String(22), nullable=False)
        batch.create_unique_constraint(op.f("uq_risk_event_public_id"), ["public_id"])


def _never_changed(table: str, *columns: str) -> None:
    """What was published cannot be worded differently afterwards, whoever writes."""
    _refuse(
        f"published_{table}",
        table,
        f"OLD.status <> 'draft' AND (NEW.status = 'draft' OR {_differs(columns)})",
    )


def _only_added_to() -> None:
    """An alert's trail says what happened, by whom and when, whoever writes. A note can be sealed anew, and
    is never taken away or added later. Whole rows can be deleted: a demo is thrown away so."""
    changed = _differs(("alert_id", "at", "kind", "actor_id", "public_id"))
    noted = "(NEW.detail_sealed IS NULL) <> (OLD.detail_sealed IS NULL)"
    _refuse("kept_risk_event", "risk_event", f"{changed} OR {noted}")


def _differs(columns: Iterable[str]) -> str:
    # SQLite reads IS DISTINCT FROM since 3.39 only; its IS NOT means the same.
    distinct = "IS DISTINCT FROM" if op.get_bind().dialect.name == "postgresql" else "IS NOT"
    return " OR ".join(f"NEW.{column} {distinct} OLD.{column}" for column in columns)


def _refuse(name: str, table: str, when: str) -> None:
    """A trigger, of this name and with this error, that refuses updates of a table."""
    if op.get_bind().dialect.name == "postgresql":
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
