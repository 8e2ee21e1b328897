"""What a therapist writes down about a session."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.sealed import Sealed
from db.tables.base import AccountId, Base, Bytes, Id, Instant, Public

_FORMATS = "('free', 'soap', 'dap', 'birp')"


class ProgressNote(Public, Base):
    """The author's note on one appointment, kept as it is typed. `revision` rises with each keeping.

    `body` is JSON: section name to text; the free form has the one section "text". Once signed it is locked:
    what it says then is the newest `NoteVersion`, and `body` is what is being typed as an amendment.
    """

    __tablename__ = "progress_note"
    __table_args__ = (
        UniqueConstraint("appointment_id", "author_id"),
        CheckConstraint(f"format IN {_FORMATS}", name="format"),
    )

    id: Mapped[Id]
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    client_id: Mapped[AccountId]
    author_id: Mapped[AccountId]
    format: Mapped[str] = mapped_column(String(10), default="free", server_default="free")
    body_sealed: Mapped[Bytes | None]
    body = Sealed("body_sealed")
    revision: Mapped[int]
    started_at: Mapped[Instant]
    kept_at: Mapped[Instant]
    signed_at: Mapped[Instant | None]
    # Why a signed note is being amended, as far as it is typed.
    reason_sealed: Mapped[Bytes | None]
    reason = Sealed("reason_sealed")


class NoteVersion(Public, Base):
    """A note as it was signed, and again with each amendment: the first has no reason, every later one has.
    Only ever added to; the database refuses a change."""

    __tablename__ = "note_version"
    __table_args__ = (
        UniqueConstraint("note_id", "version"),
        CheckConstraint(f"format IN {_FORMATS}", name="format"),
        CheckConstraint("(version = 1) = (reason_sealed IS NULL)", name="reason"),
    )

    id: Mapped[Id]
    note_id: Mapped[int] = mapped_column(ForeignKey("progress_note.id"))
    version: Mapped[int]
    format: Mapped[str] = mapped_column(String(10))
    body_sealed: Mapped[Bytes]
    body = Sealed("body_sealed")
    reason_sealed: Mapped[Bytes | None]
    reason = Sealed("reason_sealed")
    signed_at: Mapped[Instant]


class PrivateNote(Public, Base):
    """A psychotherapy note: what a therapist keeps for themselves about a client, apart from the record.
    Nobody but its author reads it."""

    __tablename__ = "private_note"

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    author_id: Mapped[AccountId]
    body_sealed: Mapped[Bytes | None]
    body = Sealed("body_sealed")
    revision: Mapped[int]
    started_at: Mapped[Instant]
    kept_at: Mapped[Instant]
