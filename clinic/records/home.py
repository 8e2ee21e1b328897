"""What a client's first screen shows: the next session, what is left to do, tasks, news, today's mood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import db
from clinic.between.news import News, read_news
from clinic.between.task_list import TaskRow, read_open
from clinic.intake.consent_state import has_signed, may_go_on
from clinic.intake.reading import intake_state
from clinic.measures.asking import Due, read_situation
from clinic.people.discharged import discharged_among
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.mood import Mood, read_mood_on
from clinic.records.nudges import check_is_due
from clinic.scheduling.appointments import AppointmentView, read_coming
from db.tables import Account


@dataclass(frozen=True)
class ClientHome:
    """`due` are the measures to answer now; the intake is sent once `intake_sent`.

    `may_book`: all required consents are agreed to, or a therapist lets the client go on without.
    `check_due`: a video session comes soon, and the camera and sound have to be tried for it. `tasks` are the
    open ones, what is due first in front; `news` is what was sent to the client and not looked at.
    """

    next_session: AppointmentView | None
    consent_signed: bool
    may_book: bool
    intake_begun: bool
    intake_sent: bool
    due: tuple[Due, ...]
    mood_today: Mood | None
    check_due: bool
    tasks: tuple[TaskRow, ...]
    news: News


@allowed(Permission.HOME_OWN)
def client_home(viewer: Viewer, now: datetime) -> ClientHome:
    """Everything on the client's home, in one read."""
    today = now.astimezone(ZoneInfo(viewer.zone)).date()
    with db.reading() as session:
        coming = read_coming(session, viewer, now)
        begun, sent = intake_state(session, viewer.account_id)
        client = session.get_one(Account, viewer.account_id)
        return ClientHome(
            next_session=coming[0] if coming else None,
            consent_signed=has_signed(session, viewer.account_id),
            may_book=may_go_on(session, viewer.account_id, now),
            intake_begun=begun,
            intake_sent=sent,
            due=read_situation(session, client, now).due(now),
            mood_today=read_mood_on(session, viewer.account_id, today),
            # Once it has begun, what counts is to come: the waiting room has a check of its own.
            check_due=bool(coming) and coming[0].starts_at > now and check_is_due(session, client, now),
            # Where care has ended nobody looks at them; they are there again when it begins anew.
            tasks=() if discharged_among(session, [client.id]) else read_open(session, client.id, now),
            news=read_news(session, viewer),
        )
