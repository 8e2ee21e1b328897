"""Column types and identifiers the tables share."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Aware values in, UTC out; a naive one is refused rather than guessed at."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None or value.utcoffset() is None:
            raise ValueError("a naive datetime was given where an instant is kept")
        value = value.astimezone(UTC)
        # SQLite has no zones: kept as UTC wall time, which also sorts and compares as text.
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any | None], datetime | None] | None:
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        return _read_text


def _read_text(value: str | None) -> datetime | None:
    # A calendar reads thousands at a time; giving a datetime its zone afterwards costs three times as much.
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def new_public_id() -> str:
    """A random id for URLs: 22 characters, 128 bits, says nothing about the row."""
    return secrets.token_urlsafe(16)
