"""What goes back and forth between sessions: documents, tasks, messages."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.sealed import Sealed
from db.tables.base import AccountId, Base, Bytes, Id, Instant, Public


class Document(Public, Base):
    """A file in a client's record, from them or for them. `media_type` is what its content was found to be,
    `size` its bytes before sealing. Withdrawn, nobody opens it any more; it is not deleted."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("size BETWEEN 1 AND 10485760", name="size"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", name="withdrawn"),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    name_sealed: Mapped[Bytes]
    name = Sealed("name_sealed")
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    # Base64, because what is sealed is text. Not read where documents are only listed.
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    content = Sealed("content_sealed")
    # Handed in as the answer to a task.
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    submit_key: Mapped[str] = mapped_column(String(43), unique=True)
    added_at: Mapped[Instant]
    # When the other side first opened it.
    seen_at: Mapped[Instant | None]
    withdrawn_at: Mapped[Instant | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class Task(Public, Base):
    """Something to do until a later session, set by a therapist: a text to act on, a worksheet to fill in, a
    measure to answer, or one part of the check-in to look at. The client's reply is kept as it is typed.

    Open until it is done (`done_at`) or withdrawn (`withdrawn_at`); done may be taken back, withdrawn not.
    """

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("kind IN ('text', 'file', 'measure', 'focus')", name="kind"),
        CheckConstraint("(kind = 'file') = (worksheet_id IS NOT NULL)", name="worksheet"),
        CheckConstraint("(kind = 'measure') = (instrument IS NOT NULL)", name="instrument"),
        CheckConstraint("(kind = 'focus') = (focus IS NOT NULL)", name="focus"),
        CheckConstraint("done_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(10))
    title_sealed: Mapped[Bytes]
    title = Sealed("title_sealed")
    words_sealed: Mapped[Bytes | None]
    words = Sealed("words_sealed")
    worksheet_id: Mapped[int | None] = mapped_column(
        ForeignKey("document.id", use_alter=True, name="fk_task_worksheet_id")
    )
    instrument: Mapped[str | None] = mapped_column(String(20))
    # An item of the check-in: "sleep".
    focus: Mapped[str | None] = mapped_column(String(20))
    due_on: Mapped[date | None]
    submit_key: Mapped[str] = mapped_column(String(43), unique=True)
    set_at: Mapped[Instant]
    reply_sealed: Mapped[Bytes | None]
    reply = Sealed("reply_sealed")
    reply_revision: Mapped[int] = mapped_column(default=0, server_default="0")
    reply_kept_at: Mapped[Instant | None]
    done_at: Mapped[Instant | None]
    # The therapist has looked at what came back.
    looked_at: Mapped[Instant | None]
    withdrawn_at: Mapped[Instant | None]
    withdrawn_reason_sealed: Mapped[Bytes | None]
    withdrawn_reason = Sealed("withdrawn_reason_sealed")


class MessageThread(Public, Base):
    """A conversation between a client and whoever looks after them. Closed, nobody adds to it."""

    __tablename__ = "message_thread"

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    begun_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    subject_sealed: Mapped[Bytes]
    subject = Sealed("subject_sealed")
    begun_at: Mapped[Instant]
    last_at: Mapped[Instant]
    closed_at: Mapped[Instant | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class Message(Public, Base):
    """One message. What was sent is not changed."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_in_order", "thread_id", "sent_at"),)

    id: Mapped[Id]
    thread_id: Mapped[int] = mapped_column(ForeignKey("message_thread.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    body_sealed: Mapped[Bytes]
    body = Sealed("body_sealed")
    submit_key: Mapped[str] = mapped_column(String(43), unique=True)
    sent_at: Mapped[Instant]


class MessageRead(Base):
    """Up to when somebody has read a thread. `mailed_at`: when they were last told by mail that there is
    something new in it; not again until they have read it."""

    __tablename__ = "message_read"
    __table_args__ = (UniqueConstraint("thread_id", "account_id"),)

    id: Mapped[Id]
    thread_id: Mapped[int] = mapped_column(ForeignKey("message_thread.id"))
    account_id: Mapped[AccountId]
    read_at: Mapped[Instant | None]
    mailed_at: Mapped[Instant | None]


class MessageDraft(Public, Base):
    """What somebody has typed and not sent yet: an answer in a thread, or, without one, a new message about
    a client (their own, for the client), or a task for them."""

    __tablename__ = "message_draft"
    __table_args__ = (UniqueConstraint("account_id", "client_id", "thread_key"),)

    id: Mapped[Id]
    account_id: Mapped[AccountId]
    client_id: Mapped[AccountId]
    # The thread's public id; "" for a new one, so that the constraint holds for it too; "task" for a task.
    thread_key: Mapped[str] = mapped_column(String(22))
    body_sealed: Mapped[Bytes]
    body = Sealed("body_sealed")
    revision: Mapped[int]
    kept_at: Mapped[Instant]


class AwayText(Base):
    """What a therapist's clients read above their messages while the therapist is away."""

    __tablename__ = "away_text"
    __table_args__ = (CheckConstraint("from_on <= until_on", name="span"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    words: Mapped[str] = mapped_column(String(500))
    from_on: Mapped[date]
    until_on: Mapped[date]
    saved_at: Mapped[Instant]
