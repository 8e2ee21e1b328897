"""One's own account: what one changes, where one is signed in, and everything that is kept about one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

import db
from clinic.errors import InvalidInput, NotFound, NotSignedIn, PasswordNeeded, TooManyGuesses
from clinic.measures import questionnaires
from clinic.oversight.audit_log import audit_csv, events, looks_at_me, safe_cell
from clinic.oversight.own_data import LEFT_OUT, about_client, own_data
from clinic.people import own_account, sign_in
from clinic.people.own_account import Profile, browser_words
from clinic.people.viewer import Viewer
from clinic.records.client_record import client_record
from db.tables import Base
from tests.databases import Database
from tests.factories import (
    NOW,
    PASSWORD,
    cookie_of,
    keep_intake,
    log_mood,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
)

NEW = "another set of plain words"


@pytest.fixture
def sam(database: Database) -> Viewer:
    make_clinic()
    make_policy()
    return make_client("Sam", email="sam@example.org", therapist=make_therapist("Dana"))


def _fresh(token: str, at=NOW) -> Viewer:
    return sign_in.viewer_for(token, at)


def test_a_name_of_ones_own_is_shown_everywhere_and_the_legal_one_nowhere(sam: Viewer) -> None:
    profile = Profile("Sunny 🌻", "Samantha Legalname", "they/them", "Asia/Kolkata", False)
    own_account.change_profile(sam, profile, NOW)
    assert own_account.own_account(sam).profile == profile
    assert _fresh(cookie_of(sam, NOW)).name == "Sunny 🌻"
    with db.engine().connect() as connection:
        row = str(connection.execute(text("SELECT * FROM account")).all())
    assert "Legalname" not in row
    for field, changed in (
        ("name", replace(profile, name=" ")),
        ("legal_name", replace(profile, legal_name="x" * 101)),
        ("pronouns", replace(profile, pronouns="x" * 41)),
        ("zone", replace(profile, zone="Mars/Base")),
    ):
        with pytest.raises(InvalidInput) as refused:
            own_account.change_profile(sam, changed, NOW)
        assert set(refused.value.fields) == {field}
    assert own_account.own_account(sam).profile == profile


def test_a_new_password_ends_every_other_device(sam: Viewer) -> None:
    here, there = cookie_of(sam, NOW), cookie_of(sam, NOW)
    viewer = _fresh(here)
    with pytest.raises(InvalidInput):
        own_account.change_password(viewer, "wrong", NEW, NOW)
    with pytest.raises(InvalidInput):
        own_account.change_password(viewer, PASSWORD, "short", NOW)
    assert _fresh(there)
    own_account.change_password(viewer, PASSWORD, NEW, NOW)
    assert _fresh(here)
    with pytest.raises(NotSignedIn):
        _fresh(there)
    assert sign_in.check_password("sam@example.org", NEW, NOW)


def test_the_password_now_cannot_be_guessed_at_a_screen_left_open(sam: Viewer) -> None:
    viewer = _fresh(cookie_of(sam, NOW))
    for n in range(10):
        with pytest.raises(InvalidInput):
            own_account.change_password(viewer, f"guess {n}", NEW, NOW)
    with pytest.raises(TooManyGuesses):
        own_account.change_password(viewer, PASSWORD, NEW, NOW)


def test_devices_are_listed_and_signed_out(sam: Viewer) -> None:
    here, there = cookie_of(sam, NOW), cookie_of(sam, NOW)
    viewer, other = _fresh(here), make_client("Noor")
    listed = own_account.devices(viewer, NOW)
    assert listed[0].this_one
    assert len(listed) == 3
    mine = next(d for d in listed if d.id == _fresh(there).session_id)
    own_account.end_device(other, mine, NOW)
    assert _fresh(there), "another person's is not theirs to end"
    own_account.end_device(viewer, mine, NOW)
    with pytest.raises(NotSignedIn):
        _fresh(there)
    own_account.end_other_devices(viewer, NOW)
    assert [d.this_one for d in own_account.devices(viewer, NOW)] == [True]


def test_left_alone_one_is_signed_out_and_a_refresh_is_no_sign_of_life(sam: Viewer) -> None:
    token, dana = cookie_of(sam, NOW), cookie_of(make_therapist("Per"), NOW)
    with pytest.raises(NotSignedIn):
        _fresh(dana, NOW + timedelta(minutes=15))
    for minutes in range(1, 30):
        sign_in.viewer_for(token, NOW + timedelta(minutes=minutes), active=False)
    with pytest.raises(NotSignedIn):
        sign_in.viewer_for(token, NOW + timedelta(minutes=30), active=False)
    again = cookie_of(sam, NOW)
    for minutes in range(29, 12 * 60, 29):
        assert _fresh(again, NOW + timedelta(minutes=minutes))
    with pytest.raises(NotSignedIn):
        _fresh(again, NOW + timedelta(hours=12))


def test_the_password_given_again_opens_sensitive_acts_for_ten_minutes(sam: Viewer) -> None:
    token = cookie_of(sam, NOW)
    later = NOW + timedelta(minutes=11)
    with pytest.raises(PasswordNeeded):
        own_data(_fresh(token, later), later)
    sign_in.password_again(_fresh(token, later), PASSWORD, later)
    assert own_data(_fresh(token, later), later)
    with pytest.raises(PasswordNeeded):
        own_data(_fresh(token, later + timedelta(minutes=11)), later + timedelta(minutes=11))


def test_the_copy_holds_everything_and_nobody_elses(sam: Viewer) -> None:
    noor = make_client("Noor", email="noor@example.org")
    for viewer, canary in ((sam, "mine"), (noor, "theirs")):
        log_mood(viewer, 3, f"canary-mood-{canary}", NOW)
        keep_intake(viewer, {"brings": f"canary-intake-{canary}"}, NOW)
        response = questionnaires.open_response(viewer, "phq-9", NOW)
        questionnaires.keep_answer(viewer, response.public_id, 9, 2, NOW)
        make_appointment(viewer, make_therapist(f"T {canary}"), NOW + timedelta(days=1))
    name, kind, content = own_data(sam, NOW)
    assert name.endswith(".json")
    assert kind == "application/json"
    found = json.loads(content)
    said = content.decode()
    assert "canary-mood-mine" in said
    assert "canary-intake-mine" in said
    assert "theirs" not in said
    assert "noor@" not in said
    assert all(
        found[table] for table in ("account", "mood_entry", "intake_answer", "risk_alert", "appointment")
    )
    for secret in ("password_hash", "_hash", "digest", "totp_secret", "token"):
        assert secret not in said


def test_no_table_that_points_at_a_person_is_forgotten(sam: Viewer) -> None:
    covered = {table.__tablename__ for table, _ in about_client(sam.account_id)}
    pointing = {
        table.name
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "account" and key.parent.name != "therapist_id"
    }
    assert pointing - covered - set(LEFT_OUT) - {"availability"} == set()


def test_a_client_sees_who_opened_their_record(sam: Viewer) -> None:
    dana = make_therapist("Dana")
    with pytest.raises(NotFound):
        client_record(dana, sam.public_id, NOW)
    assert looks_at_me(sam) == []
    with db.unit_of_work() as session:
        session.execute(text("UPDATE care_assignment SET until_at = since_at"))
    client_record(dana, sam.public_id, NOW)
    assert [(look.who, look.at) for look in looks_at_me(sam)] == [("Dana", NOW)]
    assert looks_at_me(make_client("Noor")) == []


def test_the_log_is_searched_and_taken_as_a_file_that_runs_nothing(sam: Viewer) -> None:
    ada = make_administrator("Ada")
    own_account.change_profile(sam, Profile("=cmd|calc", "", "", "UTC", True), NOW)
    log_mood(sam, 3, "", NOW)
    assert {event.action for event in events(ada, "mood.log", 0)} == {"mood.log"}
    assert events(ada, "nobody has this name", 0) == []
    _, kind, content = audit_csv(ada, NOW)
    assert kind.startswith("text/csv")
    assert "'=cmd|calc" in content.decode("utf-8-sig")
    assert ",=cmd" not in content.decode("utf-8-sig")
    assert [safe_cell(cell)[0] for cell in ("=1", "+1", "-1", "@a", "\tb")] == ["'"] * 5
    assert safe_cell("Ada") == "Ada"
    for viewer in (sam, make_therapist("Per")):
        with pytest.raises(NotFound):
            audit_csv(viewer, NOW)
        with pytest.raises(NotFound):
            events(viewer, "", 0)
    with pytest.raises(NotFound):
        own_data(ada, NOW)


def test_browsers_are_named_in_words() -> None:
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit Version/18.0 Safari/604.1"
    assert browser_words(phone) == "Safari on iPhone"
    assert browser_words("") == "A browser"
