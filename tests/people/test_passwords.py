"""Any length counts whole, and two ways of typing the same letter are one."""

from __future__ import annotations

import base64

import pytest

from clinic.people.passwords import hash_of_nobody, hash_password, matches
from tests.databases import KEYS, forget


def test_the_last_of_64_emoji_counts() -> None:
    password = "🌲" * 63 + "🌳"
    hashed = hash_password(password)
    assert matches(password, hashed)
    assert not matches("🌲" * 64, hashed)
    assert not matches("🌲" * 63, hashed)


def test_the_same_letters_typed_another_way_match() -> None:
    assert matches("cafe\u0301 mit vielen Wörtern", hash_password("café mit vielen Wörtern"))


@pytest.mark.parametrize("hashed", ["", "v0$abc", "$2b$12$abc"])
def test_what_is_no_hash_of_ours_matches_nothing(hashed: str) -> None:
    assert not matches("anything at all here", hashed)


def test_a_stolen_table_alone_cannot_be_guessed_against(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = hash_password("several words work well")
    assert matches("several words work well", hashed)
    seal = KEYS.split(":")[0]
    monkeypatch.setenv("QUIET_ROOM_KEYS", f"{seal}:{base64.urlsafe_b64encode(b'q' * 32).decode()}")
    forget()
    assert not matches("several words work well", hashed)


def test_nobodys_hash_takes_as_long_and_opens_nothing() -> None:
    assert hash_of_nobody().startswith("v1$$2b$12$")
    assert not matches("", hash_of_nobody())
