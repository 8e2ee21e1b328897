"""Guessing is counted before it is looked at, and a stranger's guesses do not lock the owner out."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

import db
from clinic.errors import TooManyGuesses, WrongPassword
from clinic.people import passwords, sign_in, throttle
from clinic.people.devices import device_cookie, known_device
from clinic.people.viewer import Role
from db.tables import Guess
from tests.databases import Database
from tests.factories import NOW, PASSWORD, make_account, make_clinic


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which passwords were really compared, without the third of a second each."""
    seen: list[str] = []

    def compare(password: str, _hashed: str) -> bool:
        seen.append(password)
        return password == PASSWORD

    monkeypatch.setattr(sign_in, "matches", compare)
    return seen


def _guess(email: str, password: str, address: str, at=NOW, cookie: str = "") -> None:
    sign_in.check_password(email, password, at, address=address, device_cookie=cookie)


def test_of_ten_thousand_guesses_in_a_day_a_hundred_at_most_are_looked_at(
    database: Database, looked_at: list[str]
) -> None:
    make_account(Role.CLIENT, email="ada@example.org")
    refused = 0
    # A thousand on SQLite and PostgreSQL each, spread over a day and as many addresses, tell the same.
    for n in range(1000):
        at = NOW + timedelta(seconds=86 * n)
        try:
            _guess("ada@example.org", f"guess {n}", f"192.0.2.{n % 250}", at)
        except TooManyGuesses:
            refused += 1
        except WrongPassword:
            pass
    assert 0 < len(looked_at) <= 100
    assert len(looked_at) + refused == 1000


def test_fifty_at_once_are_counted_one_by_one(database: Database, looked_at: list[str]) -> None:
    make_account(Role.CLIENT, email="ada@example.org")
    start = threading.Barrier(20)

    def guess(n: int) -> None:
        start.wait()
        with pytest.raises((TooManyGuesses, WrongPassword)):
            _guess("ada@example.org", f"guess {n}", "")

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) == throttle.PER_ACCOUNT[0][1]


def test_the_owner_still_gets_in_from_a_device_that_is_known(
    database: Database, looked_at: list[str]
) -> None:
    person = make_account(Role.CLIENT, email="ada@example.org")
    for n in range(30):
        with pytest.raises((TooManyGuesses, WrongPassword)):
            _guess("ada@example.org", f"guess {n}", "203.0.113.9")
    with pytest.raises(TooManyGuesses):
        _guess("ada@example.org", PASSWORD, "198.51.100.1")
    _guess("ada@example.org", PASSWORD, "198.51.100.1", cookie=device_cookie(person))
    # A word for somebody else's device, or one made up, is none.
    for cookie in (device_cookie("another"), "abc.def", f"{device_cookie(person)}x", "\x00", "é.ü"):
        assert known_device(cookie, person) == ""
        with pytest.raises(TooManyGuesses):
            _guess("ada@example.org", PASSWORD, "198.51.100.1", cookie=cookie)


def test_one_address_cannot_try_everybody(database: Database, looked_at: list[str]) -> None:
    most = throttle.PER_ADDRESS[0][1]
    for n in range(most):
        with pytest.raises(WrongPassword):
            _guess(f"person{n}@example.org", "guess", "203.0.113.9")
    with pytest.raises(TooManyGuesses):
        _guess("another@example.org", "guess", "203.0.113.9")
    with pytest.raises(WrongPassword):
        _guess("another@example.org", "guess", "203.0.113.10")
    with pytest.raises(WrongPassword):
        _guess("another@example.org", "guess", "203.0.113.9", NOW + timedelta(minutes=16))


def test_known_and_unknown_people_are_refused_alike(database: Database, looked_at: list[str]) -> None:
    make_account(Role.CLIENT, email="ada@example.org")
    told: dict[str, list[type[BaseException]]] = {}
    for email in ("ada@example.org", "nobody@example.org"):
        for n in range(15):
            with pytest.raises((TooManyGuesses, WrongPassword)) as refused:
                _guess(email, f"guess {n}", "")
            told.setdefault(email, []).append(refused.type)
    assert told["ada@example.org"] == told["nobody@example.org"]
    assert len(looked_at) == 20, "the same work for both"


def test_a_right_password_counts_against_nobody(database: Database, looked_at: list[str]) -> None:
    make_account(Role.CLIENT, email="ada@example.org")
    for _ in range(40):
        _guess("ada@example.org", PASSWORD, "")


def test_the_table_names_nobody(database: Database, looked_at: list[str]) -> None:
    with pytest.raises(WrongPassword):
        _guess("ada@example.org", "guess", "203.0.113.9")
    with db.reading() as session:
        row = session.scalars(select(Guess)).one()
    assert "ada" not in row.account_hash
    assert "203.0" not in row.address_hash


@pytest.mark.parametrize(
    "common",
    [
        "passwordpassword",
        "Password123456789",
        "123456789012345",
        "qwertyuiopasdfghjkl",
        "1q2w3e4r5t6y7u8i9o",
        "iloveyouiloveyou",
        "ILoveYouBaby2024!",
        "aaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "Welcome2024!Welcome",
        "P@ssw0rdP@ssw0rd",
        "administrator1234",
        "summer-winter-2026",
        "ada.example.2026!!",
        "letmeinletmein123",
        "zxcvbnmasdfghjkl",
        "monday tuesday wednesday",
    ],
)
def test_what_everybody_thinks_of_cannot_be_chosen(common: str) -> None:
    assert passwords.problem_with_password(common, "ada@example.org", "Ada Byron")


@pytest.mark.parametrize(
    "good",
    [
        PASSWORD,
        "correct horse battery staple",
        "blue kettle under stairs",
        "ж" * 5 + "лесной ручей поёт",
        "🌻🌧️🦊🍞🎻🚲🪴📎🧦🕯️🥄🧭🪑🎈🛶",
        "tr0ub4dor&3 zebra",
    ],
)
def test_words_that_do_not_belong_together_can(good: str) -> None:
    assert passwords.problem_with_password(good, "ada@example.org", "Ada Byron") is None


def test_every_sign_of_a_long_password_counts() -> None:
    hashed = passwords.hash_password("🌻" * 63 + "🦊")
    assert passwords.matches("🌻" * 63 + "🦊", hashed)
    assert not passwords.matches("🌻" * 63 + "🦋", hashed)
    assert not passwords.matches("x" * 1_000_000, hashed)


def test_a_megabyte_is_refused_without_work(database: Database, looked_at: list[str]) -> None:
    make_clinic()
    assert passwords.problem_with_password("x" * 1_000_000)
    with pytest.raises(WrongPassword):
        _guess("a" * 1_000_000, "x" * 1_000_000, "")


def test_nobody_is_locked_out_by_a_neighbour_at_the_same_address(
    database: Database, looked_at: list[str]
) -> None:
    person = make_account(Role.CLIENT, email="ada@example.org")
    for address in ("203.0.113.9", "", "127.0.0.1", "::1"):
        for n in range(throttle.PER_ADDRESS[0][1] + 5):
            with pytest.raises((WrongPassword, TooManyGuesses)):
                _guess(f"person{n}@example.org", "guess", address, NOW)
    # Where addresses tell nobody apart they are not counted; elsewhere a known device is enough.
    for address in ("", "127.0.0.1", "::1"):
        _guess("ada@example.org", PASSWORD, address)
    with pytest.raises(TooManyGuesses):
        _guess("ada@example.org", PASSWORD, "203.0.113.9")
    _guess("ada@example.org", PASSWORD, "203.0.113.9", cookie=device_cookie(person))
