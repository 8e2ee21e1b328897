"""A running portal sends what is due by itself."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

import db
from db.tables import Appointment, CheckInReminder, Reminder
from tests.databases import KEYS, point_at
from tests.factories import make_appointment, make_client, make_clinic, make_therapist
from tests.portal import running_portal


def test_a_reminder_that_fell_due_while_nothing_ran_goes_out_at_the_start(
    own_deployment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, own_deployment)
    db.start()
    now = datetime.now(UTC)
    make_clinic(now=now)
    dana = make_therapist("Dana", now=now)
    sam = make_client("Sam", email="sam@example.org", therapist=dana, now=now)
    meeting = make_appointment(sam, dana, now + timedelta(hours=3), now=now)
    with db.unit_of_work() as session:
        row = session.scalars(select(Appointment).where(Appointment.public_id == meeting)).one()
        due_at = now - timedelta(hours=21)
        session.add(Reminder(appointment_id=row.id, account_id=sam.account_id, due_at=due_at))
        then = (now - timedelta(minutes=5)).astimezone(ZoneInfo(sam.zone))
        session.add(
            CheckInReminder(
                client_id=sam.account_id,
                minute=then.hour * 60 + then.minute,
                since_at=now - timedelta(days=1),
            )
        )
    environment = {"QUIET_ROOM_VAR": str(own_deployment), "QUIET_ROOM_KEYS": KEYS}
    with running_portal(own_deployment, environment):
        deadline = time.monotonic() + 60
        while len(sent := list((own_deployment / "outbox").glob("*.eml"))) < 2:
            assert time.monotonic() < deadline, "a mail was not sent"
            time.sleep(0.2)  # between two looks; the mail is what is waited for
    mails = [mail.read_text() for mail in sent]
    assert all("To: sam@example.org" in mail for mail in mails)
    assert sum("You have an appointment" in mail for mail in mails) == 1
    assert sum("Your check-in is ready" in mail for mail in mails) == 1
