"""A new key: everything is sealed under it, whatever happens on the way, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

import db
from clinic.people.viewer import Viewer
from db import keys, rotate
from db.errors import WrongKey
from tests.databases import Database
from tests.factories import NOW, keep_intake, log_mood, make_client, make_clinic, make_therapist, mood_today


@pytest.fixture
def clients(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Viewer]]:
    """Six clients with words of theirs, under a key in var/keys.json."""
    with db.engine().begin() as connection:
        connection.execute(text("DELETE FROM key_check"))
    monkeypatch.delenv("QUIET_ROOM_KEYS")
    db.settings.settings.cache_clear()
    keys.make_first_ring()
    make_clinic()
    make_therapist("Dana")
    made = [make_client(f"Client {n}") for n in range(6)]
    for n, client in enumerate(made):
        log_mood(client, 3, f"note {n}", NOW)
        keep_intake(client, {"brings": f"words {n}"}, NOW)
    yield made
    keys.forget()


def _notes(clients: list[Viewer]) -> list[str | None]:
    found = [mood_today(client, NOW) for client in clients]
    return [mood.note if mood else None for mood in found]


def _all_newest() -> bool:
    with db.reading() as session:
        return all(
            keys.is_newest(held)
            for table, names in rotate.sealed_columns()
            for row in session.scalars(select(table))
            for name in names
            if (held := getattr(row, getattr(table, name).column)) is not None
        )


def test_everything_is_sealed_under_the_new_key_and_opens(clients: list[Viewer]) -> None:
    before = keys.read_ring()
    assert rotate.rotate() > 12
    after = keys.read_ring()
    assert after.sealing[1:] == before.sealing
    assert after.pepper == before.pepper
    assert _all_newest()
    assert _notes(clients) == [f"note {n}" for n in range(6)]
    keys.write_ring(keys.Ring(after.sealing[:1], after.pepper))
    assert _notes(clients) == [f"note {n}" for n in range(6)], "the older key is not needed"
    keys.write_ring(keys.Ring(before.sealing, before.pepper))
    with pytest.raises(WrongKey):
        _notes(clients)


@pytest.mark.parametrize("killed_after", [0, 1, 2, 5])
def test_a_change_that_was_killed_carries_on(
    clients: list[Viewer], monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    monkeypatch.setattr(rotate, "BATCH", 1)
    real, batches = rotate._next, 0

    def dying(*args: Any) -> Any:
        nonlocal batches
        batches += 1
        if batches > killed_after:
            raise KeyboardInterrupt
        return real(*args)

    with monkeypatch.context() as patched:
        patched.setattr(rotate, "_next", dying)
        with pytest.raises(KeyboardInterrupt):
            rotate.rotate()
    assert _notes(clients) == [f"note {n}" for n in range(6)], "both keys open meanwhile"
    ring = keys.read_ring()
    assert rotate.rotate() > 0
    assert keys.read_ring() == ring, "no third key"
    assert _all_newest()
    assert _notes(clients) == [f"note {n}" for n in range(6)]


def test_the_next_change_takes_the_older_key_out(clients: list[Viewer]) -> None:
    rotate.rotate()
    first = keys.read_ring()
    rotate.rotate()
    second = keys.read_ring()
    assert second.sealing[1] == first.sealing[0]
    assert len(second.sealing) == 2
    assert _notes(clients) == [f"note {n}" for n in range(6)]


def test_what_a_running_portal_wrote_under_the_older_key_is_caught_up(clients: list[Viewer]) -> None:
    old = keys.read_ring()
    rotate.rotate()
    new = keys.read_ring()
    keys.write_ring(old)
    tomorrow = NOW + timedelta(days=1)  # a day of which nothing is sealed under the newer key
    log_mood(clients[0], 2, "written meanwhile", tomorrow)
    keys.write_ring(new)
    assert not _all_newest()
    assert rotate.rotate() == 1
    assert _all_newest()
    written = mood_today(clients[0], tomorrow)
    assert written is not None
    assert written.note == "written meanwhile"


def test_a_portal_that_meets_a_newer_key_reads_the_ring_again(
    clients: list[Viewer], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = keys.read_ring()
    rotate.rotate()
    rings = iter([old, keys.read_ring()])
    keys.forget()
    monkeypatch.setattr(keys, "read_ring", lambda: next(rings))
    assert _notes(clients)[0] == "note 0"
    assert next(rings, None) is None


def test_a_value_under_no_known_key_stops_the_change(clients: list[Viewer]) -> None:
    rotate.rotate()
    ring = keys.read_ring()
    lost = keys.Ring((b"x" * 32, b"y" * 32), ring.pepper)
    keys.write_ring(lost)
    with pytest.raises(WrongKey):
        rotate.rotate()
    keys.write_ring(ring)
    assert _notes(clients) == [f"note {n}" for n in range(6)]
