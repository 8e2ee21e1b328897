"""Passwords become tickets, tickets become cookies, and a leaked table opens nothing."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import inspect, text, update

import db
from clinic.errors import NotFound, NotInvited, NotSignedIn, WrongPassword
from clinic.people import sign_in
from clinic.people.sign_in import Trial
from clinic.people.viewer import Role
from db.tables import Clinic
from tests.databases import Database
from tests.factories import NOW, PASSWORD, make_account, make_client, make_clinic, make_therapist


def _token(email: str) -> str:
    return sign_in.redeem(sign_in.check_password(email, PASSWORD, NOW).ticket, NOW, "test")


def test_the_right_password_signs_in_and_nothing_else_does(database: Database) -> None:
    made = make_account(Role.CLIENT, email="ada@example.org")
    make_account(Role.CLIENT, email="closed@example.org", disabled=True)
    assert sign_in.viewer_for(_token("  ADA@example.org"), NOW).public_id == made
    for email, password in (
        ("ada@example.org", PASSWORD + " "),
        ("ada@example.org", ""),
        ("ada@example.org", "x" * 5000),
        ("nobody@example.org", PASSWORD),
        ("closed@example.org", PASSWORD),
        ("ada@example.org' OR '1'='1", PASSWORD),
    ):
        with pytest.raises(WrongPassword) as refused:
            sign_in.check_password(email, password, NOW)
        assert refused.value.sentence == WrongPassword.sentence  # the same, whoever asks


def test_a_ticket_works_once_and_for_a_minute(database: Database) -> None:
    make_account(Role.CLIENT, email="ada@example.org")
    ticket = sign_in.check_password("ada@example.org", PASSWORD, NOW).ticket
    assert sign_in.redeem(ticket, NOW + timedelta(seconds=59), "test")
    with pytest.raises(NotSignedIn):
        sign_in.redeem(ticket, NOW, "test")
    late = sign_in.check_password("ada@example.org", PASSWORD, NOW).ticket
    with pytest.raises(NotSignedIn):
        sign_in.redeem(late, NOW + timedelta(seconds=60), "test")
    with pytest.raises(NotSignedIn):
        sign_in.redeem("forged", NOW, "test")


def test_twenty_browsers_with_one_ticket_get_one_cookie(database: Database) -> None:
    make_account(Role.CLIENT, email="ada@example.org")
    ticket = sign_in.check_password("ada@example.org", PASSWORD, NOW).ticket
    won: list[str] = []
    lost: list[BaseException] = []

    def redeem() -> None:
        try:
            won.append(sign_in.redeem(ticket, NOW, "test"))
        except BaseException as error:
            lost.append(error)

    threads = [threading.Thread(target=redeem) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert {type(error) for error in lost} == {NotSignedIn}


def test_the_database_holds_no_usable_secret(database: Database) -> None:
    make_account(Role.CLIENT, email="ada@example.org")
    ticket = sign_in.check_password("ada@example.org", PASSWORD, NOW).ticket
    token = sign_in.redeem(ticket, NOW, "test")
    everything = ""
    with db.engine().connect() as connection:
        for table in inspect(connection).get_table_names():
            everything += str(connection.execute(text(f'SELECT * FROM "{table}"')).all())
    assert "ada@example.org" in everything  # the look-up itself works
    for secret in (ticket, token, PASSWORD):
        assert secret not in everything


def test_a_sign_in_ends_by_signing_out_by_time_and_by_closing_the_account(database: Database) -> None:
    public_id = make_account(Role.CLIENT, email="ada@example.org")
    first, second = _token("ada@example.org"), _token("ada@example.org")
    sign_in.sign_out(sign_in.viewer_for(first, NOW), NOW)
    with pytest.raises(NotSignedIn):
        sign_in.viewer_for(first, NOW)
    assert sign_in.viewer_for(second, NOW)  # another device stays
    just_before = NOW + timedelta(hours=sign_in.SIGN_IN_HOURS, seconds=-1)
    for half_hour in range(1, 25):  # somebody is there all the time
        sign_in.viewer_for(second, NOW + timedelta(minutes=29 * half_hour))
    assert sign_in.viewer_for(second, just_before)
    with pytest.raises(NotSignedIn):
        sign_in.viewer_for(second, just_before + timedelta(seconds=1))
    with db.unit_of_work() as session:
        session.execute(
            text("UPDATE account SET disabled_at = created_at WHERE public_id = :id"), {"id": public_id}
        )
    with pytest.raises(NotSignedIn):
        sign_in.viewer_for(second, NOW)


def test_a_cookie_of_ones_own_making_is_nobodys(database: Database) -> None:
    make_account(Role.CLIENT, email="ada@example.org")
    assert sign_in.viewer_for(_token("ada@example.org"), NOW)
    for forged in ("", "x", "1", "\x00", "\ud800", "a" * 10_000):
        with pytest.raises(NotSignedIn):
            sign_in.viewer_for(forged, NOW)


def test_only_a_demo_lets_anyone_try(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    make_clinic()
    therapist = make_therapist("Dana")
    make_client("Sam", therapist=therapist)
    new = make_client("Noor", consented=False)
    for who in Trial:
        with pytest.raises(NotFound):
            sign_in.try_as(who, NOW)
    monkeypatch.setenv("QUIET_ROOM_DEMO", "1")
    db.settings.settings.cache_clear()
    # Started as a demo, but on a clinic's own data: nobody is let in.
    assert not sign_in.offers_trials()
    with pytest.raises(NotFound):
        sign_in.try_as(Trial.CLIENT, NOW)
    with db.unit_of_work() as session:
        session.execute(update(Clinic).values(is_demo=True))
    token = sign_in.redeem(sign_in.try_as(Trial.CLIENT, NOW).ticket, NOW, "test")
    assert sign_in.viewer_for(token, NOW).name == "Sam"
    token = sign_in.redeem(sign_in.try_as(Trial.NEW_CLIENT, NOW).ticket, NOW, "test")
    assert sign_in.viewer_for(token, NOW).public_id == new.public_id
    with pytest.raises(NotFound):
        sign_in.try_as(Trial.ADMINISTRATOR, NOW)  # this one has none


def test_a_providers_word_counts_for_five_minutes_and_for_a_checked_email(database: Database) -> None:
    make_account(Role.CLIENT, email="ada@example.org")
    make_account(Role.CLIENT, email="closed@example.org", disabled=True)
    good: dict[str, object] = {
        "email": " Ada@example.org",
        "email_verified": True,
        "iat": NOW.timestamp() - 299,
    }
    assert sign_in.redeem(sign_in.by_provider(good, NOW).ticket, NOW, "test")
    for changed in (
        {"iat": NOW.timestamp() - 301},
        {"iat": None},
        {"iat": "now"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": None},
        {"email": ["ada@example.org"]},
    ):
        with pytest.raises(NotSignedIn):
            sign_in.by_provider(good | changed, NOW)
    for email in ("nobody@example.org", "closed@example.org", ""):
        with pytest.raises(NotInvited):
            sign_in.by_provider(good | {"email": email}, NOW)
