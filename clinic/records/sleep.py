"""The sleep diary: one night a day, by the day it ended on, kept with its history. Sums: `nights.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.records.check_in import day_to_keep, today_in
from clinic.records.drafts import Form, forget_draft, read_draft
from clinic.records.mood import NOTHING_GIVEN
from clinic.records.nights import Night, is_empty, night_from, problems_with
from db.tables import SleepEntry

# In the order of Night's fields.
_OF_NIGHT = (
    SleepEntry.tried_minute,
    SleepEntry.latency_minutes,
    SleepEntry.awake_minutes,
    SleepEntry.woke_minute,
    SleepEntry.up_minute,
    SleepEntry.quality,
)


@dataclass(frozen=True)
class KeptNight:
    """The night that ended on `day_on`. `late`: entered after that day was over."""

    day_on: date
    night: Night
    late: bool


@dataclass(frozen=True)
class SleepDay:
    """What the diary's screen shows of a day. `kept` is what counts for it now; `changed`: an earlier one was
    replaced; `draft` has what was typed and not saved."""

    day_on: date
    today: date
    kept: Night | None
    changed: bool
    draft: Night | None


@allowed(Permission.MOOD_LOG)
def keep_night(viewer: Viewer, night: Night, now: datetime, day_on: date | None = None) -> None:
    """Keep the night that ended today, in the client's own zone, or on one of the seven days before.

    A later one for the same day replaces the earlier, which stays on record; the same again changes nothing.

    Raises:
        InvalidInput: nothing said, something out of range or contradictory, a day to come or too far back.
    """
    day_on = day_to_keep(day_on, today_in(viewer.zone, now))
    problems = problems_with(night)
    if not problems and is_empty(night):
        problems = {"form": NOTHING_GIVEN}
    if problems:
        raise InvalidInput(problems)
    try:
        _replace(viewer, day_on, night, now)
    except IntegrityError:
        # A second device saved the same night in between: now there is a row to replace.
        _replace(viewer, day_on, night, now)


@allowed(Permission.MOOD_LOG)
def sleep_day(viewer: Viewer, now: datetime, day_on: date | None = None) -> SleepDay:
    """The night that ended on a day, and what was typed and not saved.

    Raises:
        InvalidInput: a day to come or too far back.
    """
    today = today_in(viewer.zone, now)
    day_on = day_to_keep(day_on, today)
    with db.reading() as session:
        draft = read_draft(session, viewer.account_id, Form.SLEEP)
        row = session.scalars(_current(viewer.account_id).where(SleepEntry.day_on == day_on)).first()
        replaced = exists().where(
            SleepEntry.client_id == viewer.account_id,
            SleepEntry.day_on == day_on,
            SleepEntry.replaced_at.is_not(None),
        )
        return SleepDay(
            day_on,
            today,
            _night(row) if row else None,
            bool(session.scalar(select(replaced))),
            night_from(draft.answers) if draft and draft.day_on == day_on else None,
        )


def read_nights(session: Session, client_id: int, since_on: date | None) -> list[KeptNight]:
    """Nights from a day on, oldest first, inside the caller's transaction; the caller has decided
    permission."""
    rows = (
        select(SleepEntry.day_on, SleepEntry.late, *_OF_NIGHT)
        .where(SleepEntry.client_id == client_id, SleepEntry.replaced_at.is_(None))
        .order_by(SleepEntry.day_on)
    )
    if since_on is not None:
        rows = rows.where(SleepEntry.day_on >= since_on)
    return [KeptNight(day_on, Night(*night), late) for day_on, late, *night in session.execute(rows)]


def _current(client_id: int) -> Select[SleepEntry]:
    return select(SleepEntry).where(SleepEntry.client_id == client_id, SleepEntry.replaced_at.is_(None))


def _night(row: SleepEntry) -> Night:
    return Night(*(getattr(row, column.key) for column in _OF_NIGHT))


def _replace(viewer: Viewer, day_on: date, night: Night, now: datetime) -> None:
    with db.unit_of_work() as session:
        before = session.scalars(
            _current(viewer.account_id).where(SleepEntry.day_on == day_on).with_for_update(key_share=True)
        ).first()
        forget_draft(session, viewer.account_id, Form.SLEEP)
        if before is not None:
            if _night(before) == night:
                return
            before.replaced_at = now
            session.flush()  # one current night a day
        entry = SleepEntry(
            client_id=viewer.account_id,
            day_on=day_on,
            tried_minute=night.tried,
            latency_minutes=night.latency,
            awake_minutes=night.awake,
            woke_minute=night.woke,
            up_minute=night.up,
            quality=night.quality,
            late=day_on < today_in(viewer.zone, now),
            entered_at=now,
        )
        session.add(entry)
        record(
            session,
            now,
            viewer.account_id,
            "sleep.log",
            client_id=viewer.account_id,
            object_id=entry.public_id,
        )
