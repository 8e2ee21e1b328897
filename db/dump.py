"""Every row of the database as lines of JSON, the same on SQLite and on PostgreSQL, and back.

One way for a backup, its restoring, its proof, and the move from SQLite to PostgreSQL: it needs no program
beside Python, and what was written can be compared line by line. Sealed columns stay sealed: without the
keys, a dump says no more than the database does.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, Connection, Date, DateTime, LargeBinary, MetaData, Table, func, select, text

from db.start import migrate

FORMAT = 1
_BATCH = 500
_VERSIONS = "alembic_version"


class Unreadable(Exception):
    """What was read is no dump, is not whole, or says something else than was written. The sentence says
    which."""


@dataclass(frozen=True)
class Kept:
    """A table's number of rows, and the SHA-256 of its lines in the order of their keys."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Contents:
    """What a dump holds: the tables' version (a migration's revision), and each table with any row."""

    revision: str
    tables: dict[str, Kept]

    @property
    def rows(self) -> int:
        return sum(kept.rows for kept in self.tables.values())


def lines_of(connection: Connection) -> Iterator[str]:
    """The dump of what this connection's transaction sees, line by line, the contents last.

    The caller has begun a transaction that sees one moment: `unchanging` does.
    """
    tables = _tables(connection)
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    yield json.dumps({"quiet_room": FORMAT, "revision": revision})
    kept: dict[str, Kept] = {}
    for table in tables:
        rows, digest = 0, hashlib.sha256()
        for line in _rows_of(connection, table):
            if not rows:
                yield json.dumps({"table": table.name, "columns": [column.name for column in table.columns]})
            digest.update(line.encode())
            rows += 1
            yield line
        if rows:
            kept[table.name] = Kept(rows, digest.hexdigest())
    yield json.dumps({"end": {name: [each.rows, each.digest] for name, each in kept.items()}})


def put_back(connection: Connection, lines: Iterable[str]) -> Contents:
    """Write a dump into a database without any table, inside `db.start.alone`; returns what it holds.

    Raises:
        Unreadable: there are tables already, the lines are no dump, or they end too early. The caller's
            transaction is to be given up.
    """
    coming = iter(lines)
    revision = _head(next(coming, ""))
    if _tables(connection):
        raise Unreadable("The database is not empty. A backup is restored into an empty one.")
    migrate(connection, revision)
    tables = {table.name: table for table in _tables(connection)}
    for table in tables.values():
        connection.execute(table.delete())  # what migrations put there is in the dump too
    with _references_last(connection, tables.values()):
        contents = _write(connection, coming, tables, revision)
    _count_on(connection, tables.values())
    return contents


def contents_of(connection: Connection) -> Contents:
    """What a dump of this database would hold."""
    revision, end = "", ""
    for line in lines_of(connection):
        revision, end = revision or _head(line), line
    return Contents(revision, _end(end))


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for name, table in sorted(metadata.tables.items()) if name != _VERSIONS]


def _rows_of(connection: Connection, table: Table) -> Iterator[str]:
    keys = list(table.primary_key.columns)
    makers = [_maker(column) for column in table.columns]
    rows = connection.execution_options(yield_per=_BATCH).execute(select(table).order_by(*keys))
    for row in rows:
        said = [None if value is None else make(value) for make, value in zip(makers, row, strict=True)]
        yield json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _maker(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, LargeBinary):
        return lambda value: base64.b64encode(value).decode()
    if isinstance(column.type, DateTime):
        return lambda value: _utc(value).isoformat()
    if isinstance(column.type, Date):
        return lambda value: value.isoformat()
    return lambda value: value


def _reader(column: Column[Any], dialect: str) -> Callable[[Any], Any]:
    if isinstance(column.type, LargeBinary):
        return base64.b64decode
    if isinstance(column.type, DateTime):
        aware = dialect == "postgresql"
        return lambda said: _utc(datetime.fromisoformat(said)).replace(tzinfo=UTC if aware else None)
    if isinstance(column.type, Date):
        return date.fromisoformat
    return lambda said: said


