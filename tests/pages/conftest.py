"""Screens without a browser: AppTest runs the real pages against the real services and a real database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.PageLink_pb2 import PageLink
from streamlit.testing.v1 import AppTest

from clinic.measures import questionnaires
from clinic.people.viewer import Viewer
from components import access
from tests.databases import point_at, started
from tests.factories import (
    cookie_of,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
)

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Practice:
    """A clinic with one of each, and the way to look at its screens as any of them."""

    client: Viewer
    other_client: Viewer
    therapist: Viewer
    other_therapist: Viewer
    administrator: Viewer
    appointment: str  # of `client` with `therapist`, now
    monkeypatch: pytest.MonkeyPatch

    def sign_in(self, viewer: Viewer | None) -> None:
        """From now on the runs carry this person's cookie. AppTest has no browser to keep one in."""
        token = None if viewer is None else cookie_of(viewer, datetime.now(UTC))
        self.monkeypatch.setattr(access, "_token", lambda: token)

    def open(self, name: str, viewer: Viewer | None, **query: str) -> AppTest:
        """A page beside Home.py, so that its links to other pages lead somewhere.

        AppTest runs it without Home.py's own navigation: which addresses a role reaches is asked of a
        running portal (tests/socket/test_addresses.py).
        """
        self.sign_in(viewer)
        app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=20)
        for key, value in query.items():
            app.query_params[key] = value
        return app.switch_page(f"pages/{name}.py").run()

    def alone(self, name: str, viewer: Viewer | None) -> AppTest:
        """The page's file run by itself, as Streamlit would if it served pages/ on its own."""
        self.sign_in(viewer)
        return AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=20).run()


@pytest.fixture
def practice(own_deployment: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Practice:
    (own_deployment / "quiet-room.db").write_bytes(sqlite_template.read_bytes())
    point_at(monkeypatch, own_deployment)
    started()
    now = datetime.now(UTC)
    make_clinic(now=now)
    make_policy(now=now)
    therapist = make_therapist("Dana Okafor", now=now)
    client = make_client("Sam Rivera", therapist=therapist, now=now)
    return Practice(
        client=client,
        other_client=make_client("Noor Haddad", now=now, consented=False),
        therapist=therapist,
        other_therapist=make_therapist("Per Lind", now=now),
        administrator=make_administrator("Ada Min", now=now),
        appointment=make_appointment(client, therapist, now - timedelta(minutes=5), now=now),
        monkeypatch=monkeypatch,
    )


def answer_all(viewer: Viewer, instrument_id: str, value: int, at: datetime) -> None:
    """Fill a measure with one option throughout."""
    response = questionnaires.open_response(viewer, instrument_id, at)
    for item in response.instrument.items:
        questionnaires.keep_answer(viewer, response.public_id, item.number, value, at)
    questionnaires.finish(viewer, response.public_id, at)


def text_of(app: AppTest) -> str:
    """All words on the screen, as people read them: without the marks that keep Markdown from acting."""
    kinds = (
        "title",
        "header",
        "subheader",
        "markdown",
        "caption",
        "text",
        "error",
        "warning",
        "info",
        "success",
    )
    words = "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))
    return re.sub(r"\\(\W)", r"\1", words)


def links_of(app: AppTest) -> list[PageLink]:
    """Every link to a page, in order."""
    found: list[PageLink] = []

    def look(block: Any) -> None:
        for child in getattr(block, "children", {}).values():
            if child.type == "page_link":
                found.append(child.proto)
            look(child)

    look(app._tree)
    return found
