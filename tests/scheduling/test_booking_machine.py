"""Booking as a state machine: whatever is done in whatever order, the calendars are as a plain list says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

import db
from clinic.errors import (
    AlreadyMeeting,
    AppointmentChanged,
    ClinicError,
    Overlapping,
    SlotNotOffered,
    SlotTaken,
    TimeHeld,
    TooLateToCancel,
    TooLateToMove,
)
from clinic.people.viewer import Viewer
from clinic.scheduling.booking import book, book_for, cancel, move
from clinic.scheduling.offers import free_times
from clinic.scheduling.series_booking import book_series, plan_series
from db.tables import Appointment, AppointmentChange, HeldTime, SessionType, TimeOffer
from tests.databases import Database
from tests.factories import NOW, first_kind, make_client, make_clinic, make_therapist

HOUR, LONG = timedelta(hours=1), timedelta(minutes=50)
# The hours of two working days, and one in the evening outside them, as UTC.
TIMES = [datetime(2026, 3, day, hour, tzinfo=UTC) for day in (3, 4) for hour in (8, 9, 10, 18)]
EVENING = 18
REASON = "Both want it so"


@dataclass
class Meeting:
    """What the model keeps of an appointment."""

    public_id: str
    client: int
    starts_at: datetime
    sequence: int = 0
    booked: bool = True
    cancelled_by: str = ""
    overlapping: bool = False

    def meets(self, starts_at: datetime) -> bool:
        return self.booked and self.starts_at < starts_at + LONG and starts_at < self.starts_at + LONG


class Bookings(RuleBasedStateMachine):
    """Dana, who looks after two clients. All sessions last 50 minutes."""

    @initialize()
    def people(self) -> None:
        self.now, self.number = NOW, 0
        self.dana = make_therapist("Dana")
        self.clients = [make_client("Sam", therapist=self.dana), make_client("Noor", therapist=self.dana)]
        self.meetings: list[Meeting] = []
        # (start, held until, whose)
        self.held: list[tuple[datetime, datetime, int]] = []

    def _in_the_way(self, starts_at: datetime, but: Meeting | None = None) -> list[Meeting]:
        return [one for one in self.meetings if one is not but and one.meets(starts_at)]

    def _held_for(self, starts_at: datetime, client: int) -> bool:
        return any(at == starts_at and who == client for at, _, who in self._held_now())

    def _held_from(self, starts_at: datetime, client: int) -> bool:
        near = [(at, who) for at, _, who in self._held_now() if abs(at - starts_at) < LONG]
        return any(who != client for _, who in near)

    def _held_now(self) -> list[tuple[datetime, datetime, int]]:
        return [one for one in self.held if one[1] > self.now and one[0] > self.now]

    def _expected_of_client(
        self, client: int, starts_at: datetime, but: Meeting | None = None
    ) -> type[ClinicError] | None:
        offered = starts_at >= self.now + HOUR and starts_at.hour != EVENING
        if not offered and not self._held_for(starts_at, client):
            return SlotNotOffered
        way = self._in_the_way(starts_at, but)
        if any(one.client == client for one in way):
            return AlreadyMeeting
        return SlotTaken if way or self._held_from(starts_at, client) else None

    def _expected_of_staff(
        self, client: int, starts_at: datetime, reason: str, but: Meeting | None = None
    ) -> type[ClinicError] | None:
        if starts_at <= self.now:
            return SlotNotOffered
        way = self._in_the_way(starts_at, but)
        if any(one.client == client for one in way):
            return AlreadyMeeting
        if self._held_from(starts_at, client):
            return TimeHeld
        return Overlapping if way and not reason else None

    def _took(self, starts_at: datetime, client: int) -> None:
        self.held = [
            one for one in self.held if (one[0], one[2]) != (starts_at, client) or one[1] <= self.now
        ]

    def _key(self) -> str:
        self.number += 1
        return f"key-{self.number}"

    @rule(minutes=st.sampled_from([30, 60, 180, 600]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(client=st.integers(0, 1), at=st.sampled_from(TIMES), twice=st.booleans())
    def client_books(self, client: int, at: datetime, twice: bool) -> None:
        viewer, key = self.clients[client], self._key()
        expected = self._expected_of_client(client, at)
        if expected is not None:
            with pytest.raises(expected):
                book(viewer, self.dana.public_id, at, key, self.now)
            return
        made = book(viewer, self.dana.public_id, at, key, self.now)
        if twice:
            assert book(viewer, self.dana.public_id, at, key, self.now) == made
        self.meetings.append(Meeting(made.public_id, client, at))
        self._took(at, client)

    @rule(client=st.integers(0, 1), at=st.sampled_from(TIMES), reason=st.sampled_from(["", REASON]))
    def therapist_books(self, client: int, at: datetime, reason: str) -> None:
        asked = (self.clients[client].public_id, first_kind(), at, self._key(), self.now)
        expected = self._expected_of_staff(client, at, reason)
        if expected is not None:
            with pytest.raises(expected):
                book_for(self.dana, *asked, overlap_reason=reason)
            return
        overlapping = bool(self._in_the_way(at))
        made = book_for(self.dana, *asked, overlap_reason=reason)
        self.meetings.append(Meeting(made.public_id, client, at, overlapping=overlapping))
        self._took(at, client)

    @rule(
        data=st.data(),
        at=st.sampled_from(TIMES),
        by_client=st.booleans(),
        reason=st.sampled_from(["", REASON]),
    )
    def is_moved(self, data: st.DataObject, at: datetime, by_client: bool, reason: str) -> None:
        if not self.meetings:
            return
        one = data.draw(st.sampled_from(self.meetings))
        viewer = self.clients[one.client] if by_client else self.dana
        expected = self._expected_of_move(one, at, viewer, reason)
        key = self._key()
        if expected is not None:
            with pytest.raises(expected):
                move(viewer, one.public_id, at, key, self.now, overlap_reason=reason)
            return
        overlapping = not by_client and bool(self._in_the_way(at, one))
        moved = move(viewer, one.public_id, at, key, self.now, overlap_reason=reason)
        one.starts_at, one.sequence, one.overlapping = at, one.sequence + 1, overlapping
        assert moved.sequence == one.sequence
        self._took(at, one.client)

    def _expected_of_move(
        self, one: Meeting, at: datetime, viewer: Viewer, reason: str
    ) -> type[ClinicError] | None:
        if not one.booked:
            return AppointmentChanged
        if one.starts_at <= self.now:
            return TooLateToCancel
        if one.starts_at == at:
            return SlotNotOffered
        if viewer is self.dana:
            return self._expected_of_staff(one.client, at, reason, one)
        if self.now > one.starts_at - timedelta(days=1):
            return TooLateToMove
        return self._expected_of_client(one.client, at, one)

    @rule(data=st.data(), by_client=st.booleans())
    def is_cancelled(self, data: st.DataObject, by_client: bool) -> None:
        if not self.meetings:
            return
        one = data.draw(st.sampled_from(self.meetings))
        viewer = self.clients[one.client] if by_client else self.dana
        if one.booked and one.starts_at <= self.now:
            with pytest.raises(TooLateToCancel):
                cancel(viewer, one.public_id, self.now)
        elif not one.booked and one.cancelled_by != viewer.public_id:
            with pytest.raises(AppointmentChanged):
                cancel(viewer, one.public_id, self.now)
        else:
            late = by_client and one.booked and self.now > one.starts_at - timedelta(days=1)
            gone = cancel(viewer, one.public_id, self.now)
            assert gone.late == late or not one.booked
            if one.booked:
                one.booked, one.cancelled_by, one.sequence = False, viewer.public_id, one.sequence + 1

    @rule(client=st.integers(0, 1), at=st.sampled_from(TIMES))
    def a_series_is_booked(self, client: int, at: datetime) -> None:
        """Every week, twice: the second week's are there for every series to meet."""
        if at <= self.now:
            return
        key = self._key()
        plan = plan_series(self.dana, self.clients[client].public_id, first_kind(), at, 1, self.now, times=2)
        starts = [at, at + timedelta(weeks=1)]
        free = [s for s in starts if self._expected_of_staff(client, s, "") is None]
        assert [one.starts_at for one in plan.bookable] == free
        if not free:
            with pytest.raises(SlotNotOffered):
                book_series(self.dana, plan, key, self.now)
            return
        made = book_series(self.dana, plan, key, self.now)
        assert [a.starts_at for a in made] == free
        for a in made:
            self.meetings.append(Meeting(a.public_id, client, a.starts_at))
            self._took(a.starts_at, client)

    @rule(client=st.integers(0, 1), at=st.sampled_from(TIMES))
    def a_time_is_offered(self, client: int, at: datetime) -> None:
        """As the waiting list does with a time that became free."""
        near = any(abs(held - at) < LONG for held, _, _ in self._held_now())
        if at <= self.now or self._in_the_way(at) or near:
            return
        until = self.now + timedelta(hours=2)
        with db.unit_of_work() as session:
            held = HeldTime(
                therapist_id=self.dana.account_id,
                session_type_id=session.scalars(select(SessionType.id)).one(),
                starts_at=at,
                ends_at=at + LONG,
                held_until=until,
            )
            session.add(held)
            session.flush()
            whose = self.clients[client].account_id
            session.add(TimeOffer(held_time_id=held.id, client_id=whose, offered_at=self.now))
        self.held.append((at, until, client))

    @invariant()
    def the_database_says_what_the_list_says(self) -> None:
        if not hasattr(self, "meetings"):
            return
        with db.reading() as session:
            rows = session.execute(
                select(
                    Appointment.public_id,
                    Appointment.starts_at,
                    Appointment.sequence,
                    Appointment.status,
                    Appointment.overlap_allowed,
                ).where(Appointment.therapist_id == self.dana.account_id)
            ).all()
            changes = session.execute(
                select(AppointmentChange.appointment_id)
                .join(Appointment, Appointment.id == AppointmentChange.appointment_id)
                .where(Appointment.therapist_id == self.dana.account_id)
            ).all()
        assert sorted(map(tuple, rows)) == sorted(
            (
                one.public_id,
                one.starts_at,
                one.sequence,
                "booked" if one.booked else "cancelled",
                one.overlapping,
            )
            for one in self.meetings
        )
        assert len(changes) == len(self.meetings) + sum(one.sequence for one in self.meetings)

    @invariant()
    def exactly_what_can_be_booked_is_offered(self) -> None:
        if not hasattr(self, "meetings"):
            return
        for client, viewer in enumerate(self.clients):
            offered = {offer.starts_at for offer in free_times(viewer, self.now)}
            for at in TIMES:
                assert (at in offered) == (self._expected_of_client(client, at) is None)


def test_the_calendars_are_as_a_plain_list_says(database: Database) -> None:
    make_clinic()
    run_state_machine_as_test(
        Bookings,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        ),
    )
