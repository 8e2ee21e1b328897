"""What staff and clients can do to an appointment, and what is refused, each beside its success."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

import db
from clinic.errors import (
    AlreadyMeeting,
    AppointmentChanged,
    InvalidInput,
    NotFound,
    Overlapping,
    RoomNotOpen,
    RoomTaken,
    SlotNotOffered,
    SlotTaken,
    TimeHeld,
    TooLateToCancel,
    TooLateToMove,
)
from clinic.people.viewer import Viewer
from clinic.scheduling.appointments import AppointmentView, coming, past
from clinic.scheduling.booking import book, book_for, cancel, clashes_at, move
from clinic.scheduling.offers import (
    bookable_types,
    free_times,
    free_times_of,
    public_free_times,
    times_to_move_to,
)
from clinic.scheduling.places import Clash
from clinic.video import visits
from db.tables import (
    Account,
    Appointment,
    AppointmentChange,
    ClinicRoom,
    HeldTime,
    HoursException,
    SessionType,
    TherapistOffers,
    TherapistProfile,
    TimeOffer,
    Visit,
)
from tests.databases import Database
from tests.factories import (
    NOW,
    assign,
    first_kind,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_kind,
    make_room,
    make_therapist,
    say_where,
    set_rules,
)

DAY = timedelta(days=1)
TOMORROW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)  # Tuesday, 10:00 in Vienna


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana Okafor")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", therapist=dana)


@pytest.fixture
def noor(dana: Viewer) -> Viewer:
    return make_client("Noor Haddad", therapist=dana)


def _starts(viewer: Viewer, kind: str | None = None, now: datetime = NOW) -> set[datetime]:
    return {offer.starts_at for offer in free_times(viewer, now, session_type_id=kind)}


def _booked(dana: Viewer, sam: Viewer, at: datetime = TOMORROW, key: str = "k") -> AppointmentView:
    return book(sam, dana.public_id, at, key, NOW)


def _row(public_id: str) -> Appointment:
    with db.reading() as session:
        return session.scalars(select(Appointment).where(Appointment.public_id == public_id)).one()


def _changes(public_id: str) -> list[str]:
    with db.reading() as session:
        rows = select(AppointmentChange.kind).join(
            Appointment, Appointment.id == AppointmentChange.appointment_id
        )
        return list(
            session.scalars(rows.where(Appointment.public_id == public_id).order_by(AppointmentChange.id))
        )


def _hold(
    dana: Viewer,
    at: datetime,
    *,
    offered_to: Viewer | None = None,
    until: datetime = NOW + timedelta(hours=2),
) -> int:
    with db.unit_of_work() as session:
        held = HeldTime(
            therapist_id=dana.account_id,
            session_type_id=session.scalars(select(SessionType.id).order_by(SessionType.id)).first(),
            starts_at=at,
            ends_at=at + timedelta(minutes=50),
            held_until=until,
        )
        session.add(held)
        session.flush()
        if offered_to is not None:
            session.add(TimeOffer(held_time_id=held.id, client_id=offered_to.account_id, offered_at=NOW))
        return held.id


# Moving


def test_a_client_moves_a_session_and_its_old_time_is_free_again(
    dana: Viewer, sam: Viewer, noor: Viewer
) -> None:
    made = _booked(dana, sam)
    later = TOMORROW + timedelta(hours=2)
    moved = move(sam, made.public_id, later, "m", NOW, sequence=0)
    assert (moved.public_id, moved.starts_at, moved.sequence) == (made.public_id, later, 1)
    assert moved.ends_at - moved.starts_at == made.ends_at - made.starts_at
    assert move(sam, made.public_id, later, "m", NOW, sequence=0) == moved, "the same submit, once"
    assert _changes(made.public_id) == ["booked", "moved"]
    assert TOMORROW in _starts(noor)
    assert later not in _starts(noor)
    book(noor, dana.public_id, TOMORROW, "k", NOW)


def test_a_session_is_not_in_its_own_way_when_it_moves_a_little(dana: Viewer, sam: Viewer) -> None:
    made = _booked(dana, sam)
    with db.unit_of_work() as session:  # the grid has 60 minutes; 30 on lies in the session itself
        session.add(
            HoursException(
                therapist_id=dana.account_id,
                kind="extra",
                starts_at=TOMORROW + timedelta(minutes=30),
                ends_at=TOMORROW + timedelta(minutes=90),
            )
        )
    half = TOMORROW + timedelta(minutes=30)
    assert half in {offer.starts_at for offer in times_to_move_to(sam, made.public_id, NOW)}
    assert TOMORROW not in {offer.starts_at for offer in times_to_move_to(sam, made.public_id, NOW)}
    assert move(sam, made.public_id, half, "m", NOW).starts_at == half


def test_a_client_moves_only_to_an_offered_time(dana: Viewer, sam: Viewer, noor: Viewer) -> None:
    made = _booked(dana, sam)
    taken = _booked(dana, noor, TOMORROW + timedelta(hours=1))
    for bad in (
        TOMORROW,
        NOW - DAY,
        NOW + timedelta(minutes=30),
        TOMORROW + timedelta(minutes=7),
        datetime(2026, 3, 7, 10, tzinfo=UTC),
        NOW + timedelta(days=60),
    ):
        with pytest.raises(SlotNotOffered):
            move(sam, made.public_id, bad, "m", NOW)
    with pytest.raises(SlotTaken) as lost:
        move(sam, made.public_id, taken.starts_at, "m", NOW)
    assert lost.value.nearest == tuple(TOMORROW + timedelta(hours=hours) for hours in (-1, 2, 3)), (
        "their own present time is none of them"
    )
    assert _row(made.public_id).starts_at == TOMORROW
    move(sam, made.public_id, lost.value.nearest[1], "m", NOW)


def test_a_session_that_was_cancelled_or_moved_meanwhile_is_not_moved(dana: Viewer, sam: Viewer) -> None:
    made, other = _booked(dana, sam), _booked(dana, sam, TOMORROW + timedelta(hours=3), "o")
    later = TOMORROW + timedelta(hours=5)
    cancel(dana, made.public_id, NOW)
    with pytest.raises(AppointmentChanged):
        move(sam, made.public_id, later, "m", NOW)
    with pytest.raises(AppointmentChanged):
        cancel(sam, made.public_id, NOW)
    move(dana, other.public_id, TOMORROW + timedelta(hours=4), "m", NOW)
    for act in (
        lambda: move(sam, other.public_id, later, "m", NOW, sequence=other.sequence),
        lambda: cancel(sam, other.public_id, NOW, sequence=other.sequence),
    ):
        with pytest.raises(AppointmentChanged):
            act()
    assert move(sam, other.public_id, later, "m2", NOW, sequence=1).starts_at == later


def test_after_the_clinics_limit_a_client_cannot_move_but_a_therapist_can(dana: Viewer, sam: Viewer) -> None:
    set_rules(change_until_minutes=120)
    made = _booked(dana, sam)
    limit = TOMORROW - timedelta(minutes=120)
    later = TOMORROW + timedelta(hours=4)
    assert made.change_until == limit
    with pytest.raises(TooLateToMove):
        move(sam, made.public_id, later, "m", limit + timedelta(seconds=1))
    assert move(sam, made.public_id, later, "m", limit).starts_at == later
    again = later + timedelta(minutes=7)
    assert move(dana, made.public_id, again, "n", later - timedelta(minutes=1)).starts_at == again
    with pytest.raises(TooLateToCancel):
        move(dana, made.public_id, later + DAY, "o", again)


def test_nobody_moves_another_persons_session(dana: Viewer, sam: Viewer, noor: Viewer) -> None:
    made = _booked(dana, sam)
    for viewer in (noor, make_therapist("Per"), make_administrator()):
        with pytest.raises(NotFound):
            move(viewer, made.public_id, TOMORROW + timedelta(hours=2), "m", NOW)
    assert _row(made.public_id).starts_at == TOMORROW
    move(sam, made.public_id, TOMORROW + timedelta(hours=2), "m", NOW)


def test_a_kind_that_only_staff_arrange_is_not_moved_by_its_client(dana: Viewer, sam: Viewer) -> None:
    kind = make_kind(bookable_by="staff")
    made = book_for(dana, sam.public_id, kind, TOMORROW, "k", NOW)
    for act in (
        lambda: move(sam, made.public_id, TOMORROW + timedelta(hours=2), "m", NOW),
        lambda: times_to_move_to(sam, made.public_id, NOW),
    ):
        with pytest.raises(SlotNotOffered):
            act()
    assert cancel(sam, made.public_id, NOW).cancelled


def test_who_was_let_in_for_the_old_time_waits_again_at_the_new_one(dana: Viewer, sam: Viewer) -> None:
    made = _booked(dana, sam)
    before = TOMORROW - timedelta(minutes=5)
    visits.enter(sam, made.public_id, before)
    say_where(sam, made.public_id, before)
    visits.admit(dana, made.public_id, before)
    move(dana, made.public_id, TOMORROW + timedelta(hours=3), "m", before)
    with db.reading() as session:
        visit = session.scalars(select(Visit)).one()
    assert (visit.admitted_at, visit.client_waiting_since, visit.confirmed_at) == (None, None, None)
    assert visit.place
    with pytest.raises(RoomNotOpen):
        visits.enter(sam, made.public_id, before)


# Cancelling


@pytest.mark.parametrize(("seconds", "late"), [(0, False), (1, True)])
def test_a_client_who_cancels_after_the_limit_is_late_and_a_therapist_never_is(
    dana: Viewer, sam: Viewer, seconds: int, late: bool
) -> None:
    made, other = _booked(dana, sam), _booked(dana, sam, TOMORROW + timedelta(hours=2), "o")
    moment = made.change_until + timedelta(seconds=seconds)
    gone = cancel(sam, made.public_id, moment)
    assert (gone.cancelled, gone.late, gone.sequence) == (True, late, 1)
    assert not cancel(dana, other.public_id, other.starts_at - timedelta(minutes=1)).late
    assert _changes(made.public_id) == ["booked", "cancelled"]
    assert {a.public_id: a.late for a in past(sam, moment)} == {made.public_id: late, other.public_id: False}


# What a therapist books


def test_a_therapist_books_outside_their_hours_but_never_in_the_past(dana: Viewer, sam: Viewer) -> None:
    kind = first_kind()
    sunday = datetime(2026, 3, 8, 19, 10, tzinfo=UTC)
    assert clashes_at(dana, sam.public_id, kind, sunday, NOW) == [Clash.OUTSIDE]
    made = book_for(dana, sam.public_id, kind, sunday, "k", NOW)
    assert book_for(dana, sam.public_id, kind, sunday, "k", NOW) == made
    assert [a.public_id for a in coming(sam, NOW)] == [made.public_id]
    for bad in (NOW, NOW - DAY, NOW + timedelta(days=4000), datetime(9999, 12, 30, tzinfo=UTC)):
        with pytest.raises(SlotNotOffered):
            book_for(dana, sam.public_id, kind, bad, "b", NOW)
    assert len(coming(sam, NOW)) == 1


def test_a_therapist_books_only_clients_they_look_after(dana: Viewer, sam: Viewer) -> None:
    per = make_therapist("Per")
    theirs, nobodys = make_client("Bo", therapist=per), make_client("Lo")
    for client in (theirs.public_id, nobodys.public_id, per.public_id, "nobody"):
        with pytest.raises(NotFound):
            book_for(dana, client, first_kind(), TOMORROW, "k", NOW)
    with pytest.raises(NotFound):
        book_for(dana, sam.public_id, "no kind", TOMORROW, "k", NOW)
    book_for(dana, sam.public_id, first_kind(), TOMORROW, "k", NOW)


@pytest.mark.parametrize("reason", ["", "short", "   nine      "])
def test_two_sessions_at_once_need_a_reason(dana: Viewer, sam: Viewer, noor: Viewer, reason: str) -> None:
    _booked(dana, sam)
    half = TOMORROW + timedelta(minutes=30)
    assert Clash.OWN in clashes_at(dana, noor.public_id, first_kind(), half, NOW)
    with pytest.raises(Overlapping):
        book_for(dana, noor.public_id, first_kind(), half, "k", NOW, overlap_reason=reason)
    why = "They come together for half of it"
    made = book_for(dana, noor.public_id, first_kind(), half, "k", NOW, overlap_reason=why)
    row = _row(made.public_id)
    assert (row.overlap_allowed, row.overlap_reason) == (True, why)
    alone = move(dana, made.public_id, half + timedelta(hours=3), "m", NOW)
    row = _row(alone.public_id)
    assert (row.overlap_allowed, row.overlap_reason) == (False, None), "it overlaps nothing now"
    with pytest.raises(Overlapping):
        move(dana, made.public_id, half, "back", NOW)
    assert move(dana, made.public_id, half, "back", NOW, overlap_reason=why).starts_at == half


def test_a_client_is_never_in_two_sessions_whatever_the_reason(dana: Viewer, sam: Viewer) -> None:
    per = make_therapist("Per")
    assign(sam, per)
    _booked(dana, sam)
    with pytest.raises(AlreadyMeeting):
        book_for(per, sam.public_id, first_kind(), TOMORROW, "k", NOW, overlap_reason="A reason of length")
    book_for(per, sam.public_id, first_kind(), TOMORROW + timedelta(minutes=50), "k", NOW)


# Kinds of session


def test_each_kind_is_offered_to_those_it_is_for(dana: Viewer, sam: Viewer) -> None:
    own, staffs = make_kind("Own", bookable_by="own_clients"), make_kind("Staff", bookable_by="staff")
    stranger = make_client("Lo")
    assert [kind.public_id for kind in bookable_types(sam)] == [first_kind(), own]
    assert [kind.public_id for kind in bookable_types(stranger)] == [first_kind()]
    for viewer, kind in ((sam, staffs), (stranger, own), (stranger, staffs), (sam, "nothing")):
        with pytest.raises(NotFound):
            free_times(viewer, NOW, session_type_id=kind)
        with pytest.raises(NotFound):
            book(viewer, dana.public_id, TOMORROW, "k", NOW, session_type_id=kind)
    assert book(sam, dana.public_id, TOMORROW, "k", NOW, session_type_id=own).session_type_id == own
    assert free_times_of(dana, staffs, TOMORROW.date(), TOMORROW.date(), NOW)


def test_a_therapist_offers_all_kinds_until_they_choose(dana: Viewer, sam: Viewer) -> None:
    other = make_kind("Other")
    with db.unit_of_work() as session:
        chosen = session.scalars(select(SessionType.id).where(SessionType.public_id == other)).one()
        session.add(TherapistOffers(therapist_id=dana.account_id, session_type_id=chosen))
    assert [kind.public_id for kind in bookable_types(sam)] == [other]
    with pytest.raises(NotFound):
        book(sam, dana.public_id, TOMORROW, "k", NOW, session_type_id=first_kind())
    assert book(sam, dana.public_id, TOMORROW, "k", NOW).session_type_id == other


def test_a_kind_that_ended_is_not_booked_any_more(dana: Viewer, sam: Viewer) -> None:
    other = make_kind("Other")
    assert other in {kind.public_id for kind in bookable_types(sam)}
    with db.unit_of_work() as session:
        session.execute(update(SessionType).where(SessionType.public_id == other).values(ended_at=NOW))
    for act in (
        lambda: book(sam, dana.public_id, TOMORROW, "k", NOW, session_type_id=other),
        lambda: book_for(dana, sam.public_id, other, TOMORROW, "k", NOW),
    ):
        with pytest.raises(NotFound):
            act()


def test_buffers_keep_the_therapist_free_and_the_database_holds_them(
    dana: Viewer, sam: Viewer, noor: Viewer
) -> None:
    buffered = make_kind("Buffered", before=15, after=15)
    made = book_for(dana, sam.public_id, buffered, TOMORROW + timedelta(minutes=50), "k", NOW)
    row = _row(made.public_id)
    assert (row.starts_at - row.blocks_from, row.blocks_until - row.ends_at) == (timedelta(minutes=15),) * 2
    assert TOMORROW not in _starts(noor), "its last minutes lie in the buffer"
    with pytest.raises(SlotTaken):
        _booked(dana, noor)
    with pytest.raises(Overlapping):
        book_for(dana, noor.public_id, first_kind(), TOMORROW, "n", NOW)
    with pytest.raises(IntegrityError):
        make_appointment(noor, dana, TOMORROW)
    book_for(dana, noor.public_id, first_kind(), TOMORROW - timedelta(minutes=15), "n", NOW)


# Limits


def test_a_therapists_own_limits_are_instead_of_the_clinics(dana: Viewer, sam: Viewer) -> None:
    set_rules(notice_minutes=24 * 60, horizon_days=10, daily_limit=1)
    assert min(_starts(sam)) >= NOW + DAY
    assert max(_starts(sam)) <= NOW + timedelta(days=10)
    _booked(dana, sam, min(_starts(sam)))
    assert not {at for at in _starts(sam) if at.date() == TOMORROW.date()}
    with pytest.raises(SlotTaken):
        _booked(dana, sam, TOMORROW + timedelta(hours=2), "two")
    with db.unit_of_work() as session:
        session.add(
            TherapistProfile(therapist_id=dana.account_id, notice_minutes=0, horizon_days=20, daily_limit=2)
        )
    assert min(_starts(sam)) < NOW + timedelta(hours=1)
    assert max(_starts(sam)) > NOW + timedelta(days=15)
    _booked(dana, sam, TOMORROW + timedelta(hours=2), "two")


def test_time_off_and_closures_are_not_offered_and_extra_hours_are(dana: Viewer, sam: Viewer) -> None:
    saturday = datetime(2026, 3, 7, 9, tzinfo=UTC)
    wednesday = TOMORROW + DAY
    assert {TOMORROW, wednesday} <= _starts(sam)
    hours = (
        (dana.account_id, "off", TOMORROW),
        (None, "off", wednesday),
        (dana.account_id, "extra", saturday),
    )
    with db.unit_of_work() as session:
        for whose, kind, at in hours:
            session.add(
                HoursException(therapist_id=whose, kind=kind, starts_at=at, ends_at=at + timedelta(hours=1))
            )
    assert not {TOMORROW, wednesday} & _starts(sam)
    assert saturday in _starts(sam)
    for at in (TOMORROW, wednesday):
        with pytest.raises(SlotNotOffered):
            _booked(dana, sam, at)
        assert clashes_at(dana, sam.public_id, first_kind(), at, NOW) == [Clash.OFF]
    _booked(dana, sam, saturday)


# Rooms


def test_a_session_in_person_gets_the_first_free_room(dana: Viewer, sam: Viewer, noor: Viewer) -> None:
    kind = make_kind("In person", modality="in_person")
    per = make_therapist("Per")
    assign(noor, per)
    assert _starts(sam, kind) == set(), "no room, no session"
    make_room("Oak")
    made = book(sam, dana.public_id, TOMORROW, "k", NOW, session_type_id=kind)
    assert (made.modality, made.room_name) == ("in_person", "Oak")
    assert not made.room_is_open(TOMORROW)
    with pytest.raises(RoomNotOpen):
        visits.enter(sam, made.public_id, TOMORROW)
    with pytest.raises(RoomTaken):
        book(noor, per.public_id, TOMORROW, "k", NOW, session_type_id=kind)
    make_room("Elm")
    second = book(noor, per.public_id, TOMORROW, "k", NOW, session_type_id=kind)
    assert second.room_name == "Elm"


def test_a_therapist_chooses_the_room_and_the_database_refuses_a_second_meeting_in_it(
    dana: Viewer, sam: Viewer, noor: Viewer
) -> None:
    kind = make_kind("In person", modality="in_person")
    make_room("Oak")
    elm = make_room("Elm")
    made = book_for(dana, sam.public_id, kind, TOMORROW, "k", NOW, room_id=elm)
    assert made.room_name == "Elm"
    per = make_therapist("Per")
    assign(noor, per)
    with pytest.raises(RoomTaken):
        book_for(per, noor.public_id, kind, TOMORROW, "k", NOW, room_id=elm)
    with pytest.raises(NotFound):
        book_for(per, noor.public_id, kind, TOMORROW, "k", NOW, room_id="no room")
    with pytest.raises(InvalidInput):
        book_for(per, noor.public_id, first_kind(), TOMORROW, "k", NOW, room_id=elm)
    other = book_for(per, noor.public_id, kind, TOMORROW, "k", NOW)
    assert other.room_name == "Oak"
    with db.reading() as session:
        room = session.scalars(select(ClinicRoom.id).where(ClinicRoom.public_id == elm)).one()
    into_elm = update(Appointment).where(Appointment.public_id == other.public_id).values(room_id=room)
    with pytest.raises(IntegrityError), db.unit_of_work() as session:
        session.execute(into_elm)


# Held times


def test_a_held_time_is_there_only_for_those_it_was_offered_to(
    dana: Viewer, sam: Viewer, noor: Viewer
) -> None:
    held = _hold(dana, TOMORROW, offered_to=sam)
    assert TOMORROW in _starts(sam)
    assert TOMORROW not in _starts(noor)
    with db.reading() as session:
        assert TOMORROW not in {offer.starts_at for offer in public_free_times(session, NOW)}
    with pytest.raises(SlotTaken):
        _booked(dana, noor)
    with pytest.raises(TimeHeld):
        book_for(dana, noor.public_id, first_kind(), TOMORROW, "k", NOW)
    _booked(dana, sam)
    with db.reading() as session:
        assert session.get_one(HeldTime, held).taken_at == NOW


def test_a_held_time_is_everybodys_again_afterwards(dana: Viewer, sam: Viewer, noor: Viewer) -> None:
    _hold(dana, TOMORROW, offered_to=sam)
    after = NOW + timedelta(hours=2)
    assert TOMORROW in _starts(noor, now=after)
    book(noor, dana.public_id, TOMORROW, "k", after)
    with pytest.raises(SlotTaken):
        book(sam, dana.public_id, TOMORROW, "k", after)


def test_an_offered_time_can_be_booked_after_the_notice_and_outside_the_hours(
    dana: Viewer, sam: Viewer
) -> None:
    soon = NOW + timedelta(minutes=20)
    with pytest.raises(SlotNotOffered):
        _booked(dana, sam, soon)
    _hold(dana, soon, offered_to=sam)
    assert soon in _starts(sam)
    assert _booked(dana, sam, soon).starts_at == soon


# A lost race


def test_who_was_slower_is_told_the_nearest_other_times(dana: Viewer, sam: Viewer, noor: Viewer) -> None:
    _booked(dana, sam)
    with pytest.raises(SlotTaken) as lost:
        _booked(dana, noor)
    assert lost.value.sentence.startswith("That time was just taken.")
    assert lost.value.nearest == tuple(TOMORROW + timedelta(hours=hours) for hours in (-1, 1, 2))
    assert set(lost.value.nearest) <= _starts(noor)
    book(noor, dana.public_id, lost.value.nearest[0], "k", NOW)


def test_a_closed_account_is_not_booked(dana: Viewer, sam: Viewer) -> None:
    with db.unit_of_work() as session:
        session.execute(update(Account).where(Account.id == sam.account_id).values(disabled_at=NOW))
    with pytest.raises(NotFound):
        book_for(dana, sam.public_id, first_kind(), TOMORROW, "k", NOW)
