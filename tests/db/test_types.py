"""Instants are kept as UTC, whatever zone they came in; a naive one is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

import db
from db.tables import SetupCode
from db.types import new_public_id
from tests.databases import Database


def _round_trip(at: datetime) -> datetime:
    with db.unit_of_work() as session:
        session.merge(SetupCode(id=1, code_hash="x", made_at=at))
    with db.reading() as session:
        return session.scalars(select(SetupCode.made_at)).one()


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/London"), fold=1),
        datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
)
def test_an_instant_comes_back_as_the_same_instant_in_utc(database: Database, at: datetime) -> None:
    found = _round_trip(at)
    assert found == at.astimezone(UTC)
    assert found.utcoffset() == timedelta()


def test_a_naive_datetime_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"):
        _round_trip(datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001 - the point
    _round_trip(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


def test_public_ids_are_random_and_fit_their_column() -> None:
    ids = {new_public_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(public_id) for public_id in ids} == {22}
