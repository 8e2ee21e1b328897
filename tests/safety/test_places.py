"""Crisis numbers: the clinic's own, by where the client is now, and only those that somebody has called."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

import db
from clinic.errors import InvalidInput, NotFound
from clinic.people.setup import offer_code, set_up
from clinic.people.viewer import Viewer
from clinic.safety import own_help, places
from clinic.safety.own_help import ELSEWHERE, own_place, say_place
from clinic.safety.places import SAID_HOLDS, SUGGESTIONS, TRIED_HOLDS, PlaceEntry, verified_places
from db.settings import settings
from db.tables import Account, CrisisPlace
from tests.databases import Database
from tests.factories import DETAILS, NOW, PASSWORD, make_administrator, make_client, make_clinic

VIENNA = PlaceEntry("Vienna", "112", "Crisis line", "142", "Write to 142")


@pytest.fixture
def ada(database: Database) -> Viewer:
    make_clinic()
    return make_administrator("Ada")


def _verified(ada: Viewer, entry: PlaceEntry = VIENNA) -> str:
    place = places.add_place(ada, entry, NOW)
    places.verify_place(ada, place, NOW)
    return place


def test_a_place_is_shown_once_somebody_has_called_and_not_after_its_number_changed(ada: Viewer) -> None:
    place = places.add_place(ada, VIENNA, NOW)
    assert verified_places() == ()
    places.verify_place(ada, place, NOW)
    [shown] = verified_places()
    assert (shown.place, shown.line_number, shown.verified_on) == ("Vienna", "142", NOW.date())
    places.change_place(ada, place, replace(VIENNA, place="Wien"), NOW)
    assert [p.place for p in verified_places()] == ["Wien"], "the numbers are the same"
    places.change_place(ada, place, replace(VIENNA, line_number="143"), NOW)
    assert verified_places() == ()


def test_a_year_after_the_call_it_is_said_to_be_old(ada: Viewer) -> None:
    _verified(ada)
    [place] = places.places(ada)
    assert not place.is_old(NOW.date() + TRIED_HOLDS)
    assert place.is_old(NOW.date() + TRIED_HOLDS + timedelta(days=1))


def test_suggestions_are_added_once_and_none_is_shown_before_it_is_called(ada: Viewer) -> None:
    assert places.add_suggestions(ada, NOW) == len(SUGGESTIONS)
    assert places.add_suggestions(ada, NOW) == 0
    assert verified_places() == ()
    by_name = {place.place: place for place in places.places(ada)}
    places.verify_place(ada, by_name["United States"].public_id, NOW)
    with pytest.raises(InvalidInput) as refused:
        places.verify_place(ada, by_name["United Kingdom"].public_id, NOW)
    assert list(refused.value.fields) == ["emergency_number"], "its source was not good enough to ship"
    assert [place.place for place in verified_places()] == ["United States"]


def test_a_new_clinic_starts_with_its_own_place_and_suggestions_none_called(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIET_ROOM_SETUP_CODE", "a-code-from-the-secrets")
    settings.cache_clear()
    offer_code(NOW)
    set_up("a-code-from-the-secrets", DETAILS, "Ada", "ada@example.org", PASSWORD, NOW)
    with db.reading() as session:
        rows = session.scalars(select(CrisisPlace).order_by(CrisisPlace.id)).all()
    assert [row.place for row in rows] == ["Near Linden Practice", *(one.place for one in SUGGESTIONS)]
    assert rows[0].emergency_number == DETAILS.emergency_number
    assert [row.verified_on for row in rows] == [None] * len(rows)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"place": " "}, "place"),
        ({"place": "x" * 61}, "place"),
        ({"emergency_number": ""}, "emergency_number"),
        ({"emergency_number": "call us"}, "emergency_number"),
        ({"line_name": ""}, "line_name"),
        ({"line_number": "  "}, "line_number"),
        ({"line_number": "1" * 100_000}, "line_number"),
        ({"text_line": "x" * 101}, "text_line"),
    ],
)
def test_a_place_that_cannot_be_called_is_refused(ada: Viewer, change: dict[str, str], field: str) -> None:
    kept = _verified(ada)
    for attempt in (
        lambda: (
            places.add_place(ada, replace(VIENNA, place="Graz", **change), NOW)
            if "place" not in change
            else places.add_place(ada, replace(VIENNA, **change), NOW)
        ),
        lambda: places.change_place(ada, kept, replace(VIENNA, **change), NOW),
    ):
        with pytest.raises(InvalidInput) as refused:
            attempt()
        assert list(refused.value.fields) == [field]
    assert [(p.place, p.line_number) for p in verified_places()] == [("Vienna", "142")]


def test_two_places_of_one_name_are_refused(ada: Viewer) -> None:
    place = places.add_place(ada, replace(VIENNA, place="Graz"), NOW)
    _verified(ada)
    for attempt in (
        lambda: places.add_place(ada, VIENNA, NOW),
        lambda: places.change_place(ada, place, VIENNA, NOW),
    ):
        with pytest.raises(InvalidInput):
            attempt()
    assert sorted(p.place for p in places.places(ada)) == ["Graz", "Vienna"]


def test_where_a_client_is_holds_for_twelve_hours(ada: Viewer) -> None:
    sam = make_client("Sam")
    place = _verified(ada)
    assert own_place(sam, NOW) is None
    say_place(sam, place, NOW)
    assert own_place(sam, NOW + SAID_HOLDS) == place
    assert own_place(sam, NOW + SAID_HOLDS + timedelta(minutes=1)) is None
    say_place(sam, ELSEWHERE, NOW)
    assert own_place(sam, NOW) == ELSEWHERE


def test_a_client_cannot_be_in_a_place_that_is_not_shown(ada: Viewer) -> None:
    sam = make_client("Sam")
    untried = places.add_place(ada, VIENNA, NOW)
    for place in (untried, "nowhere", "x" * 100_000):
        with pytest.raises(NotFound):
            say_place(sam, place, NOW)
    assert own_place(sam, NOW) is None


def test_a_place_that_a_client_is_in_stays(ada: Viewer) -> None:
    sam = make_client("Sam")
    place = _verified(ada)
    say_place(sam, place, NOW)
    with pytest.raises(InvalidInput) as refused:
        places.remove_place(ada, place, NOW + SAID_HOLDS / 2)
    assert "A client is in this place now." in refused.value.fields["place"]
    assert own_place(sam, NOW) == place
    places.remove_place(ada, place, NOW + SAID_HOLDS + timedelta(minutes=1))
    assert places.places(ada) == []
    with db.reading() as session:
        assert session.get_one(Account, sam.account_id).place_id is None


def test_a_place_that_is_gone_is_not_found(ada: Viewer) -> None:
    place = _verified(ada)
    places.remove_place(ada, place, NOW)
    for attempt in (
        lambda: places.remove_place(ada, place, NOW),
        lambda: places.verify_place(ada, place, NOW),
        lambda: places.change_place(ada, place, VIENNA, NOW),
        lambda: own_help.say_place(make_client("Sam"), place, NOW),
    ):
        with pytest.raises(NotFound):
            attempt()
