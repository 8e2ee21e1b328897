"""Every page's address, asked of a portal that has only just been started."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import db
from clinic.people.viewer import Viewer
from components.navigation import SCREENS
from tests.databases import KEYS, forget, point_at
from tests.factories import make_clinic
from tests.portal import ROOT, Portal, running_portal
from tests.socket.conftest import Town
from tests.socket.streamlit_client import visitor

FILES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
PUBLIC = {"help_now": "Help now", "sign_in": "Sign in", "set_up": "Set up", "sign_out": "Sign out"}
PUBLIC["welcome"] = "This link does not open"
PUBLIC["first_contact"] = "Not found"  # the clinic does not offer it


def test_every_file_in_pages_is_in_the_navigation() -> None:
    assert sorted(screen.name for screen in SCREENS) == FILES


@pytest.fixture
def just_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    point_at(monkeypatch, tmp_path)
    db.start()
    make_clinic(now=datetime.now(UTC))
    with running_portal(tmp_path, {"QUIET_ROOM_VAR": str(tmp_path), "QUIET_ROOM_KEYS": KEYS}) as portal:
        yield portal
    forget()


@pytest.mark.parametrize("first", ["client_record", "today", "sign_in"])
def test_no_page_is_served_to_a_stranger_by_discovery(just_started: Portal, first: str) -> None:
    """The very first request matters: until a process has called st.navigation, Streamlit serves pages/."""
    for name in [first, *FILES]:
        with visitor(just_started.host) as stranger:
            run = stranger.open(name)
        assert run.title == PUBLIC.get(name, "Sign in"), name
        assert not run.says("Traceback")


def _titles(town: Town, viewer: Viewer) -> dict[str, str]:
    with visitor(town.portal.host, cookie=town.token(viewer)) as person:
        return {name: person.open(name).title for name in FILES}


def test_each_role_reaches_its_own_pages_and_no_others(town: Town) -> None:
    for viewer in (town.client, town.therapist, town.administrator):
        own = {screen.name for screen in SCREENS if viewer.role in screen.roles}
        first = next(screen for screen in SCREENS if viewer.role in screen.roles)
        titles = _titles(town, viewer)
        for name, title in titles.items():
            if name not in own:
                assert title == first.title, (viewer.role, name)
        others = {
            name for name in own - {first.name, "sign_in", "client_record"} if titles[name] == first.title
        }
        assert not others, (viewer.role, others)


def test_an_address_nobody_knows_is_said_to_be_missing(town: Town) -> None:
    with visitor(town.portal.host, cookie=town.token(town.client)) as person:
        run = person.open("no_such_page")
    assert any(message.WhichOneof("type") == "page_not_found" for message in run.messages)
    assert run.title == "Home"
