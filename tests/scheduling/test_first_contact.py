"""A newcomer chooses a time, signs up, signs the consent and books it; and what is in the way of misuse."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

import db
from clinic.errors import (
    ConsentMissing,
    InvalidInput,
    NotFound,
    SlotTaken,
    TooManyGuesses,
    TooManyHeld,
)
from clinic.intake import consent
from clinic.people import links
from clinic.people.viewer import Role, Viewer
from clinic.scheduling import first_contact
from clinic.scheduling.booking import book
from clinic.scheduling.catalog import BookableBy, TypeDraft, add_type, save_rules
from clinic.scheduling.closures import add_closure
from clinic.scheduling.directory import directory, public_directory
from clinic.scheduling.first_contact import Newcomer, keep_time, kept_time, public_times
from clinic.scheduling.offers import Offer, free_times
from clinic.scheduling.profiles import Profile, own_profile, save_profile
from clinic.scheduling.rules import Rules
from db.tables import Account, HeldTime, OutboxMail
from tests.databases import Database
from tests.factories import (
    NOW,
    PASSWORD,
    ZONE,
    make_administrator,
    make_client,
    make_clinic,
    make_therapist,
    sign_required,
)

NEW = Newcomer("Bo Lind", "bo@example.org", ZONE)
PROFILE = Profile(helps_with=("Worry",), languages=("English",), licensed_in=("Vienna",), listed=True)
OPEN = Rules(first_contact=True)


@pytest.fixture
def ada(database: Database) -> Viewer:
    make_clinic()
    return make_administrator("Ada Min")


@pytest.fixture
def dana(ada: Viewer) -> Viewer:
    """Listed, at a clinic where newcomers may choose a time first."""
    save_rules(ada, OPEN, NOW)
    return _listed("Dana Okafor")


def _listed(name: str) -> Viewer:
    viewer = make_therapist(name)
    save_profile(viewer, PROFILE, own_profile(viewer).offers, NOW)
    return viewer


def _times(therapist: Viewer, now: datetime = NOW) -> list[Offer]:
    return public_times(therapist.public_id, now)


def _mails() -> list[tuple[str | None, str | None]]:
    with db.reading() as session:
        return [(m.recipient, m.body) for m in session.scalars(select(OutboxMail).order_by(OutboxMail.id))]


def _viewer(email: str = NEW.email) -> Viewer:
    with db.reading() as session:
        account = session.scalars(select(Account).where(Account.email == email)).one()
    return Viewer(account.id, account.public_id, Role(account.role), account.name, account.zone, 0)


def _current(now: datetime = NOW) -> int:
    with db.reading() as session:
        return session.scalars(
            select(func.count()).select_from(HeldTime).where(HeldTime.held_until > now)
        ).one()


def test_where_the_clinic_does_not_offer_it_everything_says_not_found(ada: Viewer) -> None:
    dana = _listed("Dana")
    offer = Offer(dana.public_id, "", "", NOW, NOW, "", "", "", 50)
    assert not first_contact.is_open()
    for act in (
        lambda: _times(dana),
        lambda: keep_time(offer, NEW, NOW),
        lambda: public_directory(NOW, timedelta()),
    ):
        with pytest.raises(NotFound):
            act()
    save_rules(ada, OPEN, NOW)
    assert first_contact.is_open()
    assert _times(dana)
    assert [one.name for one in public_directory(NOW, timedelta()).listed] == ["Dana"]


def test_a_newcomer_keeps_a_time_signs_up_and_books_it(dana: Viewer) -> None:
    chosen = _times(dana)[20]
    until = keep_time(chosen, NEW, NOW)
    assert until == NOW + timedelta(hours=24)
    ((recipient, body),) = _mails()
    assert recipient == NEW.email
    assert body is not None
    assert "Okafor" not in body
    token = body.split("link=")[1].split()[0]
    links.accept(token, PASSWORD, ZONE, NOW)
    bo = _viewer()
    kept = kept_time(bo, NOW)
    assert kept is not None
    assert (kept.therapist_name, kept.starts_at, kept.held_until) == ("Dana Okafor", chosen.starts_at, until)
    with pytest.raises(ConsentMissing):
        book(bo, kept.therapist_id, kept.starts_at, "k", NOW, session_type_id=kept.session_type_id)
    consent.keep_born(bo, "5/6/1991", NOW)
    sign_required(bo)
    book(bo, kept.therapist_id, kept.starts_at, "k", NOW, session_type_id=kept.session_type_id)
    assert kept_time(bo, NOW) is None


def test_a_kept_time_is_nobody_elses_until_it_is_given_back(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    chosen = _times(dana)[20]
    until = keep_time(chosen, NEW, NOW)
    assert chosen not in _times(dana)
    assert chosen.starts_at not in {offer.starts_at for offer in free_times(sam, NOW)}
    assert kept_time(sam, NOW) is None
    assert chosen.starts_at in {offer.starts_at for offer in _times(dana, until)}
    assert kept_time(_viewer(), until) is None


def test_a_time_is_kept_no_longer_than_it_can_be_booked(dana: Viewer) -> None:
    first = _times(dana)[0]
    until = keep_time(first, NEW, NOW)
    assert until == first.starts_at - timedelta(hours=1)  # the clinic's notice
    assert until - NOW >= first_contact.KEPT_LEAST


def test_only_what_anybody_may_book_is_offered(ada: Viewer, dana: Viewer) -> None:
    add_type(ada, TypeDraft("Own", 20, bookable_by=BookableBy.OWN_CLIENTS), NOW)
    add_type(ada, TypeDraft("Review", 20, bookable_by=BookableBy.STAFF), NOW)
    add_type(ada, TypeDraft("First talk", 20), NOW)
    assert {offer.session_type_name for offer in _times(dana)} == {"Video session", "First talk"}


def test_only_listed_therapists_are_there(dana: Viewer) -> None:
    per = make_therapist("Per")
    with pytest.raises(NotFound):
        _times(per)
    with pytest.raises(NotFound):
        keep_time(replace(_times(dana)[0], therapist_id=per.public_id), NEW, NOW)
    assert [one.name for one in public_directory(NOW, timedelta()).listed] == ["Dana Okafor"]


def test_the_answer_is_the_same_for_an_email_that_has_an_account(dana: Viewer) -> None:
    known = make_client("Known", email="known@example.org")
    one, other = _times(dana)[20:22]
    assert keep_time(one, NEW, NOW) == keep_time(other, replace(NEW, email=" KNOWN@example.org "), NOW)
    left = {offer.starts_at for offer in _times(dana)}
    assert not left & {one.starts_at, other.starts_at}
    (to_new, first), (to_known, second) = _mails()
    assert (to_new, to_known) == (NEW.email, "known@example.org")
    assert "link=" in str(first)
    assert "link=" not in str(second)
    kept = kept_time(known, NOW)
    assert kept is not None
    assert kept.starts_at == other.starts_at


def test_a_client_in_another_therapists_care_is_not_shown_what_they_cannot_book(dana: Viewer) -> None:
    noor = make_client("Noor", email="noor@example.org", therapist=make_therapist("Per"))
    keep_time(_times(dana)[20], replace(NEW, email="noor@example.org"), NOW)
    assert kept_time(noor, NOW) is None


def test_a_newcomer_has_one_time_and_the_same_choice_again_is_once(dana: Viewer) -> None:
    times = _times(dana)
    assert keep_time(times[20], NEW, NOW) == keep_time(times[20], NEW, NOW + timedelta(minutes=5))
    assert len(_mails()) == 1
    keep_time(times[22], NEW, NOW + timedelta(minutes=6))
    assert _current(NOW + timedelta(minutes=7)) == 1
    kept = kept_time(_viewer(), NOW + timedelta(minutes=7))
    assert kept is not None
    assert kept.starts_at == times[22].starts_at
    # The link of the mail before is replaced.
    assert len(_mails()) == 2


def test_a_therapist_keeps_only_a_few_times(dana: Viewer) -> None:
    times = _times(dana)
    for n in range(first_contact.MOST_FOR_ONE_THERAPIST):
        keep_time(times[n * 2], replace(NEW, email=f"bo-{n}@example.org"), NOW)
    with pytest.raises(TooManyHeld):
        keep_time(times[10], NEW, NOW)
    assert len(_mails()) == first_contact.MOST_FOR_ONE_THERAPIST
    with db.reading() as session:
        assert session.scalars(select(Account).where(Account.email == NEW.email)).first() is None
    per = _listed("Per")
    keep_time(_times(per)[10], NEW, NOW)


def test_one_address_cannot_ask_on_and_on_and_neither_can_everybody(dana: Viewer) -> None:
    times = _times(dana)

    def ask(n: int, address: str) -> None:
        keep_time(times[20], replace(NEW, email="bo@example.org"), NOW, address=address)

    for n in range(10):
        ask(n, "203.0.113.7")
    with pytest.raises(TooManyGuesses):
        ask(10, "203.0.113.7")
    for n in range(20):
        ask(n, f"203.0.113.{n + 10}")
    with pytest.raises(TooManyGuesses):
        ask(31, "203.0.113.99")
    later = NOW + timedelta(minutes=16)
    keep_time(times[20], NEW, later, address="203.0.113.7")


@pytest.mark.parametrize(
    ("newcomer", "field"),
    [
        (replace(NEW, name=" "), "person"),
        (replace(NEW, name="a\x00"), "person"),
        (replace(NEW, email="nowhere"), "email"),
        (replace(NEW, email="a\x00@example.org"), "email"),
        (replace(NEW, zone="Europe/Atlantis"), "zone"),
    ],
)
def test_what_cannot_be_kept_of_a_newcomer_is_said(dana: Viewer, newcomer: Newcomer, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        keep_time(_times(dana)[20], newcomer, NOW)
    assert list(caught.value.fields) == [field]
    assert (_mails(), _current()) == ([], 0)


def test_a_time_that_is_not_offered_is_not_kept(ada: Viewer, dana: Viewer) -> None:
    offered = _times(dana)
    for starts_at in (NOW, NOW - timedelta(days=1), offered[0].starts_at + timedelta(minutes=1)):
        with pytest.raises(SlotTaken):
            keep_time(replace(offered[0], starts_at=starts_at), NEW, NOW)
    add_closure(ada, "Works", NOW.date(), NOW.date(), NOW)
    with pytest.raises(SlotTaken):
        keep_time(offered[0], NEW, NOW)
    assert (_mails(), _current()) == ([], 0)


def test_of_many_newcomers_at_once_one_keeps_the_time(dana: Viewer) -> None:
    chosen = _times(dana)[20]
    kept: list[datetime] = []
    others: list[BaseException] = []

    def ask(n: int) -> None:
        try:
            kept.append(keep_time(chosen, replace(NEW, email=f"bo-{n}@example.org"), NOW))
        except BaseException as error:
            others.append(error)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 1
    assert {type(error) for error in others} == {SlotTaken}
    assert _current() == 1


def test_one_newcomer_who_asks_two_therapists_at_once_keeps_one_time(dana: Viewer) -> None:
    per = _listed("Per")
    offers = [_times(dana)[20], _times(per)[24]]
    failed: list[BaseException] = []

    def ask(offer: Offer) -> None:
        try:
            keep_time(offer, NEW, NOW)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=ask, args=(offer,)) for offer in offers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert _current() == 1


def test_nobody_is_mailed_at_a_closed_account(dana: Viewer) -> None:
    make_client("Gone", email="gone@example.org")
    with db.unit_of_work() as session:
        session.execute(update(Account).where(Account.email == "gone@example.org").values(disabled_at=NOW))
    keep_time(_times(dana)[20], replace(NEW, email="gone@example.org"), NOW)
    assert _mails() == []


def test_a_client_finds_the_listed_with_the_times_at_which_they_are_free_themselves(dana: Viewer) -> None:
    per, sam = _listed("Per"), make_client("Sam")
    found = directory(sam, NOW)
    assert [one.name for one in found.candidates] == ["Dana Okafor", "Per"]
    assert found.bookable == {dana.public_id, per.public_id}
    first = found.candidates[0].free[0]
    book(sam, per.public_id, first, "k", NOW)
    again = directory(sam, NOW)
    assert first not in again.candidates[0].free
    assert again.bookable == {per.public_id}
    assert again.in_care_of == ("Per",)


def test_the_clocks_change_and_the_wall_clock_stays(dana: Viewer) -> None:
    before = datetime.combine(date(2026, 3, 26), NOW.timetz())
    starts = {offer.starts_at for offer in _times(dana, before)}
    friday, monday = date(2026, 3, 27), date(2026, 3, 30)
    assert min(at for at in starts if at.date() == friday).hour == 8  # 9:00 in Vienna, UTC+1
    assert min(at for at in starts if at.date() == monday).hour == 7  # 9:00 in Vienna, UTC+2
