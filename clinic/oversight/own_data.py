"""Everything the portal keeps about a client, as a file for them (GDPR, articles 15 and 20)."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, class_mapper

import db
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.sealed import Sealed
from db.tables import (
    Account,
    Appointment,
    AppointmentChange,
    AuditEvent,
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
    HeldTime,
    Intake,
    IntakeAmendment,
    IntakeAnswer,
    MeasurePlan,
    MeasuresShared,
    Message,
    MessageDraft,
    MessageRead,
    MessageThread,
    MoodEntry,
    Nudge,
    QuestionnaireResponse,
    Reminder,
    ResultReview,
    RiskAlert,
    RiskEvent,
    SafetyPlan,
    SignIn,
    SleepEntry,
    Task,
    TimeOffer,
    Visit,
    VisitSpell,
    WaitingEntry,
)

# Tables that point at a person and hold nothing but the means of signing in.
# Or that point at staff alone.
LEFT_OUT = (
    "access_link",
    "recovery_code",
    "ticket",
    "appointment_series",
    "away_text",
    "consent_text",
    "intake_form",
    "outbox_mail",
    # A therapist's own notes: the clinic gives them on request, and says what they mean.
    "progress_note",
    "private_note",
    "handover",
    "response_policy",
    "turn_settings",
    # What the clinic keeps about keeping: of its own duties, not of the client.
    "legal_hold",
    "erasure",
)
# Secrets, and numbers that mean nothing outside. The content of documents is ten megabytes each: they are
# named here, and opened one by one under Documents.
_NEVER = ("password_hash", "totp_secret", "totp_last_step", "digest", "submit_key", "claimed_by", "content")
# Who a row speaks of besides the client is said by name; of the log only what was done, and when.
_NAMELESS = (AuditEvent,)
_SELF = ("client_id", "account_id")
# What a row of these is called by whoever reads it; of any other, its public id.
_CALLED = {"account": "name", "consent_text": "title", "crisis_place": "place", "session_type": "name"}

Rows = list[dict[str, Any]]


@allowed(Permission.DATA_OWN, sensitive=True)
def own_data(viewer: Viewer, now: datetime) -> tuple[str, str, bytes]:
    """(file name, media type, content): JSON, one list for each kind of thing."""
    with db.unit_of_work() as session:
        found = everything(session, viewer.account_id)
        record(
            session,
            now,
            viewer.account_id,
            "data.export",
            client_id=viewer.account_id,
            object_id=viewer.public_id,
        )
    return f"my-data-{now:%Y-%m-%d}.json", "application/json", as_json(found, now)


def as_json(found: dict[str, Any], now: datetime) -> bytes:
    return json.dumps({"made_at": now.isoformat(), **found}, ensure_ascii=False, indent=1).encode()


def everything(
    session: Session, me: int, *, leave_out: Collection[str] = (), contents: bool = True
) -> dict[str, Rows]:
    """Every table that holds something of this client's, each a list of rows; the caller has decided who may.

    Args:
        leave_out: tables that are not wanted.
        contents: with the contents of documents, except of those that were withdrawn: nobody opens them.
    """
    return {
        table.__tablename__: _rows(session, table, about, contents)
        for table, about in about_client(me)
        if table.__tablename__ not in leave_out
    }


def about_client(me: int) -> list[tuple[type[Base], ColumnElement[bool]]]:
    """Each table that holds something of the client's, and how it is found."""
    intakes = select(Intake.id).where(Intake.client_id == me)
    alerts = select(RiskAlert.id).where(RiskAlert.client_id == me)
    goals = select(Goal.id).where(Goal.client_id == me)
    answered = select(QuestionnaireResponse.id).where(QuestionnaireResponse.client_id == me)
    meetings = select(Appointment.id).where(Appointment.client_id == me)
    visits = select(Visit.id).where(Visit.appointment_id.in_(meetings))
    threads = select(MessageThread.id).where(MessageThread.client_id == me)
    return [
        (Account, Account.id == me),
        (ConsentSignature, ConsentSignature.client_id == me),
        (ConsentWaiver, ConsentWaiver.client_id == me),
        (Intake, Intake.client_id == me),
        (IntakeAnswer, IntakeAnswer.intake_id.in_(intakes)),
        (IntakeAmendment, IntakeAmendment.intake_id.in_(intakes)),
        (MeasurePlan, MeasurePlan.client_id == me),
        (Nudge, Nudge.client_id == me),
        (QuestionnaireResponse, QuestionnaireResponse.client_id == me),
        (ResultReview, ResultReview.response_id.in_(answered)),
        (ChartMark, ChartMark.client_id == me),
        (Episode, Episode.client_id == me),
        (MeasuresShared, MeasuresShared.client_id == me),
        (RiskAlert, RiskAlert.client_id == me),
        (RiskEvent, RiskEvent.alert_id.in_(alerts)),
        (SafetyPlan, SafetyPlan.client_id == me),
        (MoodEntry, MoodEntry.client_id == me),
        (CheckInItems, CheckInItems.client_id == me),
        (CheckInReminder, CheckInReminder.client_id == me),
        (ClientDraft, ClientDraft.client_id == me),
        (SleepEntry, SleepEntry.client_id == me),
        (Goal, Goal.client_id == me),
        (GoalRating, GoalRating.goal_id.in_(goals)),
        (Appointment, Appointment.client_id == me),
        (AppointmentChange, AppointmentChange.appointment_id.in_(meetings)),
        (WaitingEntry, WaitingEntry.client_id == me),
        (TimeOffer, TimeOffer.client_id == me),
        (HeldTime, HeldTime.for_id == me),
        (Reminder, Reminder.account_id == me),
        (CalendarFeed, CalendarFeed.account_id == me),
        (Visit, Visit.appointment_id.in_(meetings)),
        (VisitSpell, VisitSpell.visit_id.in_(visits) & (VisitSpell.seat == "client")),
        (DeviceCheck, DeviceCheck.account_id == me),
        # What a therapist withdrew may have been another person's.
        (Document, (Document.client_id == me) & (Document.withdrawn_at.is_(None) | (Document.by_id == me))),
        (Task, Task.client_id == me),
        (MessageThread, MessageThread.client_id == me),
        (Message, Message.thread_id.in_(threads)),
        (MessageRead, MessageRead.account_id == me),
        (MessageDraft, MessageDraft.account_id == me),
        (CareAssignment, CareAssignment.client_id == me),
        (Discharge, (Discharge.client_id == me) & Discharge.discharged_at.is_not(None)),
        (EmergencyAccess, EmergencyAccess.client_id == me),
        (SignIn, SignIn.account_id == me),
        (AuditEvent, (AuditEvent.client_id == me) | (AuditEvent.actor_id == me)),
    ]


