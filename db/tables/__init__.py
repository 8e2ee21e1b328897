"""Every table, so that `Base.metadata` is whole once this package is imported."""

from db.tables.base import Base
from db.tables.care import Appointment, Availability, CareAssignment, SessionType, Visit
from db.tables.clinic import AuditEvent, Clinic, KeyCheck, OutboxMail, SetupCode
from db.tables.intake import ConsentSignature, ConsentText, Intake, IntakeAnswer
from db.tables.people import AccessLink, Account, EmergencyAccess, Guess, RecoveryCode, SignIn, Ticket
from db.tables.wellbeing import MoodEntry, QuestionnaireResponse, RiskAlert, RiskEvent

__all__ = [
    "AccessLink",
    "Account",
    "Appointment",
    "AuditEvent",
    "Availability",
    "Base",
    "CareAssignment",
    "Clinic",
    "ConsentSignature",
    "ConsentText",
    "EmergencyAccess",
    "Guess",
    "Intake",
    "IntakeAnswer",
    "KeyCheck",
    "MoodEntry",
    "OutboxMail",
    "QuestionnaireResponse",
    "RecoveryCode",
    "RiskAlert",
    "RiskEvent",
    "SessionType",
    "SetupCode",
    "SignIn",
    "Ticket",
    "Visit",
]
