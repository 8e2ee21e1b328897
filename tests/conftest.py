"""What every test may ask for. `database` runs its test twice: on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

import db
from tests.coturn import Coturn, running_coturn
from tests.databases import Database, Reused, Server, forget, migrated_file, point_at, running_server, started

T = TypeVar("T")


@pytest.fixture(autouse=True)
def own_deployment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """No test reads or writes the developer's var/, secrets or database. Gives the test's own var."""
    var = tmp_path / "var"
    var.mkdir()
    point_at(monkeypatch, var)
    monkeypatch.setattr("components.crisis._last_known", None)
    yield var
    forget()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return migrated_file(tmp_path_factory.mktemp("sqlite-template"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The session's PostgreSQL server, started at its first use."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres.template(tmp_path_factory.mktemp("postgres-template")) as name:
        yield name


@pytest.fixture(scope="session")
def postgres_reused(postgres: Server, postgres_template: str) -> Iterator[Reused]:
    with postgres.copy(postgres_template) as url:
        reused = Reused(url)
        yield reused
        reused.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, own_deployment: Path
) -> Iterator[Database]:
    """A fresh, migrated, empty database that `db` points at: the test runs once on each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{own_deployment / 'quiet-room.db'}"
        shutil.copy(request.getfixturevalue("sqlite_template"), own_deployment / "quiet-room.db")
        point_at(monkeypatch, own_deployment, url)
        started()
        yield Database("sqlite", url, own_deployment)
        return
    reused: Reused = request.getfixturevalue("postgres_reused")
    reused.put_back()
    point_at(monkeypatch, own_deployment, reused.url)
    started()
    yield Database("postgresql", reused.url, own_deployment)


@pytest.fixture(scope="module")
def made_once() -> dict[str, tuple[Any, Any]]:
    """For `once`: what this module's tests share, by the kind of database."""
    return {}


@pytest.fixture
def once(
    request: pytest.FixtureRequest, database: Database, made_once: dict[str, tuple[Any, Any]]
) -> Callable[[Callable[[], T]], T]:
    """`once(make)`: what `make` puts into the database is made by the module's first test and copied for the
    others, on each kind. Gives what `make` gave. Ask for it before anything is written."""

    def given(make: Callable[[], T]) -> T:
        sqlite = database.kind == "sqlite"
        file = database.var / "quiet-room.db"
        reused: Reused | None = None if sqlite else request.getfixturevalue("postgres_reused")
        if database.kind not in made_once:
            made = make()
            db.dispose()  # the last connection folds SQLite's write-ahead log into the file
            made_once[database.kind] = made, file.read_bytes() if reused is None else reused.contents()
            return made
        made, contents = made_once[database.kind]
        if reused is None:
            file.write_bytes(contents)
        else:
            reused.put_back(contents)
        return cast(T, made)

    return given


@pytest.fixture(scope="session")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    """The session's TURN server, started at its first use."""
    with running_coturn(tmp_path_factory.mktemp("coturn")) as server:
        yield server
