"""The fixture that the service tests stand on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

import db
from db.settings import settings
from db.tables import Account, SetupCode
from tests.databases import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_each_kind_is_what_it_says(database: Database) -> None:
    assert db.engine().dialect.name == database.kind
    with db.reading() as session:
        assert session.scalars(select(Account)).all() == []


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_test_finds_nothing_of_the_one_before(database: Database, turn: str) -> None:
    with db.unit_of_work() as session:
        assert session.scalars(select(SetupCode)).all() == []
        session.add(SetupCode(id=1, code_hash=turn, made_at=NOW))
    with db.reading() as session:
        assert session.scalars(select(SetupCode.code_hash)).one() == turn


def test_rows_written_are_sealed_under_the_session_key_on_both(database: Database) -> None:
    with db.reading() as session:
        sealed = session.execute(text("SELECT word_sealed FROM key_check")).scalar_one()
    assert b"quiet room" not in bytes(sealed)


def test_no_test_sees_the_developers_settings(own_deployment) -> None:
    assert settings().var == own_deployment.resolve()
    assert not settings().demo
    assert settings().database_url.startswith("sqlite")
