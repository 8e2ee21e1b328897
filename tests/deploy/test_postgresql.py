"""The database's set-up: what the file makes is enough for the portal, and no more."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

import db
from tests.databases import Server, forget, point_at
from tests.portal import ROOT

FILE = ROOT / "deploy" / "postgresql.sql"


def test_the_role_makes_its_tables_and_is_no_superuser(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = f"_{secrets.token_hex(4)}"
    role, database = f"quiet-room{made}", f"quiet_room{made}"
    said = FILE.read_text(encoding="utf-8")
    statements = [line for line in said.splitlines() if line and not line.startswith("--")]
    for statement in statements:
        # As it stands, under a name of this test's own: others share the server.
        statement = statement.replace('"quiet-room"', f'"{role}"')
        statement = re.sub(r"\bquiet_room\b", database, statement)
        postgres.do(statement.rstrip(";"))
    try:
        url = make_url(postgres.of(database)).set(username=role)
        point_at(monkeypatch, tmp_path, url.render_as_string(hide_password=False))
        db.start()
        with db.reading() as session:
            who = session.execute(
                text("SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user")
            ).one()
            assert tuple(who) == (False, False, False)
            assert session.execute(text("SELECT count(*) FROM account")).scalar_one() == 0
        forget()
        postgres.do(f'CREATE ROLE "stranger{made}" LOGIN')
        try:
            stranger = url.set(drivername="postgresql", username=f"stranger{made}")
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(stranger.render_as_string(hide_password=False))
        finally:
            postgres.do(f'DROP ROLE "stranger{made}"')
    finally:
        postgres.do("DROP DATABASE {} WITH (FORCE)", database)
        postgres.do("DROP ROLE {}", role)
