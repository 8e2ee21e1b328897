"""The demo clinic: the same every time, made once, and acceptable to every service."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

import clinic.start
import db
from clinic.demo import fill, reset
from clinic.demo.cast import AT_RISK, CLIENTS, HALF_FILLED, NEW_CLIENT, PASSWORD, THERAPISTS
from clinic.errors import NotADemo, StillTheDemo
from clinic.intake.reading import read_intake
from clinic.measures.asking import due
from clinic.people import sign_in
from clinic.people.details import clinic_details
from clinic.people.sign_in import Trial
from clinic.people.viewer import Role, Viewer
from clinic.records.caseload import caseload
from clinic.records.client_record import client_record
from clinic.records.day import day
from clinic.records.home import client_home
from clinic.safety.alerts import open_alerts
from clinic.scheduling.appointments import coming
from clinic.video.visits import admit, enter
from db.tables import Account, Appointment, MoodEntry, QuestionnaireResponse
from tests.databases import Database, forget, point_at, started
from tests.factories import make_clinic, say_where

NOW = datetime(2026, 3, 4, 10, 7, 31, tzinfo=UTC)  # a Wednesday
AWKWARD = [
    datetime(2026, 3, 1, 3, 0, tzinfo=UTC),  # Sunday, 3 am
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),  # London's clocks go forward
    datetime(2026, 11, 1, 5, 59, tzinfo=UTC),  # New York's go back
    datetime(2028, 2, 29, 0, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 58, tzinfo=UTC),
]


def _viewer(who: Trial, now: datetime = NOW) -> Viewer:
    token = sign_in.redeem(sign_in.try_as(who, now).ticket, now, "test")
    return sign_in.viewer_for(token, now)


def _gist() -> list[object]:
    """Everything that does not hold a random id."""
    with db.reading() as session:
        found: list[object] = [
            tuple(r)
            for r in session.execute(select(Account.name, Account.role, Account.zone).order_by(Account.id))
        ]
        found += [
            tuple(r)
            for r in session.execute(
                select(QuestionnaireResponse.completed_at, QuestionnaireResponse.total).order_by(
                    QuestionnaireResponse.id
                )
            )
        ]
        found += [
            tuple(r) for r in session.execute(select(MoodEntry.day_on, MoodEntry.mood).order_by(MoodEntry.id))
        ]
        found += [
            tuple(r)
            for r in session.execute(
                select(Appointment.starts_at, Appointment.status).order_by(Appointment.id)
            )
        ]
    return found


@pytest.fixture(autouse=True)
def demo_mode(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "database" in request.fixturenames:
        request.getfixturevalue("database")
    monkeypatch.setenv("QUIET_ROOM_DEMO", "1")
    db.settings.settings.cache_clear()


@pytest.fixture(scope="module")
def filled_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the demo of `NOW`, which takes seconds to make."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(sqlite_template, folder / "quiet-room.db")
    with pytest.MonkeyPatch.context() as monkeypatch:
        point_at(monkeypatch, folder)
        monkeypatch.setenv("QUIET_ROOM_DEMO", "1")
        started()
        fill(NOW)
        db.dispose()  # the last connection folds the write-ahead log into the file
    forget()
    return folder / "quiet-room.db"


def _on_a_copy_of(file: Path, var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(file, var / "quiet-room.db")
    point_at(monkeypatch, var)
    monkeypatch.setenv("QUIET_ROOM_DEMO", "1")
    started()


@pytest.fixture
def filled(filled_file: Path, own_deployment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _on_a_copy_of(filled_file, own_deployment, monkeypatch)


@pytest.fixture
def empty(sqlite_template: Path, own_deployment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _on_a_copy_of(sqlite_template, own_deployment, monkeypatch)


def test_it_holds_what_the_readme_says(database: Database) -> None:
    fill(NOW)
    with db.reading() as session:
        roles = Counter(session.scalars(select(Account.role)))
        forms = session.scalars(select(func.count()).select_from(QuestionnaireResponse)).one()
        unscored = session.scalars(
            select(func.count())
            .select_from(QuestionnaireResponse)
            .where(QuestionnaireResponse.total.is_(None), QuestionnaireResponse.completed_at.is_not(None))
        ).one()
    # Two of them are from long ago (clinic/demo/kept.py).
    assert roles == {Role.CLIENT: 42, Role.THERAPIST: 3, Role.ADMINISTRATOR: 1}
    assert len({person.zone for person in THERAPISTS}) == 2
    assert forms > 1500
    assert unscored > 0
    details = clinic_details()
    assert details is not None
    assert details.emergency_number == "999"


def test_it_is_the_same_for_the_same_moment_and_made_once(database: Database) -> None:
    fill(NOW)
    first = _gist()
    fill(NOW + timedelta(days=1))
    assert _gist() == first
    reset(NOW)
    assert _gist() == first


def test_two_processes_that_start_at_once_make_one_clinic(database: Database) -> None:
    failed: list[BaseException] = []

    def try_it() -> None:
        try:
            fill(NOW)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=try_it) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(Account)).one() == 46


def test_the_client_and_the_therapist_one_can_try_meet_now(filled: None) -> None:
    client, therapist = _viewer(Trial.CLIENT), _viewer(Trial.THERAPIST)
    booked = client_home(client, NOW).next_session
    assert booked is not None
    assert booked.starts_at < NOW < booked.ends_at
    assert booked.therapist_id == therapist.public_id
    enter(client, booked.public_id, NOW)
    say_where(client, booked.public_id, NOW)
    assert admit(therapist, booked.public_id, NOW).other_name == client.name
    assert {asked.instrument.id for asked in due(client, NOW)} == {"phq-9", "gad-7"}


def test_one_risk_answer_is_open_on_the_first_therapists_screen(filled: None) -> None:
    therapist = _viewer(Trial.THERAPIST)
    alerts = open_alerts(therapist)
    assert [alert.client_name for alert in alerts] == [AT_RISK.name]
    assert NOW - alerts[0].raised_at < timedelta(days=1)
    assert [alert.client_name for alert in day(therapist, NOW).alerts] == [AT_RISK.name]


def test_somebody_is_not_ready_today(filled: None) -> None:
    entries = {e.appointment.client_name: e for e in day(_viewer(Trial.THERAPIST), NOW).sessions}
    assert entries[HALF_FILLED.name].readiness.words[:2] == ("intake", "2 sets of questions")
    assert entries[CLIENTS[0].name].readiness.words[:1] == ("2 sets of questions",)


def test_a_new_client_has_everything_before_them(filled: None) -> None:
    viewer = _viewer(Trial.NEW_CLIENT)
    home = client_home(viewer, NOW)
    assert viewer.name == NEW_CLIENT.name
    assert (home.consent_signed, home.intake_begun, home.intake_sent) == (False, False, False)
    assert home.next_session is None


def test_every_service_accepts_every_client(filled: None) -> None:
    therapist = _viewer(Trial.THERAPIST)
    for summary in caseload(therapist, NOW).rows:
        record = client_record(therapist, summary.client_id, NOW)
        if record.intake.submitted_at:
            assert record.intake.ready_to_send, summary.name
    with db.reading() as session:
        for account_id in session.scalars(select(Account.id).where(Account.role == Role.CLIENT.value)):
            kept = read_intake(session, account_id, NOW.date())
            assert not kept.problems or kept.submitted_at is None


def test_everybody_signs_in_with_the_demo_password(filled: None) -> None:
    ticket = sign_in.check_password(CLIENTS[1].email, PASSWORD, NOW).ticket
    assert sign_in.viewer_for(sign_in.redeem(ticket, NOW, "test"), NOW).name == CLIENTS[1].name


@pytest.mark.parametrize("now", AWKWARD, ids=lambda now: now.isoformat())
def test_it_can_be_made_at_any_moment(empty: None, now: datetime) -> None:
    """The database refuses overlapping sessions, so that it is made at all says there are none."""
    fill(now)
    therapist = _viewer(Trial.THERAPIST, now)
    client = _viewer(Trial.CLIENT, now)
    assert client_home(client, now).next_session is not None
    assert coming(therapist, now)


def test_a_demo_portal_starts_with_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clinic.start, "_opened", False)
    clinic.start.start(NOW)
    assert sign_in.offers_trials()
    assert _viewer(Trial.CLIENT).name == CLIENTS[0].name


def test_a_clinics_own_data_is_never_thrown_away(database: Database) -> None:
    made = make_clinic()
    with pytest.raises(NotADemo):
        reset(NOW)
    fill(NOW)
    assert clinic_details() == made
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(Account)).one() == 0


def test_a_clinic_does_not_start_on_the_demos_data(filled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIET_ROOM_DEMO", "0")
    db.settings.settings.cache_clear()
    monkeypatch.setattr(clinic.start, "_opened", False)
    with pytest.raises(StillTheDemo):
        clinic.start.start(NOW)


def test_the_demo_keeps_to_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUIET_ROOM_VAR")
    db.settings.settings.cache_clear()
    demo = db.settings.settings().var
    monkeypatch.setenv("QUIET_ROOM_DEMO", "0")
    db.settings.settings.cache_clear()
    assert db.settings.settings().var != demo
