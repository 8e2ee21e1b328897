"""A mail that says a check-in is ready, for whoever asked for one, at the time they chose.

Off until the client turns it on; paused or off with one press, and nothing is said about it. Any process
sends what is due: it claims the client's day in the database in the transaction that writes the mail. So a
day has one mail at the most, whoever is awake and whenever they stop. When is in `reminder_time.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, delete, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record
from clinic.people import mail
from clinic.people.discharged import discharged_among
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.check_in import today_in
from clinic.records.reminder_time import Asked, due_on
from db.tables import Account, CheckInReminder, MoodEntry

LONGEST_PAUSE = timedelta(days=366)


@dataclass(frozen=True)
class OwnReminder:
    """`minute` of the client's own day. `paused`: no mails until `paused_until_on`, or until they start
    again."""

    minute: int
    paused: bool
    paused_until_on: date | None


@dataclass(frozen=True)
class _Due:
    id: int
    client_id: int
    minute: int
    day_on: date


@allowed(Permission.MOOD_LOG)
def own_reminder(viewer: Viewer, now: datetime) -> OwnReminder | None:
    """What the client asked for; None where they asked for nothing. A pause that is over is none."""
    with db.reading() as session:
        row = session.scalars(_own(viewer)).first()
    if row is None:
        return None
    until = row.paused_until_on
    over = row.paused_at is not None and until is not None and until <= today_in(viewer.zone, now)
    paused = row.paused_at is not None and not over
    return OwnReminder(row.minute, paused, until if paused else None)


@allowed(Permission.MOOD_LOG)
def set_reminder(viewer: Viewer, minute: int | None, now: datetime) -> None:
    """Be reminded at this minute of one's own day from now on; a pause ends with it.

    Raises:
        InvalidInput: no minute of a day.
    """
    whole = isinstance(minute, int) and not isinstance(minute, bool)
    if not whole or minute is None or not 0 <= minute < 24 * 60:
        raise InvalidInput({"time": "Choose a time of day."})
    try:
        _set(viewer, minute, now)
    except IntegrityError:
        # Asked for on a second device in between: now there is a row to change.
        _set(viewer, minute, now)


@allowed(Permission.MOOD_LOG)
def pause_reminder(viewer: Viewer, until_on: date | None, now: datetime) -> None:
    """No mails until that day begins; None: until the client starts them again.

    Raises:
        InvalidInput: a day that is no later one, or more than a year away.
    """
    today = today_in(viewer.zone, now)
    if until_on is not None and not today < until_on <= today + LONGEST_PAUSE:
        raise InvalidInput({"until": "Choose a day from tomorrow on, within a year."})
    _change(viewer, "check-in-reminder.pause", now, paused_at=now, paused_until_on=until_on)


@allowed(Permission.MOOD_LOG)
def resume_reminder(viewer: Viewer, now: datetime) -> None:
    """Start again: the next one is sent at the chosen time from now on."""
    _change(viewer, "check-in-reminder.resume", now, since_at=now, paused_at=None, paused_until_on=None)


@allowed(Permission.MOOD_LOG)
def stop_reminder(viewer: Viewer, now: datetime) -> None:
    """No more of them, and nothing is kept of when they were wanted."""
    with db.unit_of_work() as session:
        gone = session.execute(
            delete(CheckInReminder)
            .where(CheckInReminder.client_id == viewer.account_id)
            .returning(CheckInReminder.id)
        )
        if gone.all():
            _record(session, viewer, "check-in-reminder.stop", now)


def send_due_check_ins(now: datetime) -> int:
    """Write the mails that are due; returns how many."""
    with db.reading() as session:
        due = _due(session, now)
    return sum(_send(one, now) for one in due)


def _own(viewer: Viewer) -> Select[CheckInReminder]:
    return select(CheckInReminder).where(CheckInReminder.client_id == viewer.account_id)


def _set(viewer: Viewer, minute: int, now: datetime) -> None:
    values = {"minute": minute, "since_at": now, "paused_at": None, "paused_until_on": None}
    with db.unit_of_work() as session:
        row = session.scalars(_own(viewer).with_for_update(key_share=True)).first()
        if row is None:
            session.add(CheckInReminder(client_id=viewer.account_id, **values))
        else:
            for name, value in values.items():
                setattr(row, name, value)
        session.flush()
        _record(session, viewer, "check-in-reminder.set", now)


def _change(viewer: Viewer, action: str, now: datetime, **values: object) -> None:
    with db.unit_of_work() as session:
        changed = session.execute(
            update(CheckInReminder)
            .where(CheckInReminder.client_id == viewer.account_id)
            .values(**values)
            .returning(CheckInReminder.id)
        )
        if changed.all():
            _record(session, viewer, action, now)


def _record(session: Session, viewer: Viewer, action: str, now: datetime) -> None:
    record(session, now, viewer.account_id, action, client_id=viewer.account_id, object_id=viewer.public_id)


def _due(session: Session, now: datetime) -> list[_Due]:
    """Whom a reminder is due for, without those who checked in on that day already."""
    rows = session.execute(
        select(
            CheckInReminder.id,
            CheckInReminder.client_id,
            Account.zone,
            CheckInReminder.minute,
            CheckInReminder.since_at,
            CheckInReminder.paused_at,
            CheckInReminder.paused_until_on,
            CheckInReminder.asked_on,
        )
        .join(Account, Account.id == CheckInReminder.client_id)
        .where(Account.disabled_at.is_(None))
        .order_by(CheckInReminder.id)
    )
    found = []
    for id_, client_id, zone, minute, since_at, paused_at, until_on, asked_on in rows:
        day_on = due_on(Asked(minute, since_at, paused_at is not None, until_on, asked_on), zone, now)
        if day_on is not None:
            found.append(_Due(id_, client_id, minute, day_on))
    done = _checked_in(session, found)
    ended = discharged_among(session, [one.client_id for one in found])
    found = [one for one in found if one.client_id not in ended]
    return [one for one in found if (one.client_id, one.day_on) not in done]


def _checked_in(session: Session, due: Sequence[_Due]) -> set[tuple[int, date]]:
    rows = session.execute(
        select(MoodEntry.client_id, MoodEntry.day_on).where(
            MoodEntry.client_id.in_({one.client_id for one in due}),
            MoodEntry.day_on.in_({one.day_on for one in due}),
            MoodEntry.replaced_at.is_(None),
        )
    )
    return {(client_id, day_on) for client_id, day_on in rows}


def _send(due: _Due, now: datetime) -> int:
    """Claim the day and write its mail, in one transaction; 0 where it was claimed, or is wanted no more."""
    checked_in = exists().where(
        MoodEntry.client_id == due.client_id,
        MoodEntry.day_on == due.day_on,
        MoodEntry.replaced_at.is_(None),
    )
    with db.unit_of_work() as session:
        claimed = session.scalars(
            update(CheckInReminder)
            .where(
                CheckInReminder.id == due.id,
                CheckInReminder.minute == due.minute,
                or_(CheckInReminder.asked_on.is_(None), CheckInReminder.asked_on < due.day_on),
                or_(
                    CheckInReminder.paused_at.is_(None),
                    and_(
                        CheckInReminder.paused_until_on.is_not(None),
                        CheckInReminder.paused_until_on <= due.day_on,
                    ),
                ),
                ~checked_in,
            )
            .values(asked_on=due.day_on, asked_at=now)
            .returning(CheckInReminder.client_id)
        ).first()
        if claimed is None:
            return 0
        mail.write(session, session.get_one(Account, claimed), mail.check_in_ready(session), now)
    return 1
