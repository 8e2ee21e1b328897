"""The waiting list: a freed time is kept for a while for those who wait, and whoever is first has it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

import db
from clinic.errors import ClinicError, ConsentMissing, InvalidInput, NotFound, SlotTaken, TimeHeld
from clinic.people import postman
from clinic.people.viewer import Viewer
from clinic.scheduling.booking import book, book_for, cancel, move
from clinic.scheduling.offers import free_times
from clinic.scheduling.waiting import OfferState
from clinic.scheduling.waiting_list import join, leave, open_offers, waiting_page
from db.tables import BookingRules, HeldTime, OutboxMail, SessionType, WaitingEntry
from tests.databases import Database
from tests.factories import NOW, assign, make_appointment, make_client, make_clinic, make_therapist

AT = datetime(2026, 3, 5, 13, 0, tzinfo=UTC)  # a Thursday, 2:00 pm in Vienna
HELD = timedelta(hours=2)
EVER = ("0123456", 0, 24 * 60)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana", email="dana@example.org")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam", email="sam@example.org", therapist=dana)


@pytest.fixture
def noor(dana: Viewer) -> Viewer:
    return make_client("Noor", email="noor@example.org", therapist=dana)


@pytest.fixture
def bo(dana: Viewer) -> Viewer:
    return make_client("Bo", email="bo@example.org", therapist=dana)


def _kind() -> str:
    with db.reading() as session:
        return session.scalars(select(SessionType.public_id).order_by(SessionType.id).limit(1)).one()


def _wait(client: Viewer, *, therapist: Viewer | None = None, wish: tuple[str, int, int] = EVER) -> None:
    join(client, _kind(), therapist.public_id if therapist else None, *wish, NOW)


def _freed(sam: Viewer, dana: Viewer, now: datetime = NOW) -> None:
    """Sam's time at AT becomes free at `now`."""
    cancel(sam, book(sam, dana.public_id, AT, f"freed-{now}", NOW).public_id, now)


def _states(client: Viewer, now: datetime) -> list[OfferState]:
    return [offer.state for offer in waiting_page(client, now).offers]


def _starts(client: Viewer, now: datetime) -> set[datetime]:
    return {offer.starts_at for offer in free_times(client, now)}


def _held() -> int:
    with db.reading() as session:
        return session.scalars(select(func.count()).select_from(HeldTime)).one()


def test_a_freed_time_is_kept_for_those_who_wait_and_hidden_from_others(
    dana: Viewer, sam: Viewer, noor: Viewer, bo: Viewer
) -> None:
    _wait(noor)
    _freed(sam, dana)
    [offer] = open_offers(noor, NOW)
    assert (offer.starts_at, offer.held_until, offer.therapist_name) == (AT, NOW + HELD, "Dana")
    assert open_offers(bo, NOW) == open_offers(sam, NOW) == []
    assert AT in _starts(noor, NOW)
    assert AT not in _starts(bo, NOW) | _starts(sam, NOW)
    with pytest.raises(ClinicError):
        book(bo, dana.public_id, AT, "b", NOW)
    with pytest.raises(TimeHeld):
        book_for(dana, bo.public_id, _kind(), AT, "b", NOW)
    made = book(noor, dana.public_id, AT, "n", NOW + HELD / 2)
    assert made.starts_at == AT
    assert _states(noor, NOW + HELD) == [OfferState.YOURS]
    assert waiting_page(noor, NOW).waiting is None, "whoever got the time waits no longer"


def test_the_first_of_those_it_is_offered_to_has_it(
    dana: Viewer, sam: Viewer, noor: Viewer, bo: Viewer
) -> None:
    _wait(noor)
    _wait(bo)
    _freed(sam, dana)
    assert _states(noor, NOW) == _states(bo, NOW) == [OfferState.OPEN]
    book(bo, dana.public_id, AT, "b", NOW)
    assert _states(bo, NOW) == [OfferState.YOURS]
    assert _states(noor, NOW) == [OfferState.TAKEN]
    assert open_offers(noor, NOW) == []
    assert waiting_page(noor, NOW).waiting is not None
    with pytest.raises(SlotTaken):
        book(noor, dana.public_id, AT, "n", NOW)


