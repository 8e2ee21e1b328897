"""The whole database as lines, and back: the same on both databases, and nothing that is not whole."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

import db
from clinic.demo import fill
from db.dump import Contents, Unreadable, contents_of, lines_of, put_back
from db.engine import make_engine, unchanging
from db.start import alone
from db.tables import Account, CareAssignment
from tests.databases import Database, Server, forget
from tests.factories import NOW, make_client, make_clinic, make_therapist


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'elsewhere.db'}"
        return
    server: Server = request.getfixturevalue("postgres")
    name = f"quiet_room_elsewhere_{secrets.token_hex(4)}"
    server.do("CREATE DATABASE {}", name)
    yield server.of(name)
    forget()
    server.do("DROP DATABASE {} WITH (FORCE)", name)


def _dumped() -> list[str]:
    with unchanging(db.engine().connect()) as connection:
        return list(lines_of(connection))


def _restored(engine: Engine, lines: list[str]) -> Contents:
    with alone(engine) as connection:
        return put_back(connection, lines)


def _small() -> list[str]:
    make_clinic()
    make_client("Sam", therapist=make_therapist("Dana"))
    return _dumped()


def test_what_was_dumped_is_there_again_row_by_row_on_either_database(
    database: Database, elsewhere: str
) -> None:
    fill(NOW)
    lines = _dumped()
    with unchanging(db.engine().connect()) as connection:
        before = contents_of(connection)
    target = make_engine(elsewhere)
    assert _restored(target, lines) == before
    with unchanging(target.connect()) as connection:
        assert contents_of(connection) == before
    assert before.rows > 1000
    target.dispose()


def test_the_next_row_is_counted_on_from_the_last(database: Database, elsewhere: str) -> None:
    target = make_engine(elsewhere)
    _restored(target, _small())
    with target.begin() as connection:
        newest = connection.execute(select(Account.id).order_by(Account.id.desc()).limit(1)).scalar_one()
        added = connection.execute(
            Account.__table__.insert()  # type: ignore[attr-defined]
            .values(public_id="A" * 22, email="x@example.org", role="client", name="X", zone="UTC")
            .values(password_hash="", created_at=NOW)
            .returning(Account.id)
        ).scalar_one()
        assert added > newest
    target.dispose()


def test_references_hold_again_afterwards(database: Database, elsewhere: str) -> None:
    target = make_engine(elsewhere)
    _restored(target, _small())
    with pytest.raises(Exception, match=r"(?i)foreign key"), target.begin() as connection:
        connection.execute(
            CareAssignment.__table__.insert().values(client_id=999, therapist_id=998, since_at=NOW)  # type: ignore[attr-defined]
        )
    target.dispose()


def test_a_place_that_is_not_empty_is_left_as_it_is(database: Database, elsewhere: str) -> None:
    lines = _small()
    target = make_engine(elsewhere)
    _restored(target, lines)
    with unchanging(target.connect()) as connection:
        before = contents_of(connection)
    with pytest.raises(Unreadable, match="not empty"):
        _restored(target, lines)
    with unchanging(target.connect()) as connection:
        assert contents_of(connection) == before
    target.dispose()


def _cut_off(lines: list[str]) -> list[str]:
    return lines[:-1]


def _without_a_row(lines: list[str]) -> list[str]:
    at = next(n for n, line in enumerate(lines) if line.startswith('{"table": "account"')) + 1
    return lines[:at] + lines[at + 1 :]


def _with_another_word(lines: list[str]) -> list[str]:
    return [line.replace("Sam", "Tom") for line in lines]


def _of_something_else(lines: list[str]) -> list[str]:
    return [json.dumps({"quiet_room": 2, "revision": "0001"}), *lines[1:]]


def _no_lines_of_ours(lines: list[str]) -> list[str]:
    return ["PK\x03\x04"]


def _pointing_nowhere(lines: list[str]) -> list[str]:
    """Accounts are missing, and what it says of itself was changed with it."""
    at = next(n for n, line in enumerate(lines) if line.startswith('{"table": "account"'))
    after = next(n for n in range(at + 1, len(lines)) if lines[n].startswith("{"))
    end = json.loads(lines[-1])
    del end["end"]["account"]
    return [*lines[:at], *lines[after:-1], json.dumps(end)]


@pytest.mark.parametrize(
    "spoil",
    [_cut_off, _without_a_row, _with_another_word, _of_something_else, _no_lines_of_ours, _pointing_nowhere],
    ids=lambda spoil: spoil.__name__[1:],
)
def test_what_is_not_whole_leaves_nothing_behind(
    database: Database, elsewhere: str, spoil: Callable[[list[str]], list[str]]
) -> None:
    lines = spoil(_small())
    target = make_engine(elsewhere)
    with pytest.raises(Exception, match=r"(?i)backup|foreign|references"):
        _restored(target, lines)
    with target.connect() as connection:
        query = "SELECT count(*) FROM sqlite_master"
        if target.dialect.name == "postgresql":
            query = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(text(query)).scalar_one() == 0
    target.dispose()


def test_a_dump_is_one_moment_whatever_is_written_meanwhile(database: Database) -> None:
    make_clinic()
    dana = make_therapist("Dana")
    with unchanging(db.engine().connect()) as connection:
        coming = lines_of(connection)
        lines = [next(coming) for _ in range(3)]
        make_client("Written meanwhile", therapist=dana)
        lines += coming
    assert not any("Written meanwhile" in line for line in lines)
    assert any("Written meanwhile" in line for line in _dumped())
