"""How long records are kept, who may not be erased, and who was."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.sealed import Sealed
from db.tables.base import AccountId, Base, Bytes, Id, Instant, Public, Text


class LegalHold(Public, Base):
    """Nobody erases this client's record until it is lifted: a court or an authority needs it."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        Index(
            "uq_legal_hold_current",
            "client_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by_id IS NULL)", name="lifted"),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    reason_sealed: Mapped[Bytes]
    reason = Sealed("reason_sealed")
    placed_at: Mapped[Instant]
    placed_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    lifted_at: Mapped[Instant | None]
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    lifted_reason_sealed: Mapped[Bytes | None]
    lifted_reason = Sealed("lifted_reason_sealed")


class Erasure(Public, Base):
    """A client's record was erased: when, by whom, why, and how many rows of which table (`counts`, JSON).
    Nothing in it is the client's."""

    __tablename__ = "erasure"

    id: Mapped[Id]
    client_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    erased_at: Mapped[Instant]
    # When care had ended, and until when the record had to be kept at least.
    ended_on: Mapped[date]
    kept_until_on: Mapped[date]
    reason_sealed: Mapped[Bytes]
    reason = Sealed("reason_sealed")
    counts: Mapped[Text]
