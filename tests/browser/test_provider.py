"""Signing in by a provider: only who is invited, only just recognised, and by our own cookie in the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import db
from tests.browser.conftest import arrived, settled
from tests.browser.oidc_provider import CLIENT, Provider, running_provider
from tests.databases import KEYS, forget, point_at
from tests.factories import make_client, make_clinic, make_therapist
from tests.portal import ROOT, Portal, running_portal

_LINKED = ("Home.py", "pages", "components", "clinic", "web", "db")


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Portal, Provider]]:
    point_at(monkeypatch, tmp_path)
    db.start()
    now = datetime.now(UTC)
    make_clinic(now=now)
    make_client("Sam Rivera", email="sam@example.org", now=now)
    make_therapist("Dana Okafor", email="dana@example.org", now=now)
    for name in _LINKED[1:]:
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "Home.py", tmp_path / "Home.py")
    (tmp_path / ".streamlit").mkdir()
    shutil.copy(ROOT / ".streamlit" / "config.toml", tmp_path / ".streamlit" / "config.toml")
    with running_provider() as provider:
        (tmp_path / ".streamlit" / "secrets.toml").write_text(
            "[auth]\n"
            'redirect_uri = "http://localhost:{port}/oauth2callback"\n'
            f'cookie_secret = "{os.urandom(24).hex()}"\n'
            f'client_id = "{CLIENT}"\nclient_secret = "test"\n'
            f'server_metadata_url = "{provider.address}/.well-known/openid-configuration"\n'
        )
        environment = {"QUIET_ROOM_VAR": str(tmp_path), "QUIET_ROOM_KEYS": KEYS}
        with running_portal(tmp_path, environment, cwd=tmp_path) as portal:
            yield portal, provider
    forget()


def _go(phone: Page, portal: Portal) -> None:
    phone.goto(portal.address)
    settled(phone)
    phone.get_by_role("button", name="Sign in with your provider").click()


def test_who_is_invited_gets_in_and_the_providers_word_is_taken_back(
    both: tuple[Portal, Provider], phone: Page
) -> None:
    portal, provider = both
    provider.person = {"email": "Sam@example.org", "email_verified": True}
    _go(phone, portal)
    expect(phone.get_by_text("Hello Sam Rivera.")).to_be_visible()
    names = {str(cookie.get("name")) for cookie in phone.context.cookies()}
    assert "quiet_room" in names
    assert not [name for name in names if name.startswith("_streamlit_user")]
    phone.get_by_role("link", name="Sign out").click()
    phone.get_by_role("button", name="Sign out").click()
    arrived(phone, "Sign in")
    phone.reload()
    arrived(phone, "Sign in")


def test_the_second_step_is_asked_for_all_the_same(both: tuple[Portal, Provider], phone: Page) -> None:
    portal, provider = both
    provider.person = {"email": "dana@example.org", "email_verified": True}
    _go(phone, portal)
    arrived(phone, "Second step")


@pytest.mark.parametrize(
    ("person", "said"),
    [
        ({"email": "stranger@example.org", "email_verified": True}, "Nobody with this email is invited here"),
        ({"email": "sam@example.org", "email_verified": False}, "has not checked this email"),
        ({"email": "sam@example.org"}, "has not checked this email"),
    ],
)
def test_others_read_a_sentence(
    both: tuple[Portal, Provider], phone: Page, person: dict[str, object], said: str
) -> None:
    portal, provider = both
    provider.person = person
    _go(phone, portal)
    expect(phone.get_by_text(said).first).to_be_visible()
    assert "quiet_room" not in {cookie.get("name") for cookie in phone.context.cookies()}
