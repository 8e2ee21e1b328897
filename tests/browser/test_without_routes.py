"""A host that runs the script alone, without the application around it: less guarded, and working."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import db
from tests.browser.conftest import arrived
from tests.databases import KEYS, forget, point_at
from tests.factories import PASSWORD, make_client, make_clinic
from tests.portal import ROOT, running_portal


def test_signing_in_and_out_works_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phone: Page
) -> None:
    point_at(monkeypatch, tmp_path)
    db.start()
    now = datetime.now(UTC)
    make_clinic(now=now)
    make_client("Sam Rivera", email="sam@example.org", now=now)
    # A file without the application in it is what such a host sees.
    (tmp_path / "pages").symlink_to(ROOT / "pages")
    (tmp_path / ".streamlit").symlink_to(ROOT / ".streamlit")
    (tmp_path / "alone.py").write_text(
        f"import runpy\nrunpy.run_path({str(ROOT / 'Home.py')!r}, run_name='__main__')\n"
    )
    environment = {"QUIET_ROOM_VAR": str(tmp_path), "QUIET_ROOM_KEYS": KEYS, "PYTHONPATH": str(ROOT)}
    with running_portal(tmp_path, environment, script="alone.py", cwd=tmp_path) as portal:
        phone.goto(f"{portal.address}/check_in")
        arrived(phone, re.compile("Sign in|Quiet Room"))
        phone.goto(portal.address)
        expect(phone.get_by_text("without its own web routes")).to_be_visible()
        phone.get_by_label("Email").fill("sam@example.org")
        phone.get_by_role("textbox", name="Password").fill(PASSWORD)
        phone.get_by_role("button", name="Sign in", exact=True).click()
        expect(phone.get_by_text("Hello Sam Rivera.")).to_be_visible()
        phone.reload()
        expect(phone.get_by_text("Hello Sam Rivera.")).to_be_visible()
        phone.get_by_role("link", name="Sign out").click()
        phone.get_by_role("button", name="Sign out").click()
        arrived(phone, "Sign in")
    forget()
