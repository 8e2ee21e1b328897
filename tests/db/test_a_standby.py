"""A database with a standby: of the hosts in its address, the portal finds the one that takes writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

import db
from db.errors import DatabaseUnreachable
from db.tables import SetupCode
from tests.databases import Server, point_at
from tests.factories import NOW


@pytest.mark.parametrize(("hosts", "found"), [(["nowhere", "here"], True), (["nowhere"], False)])
def test_the_host_that_takes_writes_is_found(
    postgres: Server,
    postgres_template: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    hosts: list[str],
    found: bool,
) -> None:
    with postgres.copy(postgres_template) as url:
        here = make_url(url)
        sockets = {"here": str(here.query["host"]), "nowhere": str(tmp_path)}
        said = ",".join(sockets[host] for host in hosts)
        address = f"postgresql://{here.username}@/{here.database}?host={said}&target_session_attrs=read-write"
        point_at(monkeypatch, tmp_path, address)
        if not found:
            with pytest.raises(DatabaseUnreachable):
                db.start()
            return
        db.start()
        with db.unit_of_work() as session:
            session.add(SetupCode(id=1, code_hash="0" * 64, made_at=NOW))