def test_of_twenty_who_press_at_once_one_has_it(dana: Viewer, sam: Viewer) -> None:
    clients = [make_client(f"Client {n}", therapist=dana) for n in range(20)]
    for client in clients:
        _wait(client)
    _freed(sam, dana)
    gate = threading.Barrier(20)
    said: list[type] = []

    def press(client: Viewer) -> None:
        gate.wait()
        try:
            said.append(type(book(client, dana.public_id, AT, "k", NOW)))
        except Exception as error:
            said.append(type(error))

    threads = [threading.Thread(target=press, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count(SlotTaken) == 19
    states = [state for client in clients for state in _states(client, NOW)]
    assert sorted(states) == [OfferState.TAKEN] * 19 + [OfferState.YOURS]


def test_once_it_is_no_longer_kept_it_is_free_for_everyone(
    dana: Viewer, sam: Viewer, noor: Viewer, bo: Viewer
) -> None:
    _wait(noor)
    _freed(sam, dana)
    later = NOW + HELD
    assert AT not in _starts(bo, later - timedelta(seconds=1))
    assert AT in _starts(bo, later)
    assert _states(noor, later) == [OfferState.PAST]
    book(bo, dana.public_id, AT, "b", later)
    assert _states(noor, later) == [OfferState.PAST]
    assert _states(noor, NOW + timedelta(days=8)) == []


def test_where_nobody_waits_nothing_is_kept(dana: Viewer, sam: Viewer, noor: Viewer, bo: Viewer) -> None:
    _wait(noor, wish=("4", 0, 24 * 60))
    _freed(sam, dana)
    assert _held() == 0
    assert AT in _starts(bo, NOW)


def test_a_time_that_is_moved_away_from_is_offered_too(dana: Viewer, sam: Viewer, noor: Viewer) -> None:
    _wait(noor)
    made = book(sam, dana.public_id, AT, "k", NOW)
    move(dana, made.public_id, AT + timedelta(days=1), "m", NOW)
    assert [offer.starts_at for offer in open_offers(noor, NOW)] == [AT]


def test_a_time_that_the_move_still_covers_is_not_offered(dana: Viewer, sam: Viewer, noor: Viewer) -> None:
    _wait(noor)
    made = book(sam, dana.public_id, AT, "k", NOW)
    move(dana, made.public_id, AT + timedelta(minutes=15), "m", NOW)
    assert _held() == 0


def test_only_what_can_still_be_booked_is_offered(dana: Viewer, sam: Viewer, noor: Viewer) -> None:
    _wait(noor)
    out_of_hours = make_appointment(sam, dana, datetime(2026, 3, 7, 10, tzinfo=UTC))
    cancel(dana, out_of_hours, NOW)
    too_soon = make_appointment(sam, dana, NOW + timedelta(minutes=45))
    cancel(dana, too_soon, NOW)
    too_far = make_appointment(sam, dana, AT + timedelta(days=28))
    cancel(dana, too_far, NOW)
    assert _held() == 0
    _freed(sam, dana)
    assert _held() == 1


def test_it_is_kept_no_longer_than_it_could_be_booked(dana: Viewer, sam: Viewer, noor: Viewer) -> None:
    """Freed two and a half hours before; an hour's notice is the therapist's."""
    _wait(noor)
    now = AT - timedelta(hours=2, minutes=30)
    _freed(sam, dana, now)
    assert [offer.held_until for offer in open_offers(noor, now)] == [AT - timedelta(hours=1)]


def test_how_long_is_the_clinics_rule(dana: Viewer, sam: Viewer, noor: Viewer) -> None:
    with db.unit_of_work() as session:
        session.add(BookingRules(id=1, offer_minutes=30))
    _wait(noor)
    _freed(sam, dana)
    assert [offer.held_until for offer in open_offers(noor, NOW)] == [NOW + timedelta(minutes=30)]


def test_one_waits_for_ones_own_therapists_or_one_of_them(
    dana: Viewer, sam: Viewer, noor: Viewer, bo: Viewer
) -> None:
    per = make_therapist("Per")
    _wait(noor)
    with pytest.raises(NotFound):
        _wait(bo, therapist=per)
    assign(bo, per)
    _wait(bo, therapist=per)
    lou = make_client("Lou", therapist=per)
    _wait(lou)
    _freed(sam, dana)
    assert [len(open_offers(one, NOW)) for one in (noor, bo, lou)] == [1, 0, 0]


def test_a_client_who_has_a_session_then_is_not_offered_it(dana: Viewer, sam: Viewer, noor: Viewer) -> None:
    per = make_therapist("Per")
    assign(noor, per)
    _wait(noor)
    made = book(sam, dana.public_id, AT, "k", NOW)
    make_appointment(noor, per, AT + timedelta(minutes=30))
    cancel(sam, made.public_id, NOW)
    assert _held() == 0


def test_whoever_gave_the_time_up_is_not_offered_it(dana: Viewer, sam: Viewer, noor: Viewer) -> None:
    _wait(sam)
    _freed(sam, dana)
    assert _held() == 0
    _wait(noor)
    _freed(sam, dana, NOW + timedelta(minutes=1))
    assert open_offers(sam, NOW + timedelta(minutes=1)) == []
    assert len(open_offers(noor, NOW + timedelta(minutes=1))) == 1


def test_the_mail_says_when_and_until_when(dana: Viewer, sam: Viewer) -> None:
    noor = make_client("Noor", email="noor@example.org", therapist=dana, zone="America/New_York")
    _wait(noor)
    postman.send_due(NOW)
    _freed(sam, dana)
    with db.reading() as session:
        [row] = [r for r in session.scalars(select(OutboxMail)) if r.recipient == "noor@example.org"]
    assert row.subject == "You have a message at Linden Practice"
    assert "Thursday 5 March 2026, 8:00 am (New York time)" in (row.body or "")
    assert "until 6:00 am on Monday 2 March 2026" in (row.body or "")
    assert "Dana" not in (row.body or "")


def test_a_new_wish_takes_the_place_of_the_one_before(dana: Viewer, noor: Viewer) -> None:
    _wait(noor)
    _wait(noor, therapist=dana, wish=("31", 9 * 60, 12 * 60))
    waiting = waiting_page(noor, NOW).waiting
    assert waiting is not None
    assert (waiting.weekdays, waiting.from_minute, waiting.until_minute) == ("13", 540, 720)
    assert waiting.therapist_name == "Dana"
    with db.reading() as session:
        current = select(func.count()).where(WaitingEntry.ended_at.is_(None))
        assert session.scalars(current).one() == 1


def test_leaving_gives_back_what_was_kept_for_oneself_alone(
    dana: Viewer, sam: Viewer, noor: Viewer, bo: Viewer
) -> None:
    lou = make_client("Lou", therapist=dana)
    _wait(noor)
    _wait(bo)
    _freed(sam, dana)
    leave(noor, NOW)
    assert waiting_page(noor, NOW).waiting is None
    assert _states(noor, NOW) == []
    assert AT not in _starts(lou, NOW)
    assert _states(bo, NOW) == [OfferState.OPEN]
    leave(bo, NOW)
    leave(bo, NOW)
    assert AT in _starts(lou, NOW)


def test_a_wish_that_nothing_meets_is_refused_and_the_one_before_stays(dana: Viewer, noor: Viewer) -> None:
    _wait(noor)
    with pytest.raises(InvalidInput):
        _wait(noor, wish=("", 0, 60))
    with pytest.raises(InvalidInput):
        _wait(noor, wish=("1", 600, 630))
    with pytest.raises(NotFound):
        join(noor, "no such kind", None, *EVER, NOW)
    waiting = waiting_page(noor, NOW).waiting
    assert waiting is not None
    assert waiting.weekdays == "0123456"


def test_nobody_waits_before_the_consent(dana: Viewer) -> None:
    kai = make_client("Kai", therapist=dana, consented=False)
    with pytest.raises(ConsentMissing):
        _wait(kai)
    with pytest.raises(ConsentMissing):
        waiting_page(kai, NOW)
    assert open_offers(kai, NOW) == []
