"""Rows for every table of any version: three of each, made from what the tables themselves say.

The values are found on a scratch SQLite database of that version, where a check is written as the migration
wrote it: of `status IN (…)` each row takes the next one, of `BETWEEN` a value from its lower end on, and a
column that may be empty is filled in the second and third row as far as the table's checks let it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import combinations
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError, OperationalError

from db.engine import make_engine
from db.keys import seal
from db.start import migrate

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Held = dict[str, dict[int | str, Row]]
EACH = 3
BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
_IN = re.compile(r"\b(\w+) IN \(([^)]*)\)")
_BETWEEN = re.compile(r"\b(\w+) BETWEEN (\d+) AND (\d+)")
_ONLY = re.compile(r"^\(?id = 1\)?$")
# Not made here: what migrations and the first start put there themselves.
LEFT_OUT = ("alembic_version", "key_check")


@lru_cache
def rows_at(revision: str) -> Rows:
    """Rows for a database of this version without any, in an order in which they can be inserted."""
    engine = make_engine("sqlite://")
    try:
        with engine.connect() as connection:
            migrate(connection, revision)
            return _Filler(connection).fill()
    finally:
        engine.dispose()


def put(connection: Connection, rows: Rows) -> None:
    """Insert them, and count on after them."""
    metadata = MetaData()
    metadata.reflect(connection)
    for name, wanted in rows.items():
        table = metadata.tables[name]
        for row in wanted:
            connection.execute(table.insert().values(_fitting(row, connection)))
        if connection.dialect.name == "postgresql" and "id" in table.columns:
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
            )


def held(connection: Connection, names: Mapping[str, set[str]]) -> Held:
    """What these tables hold in these columns, by their first key, as far as they are there."""
    metadata = MetaData()
    metadata.reflect(connection)
    found: Held = {}
    for name, columns in names.items():
        table = metadata.tables.get(name)
        if table is not None:
            key = next(iter(table.primary_key))
            others = [
                table.c[column] for column in sorted(columns) if column in table.c and column != key.name
            ]
            found[name] = {
                row[0]: {column: _plain(value) for column, value in row._mapping.items()}
                for row in connection.execute(select(key, *others))
            }
    return found


class _Filler:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._metadata = MetaData()
        self._metadata.reflect(connection)
        self._made: Rows = {}

    def fill(self) -> Rows:
        for table in self._in_order():
            checks = [
                str(check["sqltext"]) for check in inspect(self._connection).get_check_constraints(table.name)
            ]
            self._made[table.name] = []
            for number in range(1, EACH + 1):
                if number > 1 and any(_ONLY.match(check.strip()) for check in checks):
                    break
                self._made[table.name].append(self._row(table, checks, number))
        return self._made

    def _in_order(self) -> list[Table]:
        """Whoever is pointed at first, as far as a reference may not be empty."""
        left = {name: table for name, table in self._metadata.tables.items() if name not in LEFT_OUT}
        ordered: list[Table] = []
        while left:
            ready = [
                table
                for table in left.values()
                if all(
                    key.parent.nullable or key.column.table.name not in left or key.column.table is table
                    for key in table.foreign_keys
                )
            ]
            assert ready, f"these point at each other: {sorted(left)}"
            for table in sorted(ready, key=lambda one: one.name):
                ordered.append(left.pop(table.name))
        return ordered

    def _row(self, table: Table, checks: list[str], number: int) -> Row:
        value = _values(table, checks, number, self._made)
        row = {column.name: value(column) for column in table.columns if not column.nullable}
        open_ = [column for column in table.columns if column.nullable]
        error = self._refused(table, row)
        # Alone, or together with one other: (ended_at IS NULL) = (ended_by_id IS NULL).
        for together in (*combinations(open_, 1), *combinations(open_, 2)):
            if number == 1 and error is None:
                break
            if any(column.name in row for column in together):
                continue
            more = {column.name: value(column) for column in together}
            if None not in more.values() and self._refused(table, row | more) is None:
                row, error = row | more, None
        assert error is None, f"{table.name}: {error}; say how in filler.py"
        self._connection.execute(table.insert().values(_fitting(row, self._connection)))
        return row

    def _refused(self, table: Table, row: Row) -> str | None:
        attempt = self._connection.begin_nested()
        try:
            self._connection.execute(table.insert().values(_fitting(row, self._connection)))
        except (IntegrityError, OperationalError) as error:
            return str(error.orig)
        else:
            return None
        finally:
            attempt.rollback()


def _values(table: Table, checks: list[str], number: int, made: Rows) -> Callable[[Column[Any]], Any]:
    """Column to its value in the row of this number."""
    one_of = {name: re.findall(r"'([^']*)'", said) for check in checks for name, said in _IN.findall(check)}
    between = {name: (int(a), int(b)) for check in checks for name, a, b in _BETWEEN.findall(check)}
    turns: defaultdict[str, int] = defaultdict(int)
    places = {column.name: place for place, column in enumerate(table.columns)}
    # Columns that point at the same table point at different rows of it: two people are two.
    turn = {}
    for column in table.columns:
        for key in column.foreign_keys:
            turn[column.name] = turns[key.column.table.name]
            turns[key.column.table.name] += 1
    began = BEGAN + timedelta(days=30 * number)

    def value(column: Column[Any]) -> Any:
        name = column.name
        if column.foreign_keys:
            others = made.get(next(iter(column.foreign_keys)).column.table.name) or [{"id": None}]
            return others[(number - 1 + turn[name]) % len(others)]["id"]
        if name == "id":
            return number
        if name in one_of:
            return one_of[name][(number - 1) % len(one_of[name])]
        if name in between:
            low, high = between[name]
            return min(low + number, high)
        if isinstance(column.type, Boolean):
            return number == EACH
        if isinstance(column.type, Date):
            return date(2026, 3, 2) + timedelta(days=30 * number + places[name])
        if isinstance(column.type, DateTime):
            # In the order of the columns, but what is "from" is before and what is "until" after all of them.
            hour = timedelta(hours=1)
            moved = -hour if name.endswith("_from") else 6 * hour if name.endswith("_until") else timedelta()
            return began + moved + timedelta(minutes=places[name])
        if isinstance(column.type, LargeBinary):
            place = f"{table.name}.{name}.{table.name[:18]}-{number}"
            return seal(f"{name} {number}", place) if name.endswith("_sealed") else bytes([number]) * 32
        if column.type.python_type is str:
            if name == "zone":
                return "Europe/Vienna"
            longest = getattr(column.type, "length", None) or 60
            return f"{(table.name if name == 'public_id' else name)[:18]}-{number}"[-longest:]
        return number + places[name]

    return value


def _fitting(row: Row, connection: Connection) -> Row:
    """SQLite keeps an instant without its zone, which is UTC."""
    if connection.dialect.name == "postgresql":
        return row
    return {
        name: value.replace(tzinfo=None) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return bytes(value) if isinstance(value, memoryview) else value
