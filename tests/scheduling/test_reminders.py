"""Reminders: each once whoever sends it, late rather than never, none once the session has begun."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

import db
from clinic.people import accounts, postman
from clinic.people.viewer import Viewer
from clinic.scheduling.booking import book, cancel, move
from clinic.scheduling.reminders import remake_reminders, send_due_reminders, turn_reminders
from db.tables import Appointment, BookingRules, OutboxMail, Reminder
from tests.databases import Database
from tests.factories import (
    NOW,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
)
from tests.portal import ROOT

AT = datetime(2026, 3, 5, 13, 0, tzinfo=UTC)
MORNING = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana", email="dana@example.org")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam", email="sam@example.org", therapist=dana)


def _rules(**changed: object) -> None:
    with db.unit_of_work() as session:
        row = session.get(BookingRules, 1)
        if row is None:
            row = BookingRules(id=1)
            session.add(row)
        for name, value in changed.items():
            setattr(row, name, value)


def _due() -> list[datetime]:
    with db.reading() as session:
        return sorted(set(session.scalars(select(Reminder.due_at).where(Reminder.done_at.is_(None)))))


def _letters(words: str = "You have an appointment") -> list[str]:
    """Whom the outbox holds such a mail for."""
    with db.reading() as session:
        return sorted(
            row.recipient or "" for row in session.scalars(select(OutboxMail)) if words in (row.body or "")
        )


def _plan_rows(meetings: Sequence[str], due_at: datetime) -> None:
    with db.unit_of_work() as session:
        for row in session.scalars(select(Appointment).where(Appointment.public_id.in_(meetings))):
            for person in (row.client_id, row.therapist_id):
                session.add(Reminder(appointment_id=row.id, account_id=person, due_at=due_at))


def test_both_are_reminded_a_day_and_an_hour_before(dana: Viewer, sam: Viewer) -> None:
    book(sam, dana.public_id, AT, "k", NOW)
    assert _due() == [AT - DAY, AT - HOUR]
    assert send_due_reminders(AT - DAY - timedelta(seconds=1)) == 0
    assert send_due_reminders(AT - DAY) == 2
    assert send_due_reminders(AT - DAY) == 0
    assert send_due_reminders(AT - HOUR) == 2
    assert _letters() == ["dana@example.org"] * 2 + ["sam@example.org"] * 2


def test_a_reminder_that_would_be_due_already_is_left_out(dana: Viewer, sam: Viewer) -> None:
    book(sam, dana.public_id, AT, "k", AT - timedelta(hours=3))
    assert _due() == [AT - HOUR]


def test_moving_moves_the_reminders_and_cancelling_ends_them(dana: Viewer, sam: Viewer) -> None:
    made = book(sam, dana.public_id, AT, "k", NOW)
    send_due_reminders(AT - DAY)
    later = AT + DAY
    move(dana, made.public_id, later, "m", AT - DAY)
    assert _due() == [later - DAY, later - HOUR]
    assert send_due_reminders(later - DAY) == 2
    cancel(dana, made.public_id, later - DAY)
    assert send_due_reminders(later) == 0
    assert _due() == []


def test_clocks_stopped_for_a_day_every_due_reminder_once(dana: Viewer, sam: Viewer) -> None:
    """Nobody was awake from before the first one was due: late, one mail for each appointment and person."""
    per = make_therapist("Per", email="per@example.org")
    noor = make_client("Noor", email="noor@example.org", therapist=per)
    for n in range(4):
        book(sam, dana.public_id, MORNING + n * HOUR, f"k{n}", NOW)
    book(noor, per.public_id, MORNING + 3 * HOUR, "n", NOW)
    # Three sessions have begun; the fourth, and Noor's, are still to come, with two reminders missed each.
    gone = MORNING + timedelta(hours=2, minutes=30)
    written = send_due_reminders(gone)
    assert written == 4
    assert _letters() == ["dana@example.org", "noor@example.org", "per@example.org", "sam@example.org"]
    assert send_due_reminders(gone) == 0
    with db.reading() as session:
        open_ = session.scalars(select(func.count()).where(Reminder.done_at.is_(None))).one()
    assert open_ == 0


def test_none_once_the_session_has_begun(dana: Viewer, sam: Viewer) -> None:
    book(sam, dana.public_id, AT, "k", NOW)
    assert send_due_reminders(AT) == 0
    assert send_due_reminders(AT + DAY) == 0


def test_whoever_turned_them_off_gets_none(dana: Viewer, sam: Viewer) -> None:
    book(sam, dana.public_id, AT, "k", NOW)
    turn_reminders(sam, False, NOW)
    assert send_due_reminders(AT - DAY) == 1
    turn_reminders(sam, True, AT - DAY + HOUR)
    assert send_due_reminders(AT - 2 * HOUR) == 0, "what came due meanwhile is not sent afterwards"
    assert send_due_reminders(AT - HOUR) == 2
    assert _letters() == ["dana@example.org", "dana@example.org", "sam@example.org"]


def test_a_closed_account_is_not_reminded(dana: Viewer, sam: Viewer) -> None:
    book(sam, dana.public_id, AT, "k", NOW)
    accounts.disable(make_administrator(), sam.public_id, NOW)
    assert send_due_reminders(AT - DAY) == 1


def test_new_rules_hold_for_what_is_booked_already(dana: Viewer, sam: Viewer) -> None:
    book(sam, dana.public_id, AT, "k", NOW)
    make_appointment(sam, dana, NOW - DAY)
    send_due_reminders(AT - DAY)
    at = AT - 20 * HOUR
    _rules(reminder_minutes="1440,120,30")
    with db.unit_of_work() as session:
        remake_reminders(session, at)
    assert _due() == [AT - 2 * HOUR, AT - timedelta(minutes=30)], "and nobody is reminded of the day again"
    _rules(reminder_minutes="")
    with db.unit_of_work() as session:
        remake_reminders(session, at)
    assert _due() == []
    book(sam, dana.public_id, AT + DAY, "k2", at)
    assert _due() == []


def test_a_reminder_says_when_and_nothing_else(dana: Viewer, sam: Viewer) -> None:
    book(sam, dana.public_id, AT, "k", NOW)
    postman.send_due(NOW)
    send_due_reminders(AT - HOUR)
    with db.reading() as session:
        rows = session.scalars(select(OutboxMail).where(OutboxMail.sent_at.is_(None))).all()
    for row in rows:
        assert row.subject == "You have a message at Linden Practice"
        assert "Thursday 5 March 2026, 2:00 pm (Vienna time)" in (row.body or "")
        assert "Dana" not in (row.body or "")
        assert "Sam" not in (row.body or "")
        assert row.calendar is None


def test_four_at_once_send_each_reminder_once(dana: Viewer, sam: Viewer) -> None:
    for n in range(6):
        book(sam, dana.public_id, MORNING + n * HOUR, f"k{n}", NOW)
    just_before = MORNING - timedelta(minutes=30)
    gate, found = threading.Barrier(4), []

    def send() -> None:
        gate.wait()
        found.append(send_due_reminders(just_before))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # All six are within a day; whoever found an appointment locked left it to the other.
    found.append(send_due_reminders(just_before))
    assert sum(found) == 12
    assert _letters() == ["dana@example.org"] * 6 + ["sam@example.org"] * 6


@pytest.mark.timeout(240)
def test_killed_at_any_moment_each_reminder_is_sent_once(
    dana: Viewer, sam: Viewer, database: Database
) -> None:
    """Processes that are killed while they send: what they had not finished goes out, and nothing twice."""
    meetings = [make_appointment(sam, dana, AT + n * HOUR) for n in range(40)]
    _plan_rows(meetings, AT - DAY)
    script = (
        "import sys, db\n"
        "from datetime import datetime\n"
        "from clinic.scheduling.reminders import send_due_reminders\n"
        "print('on', flush=True)\n"
        "while send_due_reminders(datetime.fromisoformat(sys.argv[1]), most=1):\n"
        "    print('one', flush=True)\n"
    )
    environment = {**os.environ, **database.environment(), "PYTHONPATH": str(ROOT)}
    for finished in (0, 3, 7):
        process = subprocess.Popen(
            [sys.executable, "-c", script, (AT - HOUR).isoformat()],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        for _ in range(1 + finished):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    send_due_reminders(AT - HOUR)
    assert _due() == []
    assert _letters() == ["dana@example.org"] * 40 + ["sam@example.org"] * 40
