"""What is sealed opens in its own row and column, under the deployment's key, and nowhere else."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

import db
from db.errors import WrongKey
from db.keys import seal, unseal
from db.tables import MoodEntry
from tests.databases import Database, forget, point_at
from tests.factories import NOW, make_client, make_clinic


@given(st.text(max_size=300))
def test_any_text_comes_back(words: str) -> None:
    if words.isprintable():
        assert unseal(seal(words, "a.b.c"), "a.b.c") == words


def test_the_same_words_are_never_sealed_alike() -> None:
    assert seal("x", "a.b.c") != seal("x", "a.b.c")


def test_a_ciphertext_moved_to_another_row_does_not_open(database: Database) -> None:
    make_clinic()
    client = make_client()
    for day in (1, 2):
        entry = MoodEntry(
            client_id=client.account_id, day_on=NOW.date().replace(day=day), mood=3, entered_at=NOW
        )
        entry.note = f"note {day}"
        with db.unit_of_work() as session:
            session.add(entry)
    with db.reading() as session:
        assert [e.note for e in session.scalars(select(MoodEntry).order_by(MoodEntry.id))] == [
            "note 1",
            "note 2",
        ]
    with db.engine().begin() as connection:
        connection.execute(
            text(
                "UPDATE mood_entry SET note_sealed = (SELECT note_sealed FROM mood_entry WHERE id = "
                "(SELECT min(id) FROM mood_entry)) WHERE id = (SELECT max(id) FROM mood_entry)"
            )
        )
    with db.reading() as session:
        first, second = session.scalars(select(MoodEntry).order_by(MoodEntry.id))
        assert first.note == "note 1"
        with pytest.raises((InvalidTag, WrongKey)):
            _ = second.note


def test_another_key_refuses_to_start(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    other = ":".join(base64.urlsafe_b64encode(half * 32).decode() for half in (b"x", b"p"))
    monkeypatch.setenv("QUIET_ROOM_KEYS", other)
    forget()
    with pytest.raises(WrongKey):
        db.start()


def test_keys_may_be_plain_base64_too(monkeypatch: pytest.MonkeyPatch) -> None:
    halves = (b"\xfb\xff" * 16, b"\xfe\xfa" * 16)  # the two alphabets differ in these
    plain = ":".join(base64.b64encode(half).decode() for half in halves)
    assert "+" in plain
    assert "/" in plain
    monkeypatch.setenv("QUIET_ROOM_KEYS", plain)
    forget()
    sealed = seal("quiet", "a.b.c")
    monkeypatch.setenv("QUIET_ROOM_KEYS", plain.replace("+", "-").replace("/", "_"))
    forget()
    assert unseal(sealed, "a.b.c") == "quiet"


def test_a_first_start_makes_a_key_that_only_its_owner_reads(
    own_deployment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, own_deployment)
    monkeypatch.delenv("QUIET_ROOM_KEYS")
    forget()
    db.start()
    made = own_deployment / "keys.json"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    before = made.read_bytes()
    forget()
    db.start()
    assert made.read_bytes() == before
