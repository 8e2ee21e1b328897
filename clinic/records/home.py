"""What a client's first screen shows: the next session, what is left to do, today's mood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import db
from clinic.intake.consent import has_signed
from clinic.intake.intake import intake_state
from clinic.measures.questionnaires import Due, read_due
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.mood import Mood, read_mood_on
from clinic.scheduling.appointments import AppointmentView, read_coming


@dataclass(frozen=True)
class ClientHome:
    """`due` are the measures to answer now; the intake is sent once `intake_sent`."""

    next_session: AppointmentView | None
    consent_signed: bool
    intake_begun: bool
    intake_sent: bool
    due: tuple[Due, ...]
    mood_today: Mood | None


@allowed(Permission.HOME_OWN)
def client_home(viewer: Viewer, now: datetime) -> ClientHome:
    """Everything on the client's home, in one read."""
    today = now.astimezone(ZoneInfo(viewer.zone)).date()
    with db.reading() as session:
        coming = read_coming(session, viewer, now)
        begun, sent = intake_state(session, viewer.account_id)
        return ClientHome(
            next_session=coming[0] if coming else None,
            consent_signed=has_signed(session, viewer.account_id),
            intake_begun=begun,
            intake_sent=sent,
            due=tuple(read_due(session, viewer.account_id, now)),
            mood_today=read_mood_on(session, viewer.account_id, today),
        )
