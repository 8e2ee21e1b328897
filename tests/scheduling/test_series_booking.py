"""A series: what clashes is said before anything is written, and what was seen is what is booked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

import db
from clinic.errors import InvalidInput, NotFound, SeriesChanged, SlotNotOffered
from clinic.people.viewer import Viewer
from clinic.scheduling.appointments import coming
from clinic.scheduling.booking import book_for, cancel
from clinic.scheduling.places import Clash
from clinic.scheduling.series_booking import SeriesPlan, book_series, cancel_rest, plan_series
from db.tables import Appointment, AppointmentChange, AppointmentSeries, HoursException
from tests.databases import Database
from tests.factories import NOW, first_kind, make_client, make_clinic, make_therapist

FIRST = datetime(2026, 3, 17, 9, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Vienna, before the clocks change
WEEK = timedelta(weeks=1)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam", therapist=dana)


def _plan(dana: Viewer, sam: Viewer, times: int = 4) -> SeriesPlan:
    return plan_series(dana, sam.public_id, first_kind(), FIRST, 1, NOW, times=times)


def _rows() -> tuple[int, ...]:
    with db.reading() as session:
        tables = (Appointment, AppointmentChange, AppointmentSeries)
        return tuple(session.scalars(select(func.count()).select_from(table)).one() for table in tables)


def _off(dana: Viewer | None, at: datetime) -> None:
    with db.unit_of_work() as session:
        session.add(
            HoursException(
                therapist_id=dana.account_id if dana else None,
                kind="off",
                starts_at=at,
                ends_at=at + timedelta(days=1),
            )
        )


def test_a_plan_says_what_clashes_and_writes_nothing(dana: Viewer, sam: Viewer) -> None:
    noor = make_client("Noor", therapist=dana)
    _off(dana, FIRST + WEEK - timedelta(hours=5))
    # The clocks have gone forward: 10:00 in Vienna is an hour earlier.
    third = FIRST + 2 * WEEK - timedelta(hours=1)
    book_for(dana, noor.public_id, first_kind(), third, "n", NOW)
    before = _rows()
    plan = _plan(dana, sam)
    assert [one.clash for one in plan.sessions] == [None, Clash.OFF, Clash.OWN, None]
    assert [one.starts_at for one in plan.bookable] == [FIRST, third + WEEK]
    assert _rows() == before


def test_a_series_over_the_clock_change_is_booked_at_one_time_of_the_wall(dana: Viewer, sam: Viewer) -> None:
    made = book_series(dana, _plan(dana, sam), "s", NOW)
    assert [a.starts_at for a in made] == [
        FIRST,
        FIRST + WEEK,
        FIRST + 2 * WEEK - timedelta(hours=1),
        FIRST + 3 * WEEK - timedelta(hours=1),
    ]
    assert len({a.series for a in made} - {None}) == 1
    assert coming(sam, NOW) == made
    assert book_series(dana, _plan_again(dana, sam, made[0].starts_at), "s", NOW) == made, "once"
    assert _rows() == (4, 4, 1)


def _plan_again(dana: Viewer, sam: Viewer, first: datetime) -> SeriesPlan:
    """As a second click sends it: the same plan, whatever lies there by now."""
    return plan_series(dana, sam.public_id, first_kind(), first, 1, NOW, times=4)


def test_a_skipped_time_is_left_out_and_said(dana: Viewer, sam: Viewer) -> None:
    night = datetime(2026, 3, 22, 1, 30, tzinfo=UTC)  # 2:30 in Vienna, a week before 2:30 is skipped
    plan = plan_series(dana, sam.public_id, first_kind(), night, 1, NOW, times=3)
    assert [one.clash for one in plan.sessions] == [None, Clash.SKIPPED, None]
    made = book_series(dana, plan, "s", NOW)
    assert [a.starts_at for a in made] == [night, night + 2 * WEEK - timedelta(hours=1)]


def test_being_outside_the_hours_is_said_and_booked_all_the_same(dana: Viewer, sam: Viewer) -> None:
    evening = FIRST + timedelta(hours=10)
    plan = plan_series(dana, sam.public_id, first_kind(), evening, 1, NOW, times=2)
    assert [one.clashes for one in plan.sessions] == [(Clash.OUTSIDE,)] * 2
    assert len(book_series(dana, plan, "s", NOW)) == 2


def test_clashes_are_left_out_or_nothing_is_booked(dana: Viewer, sam: Viewer) -> None:
    _off(None, FIRST + WEEK - timedelta(hours=5))
    plan, before = _plan(dana, sam), _rows()
    assert [one.clash for one in plan.left_out] == [Clash.OFF]
    with pytest.raises(SlotNotOffered):
        book_series(dana, plan, "s", NOW, without_clashes=False)
    assert _rows() == before
    assert len(book_series(dana, plan, "s", NOW)) == 3


def test_what_changed_since_it_was_seen_books_nothing(dana: Viewer, sam: Viewer) -> None:
    noor = make_client("Noor", therapist=dana)
    plan = _plan(dana, sam)
    between = book_for(dana, noor.public_id, first_kind(), FIRST + WEEK, "n", NOW)
    before = _rows()
    with pytest.raises(SeriesChanged):
        book_series(dana, plan, "s", NOW)
    assert _rows() == before
    cancel(dana, between.public_id, NOW)
    assert len(book_series(dana, plan, "s", NOW)) == 4


def test_a_forged_plan_books_nothing(dana: Viewer, sam: Viewer) -> None:
    noor = make_client("Noor", therapist=dana)
    book_for(dana, noor.public_id, first_kind(), FIRST, "n", NOW)
    plan = _plan(dana, sam)
    free = replace(plan, sessions=tuple(replace(one, clashes=()) for one in plan.sessions))
    with pytest.raises(SeriesChanged):
        book_series(dana, free, "s", NOW)
    strangers = make_client("Bo", therapist=make_therapist("Per"))
    with pytest.raises(NotFound):
        book_series(dana, replace(plan, client_id=strangers.public_id), "s", NOW)
    assert len(book_series(dana, plan, "s", NOW)) == 3


@pytest.mark.parametrize("days", [-1, 4000])
def test_a_series_begins_in_the_time_to_come(dana: Viewer, sam: Viewer, days: int) -> None:
    with pytest.raises(InvalidInput):
        plan_series(dana, sam.public_id, first_kind(), NOW + timedelta(days=days), 1, NOW, times=2)
    assert plan_series(dana, sam.public_id, first_kind(), NOW + WEEK, 1, NOW, times=2).bookable


def test_when_every_session_clashes_there_is_no_series(dana: Viewer, sam: Viewer) -> None:
    for week in range(2):
        _off(dana, FIRST + week * WEEK - timedelta(hours=5))
    with pytest.raises(SlotNotOffered):
        book_series(dana, _plan(dana, sam, times=2), "s", NOW)
    assert _rows() == (0, 0, 0)
    assert book_series(dana, _plan(dana, sam, times=3), "s", NOW)


def test_the_rest_of_a_series_is_cancelled_from_one_session_on(dana: Viewer, sam: Viewer) -> None:
    made = book_series(dana, _plan(dana, sam), "s", NOW)
    single = book_for(dana, sam.public_id, first_kind(), FIRST + timedelta(days=9), "o", NOW)
    gone = cancel_rest(dana, made[2].public_id, NOW)
    assert [a.public_id for a in gone] == [a.public_id for a in made[2:]]
    assert [a.public_id for a in coming(sam, NOW)] == [made[0].public_id, made[1].public_id, single.public_id]
    for viewer, appointment in ((dana, single), (make_therapist("Per"), made[0]), (sam, made[0])):
        with pytest.raises(NotFound):
            cancel_rest(viewer, appointment.public_id, NOW)
    assert len(cancel_rest(dana, made[0].public_id, NOW)) == 2
