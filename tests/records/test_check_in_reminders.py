"""Asking to be reminded of a check-in, pausing it, and the one mail a day that says nothing."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

import db
from clinic.errors import InvalidInput
from clinic.people.viewer import Viewer
from clinic.records import check_in_reminders
from clinic.records.check_in_reminders import (
    OwnReminder,
    own_reminder,
    pause_reminder,
    resume_reminder,
    send_due_check_ins,
    set_reminder,
    stop_reminder,
)
from db.settings import settings
from db.tables import Account, CheckInReminder, OutboxMail
from tests.databases import Database
from tests.factories import log_mood, make_client, make_clinic

EVENING = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)  # 8 pm in Vienna
MORNING = EVENING - timedelta(hours=11)
DAY = timedelta(days=1)


@pytest.fixture
def sam(database: Database, monkeypatch: pytest.MonkeyPatch) -> Viewer:
    monkeypatch.setenv("QUIET_ROOM_ORIGINS", "https://portal.example.org")
    settings.cache_clear()
    make_clinic()
    sam = make_client("Sam", email="sam@example.org")
    set_reminder(sam, 20 * 60, MORNING)
    return sam


def _mails() -> list[tuple[str | None, str, str | None]]:
    with db.reading() as session:
        return [(m.recipient, m.subject, m.body) for m in session.scalars(select(OutboxMail))]


def _asked() -> tuple[date | None, datetime | None]:
    with db.reading() as session:
        row = session.scalars(select(CheckInReminder)).one()
        return row.asked_on, row.asked_at


def test_one_mail_goes_out_at_the_chosen_time_and_says_nothing(sam: Viewer) -> None:
    assert send_due_check_ins(EVENING - timedelta(seconds=1)) == 0
    assert send_due_check_ins(EVENING + timedelta(seconds=7)) == 1
    assert send_due_check_ins(EVENING + timedelta(minutes=5)) == 0
    [(recipient, subject, body)] = _mails()
    assert (recipient, subject) == ("sam@example.org", "You have a message at Linden Practice")
    assert body is not None
    assert body.startswith("Your check-in is ready.\nhttps://portal.example.org/check_in\n")
    for word in ("mood", "anx", "feel", "Sam", sam.public_id):
        assert word not in body
    assert _asked() == (date(2026, 3, 2), EVENING + timedelta(seconds=7))
    assert send_due_check_ins(EVENING + DAY) == 1


def test_nobody_is_reminded_who_did_not_ask_or_has_checked_in(sam: Viewer) -> None:
    make_client("Noor")
    log_mood(sam, 3, "", EVENING - timedelta(hours=1))
    assert send_due_check_ins(EVENING) == 0
    assert _asked() == (None, None)
    log_mood(sam, 3, "", EVENING + DAY + timedelta(minutes=1))
    assert send_due_check_ins(EVENING + DAY) == 0
    assert send_due_check_ins(EVENING + 2 * DAY) == 1


def test_who_checks_in_or_pauses_at_the_last_moment_gets_no_mail(sam: Viewer) -> None:
    def seen(now: datetime) -> check_in_reminders._Due:
        with db.reading() as session:
            [due] = check_in_reminders._due(session, now)
        return due

    due = seen(EVENING)
    log_mood(sam, 3, "", EVENING)
    assert check_in_reminders._send(due, EVENING) == 0
    due = seen(EVENING + DAY)
    pause_reminder(sam, None, EVENING + DAY)
    assert check_in_reminders._send(due, EVENING + DAY) == 0
    resume_reminder(sam, EVENING + DAY)
    assert check_in_reminders._send(due, EVENING + DAY) == 1
    assert check_in_reminders._send(due, EVENING + DAY) == 0


def test_processes_that_look_at_once_send_one_mail(sam: Viewer) -> None:
    sent: list[int] = []
    threads = [threading.Thread(target=lambda: sent.append(send_due_check_ins(EVENING))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == [0, 0, 0, 0, 0, 1]
    assert len(_mails()) == 1


def test_after_a_stop_it_is_late_by_two_hours_at_the_most(sam: Viewer) -> None:
    assert send_due_check_ins(EVENING + timedelta(hours=2, seconds=1)) == 0
    assert send_due_check_ins(EVENING + DAY + timedelta(hours=2)) == 1


def test_a_pause_holds_until_its_day_or_until_they_start_again(sam: Viewer) -> None:
    pause_reminder(sam, date(2026, 3, 4), MORNING)
    assert own_reminder(sam, MORNING) == OwnReminder(1200, True, date(2026, 3, 4))
    assert [send_due_check_ins(EVENING + n * DAY) for n in range(3)] == [0, 0, 1]
    assert own_reminder(sam, EVENING + 2 * DAY) == OwnReminder(1200, False, None)
    pause_reminder(sam, None, EVENING + 2 * DAY)
    assert [send_due_check_ins(EVENING + n * DAY) for n in (3, 30)] == [0, 0]
    late = EVENING + 31 * DAY + timedelta(minutes=30)
    resume_reminder(sam, late)
    assert send_due_check_ins(late) == 0  # today's time had passed when they started again
    assert send_due_check_ins(EVENING + 32 * DAY) == 1


def test_off_is_off_and_a_closed_account_gets_no_mail(sam: Viewer) -> None:
    noor = make_client("Noor")
    set_reminder(noor, 20 * 60, MORNING)
    stop_reminder(sam, MORNING)
    stop_reminder(sam, MORNING)
    assert own_reminder(sam, MORNING) is None
    with db.unit_of_work() as session:
        session.execute(update(Account).where(Account.id == noor.account_id).values(disabled_at=MORNING))
    assert send_due_check_ins(EVENING) == 0
    pause_reminder(sam, None, MORNING)  # where there is none, nothing happens
    resume_reminder(sam, MORNING)
    assert own_reminder(sam, MORNING) is None


def test_another_time_holds_from_now_on_and_once_a_day_stays(sam: Viewer) -> None:
    assert send_due_check_ins(EVENING) == 1
    set_reminder(sam, 21 * 60, EVENING)
    assert send_due_check_ins(EVENING + timedelta(hours=1)) == 0
    assert send_due_check_ins(EVENING + DAY) == 0
    assert send_due_check_ins(EVENING + DAY + timedelta(hours=1)) == 1


def test_a_time_or_a_day_that_cannot_be_is_refused(sam: Viewer) -> None:
    for minute in (None, -1, 1440, 3.5, "20:00", True):
        with pytest.raises(InvalidInput):
            set_reminder(sam, minute, MORNING)  # type: ignore[arg-type]
    for until in (date(2026, 3, 2), date(2020, 1, 1), date.max):
        with pytest.raises(InvalidInput):
            pause_reminder(sam, until, MORNING)
    assert own_reminder(sam, MORNING) == OwnReminder(1200, False, None)
    assert own_reminder(make_client("Noor"), MORNING) is None
