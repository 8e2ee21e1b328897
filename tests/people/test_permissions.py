"""Who may do what, written out once more: a change of the table is a decision, not an accident."""

from __future__ import annotations

import pytest

from clinic.errors import NotFound
from clinic.people.permissions import ROLE_PERMISSIONS, Permission, allows, require
from clinic.people.viewer import Role, Viewer

C, T, A = Role.CLIENT, Role.THERAPIST, Role.ADMINISTRATOR
MAY = {
    Permission.HOME_OWN: {C},
    Permission.CONSENT_SIGN: {C},
    # Therapists fill them in with the client.
    Permission.INTAKE_FILL: {C, T},
    Permission.QUESTIONNAIRE_FILL: {C, T},
    Permission.FORM_MANAGE: {A},
    Permission.CONSENT_MANAGE: {A},
    Permission.CONSENT_WAIVE: {T},
    Permission.PLAN_MANAGE: {T},
    Permission.CLIENT_NUDGE: {T},
    Permission.HELP_ASK: {C},
    Permission.SAFETY_PLAN_EDIT: {C, T},
    Permission.ALERT_OVERSEE: {A},
    Permission.APPOINTMENT_BOOK: {C},
    Permission.APPOINTMENT_CANCEL: {C, T},
    Permission.APPOINTMENT_READ: {C, T},
    Permission.PROFILE_MANAGE: {T},
    Permission.APPOINTMENT_MOVE: {C, T},
    Permission.APPOINTMENT_ARRANGE: {T},
    Permission.HOURS_MANAGE: {T},
    Permission.MOOD_LOG: {C},
    Permission.PROGRESS_OWN: {C},
    Permission.CHECK_IN_CHOOSE: {T},
    Permission.MEASURES_SHARE: {T},
    Permission.ROOM_ENTER: {C, T},
    Permission.ROOM_ADMIT: {T},
    Permission.ROOM_ANSWER: {C},
    Permission.ATTENDANCE_CONFIRM: {T},
    Permission.NOTE_WRITE: {T},
    Permission.MESSAGE_WRITE: {C, T},
    Permission.MESSAGE_CLOSE: {T},
    Permission.AWAY_MANAGE: {T},
    Permission.DOCUMENT_KEEP: {C, T},
    Permission.TASK_READ: {C, T},
    Permission.TASK_SET: {T},
    Permission.TASK_ANSWER: {C},
    Permission.OUTCOME_MANAGE: {T},
    # A therapist who supervises; the service asks.
    Permission.REPORT_READ: {T, A},
    Permission.DAY_READ: {T},
    Permission.CLIENT_LIST: {T},
    Permission.CLIENT_INVITE: {T, A},
    Permission.CLIENT_READ: {T},
    Permission.ALERT_ACKNOWLEDGE: {T},
    Permission.RECORD_EMERGENCY: {T},
    Permission.RECORD_EXPORT: {T},
    Permission.RECORD_ERASE: {A},
    Permission.CLINIC_MANAGE: {A},
    Permission.AUDIT_READ: {A},
    Permission.ACCOUNT_OWN: {C, T, A},
    Permission.DATA_OWN: {C},
    Permission.CARE_HAND_OVER: {T},
    Permission.CARE_END: {T},
}


def test_every_permission_and_role_is_decided() -> None:
    assert set(MAY) == set(Permission)
    assert set(ROLE_PERMISSIONS) == set(Role)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_a_role_may_what_the_table_says(role: Role, permission: Permission) -> None:
    assert allows(role, permission) == (role in MAY[permission])
    viewer = Viewer(1, "x", role, "Somebody", "UTC", 1)
    if role in MAY[permission]:
        require(viewer, permission)
    else:
        with pytest.raises(NotFound):
            require(viewer, permission)


def test_the_administrator_reads_no_clinical_content() -> None:
    runs = {
        Permission.CLINIC_MANAGE,
        Permission.CLIENT_INVITE,
        Permission.AUDIT_READ,
        Permission.FORM_MANAGE,
        Permission.CONSENT_MANAGE,
        # That an alert waits and who was told; not whose it is, and not what was answered.
        Permission.ALERT_OVERSEE,
        # Names and dates: whose record may go, and why not.
        Permission.RECORD_ERASE,
        # Counts and shares, and none of a group that is small.
        Permission.REPORT_READ,
    }
    assert ROLE_PERMISSIONS[A] == runs | {Permission.ACCOUNT_OWN}
