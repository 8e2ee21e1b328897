"""A unit of work is whole or not at all, and an unreachable database is a fact of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

import db
from db.errors import DatabaseUnreachable
from db.tables import SetupCode
from tests.databases import Database, point_at
from tests.factories import NOW


def _rows() -> int:
    with db.reading() as session:
        return session.scalars(select(func.count()).select_from(SetupCode)).one()


def _half_a_work() -> None:
    with db.unit_of_work() as session:
        session.add(SetupCode(id=1, code_hash="x", made_at=NOW))
        session.flush()
        raise RuntimeError("stopped between two statements")


def test_a_unit_of_work_that_is_stopped_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError):
        _half_a_work()
    assert _rows() == 0
    with db.unit_of_work() as session:
        session.add(SetupCode(id=1, code_hash="x", made_at=NOW))
    assert _rows() == 1


def test_reading_keeps_nothing(database: Database) -> None:
    with db.reading() as session:
        session.add(SetupCode(id=1, code_hash="x", made_at=NOW))
        session.flush()
    assert _rows() == 0


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://nobody@127.0.0.1:1/nothing", "sqlite:////proc/no/such/folder/quiet-room.db"],
)
def test_a_database_that_does_not_answer_is_said_so(
    url: str, monkeypatch: pytest.MonkeyPatch, own_deployment: Path
) -> None:
    point_at(monkeypatch, own_deployment, url)
    with pytest.raises(DatabaseUnreachable) as refused:
        db.start()
    assert "127.0.0.1" not in str(refused.value)
    with pytest.raises(DatabaseUnreachable):
        _rows()


def test_an_errors_text_holds_no_values(database: Database) -> None:
    with pytest.raises(Exception) as refused, db.unit_of_work() as session:  # noqa: PT011, PT012
        session.add(SetupCode(id=1, code_hash="canary", made_at=NOW))
        session.flush()
        session.add(SetupCode(id=1, code_hash="canary", made_at=NOW))
        session.flush()
    assert "canary" not in str(refused.value)
