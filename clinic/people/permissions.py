"""What each role may do. Which *objects* they may do it to is the services' second question."""

from __future__ import annotations

from enum import StrEnum

from clinic.errors import NotFound
from clinic.people.viewer import Role, Viewer


class Permission(StrEnum):
    """One act each. Named as noun and verb, so that a page and its service say the same word."""

    HOME_OWN = "home.own"
    CONSENT_SIGN = "consent.sign"
    INTAKE_FILL = "intake.fill"
    FORM_MANAGE = "form.manage"
    CONSENT_MANAGE = "consent.manage"
    CONSENT_WAIVE = "consent.waive"
    PLAN_MANAGE = "plan.manage"
    CLIENT_NUDGE = "client.nudge"
    HELP_ASK = "help.ask"
    SAFETY_PLAN_EDIT = "safety-plan.edit"
    ALERT_OVERSEE = "alert.oversee"
    QUESTIONNAIRE_FILL = "questionnaire.fill"
    APPOINTMENT_BOOK = "appointment.book"
    APPOINTMENT_CANCEL = "appointment.cancel"
    APPOINTMENT_READ = "appointment.read"
    HOURS_MANAGE = "hours.manage"
    PROFILE_MANAGE = "profile.manage"
    APPOINTMENT_MOVE = "appointment.move"
    APPOINTMENT_ARRANGE = "appointment.arrange"
    MOOD_LOG = "mood.log"
    PROGRESS_OWN = "progress.own"
    CHECK_IN_CHOOSE = "check-in.choose"
    MEASURES_SHARE = "measures.share"
    ROOM_ENTER = "room.enter"
    ROOM_ADMIT = "room.admit"
    ROOM_ANSWER = "room.answer"
    ATTENDANCE_CONFIRM = "attendance.confirm"
    DAY_READ = "day.read"
    NOTE_WRITE = "note.write"
    MESSAGE_WRITE = "message.write"
    MESSAGE_CLOSE = "message.close"
    AWAY_MANAGE = "away.manage"
    DOCUMENT_KEEP = "document.keep"
    TASK_READ = "task.read"
    TASK_SET = "task.set"
    TASK_ANSWER = "task.answer"
    CLIENT_LIST = "client.list"
    CLIENT_INVITE = "client.invite"
    CLIENT_READ = "client.read"
    OUTCOME_MANAGE = "outcome.manage"
    REPORT_READ = "report.read"
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    RECORD_EMERGENCY = "record.emergency"
    RECORD_EXPORT = "record.export"
    RECORD_ERASE = "record.erase"
    CLINIC_MANAGE = "clinic.manage"
    AUDIT_READ = "audit.read"
    ACCOUNT_OWN = "account.own"
    DATA_OWN = "data.own"
    CARE_HAND_OVER = "care.hand-over"
    CARE_END = "care.end"


P = Permission

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CLIENT: frozenset(
        {
            P.HOME_OWN,
            P.CONSENT_SIGN,
            P.INTAKE_FILL,
            P.QUESTIONNAIRE_FILL,
            P.APPOINTMENT_BOOK,
            P.APPOINTMENT_CANCEL,
            P.APPOINTMENT_READ,
            P.APPOINTMENT_MOVE,
            P.MOOD_LOG,
            P.PROGRESS_OWN,
            P.ROOM_ENTER,
            # Where one is for a session, and how it went.
            P.ROOM_ANSWER,
            P.HELP_ASK,
            P.SAFETY_PLAN_EDIT,
            P.MESSAGE_WRITE,
            P.DOCUMENT_KEEP,
            P.TASK_READ,
            P.TASK_ANSWER,
            P.ACCOUNT_OWN,
            P.DATA_OWN,
        }
    ),
    Role.THERAPIST: frozenset(
        {
            P.APPOINTMENT_READ,
            P.APPOINTMENT_CANCEL,
            P.HOURS_MANAGE,
            P.PROFILE_MANAGE,
            P.APPOINTMENT_MOVE,
            # For one's own clients, and one's own week.
            P.APPOINTMENT_ARRANGE,
            P.ROOM_ENTER,
            P.ROOM_ADMIT,
            P.ATTENDANCE_CONFIRM,
            P.DAY_READ,
            P.NOTE_WRITE,
            # With one's own clients: the service asks.
            P.MESSAGE_WRITE,
            P.MESSAGE_CLOSE,
            P.AWAY_MANAGE,
            P.DOCUMENT_KEEP,
            P.TASK_READ,
            P.TASK_SET,
            P.CLIENT_LIST,
            P.CLIENT_READ,
            P.OUTCOME_MANAGE,
            # Only who supervises somebody now: the service asks.
            P.REPORT_READ,
            P.ALERT_ACKNOWLEDGE,
            P.INTAKE_FILL,
            P.QUESTIONNAIRE_FILL,
            P.PLAN_MANAGE,
            P.CHECK_IN_CHOOSE,
            P.MEASURES_SHARE,
            P.CLIENT_NUDGE,
            P.CONSENT_WAIVE,
            P.SAFETY_PLAN_EDIT,
            P.CLIENT_INVITE,
            P.RECORD_EMERGENCY,
            P.RECORD_EXPORT,
            # Of one's own clients: to colleagues, and to its end.
            P.CARE_HAND_OVER,
            P.CARE_END,
            P.ACCOUNT_OWN,
        }
    ),
    # No clinical content: an administrator runs the clinic, they do not read its records.
    Role.ADMINISTRATOR: frozenset(
        {
            P.CLINIC_MANAGE,
            P.FORM_MANAGE,
            P.CONSENT_MANAGE,
            P.ALERT_OVERSEE,
            P.RECORD_ERASE,
            P.CLIENT_INVITE,
            P.AUDIT_READ,
            P.REPORT_READ,
            P.ACCOUNT_OWN,
        }
    ),
}


# What staff can do before their second factor is there: set it up, and nothing else.
BEFORE_SECOND_FACTOR = frozenset({P.ACCOUNT_OWN})


def allows(role: Role, permission: Permission) -> bool:
    return permission in ROLE_PERMISSIONS[role]


def require(viewer: Viewer, permission: Permission) -> None:
    """Raises NotFound where the role may not: a stranger is not told what exists."""
    if not allows(viewer.role, permission):
        raise NotFound()
