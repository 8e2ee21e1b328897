"""Offers as a state machine: whatever is booked, moved, cancelled, awaited and left in whatever order, each
client is offered exactly what is kept for them, and sees exactly what is free."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

import db
from clinic.errors import ClinicError
from clinic.scheduling.booking import book, cancel, move
from clinic.scheduling.offers import free_times
from clinic.scheduling.waiting import OfferState
from clinic.scheduling.waiting_list import join, leave, open_offers, waiting_page
from db.tables import SessionType
from tests.databases import Database
from tests.factories import NOW, make_client, make_clinic, make_therapist

TIMES = [datetime(2026, 3, 5, 9 + n, tzinfo=UTC) for n in range(3)]
KEPT = timedelta(hours=2)
clients, times = st.integers(0, 2), st.sampled_from(TIMES)


@dataclass
class Held:
    at: datetime
    until: datetime
    offered: set[int] = field(default_factory=set)
    taken_by: int | None = None


class Offers(RuleBasedStateMachine):
    """The model: who has which time, who waits, and what is kept until when for whom."""

    @initialize()
    def people(self) -> None:
        self.now, self.pressed = NOW, 0
        self.dana = make_therapist()
        self.who = [make_client(therapist=self.dana) for _ in range(3)]
        self.booked: dict[datetime, tuple[int, str]] = {}
        self.waiting: set[int] = set()
        self.held: list[Held] = []
        with db.reading() as session:
            self.kind = session.scalars(select(SessionType.public_id)).one()

    def _open(self, at: datetime) -> Held | None:
        kept = (h for h in self.held if h.at == at and self.now < h.until and h.taken_by is None)
        return next(kept, None)

    def _is_free_for(self, n: int, at: datetime) -> bool:
        held = self._open(at)
        return at not in self.booked and (held is None or n in held.offered)

    def _freed(self, at: datetime, by: int) -> None:
        if offered := self.waiting - {by}:
            self.held.append(Held(at, self.now + KEPT, set(offered)))

    @rule(n=clients, at=times)
    def books(self, n: int, at: datetime) -> None:
        self.pressed += 1
        free = self._is_free_for(n, at)
        try:
            made = book(self.who[n], self.dana.public_id, at, f"k{self.pressed}", self.now)
        except ClinicError:
            assert not free
            return
        assert free
        if held := self._open(at):
            held.taken_by = n
            self.waiting.discard(n)
        self.booked[at] = (n, made.public_id)

    @rule(at=times)
    def cancels(self, at: datetime) -> None:
        if at in self.booked:
            n, appointment = self.booked.pop(at)
            cancel(self.who[n], appointment, self.now)
            self._freed(at, n)

    @rule(at=times, to=times)
    def is_moved(self, at: datetime, to: datetime) -> None:
        if at in self.booked and to not in self.booked and self._open(to) is None:
            self.pressed += 1
            n, appointment = self.booked.pop(at)
            move(self.dana, appointment, to, f"m{self.pressed}", self.now)
            self.booked[to] = (n, appointment)
            self._freed(at, n)

    @rule(n=clients)
    def waits(self, n: int) -> None:
        join(self.who[n], self.kind, None, "0123456", 0, 24 * 60, self.now)
        self.waiting.add(n)

    @rule(n=clients)
    def leaves(self, n: int) -> None:
        leave(self.who[n], self.now)
        if n in self.waiting:
            self.waiting.remove(n)
            for held in self.held:
                if self.now < held.until and held.taken_by is None and n in held.offered:
                    held.offered.remove(n)
                    held.until = held.until if held.offered else self.now

    @rule(minutes=st.sampled_from([1, 59, 119, 120, 121]))
    def time_passes(self, minutes: int) -> None:
        # Never so far that the sessions come into reach of the hour's notice.
        if self.now + timedelta(minutes=minutes) < TIMES[0] - timedelta(hours=24):
            self.now += timedelta(minutes=minutes)

    @invariant()
    def each_is_offered_what_is_kept_for_them(self) -> None:
        for n, client in enumerate(self.who):
            kept = sorted(at for at in TIMES if (h := self._open(at)) and n in h.offered)
            assert [offer.starts_at for offer in open_offers(client, self.now)] == kept
            page = waiting_page(client, self.now)
            assert (page.waiting is not None) == (n in self.waiting)
            yours = {o.starts_at for o in page.offers if o.state is OfferState.YOURS}
            assert yours <= {at for at, (whose, _) in self.booked.items() if whose == n}

    @invariant()
    def each_sees_what_is_free_for_them(self) -> None:
        for n, client in enumerate(self.who):
            shown = {offer.starts_at for offer in free_times(client, self.now)} & set(TIMES)
            assert shown == {at for at in TIMES if self._is_free_for(n, at)}


@pytest.mark.timeout(300)
def test_offers_hold_in_any_order(database: Database) -> None:
    make_clinic()
    run_state_machine_as_test(
        Offers,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
