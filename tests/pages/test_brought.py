"""The room's page where another process carries the room: on the way, waiting, and there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

import db
from clinic.video import processes, visits
from db.settings import settings
from db.tables import PortalProcess, Visit
from tests.pages.conftest import Practice, text_of


@pytest.fixture
def elsewhere(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> Practice:
    """The client's room is carried by process b, and this is process a."""
    now = datetime.now(UTC)
    for name in ("b", "a"):
        monkeypatch.setenv("QUIET_ROOM_PROCESS", name)
        settings.cache_clear()
        processes.say(0, 16, now)
        if name == "b":
            visits.enter(practice.client, practice.appointment, now)
    return practice


def test_it_leads_there_by_itself_and_by_a_press(elsewhere: Practice) -> None:
    app = elsewhere.open("room", elsewhere.client, appointment=elsewhere.appointment)
    assert "One moment. Your session is opening." in text_of(app)
    assert _ways(app) == 1
    next(button for button in app.button if button.label == "Open it now").click().run()
    assert _ways(app) == 1


def test_a_second_time_it_waits_and_says_whom_to_call(elsewhere: Practice) -> None:
    app = elsewhere.open("room", elsewhere.client, appointment=elsewhere.appointment, brought="1")
    assert "Your session is being moved to another server." in text_of(app)
    assert "One moment" not in text_of(app)
    assert "If it does not go on, call the clinic" in text_of(app)
    assert _ways(app) == 0, "a balancer that reads no cookie would lead round and round"
    next(button for button in app.button if button.label == "Try again now").click().run()
    assert _ways(app) == 1, "but whoever asks is led there"
    with db.unit_of_work() as session:
        session.execute(
            update(PortalProcess)
            .where(PortalProcess.name == "b")
            .values(seen_at=datetime(2020, 1, 1, tzinfo=UTC))
        )
    app.run()
    assert "Where you are today" in text_of(app), "the other process is gone, and the room is here"
    assert "brought" not in app.query_params


def test_where_the_room_is_here_nobody_is_sent_anywhere(elsewhere: Practice) -> None:
    with db.unit_of_work() as session:
        session.execute(update(Visit).values(carried_by="a"))
    app = elsewhere.open("room", elsewhere.client, appointment=elsewhere.appointment)
    assert "Where you are today" in text_of(app)
    assert _ways(app) == 0


def _ways(app: AppTest) -> int:
    """How many of the components on the page lead to where the room is."""
    return sum("/to-room/" in part.proto.json for part in app.get("bidi_component"))