def _rows(session: Session, table: type[Base], about: ColumnElement[bool], contents: bool) -> Rows:
    columns = [
        name
        for name in class_mapper(table).columns.keys()  # noqa: SIM118 - not a dict
        if name == "public_id"
        or (name != "id" and not name.endswith(("_id", "_sealed", "_hash")) and name not in _NEVER)
    ]
    sealed = [name for name, value in vars(table).items() if isinstance(value, Sealed) and name not in _NEVER]
    found = list(session.scalars(select(table).where(about)))
    others = _others(session, table, found)
    rows = []
    for row in found:
        said = {name: _plain(getattr(row, name)) for name in columns}
        for name in sealed:
            if isinstance(row, Document) and name == "content" and (not contents or row.withdrawn_at):
                continue
            said[name] = getattr(row, name)
        for column, names in others.items():
            said[column.removesuffix("_id")] = names.get(getattr(row, column))
        rows.append(said)
    return rows


def _others(session: Session, table: type[Base], rows: Sequence[Any]) -> dict[str, dict[int | None, str]]:
    """For each column that points at another row, what that row is called: a person by name, a part of
    something by the public id under which it stands elsewhere in the copy."""
    found: dict[str, dict[int | None, str]] = {}
    for column in class_mapper(table).columns if table not in _NAMELESS else ():
        target = next((key.column.table for key in column.foreign_keys), None)
        if target is None or column.name in _SELF:
            continue
        called = target.columns.get(_CALLED.get(target.name, "public_id"))
        if called is not None:
            wanted = {getattr(row, column.name) for row in rows} - {None}
            query = select(target.columns["id"], called).where(target.columns["id"].in_(wanted))
            found[column.name] = dict(session.execute(query).all())
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
