"""`python -m tests.faults.weekend 2026-03-29`: a clinic over a weekend in which the clocks change.

Says, line by line, what was booked for when and which mails were written at which moment: the same wherever
the server thinks it is (TZ).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import db
from clinic.records.check_in_reminders import send_due_check_ins, set_reminder
from clinic.safety.escalation import escalate_due
from clinic.scheduling.booking import book
from clinic.scheduling.offers import free_times
from clinic.scheduling.reminders import send_due_reminders
from clinic.scheduling.series_booking import book_series, plan_series
from tests.factories import ZONE, first_kind, make_client, make_clinic, make_policy, make_therapist
from tests.safety.net import answer

ROUND = timedelta(minutes=30)
HALF_PAST_TWO = 150


def history(change: date, *, set_back: timedelta = timedelta()) -> list[str]:
    """From Wednesday to Tuesday. `set_back`: somebody sets the server's clock back once, in the night of the
    change, and it goes through that time again."""
    began = datetime.combine(change - timedelta(days=4), time(9), UTC)
    make_clinic(now=began)
    dana = make_therapist("Dana", now=began)
    make_policy(dana, make_therapist("Per", now=began), now=began)
    sam, noor = (make_client(name, therapist=dana, now=began) for name in ("Sam", "Noor"))
    set_reminder(sam, HALF_PAST_TWO, began)
    zone = ZoneInfo(ZONE)
    first_at = datetime.combine(change - timedelta(days=2), time(9), zone).astimezone(UTC)
    plan = plan_series(dana, sam.public_id, first_kind(), first_at, 1, began, times=2)
    said = [f"series {one.starts_at:%a %H:%M}" for one in plan.bookable if one.starts_at]
    book_series(dana, plan, "series", began)
    monday = datetime.combine(change + timedelta(days=1), time(), zone)
    offers = free_times(noor, began, therapist_id=dana.public_id, until=monday + timedelta(days=1))
    offered = [offer.starts_at for offer in offers if offer.starts_at >= monday]
    said += [f"offered {at.astimezone(zone):%a %H:%M}" for at in offered]
    booked = book(noor, dana.public_id, offered[0], "noor", began)
    said.append(f"booked {booked.starts_at:%a %H:%M}")
    answer(sam, 1, datetime.combine(change, time(0, 30), UTC))
    for now in _rounds(began, change, set_back):
        for act in (send_due_reminders, send_due_check_ins, escalate_due):
            if written := act(now):
                said.append(f"{now:%a %H:%M} {act.__name__} {written}")
    return said


def _rounds(began: datetime, change: date, set_back: timedelta) -> Iterator[datetime]:
    now, until = began, began + timedelta(days=6)
    back_at = datetime.combine(change, time(3), UTC) if set_back else None
    while now < until:
        yield now
        now += ROUND
        if now == back_at:
            now, back_at = now - set_back, None


if __name__ == "__main__":
    db.start()
    sys.stdout.write("\n".join(history(date.fromisoformat(sys.argv[1]))))