def _utc(value: datetime) -> datetime:
    """SQLite keeps an instant without its zone, which is UTC."""
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _write(
    connection: Connection, lines: Iterator[str], tables: Mapping[str, Table], revision: str
) -> Contents:
    writing: list[_Writing] = []
    for line in lines:
        said = _json(line)
        if isinstance(said, list):
            if not writing:
                raise Unreadable("The backup is damaged: a row has no table.")
            writing[-1].add(said, line)
            continue
        if writing:
            writing[-1].flush()
        if "end" in said:
            written = {each.table.name: each.kept for each in writing}
            if _end(line) != written:
                raise Unreadable("The backup is damaged: it holds other rows than it says.")
            return Contents(revision, written)
        table = tables.get(said.get("table", ""))
        if table is None or set(said.get("columns", ())) != set(table.columns.keys()):
            raise Unreadable("The backup is damaged: it has a table that its version does not have.")
        writing.append(_Writing(connection, table, said["columns"]))
    raise Unreadable("The backup is not whole: it ends too early.")


class _Writing:
    """One table's rows on their way in, some hundred at a time."""

    def __init__(self, connection: Connection, table: Table, columns: Sequence[str]) -> None:
        self.table = table
        self._connection, self._columns = connection, columns
        self._readers = [_reader(table.columns[name], connection.dialect.name) for name in columns]
        self._waiting: list[dict[str, Any]] = []
        self._rows, self._digest = 0, hashlib.sha256()

    @property
    def kept(self) -> Kept:
        return Kept(self._rows, self._digest.hexdigest())

    def add(self, said: list[Any], line: str) -> None:
        if len(said) != len(self._columns):
            raise Unreadable("The backup is damaged: a row has too few values, or too many.")
        self._waiting.append(
            {
                name: None if value is None else read(value)
                for name, read, value in zip(self._columns, self._readers, said, strict=True)
            }
        )
        self._rows += 1
        self._digest.update(line.encode())
        if len(self._waiting) == _BATCH:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._connection.execute(self.table.insert(), self._waiting)
            self._waiting = []


@contextmanager
def _references_last(connection: Connection, tables: Iterable[Table]) -> Iterator[None]:
    """Rows may point at rows that come later; all references are looked at once at the end.

    On SQLite `db.start.alone` does it. On PostgreSQL the constraints wait for the end of the block: their
    owner may say so, which a superuser's switch would not ask.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    quote = connection.dialect.identifier_preparer.quote
    constraints = [
        f"ALTER TABLE {quote(table.name)} ALTER CONSTRAINT {quote(str(key.name))}"
        for table in tables
        for key in table.foreign_key_constraints
    ]
    for constraint in constraints:
        connection.execute(text(f"{constraint} DEFERRABLE INITIALLY DEFERRED"))
    yield
    connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for constraint in constraints:
        connection.execute(text(f"{constraint} NOT DEFERRABLE"))


def _count_on(connection: Connection, tables: Iterable[Table]) -> None:
    """The next row gets the number after the last: SQLite finds it by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        for column in table.primary_key.columns:
            sequence = connection.execute(
                text("SELECT pg_get_serial_sequence(:table, :column)"),
                {"table": table.name, "column": column.name},
            ).scalar_one()
            last = connection.execute(select(func.max(column))).scalar_one()
            if sequence is not None and last is not None:
                connection.execute(
                    text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": sequence, "last": last}
                )


def _head(line: str) -> str:
    """The version of the tables that a dump begins with."""
    said = _json(line)
    if not isinstance(said, dict) or said.get("quiet_room") != FORMAT:
        raise Unreadable("This is no backup that this version of Quiet Room can read.")
    return str(said.get("revision", ""))


def _end(line: str) -> dict[str, Kept]:
    said = _json(line)
    if not isinstance(said, dict) or "end" not in said:
        raise Unreadable("The backup is not whole: it ends too early.")
    return {name: Kept(*each) for name, each in said["end"].items()}


def _json(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise Unreadable("The backup is damaged: a line of it cannot be read.") from None
