"""Accounts and how people are signed in."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false, true
from sqlalchemy.orm import Mapped, mapped_column

from db.sealed import Sealed
from db.tables.base import AccountId, Base, Bytes, Id, Instant, Public


class Account(Public, Base):
    """A person who can sign in. `email` is kept lower-case; `zone` is an IANA name.

    `password_hash` is empty until an invited person has chosen a password: nothing opens it.
    """

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("role IN ('client', 'therapist', 'administrator')", name="role"),)

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(String(16), index=True)
    name: Mapped[str] = mapped_column(String(100))
    # `name` is what everyone sees, chosen by the person; the legal name only where a document needs it.
    pronouns: Mapped[str] = mapped_column(String(40), default="", server_default="")
    legal_name_sealed: Mapped[Bytes | None]
    legal_name = Sealed("legal_name_sealed")
    zone: Mapped[str] = mapped_column(String(64))
    # Clients: "day/month/year" as typed, and where they last said they are (crisis numbers depend on it).
    born_sealed: Mapped[Bytes | None]
    born = Sealed("born_sealed")
    place_id: Mapped[int | None] = mapped_column(ForeignKey("crisis_place.id"))
    place_said_at: Mapped[Instant | None]
    mail_on_sign_in: Mapped[bool] = mapped_column(default=True, server_default=true())
    mail_reminders: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[Instant]
    disabled_at: Mapped[Instant | None]
    # Nothing of the person is left in it; the row stays for what counts sessions and acts by its number.
    erased_at: Mapped[Instant | None]
    # Second factor: begun with a secret, in force once a first code was right.
    totp_secret_sealed: Mapped[Bytes | None]
    totp_secret = Sealed("totp_secret_sealed")
    totp_since_at: Mapped[Instant | None]
    totp_last_step: Mapped[int | None]


class SignIn(Base):
    """One signed-in device. The cookie's token is kept as its SHA-256 only."""

    __tablename__ = "sign_in"

    id: Mapped[Id]
    account_id: Mapped[AccountId]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_agent: Mapped[str] = mapped_column(String(200))
    remote: Mapped[str] = mapped_column(String(45), default="", server_default="")
    started_at: Mapped[Instant]
    # The last thing the person did; an automatic refresh is none.
    seen_at: Mapped[Instant]
    # When the password was last given: sensitive acts ask for it again.
    password_at: Mapped[Instant | None]
    expires_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class Ticket(Base):
    """Proof that a password was right, good once and for a minute: the browser trades it for the cookie."""

    __tablename__ = "ticket"

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    ticket_hash: Mapped[str] = mapped_column(String(64), unique=True)
    # Good for nothing but a second factor's code, until that is given.
    needs_code: Mapped[bool] = mapped_column(default=False, server_default=false())
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class AccessLink(Base):
    """An invitation or a reset: opens once, until `expires_at`. Only the token's SHA-256 is kept."""

    __tablename__ = "access_link"
    __table_args__ = (CheckConstraint("purpose IN ('invitation', 'reset')", name="purpose"),)

    id: Mapped[Id]
    account_id: Mapped[AccountId]
    purpose: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class RecoveryCode(Base):
    """One of the codes for when the telephone is gone; good once. Kept as a keyed hash."""

    __tablename__ = "recovery_code"

    id: Mapped[Id]
    account_id: Mapped[AccountId]
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[Instant | None]


class Guess(Base):
    """One password or code that was tried. Account and address are keyed hashes: the table names nobody."""

    __tablename__ = "guess"
    __table_args__ = (
        Index("ix_guess_account", "account_hash", "at"),
        Index("ix_guess_address", "address_hash", "at"),
    )

    id: Mapped[Id]
    account_hash: Mapped[str] = mapped_column(String(64))
    address_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[Instant]
    right: Mapped[bool] = mapped_column(default=False)


class EmergencyAccess(Public, Base):
    """A therapist opened a record that is not theirs, for a reason, for a day. The administrator is told."""

    __tablename__ = "emergency_access"

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    therapist_id: Mapped[AccountId]
    reason_sealed: Mapped[Bytes | None]
    reason = Sealed("reason_sealed")
    since_at: Mapped[Instant]
    until_at: Mapped[Instant]
    seen_at: Mapped[Instant | None]
