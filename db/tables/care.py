"""Who looks after whom, and the video visit."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from db.sealed import Sealed
from db.tables.base import AccountId, Base, Bytes, Id, Instant, Public

_DEVICE = "('ok', 'blocked', 'missing', 'in_use', 'unable', 'not_tried')"


class CareAssignment(Base):
    """`therapist` may see `client` from `since_at` until `until_at` (none: still).

    A supervisor reads the record; they are not offered for booking and have no sessions with the client.
    """

    __tablename__ = "care_assignment"
    __table_args__ = (
        Index(
            "uq_care_assignment_current",
            "client_id",
            "therapist_id",
            unique=True,
            sqlite_where=text("until_at IS NULL"),
            postgresql_where=text("until_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    therapist_id: Mapped[AccountId]
    supervises: Mapped[bool] = mapped_column(default=False, server_default=false())
    since_at: Mapped[Instant]
    until_at: Mapped[Instant | None]


class Handover(Public, Base):
    """Somebody gave a client's care on, or asked a colleague in: what changed, and what they wrote to them.

    `transfer`: `to` looks after the client in place of `by`; `co_therapist`: beside them; `supervisor`: `to`
    reads; `ended`: `to` has no part any more.
    """

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint("kind IN ('transfer', 'co_therapist', 'supervisor', 'ended')", name="kind"),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    to_id: Mapped[AccountId]
    kind: Mapped[str] = mapped_column(String(20))
    words_sealed: Mapped[Bytes | None]
    words = Sealed("words_sealed")
    submit_key: Mapped[str] = mapped_column(String(43), unique=True)
    at: Mapped[Instant]
    # When whoever it was given to first looked.
    seen_at: Mapped[Instant | None]


class Discharge(Public, Base):
    """The end of a client's care, with a summary kept as it is typed until `discharged_at`. Care that begins
    again (`reopened_at`) is a new episode. Those who looked after the client go on reading the record."""

    __tablename__ = "discharge"
    __table_args__ = (
        Index(
            "uq_discharge_current",
            "client_id",
            unique=True,
            sqlite_where=text("reopened_at IS NULL"),
            postgresql_where=text("reopened_at IS NULL"),
        ),
        CheckConstraint(
            "reason IN ('agreed', 'client', 'moved', 'referred', 'lost', 'other')", name="reason"
        ),
        CheckConstraint("reopened_at IS NULL OR discharged_at IS NOT NULL", name="reopened"),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str | None] = mapped_column(String(10))
    summary_sealed: Mapped[Bytes | None]
    summary = Sealed("summary_sealed")
    revision: Mapped[int]
    started_at: Mapped[Instant]
    kept_at: Mapped[Instant]
    discharged_at: Mapped[Instant | None]
    reopened_at: Mapped[Instant | None]
    reopened_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class Visit(Public, Base):
    """What happened in an appointment's room, and where the client said they were for it.

    `attendance` is what the therapist confirmed; until then only a suggestion is computed.
    """

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint("alone IN ('alone', 'not_alone')", name="alone"),
        CheckConstraint("attendance IN ('attended', 'no_show', 'cut_short')", name="attendance"),
        CheckConstraint("(attendance IS NULL) = (attendance_at IS NULL)", name="attendance_at"),
        CheckConstraint("feedback IN ('yes', 'mostly', 'no')", name="feedback"),
        # How many are in a process's rooms is asked where a room is given to one.
        Index("ix_visit_carried_by", "carried_by", "client_seen_at"),
    )

    id: Mapped[Id]
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), unique=True)
    client_seen_at: Mapped[Instant | None]
    client_waiting_since: Mapped[Instant | None]
    therapist_seen_at: Mapped[Instant | None]
    admitted_at: Mapped[Instant | None]
    # Confirmed by the client in the waiting room, for whoever has to send help.
    place_sealed: Mapped[Bytes | None]
    place = Sealed("place_sealed")
    call_back_sealed: Mapped[Bytes | None]
    call_back = Sealed("call_back_sealed")
    contact_sealed: Mapped[Bytes | None]
    contact = Sealed("contact_sealed")
    alone: Mapped[str | None] = mapped_column(String(10))
    confirmed_at: Mapped[Instant | None]
    # The therapist let the client in although they had not said where they were.
    gate_passed_at: Mapped[Instant | None]
    gate_reason_sealed: Mapped[Bytes | None]
    gate_reason = Sealed("gate_reason_sealed")
    # By phone from the start, or from when the video would not connect.
    by_phone_at: Mapped[Instant | None]
    attendance: Mapped[str | None] = mapped_column(String(10))
    attendance_at: Mapped[Instant | None]
    attendance_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    # The client's answer to whether they could see and hear well.
    feedback: Mapped[str | None] = mapped_column(String(10))
    # Where several processes share the work: the name of the one whose memory the call passes through.
    carried_by: Mapped[str | None] = mapped_column(String(20))


class PortalProcess(Base):
    """One of several processes on this database: how many calls it has, and when it was last heard of."""

    __tablename__ = "portal_process"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    calls: Mapped[int]
    most: Mapped[int]
    seen_at: Mapped[Instant]


class VisitSpell(Base):
    """One stretch of somebody's being in the call: attendance is made of these. `ending` says how it ended:
    they left, the connection was lost, another window took over, or the room was closed."""

    __tablename__ = "visit_spell"
    __table_args__ = (
        CheckConstraint("seat IN ('client', 'therapist')", name="seat"),
        CheckConstraint("ending IN ('left', 'lost', 'replaced', 'closed')", name="ending"),
        CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name="ended"),
        CheckConstraint("began_at <= ended_at", name="span"),
        # What is looked for again and again is what has not ended.
        Index(
            "ix_visit_spell_open",
            "seen_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    seat: Mapped[str] = mapped_column(String(10))
    began_at: Mapped[Instant]
    # Said again while it lasts, so that a process that was killed leaves a spell of about the right length.
    seen_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    ending: Mapped[str | None] = mapped_column(String(10))


class DeviceCheck(Base):
    """How a person's last device check went, for themselves and their therapist. No device's name is kept
    here: which camera was chosen stays in the browser."""

    __tablename__ = "device_check"
    __table_args__ = (
        CheckConstraint(f"camera IN {_DEVICE}", name="camera"),
        CheckConstraint(f"microphone IN {_DEVICE}", name="microphone"),
        CheckConstraint("sound IN ('heard', 'not_heard', 'not_tried')", name="sound"),
        CheckConstraint("network IN ('ok', 'relay_only', 'blocked', 'not_tried')", name="network"),
    )

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    at: Mapped[Instant]
    camera: Mapped[str] = mapped_column(String(10))
    microphone: Mapped[str] = mapped_column(String(10))
    sound: Mapped[str] = mapped_column(String(10))
    network: Mapped[str] = mapped_column(String(10))


class TurnSettings(Public, Base):
    """One row: how calls get through firewalls, where an administrator said so. `own`: a coturn with a shared
    secret; `static`: a provider's user name and password; `minted`: an address that gives short-lived
    credentials for a token. Without a row the deployment's own settings count."""

    __tablename__ = "turn_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("kind IN ('none', 'own', 'static', 'minted')", name="kind"),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(10))
    # One address a line, for example turn:turn.example.org:3478?transport=udp.
    urls: Mapped[str] = mapped_column(String(2000))
    username: Mapped[str] = mapped_column(String(300), default="", server_default="")
    mint_url: Mapped[str] = mapped_column(String(500), default="", server_default="")
    secret_sealed: Mapped[Bytes | None]
    secret = Sealed("secret_sealed")
    saved_at: Mapped[Instant]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    # How each address did when somebody tried it out: JSON, [[address, outcome], …].
    tested_at: Mapped[Instant | None]
    test_result: Mapped[str] = mapped_column(String(4000), default="", server_default="")
    # Why the provider gave a call no credentials, as a sentence; empty once it gives some again.
    failed_at: Mapped[Instant | None]
    failure: Mapped[str] = mapped_column(String(300), default="", server_default="")
