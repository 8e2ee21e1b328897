"""Everything the portal keeps about a client, as a file for them (GDPR, articles 15 and 20)."""

from __future__ import annotations

import json
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
    AuditEvent,
    Base,
    CareAssignment,
    ConsentSignature,
    EmergencyAccess,
    Intake,
    IntakeAnswer,
    MoodEntry,
    QuestionnaireResponse,
    RiskAlert,
    RiskEvent,
    SignIn,
    Visit,
)

# Tables that point at a person and hold nothing but the means of signing in.
LEFT_OUT = ("access_link", "recovery_code", "ticket")
# Secrets, and numbers that mean nothing outside.
_NEVER = ("password_hash", "totp_secret", "totp_last_step", "digest", "submit_key", "claimed_by")


@allowed(Permission.DATA_OWN, sensitive=True)
def own_data(viewer: Viewer, now: datetime) -> tuple[str, str, bytes]:
    """(file name, media type, content): JSON, one list for each kind of thing."""
    with db.unit_of_work() as session:
        found = {table.__tablename__: _rows(session, table, about) for table, about in _about(viewer)}
        record(
            session,
            now,
            viewer.account_id,
            "data.export",
            client_id=viewer.account_id,
            object_id=viewer.public_id,
        )
    text = json.dumps({"made_at": now.isoformat(), **found}, ensure_ascii=False, indent=1)
    return f"my-data-{now:%Y-%m-%d}.json", "application/json", text.encode()


def _about(viewer: Viewer) -> list[tuple[type[Base], ColumnElement[bool]]]:
    """Each table that holds something of the client's, and how it is found."""
    me = viewer.account_id
    intakes = select(Intake.id).where(Intake.client_id == me)
    alerts = select(RiskAlert.id).where(RiskAlert.client_id == me)
    meetings = select(Appointment.id).where(Appointment.client_id == me)
    return [
        (Account, Account.id == me),
        (ConsentSignature, ConsentSignature.client_id == me),
        (Intake, Intake.client_id == me),
        (IntakeAnswer, IntakeAnswer.intake_id.in_(intakes)),
        (QuestionnaireResponse, QuestionnaireResponse.client_id == me),
        (RiskAlert, RiskAlert.client_id == me),
        (RiskEvent, RiskEvent.alert_id.in_(alerts)),
        (MoodEntry, MoodEntry.client_id == me),
        (Appointment, Appointment.client_id == me),
        (Visit, Visit.appointment_id.in_(meetings)),
        (CareAssignment, CareAssignment.client_id == me),
        (EmergencyAccess, EmergencyAccess.client_id == me),
        (SignIn, SignIn.account_id == me),
        (AuditEvent, (AuditEvent.client_id == me) | (AuditEvent.actor_id == me)),
    ]


def _rows(session: Session, table: type[Base], about: ColumnElement[bool]) -> list[dict[str, Any]]:
    columns = [
        name
        for name in class_mapper(table).columns.keys()  # noqa: SIM118 - not a dict
        if name != "id" and not name.endswith(("_id", "_sealed", "_hash")) and name not in _NEVER
    ]
    sealed = [name for name, value in vars(table).items() if isinstance(value, Sealed) and name not in _NEVER]
    return [
        {name: _plain(getattr(row, name)) for name in (*columns, *sealed)}
        for row in session.scalars(select(table).where(about))
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
