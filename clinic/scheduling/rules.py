"""The clinic's rules for booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.video.rooms import OPENS_MINUTES
from db.tables import BookingRules, Clinic


@dataclass(frozen=True)
class Rules:
    """The clinic's rules; as they are here until the clinic sets its own."""

    notice_minutes: int = 60
    horizon_days: int = 28
    daily_limit: int | None = None
    change_until_minutes: int = 1440
    reminder_minutes: tuple[int, ...] = (1440, 60)
    offer_minutes: int = 120
    first_contact: bool = False
    room_opens_minutes: int = OPENS_MINUTES

    def change_until(self, starts_at: datetime) -> datetime:
        """The last moment at which a client moves a session, or cancels it without being late."""
        return starts_at - timedelta(minutes=self.change_until_minutes)


def read_rules(session: Session) -> Rules:
    """The clinic's rules, inside the caller's transaction."""
    both = select(Clinic.room_opens_minutes, BookingRules).outerjoin(BookingRules, BookingRules.id == 1)
    found = session.execute(both).first()
    opens, row = found if found else (OPENS_MINUTES, None)
    if row is None:
        return Rules(room_opens_minutes=opens)
    return Rules(
        row.notice_minutes,
        row.horizon_days,
        row.daily_limit,
        row.change_until_minutes,
        tuple(int(minutes) for minutes in row.reminder_minutes.split(",") if minutes),
        row.offer_minutes,
        row.first_contact,
        opens,
    )
