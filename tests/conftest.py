"""What every test may ask for. `database` runs its test twice: on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import db
from tests.databases import Database, Server, forget, migrated_file, point_at, running_server


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


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, own_deployment: Path
) -> Iterator[Database]:
    """A fresh, migrated, empty database that `db` points at: the test runs once on each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{own_deployment / 'quiet-room.db'}"
        shutil.copy(request.getfixturevalue("sqlite_template"), own_deployment / "quiet-room.db")
        point_at(monkeypatch, own_deployment, url)
        db.start()
        yield Database("sqlite", url, own_deployment)
        return
    server: Server = request.getfixturevalue("postgres")
    with server.copy(request.getfixturevalue("postgres_template")) as url:
        point_at(monkeypatch, own_deployment, url)
        db.start()
        yield Database("postgresql", url, own_deployment)
