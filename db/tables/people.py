"""Accounts and how people are signed in."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import AccountId, Base, Id, Instant, Public


class Account(Public, Base):
    """A person who can sign in. `email` is kept lower-case; `zone` is an IANA name."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("role IN ('client', 'therapist', 'administrator')", name="role"),)

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(String(16), index=True)
    name: Mapped[str] = mapped_column(String(100))
    zone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Instant]
    disabled_at: Mapped[Instant | None]


class SignIn(Base):
    """One signed-in device. The cookie's token is kept as its SHA-256 only."""

    __tablename__ = "sign_in"

    id: Mapped[Id]
    account_id: Mapped[AccountId]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_agent: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class Ticket(Base):
    """Proof that a password was right, good once and for a minute: the browser trades it for the cookie."""

    __tablename__ = "ticket"

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    ticket_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
