"""The first screens: what a client has to do, what a therapist's day holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

import db
from clinic.errors import NotFound
from clinic.intake import consent, intake
from clinic.measures import plans
from clinic.records.day import day, day_mark
from clinic.records.home import client_home
from clinic.records.note_formats import Draft
from clinic.records.note_signing import sign_note
from clinic.records.notes import keep_note
from clinic.records.nudges import remind
from clinic.records.readiness import Reason
from clinic.records.reviews import review
from clinic.video.device_checks import keep_check
from clinic.video.visits import admit, enter
from db.tables import Task
from tests.databases import Database
from tests.factories import (
    NOW,
    keep_intake,
    log_mood,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
    say_where,
    sign_required,
)
from tests.intake.test_intake_service import WHOLE
from tests.records.test_caseload import keep
from tests.safety.net import answer
from tests.video.test_device_checks import FINE


def test_a_new_clients_home_shows_what_is_left_one_thing_after_another(database: Database) -> None:
    make_clinic()
    make_policy()
    sam = make_client("Sam", consented=False)
    home = client_home(sam, NOW)
    assert (home.consent_signed, home.intake_begun, home.intake_sent) == (False, False, False)
    assert (home.next_session, home.mood_today) == (None, None)
    assert not home.may_book
    consent.keep_born(sam, "5/6/1991", NOW)
    sign_required(sam)
    keep_intake(sam, {"brings": "x"}, NOW)
    home = client_home(sam, NOW)
    assert (home.consent_signed, home.intake_begun, home.intake_sent) == (True, True, False)
    assert home.may_book
    keep_intake(sam, WHOLE, NOW)
    intake.submit(sam, NOW)
    log_mood(sam, 4, "", NOW)
    home = client_home(sam, NOW)
    assert home.intake_sent
    assert [due.instrument.id for due in home.due] == ["phq-9", "gad-7"]
    assert home.mood_today is not None


def test_the_next_session_stays_until_its_room_closes(database: Database) -> None:
    make_clinic()
    dana = make_therapist()
    sam = make_client(therapist=dana)
    now = make_appointment(sam, dana, NOW)
    later = make_appointment(sam, dana, NOW + timedelta(days=7))
    make_appointment(sam, dana, NOW - timedelta(days=1), cancelled=True)

    def shown(after: timedelta) -> str | None:
        session = client_home(sam, NOW + after).next_session
        return session.public_id if session else None

    assert shown(timedelta(minutes=109)) == now
    assert shown(timedelta(minutes=110)) == later
    assert shown(timedelta(days=8)) is None


def test_a_day_says_who_waits_and_who_is_not_ready(database: Database) -> None:
    make_clinic()
    dana = make_therapist()
    ready, unready = make_client("Ready", therapist=dana), make_client("New", therapist=dana, consented=False)
    keep_intake(ready, WHOLE, NOW)
    intake.submit(ready, NOW)
    meeting = make_appointment(ready, dana, NOW + timedelta(minutes=5))
    make_appointment(unready, dana, NOW + timedelta(hours=2))
    make_appointment(ready, dana, NOW + timedelta(days=1))
    enter(ready, meeting, NOW)
    today = day(dana, NOW + timedelta(seconds=10))
    assert [(e.appointment.client_name, e.readiness.words) for e in today.sessions] == [
        ("Ready", ("2 sets of questions", "camera and sound not tried yet", "where they are now")),
        ("New", ("consent", "intake", "2 sets of questions", "camera and sound not tried yet")),
    ]
    assert [e.waiting_since for e in today.sessions] == [NOW, None]
    say_where(ready, meeting)
    admit(dana, meeting, NOW + timedelta(seconds=12))
    assert day(dana, NOW + timedelta(seconds=13)).sessions[0].waiting_since is None


def test_a_day_is_the_therapists_own(database: Database) -> None:
    make_clinic()
    lou = make_therapist(zone="America/New_York")
    sam = make_client(therapist=lou)
    evening = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)  # 3 March, 10 pm in New York
    make_appointment(sam, lou, evening)
    assert day(lou, evening).on == date(2026, 3, 3)
    assert len(day(lou, evening).sessions) == 1
    assert day(lou, evening + timedelta(hours=3)).sessions == ()


def test_first_screens_are_ones_own(database: Database) -> None:
    make_clinic()
    dana = make_therapist()
    sam = make_client(therapist=dana)
    make_appointment(sam, dana, NOW)
    assert day(make_therapist("Per"), NOW).sessions == ()
    assert client_home(make_client("Noor"), NOW).next_session is None
    for viewer in (sam, make_administrator()):
        with pytest.raises(NotFound):
            day(viewer, NOW)
    for viewer in (dana, make_administrator()):
        with pytest.raises(NotFound):
            client_home(viewer, NOW)


def _queries(ask: Callable[[], object]) -> int:
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    event.listen(db.engine(), "before_cursor_execute", counted)
    ask()
    event.remove(db.engine(), "before_cursor_execute", counted)
    return count


def test_a_full_day_and_week_take_no_more_queries_than_one_session(database: Database) -> None:
    make_clinic()
    dana = make_therapist()
    make_appointment(make_client("One", therapist=dana), dana, NOW + timedelta(hours=1))
    day(dana, NOW)
    few = _queries(lambda: day(dana, NOW))
    for n in range(8):
        client = make_client(f"Client {n}", therapist=dana)
        make_appointment(client, dana, NOW + timedelta(hours=2 + n))
        make_appointment(client, dana, NOW + timedelta(days=1, hours=2 + n))
    assert _queries(lambda: day(dana, NOW)) == few
    assert _queries(lambda: day_mark(dana, NOW)) <= 3


def test_the_week_ahead_counts_who_is_not_ready_by_day(database: Database) -> None:
    make_clinic()
    dana = make_therapist()
    ready, unready = make_client("Ready", therapist=dana), make_client("New", therapist=dana, consented=False)
    keep_intake(ready, WHOLE, NOW)
    intake.submit(ready, NOW)
    for name in ("phq-9", "gad-7"):
        plans.stop(dana, ready.public_id, name, NOW)
    keep_check(ready, FINE, NOW)
    make_appointment(ready, dana, NOW)
    for client, days, hours in ((ready, 1, 0), (unready, 1, 2), (ready, 7, 0), (ready, 8, 0)):
        make_appointment(client, dana, NOW + timedelta(days=days, hours=hours))
    found = day(dana, NOW)
    assert len(found.sessions) == 1
    assert [(one.on.day, len(one.sessions), one.not_ready) for one in found.week] == [(3, 2, 1), (9, 1, 0)]


def test_an_open_alert_is_the_first_reason_and_can_be_opened(database: Database) -> None:
    make_clinic()
    dana = make_therapist()
    make_policy(dana)
    sam = make_client("Sam", therapist=dana)
    make_appointment(sam, dana, NOW + timedelta(hours=1))
    before = day_mark(dana, NOW)
    answer(sam, 2)
    assert day_mark(dana, NOW) != before
    [entry] = day(dana, NOW).sessions
    assert entry.readiness.reasons[0] is Reason.RISK
    assert entry.alert_id == day(dana, NOW).alerts[0].public_id


def test_results_nobody_has_looked_at_are_said_until_somebody_has(database: Database) -> None:
    make_clinic()
    dana = make_therapist()
    sam = make_client("Sam", therapist=dana)
    keep(sam, "gad-7", (15,))
    keep(make_client("Noor", therapist=make_therapist("Per")), "gad-7", (15,))
    assert [one.client_name for one in day(dana, NOW).unreviewed] == ["Sam"]
    review(dana, sam.public_id, NOW, "", NOW)
    assert day(dana, NOW).unreviewed == ()


def test_a_days_mark_changes_with_what_the_day_shows_and_with_nothing_else(database: Database) -> None:
    make_clinic()
    dana = make_therapist()
    sam = make_client("Sam", therapist=dana)
    meeting = make_appointment(sam, dana, NOW + timedelta(minutes=5))
    mark = day_mark(dana, NOW)
    day(dana, NOW)
    assert day_mark(dana, NOW + timedelta(seconds=10)) == mark, "looking changes nothing"
    stranger = make_client("Noor", therapist=make_therapist("Per"))
    keep_check(stranger, FINE, NOW)
    assert day_mark(dana, NOW) == mark
    for act in (
        lambda: keep_check(sam, FINE, NOW),
        lambda: enter(sam, meeting, NOW),
        lambda: say_where(sam, meeting),
        lambda: admit(dana, meeting, NOW),
        lambda: make_appointment(sam, dana, NOW + timedelta(days=2)),
    ):
        act()
        assert day_mark(dana, NOW) != mark
        mark = day_mark(dana, NOW)
    assert day_mark(dana, NOW + timedelta(minutes=5)) != mark, "rooms open and sessions end"


def test_a_clients_home_has_their_own_open_tasks_what_is_due_first(database: Database) -> None:
    make_clinic()
    dana = make_therapist()
    sam, noor = make_client("Sam", therapist=dana), make_client("Noor", therapist=dana)
    soon = NOW.date() + timedelta(days=2)
    with db.unit_of_work() as session:
        for n, (client, title, due_on, done_at) in enumerate(
            (
                (sam, "Whenever", None, None),
                (sam, "Soon", soon, None),
                (sam, "Done", soon, NOW),
                (noor, "Another's", soon, None),
            )
        ):
            task = Task(client_id=client.account_id, set_by_id=dana.account_id, kind="text", set_at=NOW)
            task.title, task.due_on, task.done_at, task.submit_key = title, due_on, done_at, f"task-{n}"
            session.add(task)
    found = client_home(sam, NOW)
    assert [(task.title, task.due_on) for task in found.tasks] == [("Soon", soon), ("Whenever", None)]
    assert day(dana, NOW).news.tasks == 1


def test_the_device_check_is_left_to_do_before_a_video_session_and_may_be_nudged(database: Database) -> None:
    make_clinic()
    dana = make_therapist()
    sam = make_client("Sam", therapist=dana)
    keep_intake(sam, WHOLE, NOW)
    intake.submit(sam, NOW)
    for name in ("phq-9", "gad-7"):
        plans.stop(dana, sam.public_id, name, NOW)
    assert not client_home(sam, NOW).check_due
    make_appointment(sam, dana, NOW + timedelta(days=2))
    assert client_home(sam, NOW).check_due
    assert not remind(dana, sam.public_id, NOW).before
    keep_check(sam, FINE, NOW)
    assert not client_home(sam, NOW).check_due


def test_a_session_stays_among_the_loose_ends_until_its_note_is_signed(database: Database) -> None:
    make_clinic()
    dana = make_therapist("Dana")
    room = make_appointment(make_client("Sam", therapist=dana), dana, NOW - timedelta(days=1))
    assert [(one.appointment_id, one.begun) for one in day(dana, NOW).unsigned] == [(room, False)]
    kept = keep_note(dana, room, Draft("free", {"text": "We spoke."}), 0, NOW)
    assert [one.begun for one in day(dana, NOW).unsigned] == [True]
    sign_note(dana, room, kept.revision, NOW)
    assert day(dana, NOW).unsigned == ()
    assert day(make_therapist("Per"), NOW).unsigned == ()
