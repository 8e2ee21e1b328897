"""A client's record as their therapist opens it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import db
from clinic.intake.consent_state import ConsentState, read_consents
from clinic.intake.reading import IntakeDraft, read_intake
from clinic.oversight.audit import record_look
from clinic.people.care import client_visible_to
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.mood import Mood, read_moods
from clinic.records.outcomes import USUALLY, Outcomes, Wanted, read_outcomes
from clinic.safety.alerts import Alert, read_alerts
from clinic.scheduling.appointments import AppointmentView, read_with
from clinic.video.attendance import Attendance
from clinic.video.attended import read_attendance
from clinic.video.device_checks import Checked, read_checks

MOOD_WINDOW = timedelta(days=92)
PAST_SESSIONS = timedelta(days=366)


@dataclass(frozen=True)
class ClientRecord:
    """Everything on the record's page. `mood` covers the last three months, notes not opened. `attendance`
    is of those past sessions whose therapist said it; `checked` the client's last device check."""

    client_id: str
    name: str
    zone: str
    consents: ConsentState
    intake: IntakeDraft
    outcomes: Outcomes
    alerts: tuple[Alert, ...]
    mood: tuple[Mood, ...]
    coming: tuple[AppointmentView, ...]
    past: tuple[AppointmentView, ...]
    attendance: dict[str, Attendance]
    checked: Checked | None


@allowed(Permission.CLIENT_READ)
def client_record(viewer: Viewer, client_id: str, now: datetime, wanted: Wanted = USUALLY) -> ClientRecord:
    """Open a record. That it was opened is written in the same transaction.

    Args:
        wanted: the period and the episode of the outcomes.

    Raises:
        NotFound: no such client, or not one of the viewer's.
    """
    with db.unit_of_work() as session:
        client = client_visible_to(session, viewer, client_id, now)
        today = now.astimezone(ZoneInfo(client.zone)).date()
        meetings = read_with(session, viewer, client.id, now - PAST_SESSIONS)
        past = tuple(a for a in reversed(meetings) if a.ends_at <= now)[:10]
        found = ClientRecord(
            client_id=client.public_id,
            name=client.name,
            zone=client.zone,
            consents=read_consents(session, client, now),
            intake=read_intake(session, client.id, today),
            outcomes=read_outcomes(session, client, wanted, now),
            alerts=tuple(read_alerts(session, viewer, only_open=False, client_id=client.id)),
            mood=tuple(read_moods(session, client.id, today - MOOD_WINDOW, notes=False)),
            coming=tuple(a for a in meetings if a.ends_at > now and not a.cancelled),
            past=past,
            attendance=read_attendance(session, [a.public_id for a in past]),
            checked=read_checks(session, [client.id]).get(client.id),
        )
        record_look(
            session, now, viewer.account_id, "record.open", client_id=client.id, object_id=client.public_id
        )
    return found
