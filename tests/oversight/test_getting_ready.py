"""Setting up: what the portal sees for itself, what a person settles, and what is put off."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clinic.errors import InvalidInput
from clinic.oversight import mail_test
from clinic.oversight.getting_ready import SETTLED_BY_HAND, Stand, Step, put_off, settle, steps
from clinic.people import look
from clinic.people.look import Colour, clinic_look
from clinic.people.viewer import Viewer
from db.settings import settings
from tests.databases import Database
from tests.factories import NOW, make_administrator, make_clinic, make_policy, make_therapist, picture


@pytest.fixture
def ada(database: Database) -> Viewer:
    make_clinic()
    return make_administrator()


def _done(viewer: Viewer) -> set[Step]:
    return {step for step, stand in steps(viewer).items() if stand is Stand.DONE}


def test_of_a_fresh_clinic_what_keeps_people_safe_is_to_do(ada: Viewer) -> None:
    stands = steps(ada)
    assert list(stands) == list(Step)
    assert {Step.CRISIS, Step.ANSWERS, Step.MAIL, Step.KEYS, Step.BACKUP} <= {
        step for step, stand in stands.items() if stand is Stand.OPEN
    }


def test_what_the_portal_sees_is_done_by_doing_it(ada: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _done(ada)
    make_policy()
    look.choose_colour(ada, Colour.BERRY, NOW)
    assert _done(ada) - before == {Step.ANSWERS, Step.THERAPIST, Step.LOOK}
    monkeypatch.setenv("QUIET_ROOM_ORIGINS", "https://portal.example.org")
    settings.cache_clear()
    assert Step.ADDRESS in _done(ada)


def test_only_what_nothing_shows_is_settled_by_hand_and_twice_is_once(ada: Viewer) -> None:
    for step in Step:
        if step in SETTLED_BY_HAND:
            settle(ada, step, NOW)
            settle(ada, step, NOW)
            assert steps(ada)[step] is Stand.DONE
        else:
            with pytest.raises(InvalidInput):
                settle(ada, step, NOW)
    assert Step.MAIL not in _done(ada)


def test_what_is_put_off_stays_until_it_is_done(ada: Viewer) -> None:
    for step in Step:
        put_off(ada, step, NOW)
    assert steps(ada)[Step.THERAPIST] is Stand.PUT_OFF
    make_therapist("Dana")
    assert steps(ada)[Step.THERAPIST] is Stand.DONE
    settle(ada, Step.KEYS, NOW)
    assert steps(ada)[Step.KEYS] is Stand.DONE


def test_a_mail_is_a_step_once_it_has_arrived(ada: Viewer) -> None:
    mail_test.send_test(ada, NOW)
    assert Step.MAIL not in _done(ada)
    mail_test.say_arrived(ada, mail_test._code(ada, NOW), NOW)
    assert Step.MAIL in _done(ada)


def test_a_logo_is_made_anew_as_a_small_png_and_can_be_removed(ada: Viewer) -> None:
    look.choose_logo(ada, picture("PNG"), datetime.now(UTC))
    kept = clinic_look()
    assert kept.logo is not None
    assert kept.logo.startswith(b"\x89PNG")
    with pytest.raises(InvalidInput) as refused:
        look.choose_logo(ada, b"<svg onload=alert(1)>", NOW)
    assert set(refused.value.fields) == {"logo"}
    assert clinic_look().logo == kept.logo
    look.remove_logo(ada, NOW)
    assert clinic_look() == look.Look()


def test_before_there_is_a_clinic_it_looks_like_quiet_room(database: Database) -> None:
    assert clinic_look() == look.Look()
