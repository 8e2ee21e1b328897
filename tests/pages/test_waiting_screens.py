"""The waiting list and the calendar part of My account, as a client sees them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

import db
from clinic.people.viewer import Viewer
from clinic.scheduling.booking import book, cancel
from clinic.scheduling.feed import own_feed, read_feed
from clinic.scheduling.offers import free_times
from clinic.scheduling.reminders import reminders_on
from clinic.scheduling.waiting_list import join, waiting_page
from components import session_cookie
from db.tables import SessionType
from tests.factories import make_client
from tests.pages.conftest import Practice, text_of


def _offered(practice: Practice) -> Viewer:
    """Sam waits for any time, and one becomes free. Whoever gave it up."""
    now = datetime.now(UTC)
    with db.reading() as session:
        kind = session.scalars(select(SessionType.public_id)).one()
    join(practice.client, kind, None, "0123456", 0, 24 * 60, now)
    other = make_client("Kit", therapist=practice.therapist, now=now)
    offer = free_times(other, now)[-1]
    cancel(other, book(other, offer.therapist_id, offer.starts_at, "k", now).public_id, now)
    return other


def test_a_client_joins_says_what_suits_and_leaves(practice: Practice) -> None:
    app = practice.open("waiting", practice.client)
    for day in range(5):
        app.checkbox(key=f"waiting:day:{day}").uncheck()
    app.button[0].click().run()
    assert "Choose at least one day." in text_of(app)
    assert waiting_page(practice.client, datetime.now(UTC)).waiting is None
    app.checkbox(key="waiting:day:3").check()
    app.button[0].click().run()
    assert "You are on the waiting list." in text_of(app)
    assert "On Thursday" in text_of(app)
    assert "Between 9:00 am and 5:00 pm (Vienna time)" in text_of(app)
    next(b for b in app.button if b.label == "Leave the waiting list").click().run()
    assert "You are off the waiting list." in text_of(app)
    assert waiting_page(practice.client, datetime.now(UTC)).waiting is None


def test_what_was_wished_can_be_changed_and_stays_until_then(practice: Practice) -> None:
    _offered(practice)
    app = practice.open("waiting", practice.client)
    next(b for b in app.button if b.label == "Change").click().run()
    assert app.checkbox(key="waiting:day:6").value
    app.selectbox(key="waiting:until").set_value(0).run()
    next(b for b in app.button if b.label == "Save").click().run()
    assert "The end of the time must be later than its start." in text_of(app)
    next(b for b in app.button if b.label == "Keep it as it is").click().run()
    assert "At any time" in text_of(app)
    assert not app.error


def test_a_freed_time_is_said_on_each_screen_and_booked_once(practice: Practice) -> None:
    _offered(practice)
    for name in ("client_home", "sessions", "waiting"):
        app = practice.open(name, practice.client)
        assert "A time has become free" in text_of(app), name
        assert "Kept for you, and others who wait, until" in text_of(app), name
    assert "A time has become free" not in text_of(practice.open("client_home", practice.other_client))
    app = practice.open("waiting", practice.client)
    press = next(b for b in app.button if b.label.startswith("Book "))
    press.click().run()
    assert "is booked." in text_of(app)
    assert app.table[0].value["What became of it"].tolist() == ["Booked by you"]
    assert "A time has become free" not in text_of(practice.open("client_home", practice.client))


def test_somebody_was_faster(practice: Practice) -> None:
    now = datetime.now(UTC)
    other = _offered(practice)
    lou = make_client("Lou", therapist=practice.therapist, now=now)
    app = practice.open("waiting", practice.client)
    [offer] = waiting_page(practice.client, now).offers
    assert waiting_page(lou, now).offers == waiting_page(other, now).offers == ()
    book(practice.client, offer.therapist_id, offer.starts_at, "elsewhere", now)
    next(b for b in app.button if b.label.startswith("Book ")).click().run()
    assert not app.exception
    assert len(app.error) == 1


def test_before_the_consent_the_screen_says_what_to_do(practice: Practice) -> None:
    app = practice.open("waiting", practice.other_client)
    assert "Read and sign the consent first." in text_of(app)
    assert not app.checkbox


def test_reminders_are_turned_off_and_on(practice: Practice) -> None:
    app = practice.open("account", practice.client, part="calendar")
    app.checkbox(key="own:reminders").uncheck().run()
    assert "Reminders are off." in text_of(app)
    assert not reminders_on(practice.client)
    app.checkbox(key="own:reminders").check().run()
    assert "Reminders are on." in text_of(app)
    assert reminders_on(practice.client)


def test_an_address_is_made_shown_once_and_stopped(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_cookie, "_has_routes", True)
    for viewer in (practice.client, practice.therapist):
        app = practice.open("account", viewer, part="calendar")
        next(b for b in app.button if b.label == "Make an address").click().run()
        [shown] = [element.value for element in app.code]
        token = shown.rpartition("/calendar/")[2].removesuffix(".ics")
        assert b"BEGIN:VEVENT" in read_feed(token, datetime.now(UTC))
        app.run()
        assert not app.code
        assert token not in text_of(app)
        next(b for b in app.button if b.label == "Stop this address").click().run()
        assert "The address is stopped." in text_of(app)
        assert own_feed(viewer) is None


def test_a_server_without_routes_says_so(practice: Practice) -> None:
    app = practice.open("account", practice.client, part="calendar")
    assert "This server has no such addresses." in text_of(app)
    assert not [b for b in app.button if "address" in b.label]


def test_an_administrator_has_no_sessions_to_be_reminded_of(practice: Practice) -> None:
    app = practice.open("account", practice.administrator, part="calendar")
    assert not app.checkbox
    assert app.title[0].value == "My account"
