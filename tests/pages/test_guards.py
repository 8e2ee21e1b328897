"""Every page for every role: its own show it, all others read a sentence and nothing else."""

from __future__ import annotations

import pytest

from clinic.errors import NotFound, NotSignedIn
from clinic.people.viewer import Role
from components.navigation import SCREENS
from tests.pages.conftest import Practice, text_of

PUBLIC = {"first_contact", "help_now", "sign_in", "sign_out", "set_up", "welcome"}
GUARDED = [screen for screen in SCREENS if screen.name not in PUBLIC]
# What a page needs in its address to have something to show.
QUERY = {
    "client_record": ("client",),
    "client_days": ("client",),
    "check_in_plan": ("client",),
    "intake": ("client",),
    "measure_plan": ("client",),
    "room": ("appointment",),
    "questionnaire": ("measure", "client"),
    "safety_plan": ("client",),
}


def _who(practice: Practice, role: Role):
    return {
        Role.CLIENT: practice.client,
        Role.THERAPIST: practice.therapist,
        Role.ADMINISTRATOR: practice.administrator,
    }[role]


def _query(practice: Practice, name: str) -> dict[str, str]:
    values = {"client": practice.client.public_id, "appointment": practice.appointment, "measure": "phq-9"}
    return {key: values[key] for key in QUERY.get(name, ())}


# The call's frame needs a browser; tests/browser/test_visit.py opens it on both sides.
IN_A_BROWSER = {("room", Role.THERAPIST)}


@pytest.mark.parametrize(
    ("name", "role"),
    [(s.name, role) for s in SCREENS for role in s.roles if (s.name, role) not in IN_A_BROWSER],
)
def test_a_page_opens_for_its_role(practice: Practice, name: str, role: Role) -> None:
    app = practice.open(name, _who(practice, role), **_query(practice, name))
    assert not app.exception
    assert not app.error, text_of(app)
    assert len(app.title) == 1, "one h1 a screen"
    assert app.title[0].value


@pytest.mark.parametrize("screen", GUARDED, ids=lambda screen: screen.name)
def test_a_page_alone_shows_a_stranger_nothing(practice: Practice, screen) -> None:
    app = practice.alone(screen.name, None)
    assert not app.exception
    assert [warning.value for warning in app.warning] == [NotSignedIn.sentence]
    assert not app.button
    assert "Sam Rivera" not in text_of(app)


@pytest.mark.parametrize(
    ("name", "role"), [(s.name, role) for s in GUARDED for role in Role if role not in s.roles]
)
def test_a_page_alone_shows_another_role_nothing(practice: Practice, name: str, role: Role) -> None:
    app = practice.alone(name, _who(practice, role))
    assert not app.exception
    assert [warning.value for warning in app.warning] == [NotFound.sentence]
    assert not app.button
    assert "Sam Rivera" not in text_of(app)


@pytest.mark.parametrize("name", sorted(PUBLIC - {"sign_in"}))
def test_a_public_page_opens_for_anyone(practice: Practice, name: str) -> None:
    app = practice.open(name, None)
    assert not app.exception
    assert not app.error


def test_signing_out_elsewhere_takes_effect_at_the_next_run(practice: Practice) -> None:
    app = practice.open("check_in", practice.client)
    assert app.title[0].value == "Check-in"
    practice.sign_in(None)
    app.run()
    assert [warning.value for warning in app.warning] == [NotSignedIn.sentence]
    assert not app.radio


def test_a_callback_from_a_screen_drawn_before_signing_out_saves_nothing(practice: Practice) -> None:
    from datetime import UTC, datetime

    from components.times import day_of
    from tests.factories import mood_today

    mood = f"check-in:{day_of(datetime.now(UTC), practice.client.zone)}:mood"
    app = practice.open("check_in", practice.client)
    app.radio(key=mood).set_value(4)
    practice.sign_in(None)
    app.button[0].click().run()
    assert mood_today(practice.client, datetime.now(UTC)) is None
    practice.sign_in(practice.client)
    app = practice.open("check_in", practice.client)
    app.radio(key=mood).set_value(4)
    app.button[0].click().run()
    saved = mood_today(practice.client, datetime.now(UTC))
    assert saved is not None
    assert saved.mood == 4
