"""Booking once, for one's own, at an offered time; and the database that refuses an overlap itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

import db
from clinic.errors import (
    AlreadyMeeting,
    ClinicError,
    ConsentMissing,
    NotFound,
    SlotNotOffered,
    TooLateToCancel,
)
from clinic.people.viewer import Viewer
from clinic.scheduling.appointments import coming, on_days, past
from clinic.scheduling.booking import book, book_for, cancel
from clinic.scheduling.offers import free_times
from db.tables import Appointment, Availability
from tests.databases import Database
from tests.factories import (
    NOW,
    assign,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_kind,
    make_therapist,
)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", therapist=dana)


def _rows() -> int:
    with db.reading() as session:
        return session.scalars(
            select(func.count()).select_from(Appointment).where(Appointment.status == "booked")
        ).one()


def test_an_offered_time_is_booked_once_however_often_it_is_sent(dana: Viewer, sam: Viewer) -> None:
    offer = free_times(sam, NOW)[0]
    booked = book(sam, offer.therapist_id, offer.starts_at, "key", NOW)
    again = book(sam, offer.therapist_id, offer.starts_at, "key", NOW)
    assert booked == again
    assert _rows() == 1
    assert offer.starts_at not in {o.starts_at for o in free_times(sam, NOW)}
    assert [a.public_id for a in coming(dana, NOW)] == [booked.public_id]


def test_a_time_that_is_not_offered_cannot_be_booked(dana: Viewer, sam: Viewer) -> None:
    offered = free_times(sam, NOW)
    good = offered[0].starts_at
    for starts_at in (
        NOW - timedelta(days=1),
        NOW,
        NOW + timedelta(minutes=30),
        good + timedelta(minutes=1),
        datetime(2026, 3, 7, 10, tzinfo=UTC),  # a Saturday
        offered[-1].starts_at + timedelta(days=7),
    ):
        with pytest.raises(SlotNotOffered):
            book(sam, dana.public_id, starts_at, "k", NOW)
    assert _rows() == 0
    book(sam, dana.public_id, good, "k", NOW)


def test_only_ones_own_therapist_can_be_booked(dana: Viewer, sam: Viewer) -> None:
    per = make_therapist("Per")
    starts_at = free_times(sam, NOW)[0].starts_at
    for therapist_id in (per.public_id, sam.public_id, "nobody", ""):
        with pytest.raises(NotFound):
            book(sam, therapist_id, starts_at, "k", NOW)
    book(sam, dana.public_id, starts_at, "k", NOW)


def test_a_client_without_a_therapist_gets_the_one_they_book(dana: Viewer) -> None:
    noor = make_client("Noor")
    make_therapist("Per")
    assert {offer.therapist_name for offer in free_times(noor, NOW)} == {"Dana Okafor", "Per"}
    starts_at = free_times(noor, NOW)[0].starts_at
    book(noor, dana.public_id, starts_at, "k", NOW)
    assert {offer.therapist_name for offer in free_times(noor, NOW)} == {"Dana Okafor"}


def test_nothing_is_offered_or_booked_before_the_consent(dana: Viewer) -> None:
    noor = make_client("Noor", therapist=dana, consented=False)
    with pytest.raises(ConsentMissing):
        free_times(noor, NOW)
    with pytest.raises(ConsentMissing):
        book(noor, dana.public_id, NOW + timedelta(hours=2), "k", NOW)
    assert _rows() == 0


def test_a_client_has_one_session_at_a_time(dana: Viewer, sam: Viewer) -> None:
    per = make_therapist("Per")
    assign(sam, per)
    starts_at = free_times(sam, NOW)[0].starts_at
    book(sam, dana.public_id, starts_at, "one", NOW)
    with pytest.raises(AlreadyMeeting):
        book(sam, per.public_id, starts_at, "two", NOW)
    assert _rows() == 1


@pytest.mark.parametrize("minutes", [-49, -1, 0, 1, 49])
@pytest.mark.parametrize("side", ["therapist", "client"])
def test_the_database_itself_refuses_an_overlap(dana: Viewer, sam: Viewer, minutes: int, side: str) -> None:
    noor, per = make_client("Noor"), make_therapist("Per")
    start = NOW + timedelta(days=1)
    make_appointment(sam, dana, start)
    other = (noor, dana) if side == "therapist" else (sam, per)
    with pytest.raises(IntegrityError):
        make_appointment(*other, start + timedelta(minutes=minutes))
    for free in (-50, 50):
        make_appointment(*other, start + timedelta(minutes=free))


def test_the_database_sees_the_longest_session_and_buffers_from_their_other_end(
    dana: Viewer, sam: Viewer
) -> None:
    """8 hours, 2 hours free before and after: what begins hours later or earlier still meets them."""
    noor, start = make_client("Noor", therapist=dana), NOW + timedelta(days=1)
    longest = make_kind(minutes=480, before=120, after=120)
    book_for(dana, sam.public_id, longest, start, "k", NOW)
    for free in (-171, 601):
        make_appointment(noor, dana, start + timedelta(minutes=free))
    for taken in (-169, 599):
        with pytest.raises(IntegrityError):
            make_appointment(make_client("Bo"), dana, start + timedelta(minutes=taken))


def test_the_database_refuses_an_overlap_made_by_moving_or_reviving(dana: Viewer, sam: Viewer) -> None:
    noor = make_client("Noor")
    start = NOW + timedelta(days=1)
    make_appointment(sam, dana, start)
    moved = make_appointment(noor, dana, start + timedelta(hours=2))
    gone = make_appointment(noor, dana, start, cancelled=True)
    with pytest.raises(IntegrityError), db.unit_of_work() as session:
        session.execute(text("UPDATE appointment SET status = 'booked' WHERE public_id = :id"), {"id": gone})
    with pytest.raises(IntegrityError), db.unit_of_work() as session:
        session.execute(
            update(Appointment)
            .where(Appointment.public_id == moved)
            .values(starts_at=start, ends_at=start + timedelta(minutes=50))
        )
    assert _rows() == 2


def test_cancelling_frees_the_time_once(dana: Viewer, sam: Viewer) -> None:
    offer = free_times(sam, NOW)[0]
    booked = book(sam, dana.public_id, offer.starts_at, "k", NOW)
    assert cancel(sam, booked.public_id, NOW).cancelled
    assert cancel(sam, booked.public_id, NOW + timedelta(hours=1)).cancelled
    assert coming(sam, NOW) == []
    assert [a.public_id for a in past(sam, NOW)] == [booked.public_id]
    noor = make_client("Noor", therapist=dana)
    book(noor, dana.public_id, offer.starts_at, "k", NOW)


def test_a_session_that_has_begun_is_not_cancelled(dana: Viewer, sam: Viewer) -> None:
    meeting = make_appointment(sam, dana, NOW)
    with pytest.raises(TooLateToCancel):
        cancel(sam, meeting, NOW)
    later = make_appointment(sam, dana, NOW + timedelta(hours=3))
    assert cancel(dana, later, NOW).cancelled


def test_another_persons_appointment_is_not_found(dana: Viewer, sam: Viewer) -> None:
    meeting = make_appointment(sam, dana, NOW + timedelta(days=1))
    for viewer in (make_client("Noor"), make_therapist("Per"), make_administrator()):
        with pytest.raises(NotFound):
            cancel(viewer, meeting, NOW)
    for viewer in (make_client("Bo"), make_therapist("Lo")):
        assert coming(viewer, NOW) == past(viewer, NOW) == []
    assert _rows() == 1
    assert cancel(dana, meeting, NOW).cancelled


def test_a_day_is_the_viewers_own(dana: Viewer) -> None:
    """New York's 8 March 2026 has 23 hours; what is at 11 pm there is another day in Vienna."""
    lou = make_therapist("Lou", zone="America/New_York")
    sam = make_client("Sam", therapist=lou)
    late = make_appointment(sam, lou, datetime(2026, 3, 9, 3, 0, tzinfo=UTC))  # 8 March, 11 pm
    first = make_appointment(sam, lou, datetime(2026, 3, 8, 5, 0, tzinfo=UTC))  # 8 March, midnight
    make_appointment(sam, lou, datetime(2026, 3, 9, 4, 0, tzinfo=UTC))  # 9 March, midnight
    make_appointment(sam, lou, datetime(2026, 3, 8, 4, 0, tzinfo=UTC))  # 7 March, 11 pm
    with db.reading() as session:
        found = [a.public_id for a in on_days(session, lou, date(2026, 3, 8))]
    assert found == [first, late]


def test_no_hours_means_no_times(dana: Viewer, sam: Viewer) -> None:
    assert free_times(sam, NOW)
    with db.unit_of_work() as session:
        session.query(Availability).delete()
    assert free_times(sam, NOW) == []
    with pytest.raises(ClinicError):
        book(sam, dana.public_id, NOW + timedelta(hours=2), "k", NOW)
