"""A client with something in every table there is: for what has to miss none of them."""

from __future__ import annotations

import base64
import itertools
import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Date, Integer, select
from sqlalchemy.orm import Session, class_mapper

import db
from clinic.people.viewer import Viewer
from db.sealed import Sealed
from db.tables import (
    AccessLink,
    Account,
    Appointment,
    AppointmentChange,
    Base,
    CalendarFeed,
    ChartMark,
    CheckInItems,
    CheckInReminder,
    ClientDraft,
    ConsentSignature,
    ConsentText,
    ConsentWaiver,
    CrisisPlace,
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
    IntakeForm,
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
    SessionType,
    SignIn,
    SleepEntry,
    Task,
    Ticket,
    TimeOffer,
    Visit,
    VisitSpell,
    WaitingEntry,
)
from db.types import UtcDateTime

# In every text of the client's, sealed or not.
CANARY = "zebracanary"
BORN = "27/3/1990"
FILE = f"{CANARY} in a file".encode()
_numbers = itertools.count(1)


def fill(client: Viewer, therapist: Viewer, at: datetime, *, ended: bool = True) -> None:
    """A row or more of this client's in every table, with CANARY in every text; their care ended then, if
    `ended`. They have an account and a therapist already."""
    with db.unit_of_work() as session:
        made = _Made(session, client, therapist, at)
        made.person()
        made.answers()
        made.care(ended)
        made.sessions()
        made.between()


