"""A therapist's desk: safety first, then who is seen when and whether they are ready, then what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

import db
from clinic.between.news import News, read_news
from clinic.oversight.audit import record_look
from clinic.people.care import clients_in_care_of
from clinic.people.handover import GivenHandover, read_handovers
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.notes import Unsigned, read_unsigned
from clinic.records.nudges import read_reminders
from clinic.records.readiness import Facts, Readiness, readiness
from clinic.records.to_do import read_to_do
from clinic.safety.alerts import Alert, read_alerts
from clinic.scheduling.appointments import AppointmentView, on_days
from clinic.video.attendance import Attendance
from clinic.video.attended import count_to_confirm, read_attendance
from clinic.video.device_checks import Checked, read_checks
from clinic.video.visits import read_at_the_door, read_waiting
from db.tables import (
    Account,
    Appointment,
    AuditEvent,
    DeviceCheck,
    QuestionnaireResponse,
    ResultReview,
    RiskEvent,
    Visit,
)

DAYS_AHEAD = 7
_ANEW_SECONDS = 300


@dataclass(frozen=True)
class DayEntry:
    """One session of the day. `readiness` says what is in its way; `reminded_at` is when the client was
    reminded of it today. `checked` is their last device check, `attendance` what the therapist said of the
    session, `alert_id` an open alert of theirs, or ""."""

    appointment: AppointmentView
    waiting_since: datetime | None
    readiness: Readiness
    reminded_at: datetime | None
    checked: Checked | None
    attendance: Attendance | None
    alert_id: str


@dataclass(frozen=True)
class NewResults:
    """A client with results that nobody has looked at."""

    client_id: str
    client_name: str


@dataclass(frozen=True)
class DayAhead:
    """A later day that has sessions, in order."""

    on: date
    sessions: tuple[DayEntry, ...]

    @property
    def not_ready(self) -> int:
        return sum(not entry.readiness.ready for entry in self.sessions)


@dataclass(frozen=True)
class Day:
    """What a therapist's first screen shows.

    `unreviewed`: clients with results nobody has looked at, who waits longest first. `week`: those of the
    seven days after today that have sessions. `handovers`: what colleagues gave them and they have not looked
    at. `to_confirm`: past sessions whose attendance the therapist has not said; `unsigned`: past sessions
    without a signed note; `news`: what clients have sent that nobody has looked at.
    """

    on: date
    alerts: tuple[Alert, ...]
    unreviewed: tuple[NewResults, ...]
    sessions: tuple[DayEntry, ...]
    week: tuple[DayAhead, ...]
    handovers: tuple[GivenHandover, ...]
    to_confirm: int
    unsigned: tuple[Unsigned, ...]
    news: News


@allowed(Permission.DAY_READ)
def day(viewer: Viewer, now: datetime) -> Day:
    """Today and the seven days after, in the therapist's own zone; the number of queries is the same for any
    number of sessions."""
    zone = ZoneInfo(viewer.zone)
    today = now.astimezone(zone).date()
    with db.unit_of_work() as session:
        record_look(session, now, viewer.account_id, "day.open")
        appointments = on_days(session, viewer, today, 1 + DAYS_AHEAD)
        alerts = read_alerts(session, viewer, only_open=True)
        entries = _entries(session, appointments, alerts, now)
        unreviewed = _unreviewed(session, viewer)
        to_confirm, news = count_to_confirm(session, viewer, now), read_news(session, viewer)
        unsigned, handovers = read_unsigned(session, viewer, now), read_handovers(session, viewer)
    days = {
        on: tuple(found)
        for on, found in groupby(entries, lambda entry: entry.appointment.starts_at.astimezone(zone).date())
    }
    now_on = days.pop(today, ())
    week = tuple(DayAhead(on, found) for on, found in days.items())
    return Day(today, tuple(alerts), unreviewed, now_on, week, handovers, to_confirm, unsigned, news)


@allowed(Permission.DAY_READ)
def day_mark(viewer: Viewer, now: datetime) -> str:
    """Another value as soon as `day` would show something else: a screen asks it every few seconds, and reads
    the day anew only then.

    Everything that is done to a client's data is an event in the audit log, so the newest event of the
    clients of these days stands for what they have done. Time changes the day too: every five minutes, when
    rooms open and sessions end, the mark is another one.
    """
    zone = ZoneInfo(viewer.zone)
    today = now.astimezone(zone).date()
    start = datetime.combine(today, datetime.min.time(), zone)
    end = datetime.combine(today + timedelta(days=1 + DAYS_AHEAD), datetime.min.time(), zone)
    with db.reading() as session:
        waiting = [(one.appointment_id, one.confirmed) for one in read_at_the_door(session, viewer, now)]
        newest = session.execute(_newest(), {"who": viewer.account_id, "start": start, "end": end}).one()
    return f"{waiting} {tuple(newest)} {int(now.timestamp()) // _ANEW_SECONDS}"


# Put together once: doing it anew costs more than asking it.
@cache
def _newest() -> Select[*tuple[Any, ...]]:
    own = (
        Appointment.therapist_id == bindparam("who"),
        Appointment.starts_at >= bindparam("start"),
        Appointment.starts_at < bindparam("end"),
    )
    whose = select(Appointment.client_id).where(*own)
    return select(
        select(func.max(AuditEvent.id)).where(AuditEvent.client_id.in_(whose)).scalar_subquery(),
        select(func.max(DeviceCheck.at)).where(DeviceCheck.account_id.in_(whose)).scalar_subquery(),
        select(func.max(RiskEvent.id)).scalar_subquery(),
        select(func.sum(Appointment.sequence + 1)).where(*own).scalar_subquery(),
    )


def _entries(
    session: Session, appointments: Sequence[AppointmentView], alerts: Sequence[Alert], now: datetime
) -> tuple[DayEntry, ...]:
    """In the order given; the number of queries is the same for any number of sessions."""
    rooms = [booked.public_id for booked in appointments]
    wanted = {booked.client_id for booked in appointments}
    clients = {c.public_id: c for c in session.scalars(select(Account).where(Account.public_id.in_(wanted)))}
    everyone = list(clients.values())
    to_do, reminded = read_to_do(session, everyone, now), read_reminders(session, everyone, now)
    checks = read_checks(session, [client.id for client in everyone])
    waiting, attendance = read_waiting(session, rooms, now), read_attendance(session, rooms)
    located = _located(session, rooms)
    # What is unseen comes first of several: that is the one to open.
    risks = {alert.client_id: alert.public_id for alert in reversed(alerts) if not alert.is_test}
    entries = []
    for booked in appointments:
        client = clients[booked.client_id].id
        left, check = to_do[client], checks.get(client)
        facts = Facts(
            starts_at=booked.starts_at,
            by_video=booked.modality == "video",
            alert=booked.client_id in risks,
            consent=not left.consent,
            intake=not left.intake,
            due=len(left.due),
            check_at=check.at if check else None,
            check_works=check is not None and check.works,
            at_the_door=booked.room_is_open(now),
            located=booked.public_id in located,
        )
        entries.append(
            DayEntry(
                booked,
                waiting.get(booked.public_id),
                readiness(facts),
                reminded.get(client),
                check,
                attendance.get(booked.public_id),
                risks.get(booked.client_id, ""),
            )
        )
    return tuple(entries)


def _located(session: Session, appointment_ids: Sequence[str]) -> set[str]:
    """Of these sessions, those whose client has said where they are, or was let in without."""
    return set(
        session.scalars(
            select(Appointment.public_id)
            .join(Visit, Visit.appointment_id == Appointment.id)
            .where(
                Appointment.public_id.in_(appointment_ids),
                or_(Visit.confirmed_at.is_not(None), Visit.gate_passed_at.is_not(None)),
            )
        )
    )


def _unreviewed(session: Session, viewer: Viewer) -> tuple[NewResults, ...]:
    form = QuestionnaireResponse
    rows = session.execute(
        select(Account.public_id, Account.name)
        .join(form, form.client_id == Account.id)
        .outerjoin(ResultReview, ResultReview.response_id == form.id)
        .where(
            Account.id.in_(clients_in_care_of(viewer).with_only_columns(Account.id)),
            form.completed_at.is_not(None),
            ResultReview.id.is_(None),
        )
        .group_by(Account.public_id, Account.name)
        .order_by(func.min(form.completed_at), Account.public_id)
    )
    return tuple(NewResults(public_id, name) for public_id, name in rows)
