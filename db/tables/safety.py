"""The safety net: who answers a risk alert, the alerts and their trail, crisis numbers, safety plans."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.sealed import Sealed
from db.tables.base import AccountId, Base, Bytes, Id, Instant, Public


class ResponsePolicy(Base):
    """Who answers a risk alert, and how soon. No row: nobody is named, and no measure with a risk item
    is asked. `hours` is the clinic's own wording, for staff."""

    __tablename__ = "response_policy"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("responder_id <> backup_id", name="two_people"),
        CheckConstraint("escalate_after_minutes BETWEEN 5 AND 2880", name="escalate_after"),
    )

    id: Mapped[Id]
    responder_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    backup_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    hours: Mapped[str] = mapped_column(String(200))
    escalate_after_minutes: Mapped[int]
    decided_at: Mapped[Instant]
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))


class CrisisPlace(Public, Base):
    """Whom to call in one place. Clients are shown it once somebody has tried the numbers, `verified_on`."""

    __tablename__ = "crisis_place"

    id: Mapped[Id]
    place: Mapped[str] = mapped_column(String(60), unique=True)
    emergency_number: Mapped[str] = mapped_column(String(40))
    line_name: Mapped[str] = mapped_column(String(100))
    line_number: Mapped[str] = mapped_column(String(40))
    text_line: Mapped[str] = mapped_column(String(100), default="")
    verified_on: Mapped[date | None]


class RiskAlert(Public, Base):
    """A risk answer that somebody must look at: one open case a client, measure and item. A higher answer
    re-alerts; a lower one changes nothing. It is open until `resolved_at`, whatever is answered later."""

    __tablename__ = "risk_alert"
    __table_args__ = (
        Index(
            "uq_risk_alert_open",
            "client_id",
            "instrument",
            "item",
            unique=True,
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("ix_risk_alert_due", "resolved_at", "escalate_at"),
    )

    id: Mapped[Id]
    client_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    # None once the form is gone: the alert stays.
    response_id: Mapped[int | None] = mapped_column(ForeignKey("questionnaire_response.id"))
    instrument: Mapped[str] = mapped_column(String(20))
    item: Mapped[int]
    # The highest answer of this case so far.
    answer_sealed: Mapped[Bytes]
    answer = Sealed("answer_sealed")
    raised_at: Mapped[Instant]
    answered_at: Mapped[Instant]
    help_asked_at: Mapped[Instant | None]
    # When the next round of mails goes out, unless somebody has acknowledged it before.
    escalate_at: Mapped[Instant | None]
    escalations: Mapped[int] = mapped_column(default=0, server_default="0")
    acknowledged_at: Mapped[Instant | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    acted_at: Mapped[Instant | None]
    resolved_at: Mapped[Instant | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class RiskEvent(Public, Base):
    """The trail of an alert, one row for each thing that happened. Only ever added to. `detail` is a
    note by staff, or the answer that was given again."""

    __tablename__ = "risk_event"

    id: Mapped[Id]
    alert_id: Mapped[int] = mapped_column(ForeignKey("risk_alert.id"), index=True)
    at: Mapped[Instant]
    kind: Mapped[str] = mapped_column(String(30))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    detail_sealed: Mapped[Bytes | None]
    detail = Sealed("detail_sealed")


class SafetyPlan(Public, Base):
    """A client's own safety plan, as JSON: what was written in each step. Each edit is a new version."""

    __tablename__ = "safety_plan"
    __table_args__ = (UniqueConstraint("client_id", "version"),)

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    version: Mapped[int]
    steps_sealed: Mapped[Bytes]
    steps_json = Sealed("steps_sealed")
    edited_at: Mapped[Instant]
    edited_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
