"""What becomes of each table when a client is erased: gone, blanked, or left as it is and why.

A test walks every table there is and asks that it stands here, so that a new one cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from db.tables import (
    AccessLink,
    Account,
    Appointment,
    AppointmentChange,
    Base,
    CalendarFeed,
    CareAssignment,
    ChartMark,
    CheckInItems,
    CheckInReminder,
    ClientDraft,
    ConsentSignature,
    ConsentWaiver,
    DeviceCheck,
    Discharge,
    Document,
    EmergencyAccess,
    Episode,
    Goal,
    GoalRating,
    Handover,
    HeldTime,
    Intake,
    IntakeAmendment,
    IntakeAnswer,
    LegalHold,
    MeasurePlan,
    MeasuresShared,
    Message,
    MessageDraft,
    MessageRead,
    MessageThread,
    MoodEntry,
    NoteVersion,
    Nudge,
    OutboxMail,
    PrivateNote,
    ProgressNote,
    QuestionnaireResponse,
    RecoveryCode,
    Reminder,
    ResultReview,
    RiskAlert,
    RiskEvent,
    SafetyPlan,
    SignIn,
    SleepEntry,
    Task,
    Ticket,
    TimeOffer,
    Visit,
    VisitSpell,
    WaitingEntry,
)

ERASED_NAME = "Erased client"
# Rows that stay without what made them the client's.
BLANKED = ("account", "appointment", "visit")
# Tables that no erasure touches, and why not.
STAYS: Mapping[str, str] = {
    "audit_event": "who did what and when, by number; changed, its chain would break",
    "erasure": "that it was done, and nothing of whom",
    "appointment_series": "how often sessions were repeated; it names no client",
    "guess": "keyed hashes that name nobody, thrown away after a while",
    "availability": "therapists' hours",
    "away_text": "therapists' absence",
    "booking_rules": "the clinic's rules",
    "clinic": "the clinic itself",
    "clinic_room": "the clinic's rooms",
    "consent_text": "the clinic's texts",
    "crisis_place": "crisis numbers",
    "hours_exception": "therapists' time off",
    "intake_form": "the clinic's forms",
    "backup_run": "when backups were made",
    "portal_process": "which processes run",
    "key_check": "the key's check value",
    "response_policy": "who answers alerts: staff",
    "session_type": "what can be booked",
    "setup_code": "the first start",
    "therapist_offers": "what therapists offer",
    "therapist_profile": "what therapists say of themselves",
    "turn_settings": "how calls get through firewalls",
}


def gone(me: int) -> list[tuple[type[Base], ColumnElement[bool]]]:
    """Each table whose rows of this client are deleted, and which those are, in an order that leaves no row
    pointing at nothing."""
    alerts = select(RiskAlert.id).where(RiskAlert.client_id == me)
    answered = select(QuestionnaireResponse.id).where(QuestionnaireResponse.client_id == me)
    intakes = select(Intake.id).where(Intake.client_id == me)
    notes = select(ProgressNote.id).where(ProgressNote.client_id == me)
    goals = select(Goal.id).where(Goal.client_id == me)
    threads = select(MessageThread.id).where(MessageThread.client_id == me)
    meetings = select(Appointment.id).where(Appointment.client_id == me)
    visits = select(Visit.id).where(Visit.appointment_id.in_(meetings))
    held = select(HeldTime.id).where(HeldTime.for_id == me)
    return [
        (OutboxMail, (OutboxMail.to_id == me) | OutboxMail.alert_id.in_(alerts)),
        (RiskEvent, RiskEvent.alert_id.in_(alerts)),
        (RiskAlert, RiskAlert.client_id == me),
        (ResultReview, ResultReview.response_id.in_(answered)),
        (QuestionnaireResponse, QuestionnaireResponse.client_id == me),
        (MeasurePlan, MeasurePlan.client_id == me),
        (MeasuresShared, MeasuresShared.client_id == me),
        (ChartMark, ChartMark.client_id == me),
        (Episode, Episode.client_id == me),
        (Nudge, Nudge.client_id == me),
        (SafetyPlan, SafetyPlan.client_id == me),
        (NoteVersion, NoteVersion.note_id.in_(notes)),
        (ProgressNote, ProgressNote.client_id == me),
        (PrivateNote, PrivateNote.client_id == me),
        (IntakeAmendment, IntakeAmendment.intake_id.in_(intakes)),
        (IntakeAnswer, IntakeAnswer.intake_id.in_(intakes)),
        (Intake, Intake.client_id == me),
        (ConsentSignature, ConsentSignature.client_id == me),
        (ConsentWaiver, ConsentWaiver.client_id == me),
        (MoodEntry, MoodEntry.client_id == me),
        (SleepEntry, SleepEntry.client_id == me),
        (GoalRating, GoalRating.goal_id.in_(goals)),
        (Goal, Goal.client_id == me),
        (CheckInItems, CheckInItems.client_id == me),
        (CheckInReminder, CheckInReminder.client_id == me),
        (ClientDraft, ClientDraft.client_id == me),
        (Message, Message.thread_id.in_(threads)),
        (MessageRead, MessageRead.thread_id.in_(threads) | (MessageRead.account_id == me)),
        (MessageDraft, (MessageDraft.client_id == me) | (MessageDraft.account_id == me)),
        (MessageThread, MessageThread.client_id == me),
        (Task, Task.client_id == me),
        (Document, Document.client_id == me),
        (AppointmentChange, AppointmentChange.appointment_id.in_(meetings)),
        (Reminder, Reminder.appointment_id.in_(meetings) | (Reminder.account_id == me)),
        (VisitSpell, VisitSpell.visit_id.in_(visits)),
        (TimeOffer, (TimeOffer.client_id == me) | TimeOffer.held_time_id.in_(held)),
        (HeldTime, HeldTime.for_id == me),
        (WaitingEntry, WaitingEntry.client_id == me),
        (CalendarFeed, CalendarFeed.account_id == me),
        (DeviceCheck, DeviceCheck.account_id == me),
        (Handover, Handover.client_id == me),
        (Discharge, Discharge.client_id == me),
        (EmergencyAccess, EmergencyAccess.client_id == me),
        (CareAssignment, CareAssignment.client_id == me),
        (LegalHold, LegalHold.client_id == me),
        (SignIn, SignIn.account_id == me),
        (Ticket, Ticket.account_id == me),
        (AccessLink, AccessLink.account_id == me),
        (RecoveryCode, RecoveryCode.account_id == me),
    ]


def empty(session: Session, client: Account, now: datetime) -> dict[str, int]:
    """Everything of this client's, gone or blanked, in the caller's transaction. Returns how many rows of
    which table; those with none are not in it."""
    me = client.id
    # A document may be the answer to a task, and a task's worksheet is a document.
    unbound = update(Document).where(Document.client_id == me).values(task_id=None)
    session.execute(unbound.execution_options(synchronize_session=False))
    counts = {}
    for table, about in gone(me):
        going = delete(table).where(about).returning(table.__table__.columns["id"])
        ids = session.scalars(going.execution_options(synchronize_session=False)).all()
        counts[table.__tablename__] = len(ids)
    meetings = select(Appointment.id).where(Appointment.client_id == me)
    blanked: list[tuple[type[Base], ColumnElement[bool], Mapping[str, Any]]] = [
        (Visit, Visit.appointment_id.in_(meetings), VISIT),
        (Appointment, Appointment.client_id == me, APPOINTMENT),
        (Account, Account.id == me, account_of(client, now)),
    ]
    for kind, about, values in blanked:
        blanking = update(kind).where(about).values(values).returning(kind.__table__.columns["id"])
        done = session.scalars(blanking.execution_options(synchronize_session=False)).all()
        counts[kind.__tablename__] = len(done)
    session.expire_all()
    return {name: number for name, number in counts.items() if number}


# Attendance stays, for the clinic's figures; where somebody was, and how it went for them, does not.
VISIT: Mapping[str, Any] = dict.fromkeys(
    (
        "client_seen_at",
        "client_waiting_since",
        "therapist_seen_at",
        "admitted_at",
        "place_sealed",
        "call_back_sealed",
        "contact_sealed",
        "alone",
        "confirmed_at",
        "gate_passed_at",
        "gate_reason_sealed",
        "by_phone_at",
        "feedback",
    )
)
# When, with whom and whether it was cancelled stays: the therapist's calendar and the clinic's figures.
APPOINTMENT: Mapping[str, Any] = {"overlap_reason_sealed": None}


def account_of(client: Account, now: datetime) -> dict[str, Any]:
    """Of an account only its number stays, its public id, which the log names, and when it was made."""
    return {
        "email": f"erased-{client.id}@erased.invalid",
        "password_hash": "",
        "name": ERASED_NAME,
        "pronouns": "",
        "legal_name_sealed": None,
        "zone": "UTC",
        "born_sealed": None,
        "place_id": None,
        "place_said_at": None,
        "mail_on_sign_in": False,
        "mail_reminders": False,
        "disabled_at": now,
        "erased_at": now,
        "totp_secret_sealed": None,
        "totp_since_at": None,
        "totp_last_step": None,
    }
