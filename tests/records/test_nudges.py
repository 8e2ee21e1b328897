"""Reminding a client: one mail a day, only when something is open, and it says nothing."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

import db
from clinic.errors import NotFound, NothingToDo
from clinic.intake import intake
from clinic.measures import plans
from clinic.people.viewer import Viewer
from clinic.records.caseload import caseload
from clinic.records.day import day
from clinic.records.nudges import remind
from db.settings import settings
from db.tables import Account, Nudge, OutboxMail
from tests.databases import Database
from tests.factories import (
    NOW,
    keep_intake,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
)
from tests.intake.test_intake_service import WHOLE


@pytest.fixture
def dana(database: Database, monkeypatch: pytest.MonkeyPatch) -> Viewer:
    monkeypatch.setenv("QUIET_ROOM_ORIGINS", "https://portal.example.org")
    settings.cache_clear()
    make_clinic()
    return make_therapist("Dana")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam", therapist=dana, email="sam@example.org")


def _mails() -> list[tuple[str | None, str, str | None]]:
    with db.reading() as session:
        return [(m.recipient, m.subject, m.body) for m in session.scalars(select(OutboxMail))]


def test_one_click_sends_one_mail_that_leads_to_what_is_open(dana: Viewer, sam: Viewer) -> None:
    sent = remind(dana, sam.public_id, NOW)
    assert (sent.sent_at, sent.before) == (NOW, False)
    [(recipient, subject, body)] = _mails()
    assert (recipient, subject) == ("sam@example.org", "You have a message at Linden Practice")
    assert body is not None
    assert "https://portal.example.org/questionnaire\n" in body
    assert sam.public_id not in body
    assert "?" not in body


def test_a_second_click_says_when_the_last_one_went(dana: Viewer, sam: Viewer) -> None:
    remind(dana, sam.public_id, NOW)
    again = remind(dana, sam.public_id, NOW + timedelta(hours=5))
    assert (again.sent_at, again.before) == (NOW, True)
    assert len(_mails()) == 1
    assert not remind(dana, sam.public_id, NOW + timedelta(days=1)).before
    assert len(_mails()) == 2


def test_the_day_is_the_clients_own(dana: Viewer) -> None:
    lou = make_client("Lou", therapist=dana, zone="America/New_York")
    evening = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)  # 10 pm on the 2nd in New York
    remind(dana, lou.public_id, evening)
    assert remind(dana, lou.public_id, evening + timedelta(minutes=119)).before
    assert not remind(dana, lou.public_id, evening + timedelta(hours=2)).before


def test_many_clicks_at_once_are_one_mail(dana: Viewer, sam: Viewer) -> None:
    threads = [threading.Thread(target=remind, args=(dana, sam.public_id, NOW)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(Nudge)).one() == 1
    assert len(_mails()) == 1


def test_nobody_is_reminded_of_nothing(dana: Viewer, sam: Viewer) -> None:
    keep_intake(sam, WHOLE, NOW)
    intake.submit(sam, NOW)
    for name in ("phq-9", "gad-7"):
        plans.stop(dana, sam.public_id, name, NOW)
    with pytest.raises(NothingToDo):
        remind(dana, sam.public_id, NOW)
    assert _mails() == []
    plans.ask_now(dana, sam.public_id, "ons4", NOW)
    remind(dana, sam.public_id, NOW)
    assert len(_mails()) == 1


def test_a_closed_account_gets_no_mail(dana: Viewer, sam: Viewer) -> None:
    with db.unit_of_work() as session:
        session.execute(update(Account).where(Account.id == sam.account_id).values(disabled_at=NOW))
    with pytest.raises(NothingToDo):
        remind(dana, sam.public_id, NOW)
    assert _mails() == []


def test_only_who_looks_after_a_client_reminds_them(dana: Viewer, sam: Viewer) -> None:
    for viewer in (make_therapist("Per"), sam, make_administrator()):
        with pytest.raises(NotFound):
            remind(viewer, sam.public_id, NOW)
    remind(dana, sam.public_id, NOW)


def test_lists_say_what_is_missing_and_that_a_reminder_went(dana: Viewer, sam: Viewer) -> None:
    make_appointment(sam, dana, NOW + timedelta(hours=2))
    [entry], [row] = day(dana, NOW).sessions, caseload(dana, NOW).rows
    assert entry.readiness.words[:2] == row.missing == ("intake", "2 sets of questions")
    assert entry.reminded_at is row.reminded_at is None
    remind(dana, sam.public_id, NOW)
    later = NOW + timedelta(minutes=1)
    [entry], [row] = day(dana, later).sessions, caseload(dana, later).rows
    assert entry.reminded_at == row.reminded_at == NOW
    assert caseload(dana, NOW + timedelta(days=1)).rows[0].reminded_at is None
