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
    QUESTIONNAIRE_FILL = "questionnaire.fill"
    APPOINTMENT_BOOK = "appointment.book"
    APPOINTMENT_CANCEL = "appointment.cancel"
    APPOINTMENT_READ = "appointment.read"
    MOOD_LOG = "mood.log"
    PROGRESS_OWN = "progress.own"
    ROOM_ENTER = "room.enter"
    ROOM_ADMIT = "room.admit"
    DAY_READ = "day.read"
    CLIENT_LIST = "client.list"
    CLIENT_INVITE = "client.invite"
    CLIENT_READ = "client.read"
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    RECORD_EMERGENCY = "record.emergency"
    CLINIC_MANAGE = "clinic.manage"
    AUDIT_READ = "audit.read"
    ACCOUNT_OWN = "account.own"
    DATA_OWN = "data.own"


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
            P.MOOD_LOG,
            P.PROGRESS_OWN,
            P.ROOM_ENTER,
            P.ACCOUNT_OWN,
            P.DATA_OWN,
        }
    ),
    Role.THERAPIST: frozenset(
        {
            P.APPOINTMENT_READ,
            P.APPOINTMENT_CANCEL,
            P.ROOM_ENTER,
            P.ROOM_ADMIT,
            P.DAY_READ,
            P.CLIENT_LIST,
            P.CLIENT_READ,
            P.ALERT_ACKNOWLEDGE,
            P.CLIENT_INVITE,
            P.RECORD_EMERGENCY,
            P.ACCOUNT_OWN,
        }
    ),
    # No clinical content: an administrator runs the clinic, they do not read its records.
    Role.ADMINISTRATOR: frozenset({P.CLINIC_MANAGE, P.CLIENT_INVITE, P.AUDIT_READ, P.ACCOUNT_OWN}),
}


# What staff can do before their second factor is there: set it up, and nothing else.
BEFORE_SECOND_FACTOR = frozenset({P.ACCOUNT_OWN})


def allows(role: Role, permission: Permission) -> bool:
    return permission in ROLE_PERMISSIONS[role]


def require(viewer: Viewer, permission: Permission) -> None:
    """Raises NotFound where the role may not: a stranger is not told what exists."""
    if not allows(viewer.role, permission):
        raise NotFound()
