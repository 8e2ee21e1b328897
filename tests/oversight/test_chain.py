"""The audit log cannot be changed unseen: every edit, removal, addition, move and cut is found."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update

import db
from clinic.oversight.audit import head_file, record
from clinic.oversight.verify import verify
from clinic.safety.own_help import ELSEWHERE, say_place
from db.tables import AuditEvent
from tests.databases import Database, until_somebody_waits
from tests.factories import NOW, make_client, make_clinic


def _write(count: int) -> None:
    for n in range(count):
        with db.unit_of_work() as session:
            record(session, NOW, None, "test.act", object_id=str(n))


def _run(statement: str) -> None:
    with db.engine().begin() as connection:
        connection.execute(text(statement))


@pytest.fixture
def eight(database: Database) -> int:
    """Eight events; returns the first one's id."""
    _write(8)
    assert verify().intact
    assert verify().events == 8
    with db.reading() as session:
        return int(session.execute(text("SELECT min(id) FROM audit_event")).scalar_one())


@pytest.mark.parametrize(
    "column", ["action = 'other'", "object_id = 'x'", "outcome = 'denied'", "remote = '::1'", "digest = NULL"]
)
@pytest.mark.parametrize("nth", [0, 3, 7])
def test_an_edit_is_found(eight: int, column: str, nth: int) -> None:
    _run(f"UPDATE audit_event SET {column} WHERE id = {eight + nth}")
    assert not verify().intact


def test_a_changed_time_is_found(eight: int) -> None:
    with db.unit_of_work() as session:
        session.execute(
            update(AuditEvent).where(AuditEvent.id == eight + 2).values(at=NOW - timedelta(days=1))
        )
    assert not verify().intact


@pytest.mark.parametrize("nth", [0, 3, 7])
def test_a_removed_event_is_found(eight: int, nth: int) -> None:
    _run(f"DELETE FROM audit_event WHERE id = {eight + nth}")
    assert not verify().intact


@pytest.mark.parametrize("keep", [0, 1, 7])
def test_a_log_cut_off_at_its_end_is_found(eight: int, keep: int) -> None:
    _run(f"DELETE FROM audit_event WHERE id >= {eight + keep}")
    assert "missing at the end" in verify().why


def test_two_events_that_changed_places_are_found(eight: int) -> None:
    _run(f"UPDATE audit_event SET id = 9999 WHERE id = {eight + 2}")
    _run(f"UPDATE audit_event SET id = {eight + 2} WHERE id = {eight + 3}")
    _run(f"UPDATE audit_event SET id = {eight + 3} WHERE id = 9999")
    assert not verify().intact


def test_an_added_event_is_found(eight: int) -> None:
    _run(
        "INSERT INTO audit_event (id, at, action, outcome, remote, digest) "
        f"SELECT {eight + 100}, at, action, outcome, remote, digest FROM audit_event WHERE id = {eight}"
    )
    assert not verify().intact


def test_the_first_break_is_named(eight: int) -> None:
    _run(f"UPDATE audit_event SET action = 'other' WHERE id = {eight + 4}")
    verdict = verify()
    assert verdict.events == 4
    assert verdict.broken_at == NOW


def test_a_head_that_was_taken_away_or_made_up_is_found(eight: int) -> None:
    kept = head_file().read_text(encoding="utf-8")
    head_file().unlink()
    assert not verify().intact
    head_file().write_text(json.dumps({"id": 1, "digest": "00" * 32}), encoding="utf-8")
    assert not verify().intact
    head_file().write_text(kept, encoding="utf-8")
    assert verify().intact


def test_events_of_many_threads_stand_in_one_chain(database: Database) -> None:
    threads = [threading.Thread(target=_write, args=(5,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify().intact
    assert verify().events == 30


def test_who_holds_a_persons_row_and_who_writes_of_them_never_wait_for_each_other(database: Database) -> None:
    """A client says where they are, which holds their row, while something else is written down about them:
    of two that wait for each other PostgreSQL would undo one, and it might be the answer with its alert."""
    make_clinic()
    sam = make_client("Sam")
    said: list[str] = []

    def say() -> None:
        say_place(sam, ELSEWHERE, NOW)
        said.append("there")

    thread = threading.Thread(target=say)
    with db.unit_of_work() as session:
        record(session, NOW, None, "test.first")
        thread.start()
        if database.kind == "postgresql":
            until_somebody_waits()
        record(session, NOW, None, "test.second", client_id=sam.account_id)
    thread.join()
    assert said == ["there"]
    assert verify().intact


def test_what_is_rolled_back_leaves_the_chain_whole(database: Database) -> None:
    _write(2)

    def half_done() -> None:
        with db.unit_of_work() as session:
            record(session, NOW, None, "test.act")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    _write(1)
    assert verify().intact
    assert verify().events == 3


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(kept=st.sets(st.integers(0, 7)), edited=st.none() | st.integers(0, 7))
def test_any_tampering_at_all_is_found(eight: int, kept: set[int], edited: int | None) -> None:
    """Some rows taken out and one edited: intact only if nothing is different."""
    with db.unit_of_work() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        before = [{column.key: getattr(row, column.key) for column in AuditEvent.__table__.c} for row in rows]
        for n, row in enumerate(rows):
            if n not in kept:
                session.delete(row)
            elif n == edited:
                row.object_id = "edited"
    touched = kept != set(range(8)) or edited in kept
    assert verify().intact != touched
    with db.unit_of_work() as session:
        session.execute(delete(AuditEvent))
        session.execute(insert(AuditEvent), before)
