"""Measures, risk answers and mood."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from db.sealed import Sealed
from db.tables.base import AccountId, Base, Bytes, Id, Instant, Public


class QuestionnaireResponse(Public, Base):
    """One filling of one measure. Item answers are sealed JSON; the total is set when complete."""

    __tablename__ = "questionnaire_response"
    __table_args__ = (
        Index("ix_questionnaire_response_series", "client_id", "instrument", "completed_at"),
        # One unfinished form a measure: a second device carries on with the same one.
        Index(
            "uq_questionnaire_response_open",
            "client_id",
            "instrument",
            unique=True,
            sqlite_where=text("completed_at IS NULL"),
            postgresql_where=text("completed_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    instrument: Mapped[str] = mapped_column(String(20))
    instrument_version: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[Instant]
    completed_at: Mapped[Instant | None]
    answers_sealed: Mapped[Bytes]
    answers_json = Sealed("answers_sealed")
    total: Mapped[int | None]


class RiskAlert(Public, Base):
    """A risk answer that somebody must look at: one a response and item, re-opened when it rises."""

    __tablename__ = "risk_alert"
    __table_args__ = (
        Index("uq_risk_alert_answer", "response_id", "item", unique=True),
        Index("ix_risk_alert_open", "client_id", "acknowledged_at"),
    )

    id: Mapped[Id]
    client_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    response_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_response.id"))
    instrument: Mapped[str] = mapped_column(String(20))
    item: Mapped[int]
    answer_sealed: Mapped[Bytes]
    answer = Sealed("answer_sealed")
    raised_at: Mapped[Instant]
    acknowledged_at: Mapped[Instant | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class RiskEvent(Base):
    """The trail of an alert: raised, answered again, crisis help shown, acknowledged. Only ever added to."""

    __tablename__ = "risk_event"

    id: Mapped[Id]
    alert_id: Mapped[int] = mapped_column(ForeignKey("risk_alert.id"), index=True)
    at: Mapped[Instant]
    kind: Mapped[str] = mapped_column(String(30))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class MoodEntry(Public, Base):
    """One day's check-in, 1 (very low) to 5 (very good). A later one for the same day replaces it;
    the earlier row stays, marked."""

    __tablename__ = "mood_entry"
    __table_args__ = (
        CheckConstraint("mood BETWEEN 1 AND 5", name="mood"),
        Index(
            "uq_mood_entry_day",
            "client_id",
            "day_on",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    day_on: Mapped[date]
    mood: Mapped[int]
    note_sealed: Mapped[Bytes | None]
    note = Sealed("note_sealed")
    entered_at: Mapped[Instant]
    replaced_at: Mapped[Instant | None]
