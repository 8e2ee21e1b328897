"""The second step: a right code lets in once, and never again."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import inspect, text

import db
from clinic.errors import NotFound, NotSignedIn, PasswordNeeded, TooManyGuesses, WrongCode
from clinic.people import second_factor, sign_in
from clinic.people.accounts import people, reset_second_factor
from clinic.people.viewer import Role, Viewer
from tests.databases import Database
from tests.factories import (
    NOW,
    PASSWORD,
    TOTP_SECRET,
    make_account,
    make_administrator,
    make_client,
    make_clinic,
)


def _code(secret: str, at: datetime) -> str:
    return pyotp.TOTP(secret).at(int(at.timestamp()))


def _admission(at: datetime = NOW) -> sign_in.Admission:
    return sign_in.check_password("dana@example.org", PASSWORD, at)


@pytest.fixture
def dana(database: Database) -> str:
    make_clinic()
    return make_account(Role.THERAPIST, "Dana", email="dana@example.org")


def test_the_password_alone_opens_nothing(dana: str) -> None:
    admission = _admission()
    assert admission.needs_code
    with pytest.raises(NotSignedIn):
        sign_in.redeem(admission.ticket, NOW, "test")
    sign_in.give_code(admission.ticket, _code(TOTP_SECRET, NOW), NOW)
    token = sign_in.redeem(admission.ticket, NOW, "test")
    assert sign_in.viewer_for(token, NOW).public_id == dana


@pytest.mark.parametrize("code", ["", "000000", "12345", "1" * 1000, "１２３４５６", "\x00", "🌻🌻🌻🌻🌻🌻"])
def test_a_wrong_code_opens_nothing(dana: str, code: str) -> None:
    admission = _admission()
    with pytest.raises(WrongCode):
        sign_in.give_code(admission.ticket, code, NOW)
    with pytest.raises(NotSignedIn):
        sign_in.redeem(admission.ticket, NOW, "test")


def test_a_used_code_and_an_older_one_are_not_taken_again(dana: str) -> None:
    code = _code(TOTP_SECRET, NOW)
    sign_in.give_code(_admission().ticket, code, NOW)
    before = _code(TOTP_SECRET, NOW - timedelta(seconds=30))
    for again in (code, before):
        with pytest.raises(WrongCode):
            sign_in.give_code(_admission().ticket, again, NOW + timedelta(seconds=1))
    later = NOW + timedelta(seconds=30)
    sign_in.give_code(_admission(later).ticket, _code(TOTP_SECRET, later), later)


def test_of_many_at_once_with_one_code_one_gets_in(dana: str) -> None:
    code, tickets = _code(TOTP_SECRET, NOW), [_admission().ticket for _ in range(8)]
    won: list[str] = []
    start = threading.Barrier(len(tickets))

    def give(ticket: str) -> None:
        start.wait()
        try:
            sign_in.give_code(ticket, code, NOW)
            won.append(ticket)
        except (WrongCode, TooManyGuesses):
            pass

    threads = [threading.Thread(target=give, args=(ticket,)) for ticket in tickets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_codes_cannot_be_guessed_for_long(dana: str) -> None:
    ticket = _admission().ticket
    refusals = []
    for n in range(30):
        with pytest.raises((WrongCode, TooManyGuesses)) as refused:
            sign_in.give_code(ticket, f"{n:06d}", NOW)
        refusals.append(refused.type)
    assert refusals.count(WrongCode) == 10


def test_setting_up_confirms_with_a_code_and_gives_codes_for_a_lost_phone(database: Database) -> None:
    make_clinic()
    sam = make_client("Sam", email="sam@example.org")
    setup = second_factor.begin(sam, NOW)
    assert setup.secret in setup.address
    assert second_factor.begin(sam, NOW) == setup, "a reload shows the same picture"
    with pytest.raises(WrongCode):
        second_factor.confirm(sam, "000000", NOW)
    assert not sign_in.check_password("sam@example.org", PASSWORD, NOW).needs_code, "not in force yet"
    codes = second_factor.confirm(sam, _code(setup.secret, NOW), NOW)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    admission = sign_in.check_password("sam@example.org", PASSWORD, NOW)
    sign_in.give_code(admission.ticket, f" {codes[0].lower()} ", NOW)
    again = sign_in.check_password("sam@example.org", PASSWORD, NOW)
    with pytest.raises(WrongCode):
        sign_in.give_code(again.ticket, codes[0], NOW)
    renewed = second_factor.new_recovery_codes(sam, NOW)
    with pytest.raises(WrongCode):
        sign_in.give_code(again.ticket, codes[1], NOW)
    sign_in.give_code(again.ticket, renewed[1], NOW)
    everything = ""
    with db.engine().connect() as connection:
        for table in inspect(connection).get_table_names():
            everything += str(connection.execute(text(f'SELECT * FROM "{table}"')).all())
    for secret in (setup.secret, *codes, *renewed, renewed[0].replace("-", "")):
        assert secret not in everything
    second_factor.turn_off(sam, NOW)
    assert not sign_in.check_password("sam@example.org", PASSWORD, NOW).needs_code


def test_the_administrator_resets_it_and_others_do_not(dana: str) -> None:
    ada = make_administrator("Ada")
    sam = make_client("Sam")
    with pytest.raises(NotFound):
        reset_second_factor(sam, dana, NOW)
    assert _admission().needs_code
    reset_second_factor(ada, dana, NOW)
    assert not _admission().needs_code
    assert {p.second_factor for p in people(ada) if p.public_id == dana} == {False}


def test_changing_it_asks_for_the_password_again(database: Database) -> None:
    make_clinic()
    sam = make_client("Sam")
    stale: Viewer = replace(sam, password_at=NOW - timedelta(minutes=11))
    for act in (second_factor.begin, second_factor.new_recovery_codes, second_factor.turn_off):
        with pytest.raises(PasswordNeeded):
            act(stale, NOW)
    assert second_factor.begin(sam, NOW).secret
