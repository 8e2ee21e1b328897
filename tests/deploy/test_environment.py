"""The environment's example, and the secrets', know every setting there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import db.settings
from db.settings import settings
from tests.databases import point_at
from tests.portal import ROOT

_READ = re.compile(r'(?:said|yes|whole|several)\("([A-Z_]+)"')
_SAID = re.compile(r"^(?:# )?([A-Z][A-Z_]+) ?=", re.MULTILINE)
ENVIRONMENT = ROOT / "deploy" / "quiet-room.env.example"


def known() -> set[str]:
    """The names that db/settings.py reads."""
    return set(_READ.findall((ROOT / "db" / "settings.py").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["deploy/quiet-room.env.example", ".streamlit/secrets.toml.example"])
def test_an_example_has_every_setting_and_no_other(name: str) -> None:
    assert known() >= {"DATABASE_URL", "QUIET_ROOM_PROCESS"}
    assert set(_SAID.findall((ROOT / name).read_text(encoding="utf-8"))) == known()


def test_the_readme_explains_every_setting() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {name for name in known() if f"`{name}`" not in text} == set()


def test_the_example_as_it_stands_is_read_as_a_server_means_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, tmp_path)
    for line in ENVIRONMENT.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            monkeypatch.setenv(*line.split("=", 1))
    settings.cache_clear()
    found = settings()
    assert (found.demo, found.https, found.is_sqlite) == (False, True, False)
    assert found.origins == ("https://portal.example.org",)
    assert found.database_url == "postgresql+psycopg://quiet-room@/quiet_room?host=/var/run/postgresql"
    assert found.smtp_url is not None
    assert (found.calls, found.process) == (db.settings.CALLS, "")


@pytest.mark.parametrize(("said", "right"), [("8501", True), ("b-2", True), ("A", False), ("a;b", False)])
def test_a_process_has_a_name_that_a_cookie_can_hold(
    monkeypatch: pytest.MonkeyPatch, said: str, right: bool
) -> None:
    monkeypatch.setenv("QUIET_ROOM_PROCESS", said)
    settings.cache_clear()
    if right:
        assert settings().process == said
        return
    with pytest.raises(ValueError, match="QUIET_ROOM_PROCESS"):
        settings()