class _Made:
    def __init__(self, session: Session, client: Viewer, therapist: Viewer, at: datetime) -> None:
        self.session, self.client, self.therapist, self.at = (
            session,
            client.account_id,
            therapist.account_id,
            at,
        )

    def person(self) -> None:
        account = self.session.get_one(Account, self.client)
        account.legal_name, account.born, account.pronouns = f"{CANARY} legal", BORN, CANARY
        account.totp_secret = f"{CANARY}SECRET"
        account.place_id, account.place_said_at = (
            self.row(CrisisPlace, place=f"Place {self.client}").id,
            self.at,
        )
        for table in (AccessLink, RecoveryCode, SignIn, Ticket, CalendarFeed):
            given = {"purpose": "reset"} if table is AccessLink else {}
            self.row(table, **given)
        tried = {"camera": "ok", "microphone": "ok", "sound": "heard", "network": "ok"}
        self.row(DeviceCheck, **tried)

    def answers(self) -> None:
        form = self.one(IntakeForm)
        whole = self.row(Intake, form_id=form, submitted_at=self.at)
        self.row(IntakeAnswer, intake_id=whole.id, field="brings")
        self.row(IntakeAmendment, intake_id=whole.id, field="brings")
        self.row(ConsentSignature, consent_text_id=self.one(ConsentText), withdrawn_at=self.at)
        self.row(ConsentWaiver)
        self.row(MeasurePlan, instrument="pswq", cadence="once")
        answered = self.row(
            QuestionnaireResponse,
            instrument="phq-9",
            instrument_version="1",
            completed_at=self.at,
            total=9,
            answers_json=json.dumps({str(item): 1 for item in range(10)}),
        )
        self.row(ResultReview, response_id=answered.id)
        self.row(ChartMark, kind="event")
        self.row(Episode, began_at=self.at)
        self.row(MeasuresShared)
        self.row(Nudge)
        alert = self.row(
            RiskAlert, instrument="phq-9", item=9, response_id=answered.id, resolved_at=self.at, answer="1"
        )
        self.row(RiskEvent, alert_id=alert.id, kind="raised")
        self.row(OutboxMail, alert_id=alert.id, to_id=self.therapist, subject=CANARY)
        self.row(OutboxMail, to_id=self.client, subject=CANARY)
        self.row(SafetyPlan, version=1, steps_json=json.dumps({"signs": CANARY}))
        self.row(MoodEntry, mood=2, tags_json=json.dumps(["walk"]))
        self.row(SleepEntry, tried_minute=1380, quality=3)
        self.row(GoalRating, goal_id=self.row(Goal).id, rating=4)
        self.row(CheckInItems, items="mood")
        self.row(CheckInReminder, minute=1200)
        self.row(ClientDraft, form="goal", answers_json=json.dumps({"words": CANARY}))

    def care(self, ended: bool) -> None:
        self.row(EmergencyAccess)
        self.row(Handover, kind="supervisor", to_id=self.therapist)
        self.row(LegalHold, lifted_at=self.at, lifted_by_id=self.therapist)
        if ended:
            self.row(Discharge, reason="agreed", discharged_at=self.at)

    def sessions(self) -> None:
        kind = self.one(SessionType)
        # A time of this client's own: the therapist has others.
        begins = self.at - timedelta(days=7, hours=self.client)
        ends = begins + timedelta(minutes=50)
        meeting = self.row(
            Appointment,
            session_type_id=kind,
            starts_at=begins,
            ends_at=ends,
            blocks_from=begins,
            blocks_until=ends,
            status="booked",
        )
        self.row(AppointmentChange, appointment_id=meeting.id, kind="booked")
        self.row(Reminder, appointment_id=meeting.id)
        seen = {"attendance": "attended", "attendance_at": self.at, "alone": "alone", "feedback": "yes"}
        visit = self.row(Visit, appointment_id=meeting.id, client_seen_at=begins, **seen)
        self.row(VisitSpell, visit_id=visit.id, seat="client")
        note = self.row(ProgressNote, appointment_id=meeting.id, signed_at=self.at)
        self.row(NoteVersion, note_id=note.id, version=1, format="free", reason=None)
        self.row(NoteVersion, note_id=note.id, version=2, format="free")
        self.row(PrivateNote)
        self.row(WaitingEntry, session_type_id=kind, weekdays="0", from_minute=1, until_minute=2)
        held = self.row(
            HeldTime,
            session_type_id=kind,
            starts_at=self.at,
            ends_at=self.at + timedelta(minutes=50),
            for_id=self.client,
        )
        self.row(TimeOffer, held_time_id=held.id)

    def between(self) -> None:
        thread = self.row(MessageThread)
        self.row(Message, thread_id=thread.id)
        self.row(MessageRead, thread_id=thread.id)
        self.row(MessageDraft, thread_key="")
        self.row(MessageDraft, account_id=self.therapist, thread_key="")
        kept = {"size": len(FILE), "media_type": "text/plain", "content": base64.b64encode(FILE).decode()}
        sheet = self.row(Document, name=f"{CANARY} sheet.txt", **kept)
        task = self.row(Task, kind="file", worksheet_id=sheet.id)
        self.row(Document, name=f"=1+1 {CANARY}/../..\\back.exe", task_id=task.id, **kept)

    def one(self, table: type[Any]) -> int:
        """The number of a row that the clinic has anyway."""
        found: int = self.session.scalars(select(table.id).order_by(table.id)).all()[0]
        return found

    def row(self, table: type[Any], **given: Any) -> Any:
        sealed = {
            name: f"{CANARY} {name}" for name, value in vars(table).items() if isinstance(value, Sealed)
        }
        made = table(**(self._needed(table) | {k: v for k, v in given.items() if k not in sealed}))
        for name, text in (sealed | {k: v for k, v in given.items() if k in sealed}).items():
            setattr(made, name, text)
        self.session.add(made)
        self.session.flush()
        return made

    def _needed(self, table: type[Base]) -> dict[str, Any]:
        """A value for each column that wants one."""
        found: dict[str, Any] = {}
        for column in class_mapper(table).columns:
            ready = column.nullable or column.default is not None or column.server_default is not None
            if ready or column.primary_key or column.name == "public_id" or column.name.endswith("_sealed"):
                continue
            if column.foreign_keys:
                theirs = column.name in ("client_id", "account_id")
                found[column.name] = self.client if theirs else self.therapist
            elif isinstance(column.type, UtcDateTime):
                found[column.name] = self.at
            elif isinstance(column.type, Date):
                found[column.name] = self.at.date()
            elif isinstance(column.type, Integer):
                found[column.name] = 1
            else:
                found[column.name] = f"{CANARY[:5]}{next(_numbers)}"[: getattr(column.type, "length", None)]
        return found
