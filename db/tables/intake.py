"""The clinic's intake form and what clients answered; consents and their signatures."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from db.sealed import Sealed
from db.tables.base import AccountId, Base, Bytes, Id, Instant, Public, Text

_VERSION_STATUS = "status IN ('draft', 'published', 'withdrawn')"


class IntakeForm(Public, Base):
    """A version of the clinic's intake form, as JSON. Once published its definition never changes:
    a trigger refuses it. `revision` counts the edits of a draft, so that two tabs notice each other."""

    __tablename__ = "intake_form"
    __table_args__ = (
        CheckConstraint(_VERSION_STATUS, name="status"),
        Index(
            "uq_intake_form_draft",
            "status",
            unique=True,
            sqlite_where=text("status = 'draft'"),
            postgresql_where=text("status = 'draft'"),
        ),
    )

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(unique=True)
    definition: Mapped[Text]
    status: Mapped[str] = mapped_column(String(10))
    revision: Mapped[int] = mapped_column(default=1)
    edited_at: Mapped[Instant]
    published_at: Mapped[Instant | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_at: Mapped[Instant | None]


class ConsentText(Public, Base):
    """A version of one of the clinic's consents (`code`). Once published its words never change: a trigger
    refuses it. `required`: nobody books or joins without it."""

    __tablename__ = "consent_text"
    __table_args__ = (
        CheckConstraint(_VERSION_STATUS, name="status"),
        UniqueConstraint("code", "version"),
        Index(
            "uq_consent_text_draft",
            "code",
            unique=True,
            sqlite_where=text("status = 'draft'"),
            postgresql_where=text("status = 'draft'"),
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    status: Mapped[str] = mapped_column(String(10))
    required: Mapped[bool] = mapped_column(default=True, server_default=true())
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[Text]
    body: Mapped[Text]
    body_hash: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    edited_at: Mapped[Instant]
    published_at: Mapped[Instant | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_at: Mapped[Instant | None]


class ConsentSignature(Public, Base):
    """A client's typed signature under one version, with the hash of exactly what was shown. A guardian
    signs too where the client is under age. Withdrawn, it stays, and another may follow."""

    __tablename__ = "consent_signature"
    __table_args__ = (
        CheckConstraint("decision IN ('agreed', 'declined')", name="decision"),
        Index(
            "uq_consent_signature_current",
            "client_id",
            "consent_text_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    consent_text_id: Mapped[int] = mapped_column(ForeignKey("consent_text.id"))
    body_hash: Mapped[str] = mapped_column(String(64))
    decision: Mapped[str] = mapped_column(String(8), default="agreed", server_default="agreed")
    signed_name_sealed: Mapped[Bytes]
    signed_name = Sealed("signed_name_sealed")
    guardian_name_sealed: Mapped[Bytes | None]
    guardian_name = Sealed("guardian_name_sealed")
    guardian_relation_sealed: Mapped[Bytes | None]
    guardian_relation = Sealed("guardian_relation_sealed")
    signed_at: Mapped[Instant]
    withdrawn_at: Mapped[Instant | None]


class ConsentWaiver(Public, Base):
    """A therapist lets a client book and join without the required consents, for a reason, for a while."""

    __tablename__ = "consent_waiver"

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    therapist_id: Mapped[AccountId]
    reason_sealed: Mapped[Bytes]
    reason = Sealed("reason_sealed")
    since_at: Mapped[Instant]
    until_at: Mapped[Instant]


class Intake(Public, Base):
    """A client's intake under one version of the form: a draft until `submitted_at` is set. A draft of a
    withdrawn version is carried over to a newer one and stays as it was, `replaced_at`."""

    __tablename__ = "intake"
    __table_args__ = (
        Index(
            "uq_intake_current",
            "client_id",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    form_id: Mapped[int] = mapped_column(ForeignKey("intake_form.id"))
    started_at: Mapped[Instant]
    submitted_at: Mapped[Instant | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    replaced_at: Mapped[Instant | None]


class IntakeAnswer(Public, Base):
    """One answer, kept as soon as it is given. `revision` rises with each change of it, so that somebody
    who edits an older state elsewhere is told instead of writing over it."""

    __tablename__ = "intake_answer"
    __table_args__ = (UniqueConstraint("intake_id", "field"),)

    id: Mapped[Id]
    intake_id: Mapped[int] = mapped_column(ForeignKey("intake.id"))
    field: Mapped[str] = mapped_column(String(60))
    value_sealed: Mapped[Bytes]
    value = Sealed("value_sealed")
    answered_at: Mapped[Instant]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    revision: Mapped[int] = mapped_column(default=1, server_default="1")


class IntakeAmendment(Public, Base):
    """An answer changed after the form was sent: what stood there, what stands there now, and why."""

    __tablename__ = "intake_amendment"

    id: Mapped[Id]
    intake_id: Mapped[int] = mapped_column(ForeignKey("intake.id"), index=True)
    field: Mapped[str] = mapped_column(String(60))
    before_sealed: Mapped[Bytes | None]
    before = Sealed("before_sealed")
    after_sealed: Mapped[Bytes]
    after = Sealed("after_sealed")
    reason_sealed: Mapped[Bytes]
    reason = Sealed("reason_sealed")
    amended_at: Mapped[Instant]
    amended_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
