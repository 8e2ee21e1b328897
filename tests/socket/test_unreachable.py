"""A database that goes away: a sentence, crisis help, nothing lost, and no word of how it works inside."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import db
from tests.databases import KEYS, Server, point_at
from tests.factories import cookie_of, make_client, make_clinic
from tests.portal import running_portal
from tests.socket.conftest import ask
from tests.socket.streamlit_client import visitor


@pytest.fixture
def own_deployment(tmp_path: Path) -> Path:
    return tmp_path


def test_a_portal_outlives_its_database(
    own_deployment: Path, monkeypatch: pytest.MonkeyPatch, postgres: Server, postgres_template: str
) -> None:
    with postgres.copy(postgres_template) as url:
        point_at(monkeypatch, own_deployment, url)
        db.start()
        now = datetime.now(UTC)
        make_clinic(now=now)
        cookie = cookie_of(make_client("Sam Rivera", now=now), now)
        environment = {"QUIET_ROOM_VAR": str(own_deployment), "QUIET_ROOM_KEYS": KEYS, "DATABASE_URL": url}
        with running_portal(own_deployment, environment) as portal:
            with visitor(portal.host, cookie=cookie) as person:
                assert person.open("check_in").title == "Check-in"
                name = url.rsplit("/", 1)[1].partition("?")[0]
                db.dispose()
                _take_away(postgres, name)
                run = person.open("check_in")
                assert run.title == "We can't reach our records"
                assert run.says("Nothing you saved is lost.")
                assert run.says("112")  # the clinic's own emergency number, read while it could be
                for inside in ("Traceback", "psycopg", "postgresql", str(own_deployment)):
                    assert not run.says(inside)
                assert ask(portal.address + "/health").status == 503
                _give_back(postgres, name)
                assert person.open("check_in").title == "Check-in"
                assert ask(portal.address + "/health").status == 200
            assert "Sam Rivera" not in portal.log.read_text()


def _take_away(postgres: Server, name: str) -> None:
    postgres.do("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name)
    postgres.do(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "JOIN pg_database ON pg_database.oid = datid WHERE NOT datallowconn"
    )


def _give_back(postgres: Server, name: str) -> None:
    postgres.do("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true", name)


def test_a_portal_started_without_its_database_still_helps(own_deployment: Path) -> None:
    environment = {
        "QUIET_ROOM_VAR": str(own_deployment),
        "QUIET_ROOM_KEYS": KEYS,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }
    with running_portal(own_deployment, environment) as portal, visitor(portal.host) as person:
        run = person.open("")
        assert run.title == "We can't reach our records"
        assert run.says("findahelpline")
        assert not run.says("127.0.0.1")
