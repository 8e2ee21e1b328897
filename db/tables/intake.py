"""Consent and the intake form's answers."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.sealed import Sealed
from db.tables.base import AccountId, Base, Bytes, Id, Instant, Public, Text


class ConsentText(Public, Base):
    """One published version of the consent: never changed, only followed by the next."""

    __tablename__ = "consent_text"

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[Text]
    body: Mapped[Text]
    body_hash: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[Instant]


class ConsentSignature(Public, Base):
    """A client's typed signature under one version, with the hash of exactly what was shown."""

    __tablename__ = "consent_signature"
    __table_args__ = (UniqueConstraint("client_id", "consent_text_id"),)

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    consent_text_id: Mapped[int] = mapped_column(ForeignKey("consent_text.id"))
    body_hash: Mapped[str] = mapped_column(String(64))
    signed_name_sealed: Mapped[Bytes]
    signed_name = Sealed("signed_name_sealed")
    signed_at: Mapped[Instant]


class Intake(Public, Base):
    """A client's intake: a draft until `submitted_at` is set."""

    __tablename__ = "intake"

    id: Mapped[Id]
    client_id: Mapped[AccountId] = mapped_column(unique=True)
    form_version: Mapped[int]
    started_at: Mapped[Instant]
    submitted_at: Mapped[Instant | None]


class IntakeAnswer(Public, Base):
    """One answer, kept as soon as it is given."""

    __tablename__ = "intake_answer"
    __table_args__ = (UniqueConstraint("intake_id", "field"),)

    id: Mapped[Id]
    intake_id: Mapped[int] = mapped_column(ForeignKey("intake.id"))
    field: Mapped[str] = mapped_column(String(60))
    value_sealed: Mapped[Bytes]
    value = Sealed("value_sealed")
    answered_at: Mapped[Instant]
