"""Sign-ins as a state machine: whatever is done in whatever order, exactly the right cookies let in."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from clinic.errors import NotSignedIn
from clinic.people import accounts, own_account, sign_in
from clinic.people.viewer import Role, Viewer
from tests.databases import Database
from tests.factories import NOW, cookie_of, make_administrator, make_client, make_clinic, make_therapist

LASTS = timedelta(hours=sign_in.SIGN_IN_HOURS)


class SignIns(RuleBasedStateMachine):
    """The model: for each cookie its person, its start, the last sign of life, and whether it was ended."""

    @initialize()
    def people(self) -> None:
        self.now = NOW
        self.ada = make_administrator()
        self.who = [make_client(), make_therapist()]
        self.closed: set[int] = set()
        self.cookies: list[tuple[str, Viewer, datetime]] = []
        self.seen: dict[str, datetime] = {}
        self.ended: set[str] = set()

    def _good(self, token: str) -> bool:
        viewer, started = next((v, at) for t, v, at in self.cookies if t == token)
        idle = self.now - self.seen[token] < sign_in.IDLE[viewer.role]
        alive = token not in self.ended and viewer.account_id not in self.closed
        return alive and idle and self.now < started + LASTS

    def _viewer(self, token: str, *, active: bool = True) -> Viewer | None:
        try:
            return sign_in.viewer_for(token, self.now, active=active)
        except NotSignedIn:
            return None

    @rule(n=st.integers(0, 1))
    def signs_in(self, n: int) -> None:
        token = cookie_of(self.who[n], self.now)
        self.cookies.append((token, self.who[n], self.now))
        self.seen[token] = self.now

    @rule(minutes=st.sampled_from([1, 7, 14, 15, 16, 29, 30, 200]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(data=st.data())
    def does_something(self, data: st.DataObject) -> None:
        if not self.cookies:
            return
        token = data.draw(st.sampled_from([t for t, _, _ in self.cookies]))
        good = self._good(token)
        assert (self._viewer(token) is not None) == good
        # Written down once a minute.
        if good and self.now - self.seen[token] >= timedelta(minutes=1):
            self.seen[token] = self.now

    @rule(data=st.data())
    def signs_out(self, data: st.DataObject) -> None:
        if not self.cookies:
            return
        token = data.draw(st.sampled_from([t for t, _, _ in self.cookies]))
        viewer = self._viewer(token, active=False)
        if viewer is not None:
            sign_in.sign_out(viewer, self.now)
            self.ended.add(token)

    @rule(data=st.data())
    def signs_out_elsewhere(self, data: st.DataObject) -> None:
        if not self.cookies:
            return
        token = data.draw(st.sampled_from([t for t, _, _ in self.cookies]))
        viewer = self._viewer(token, active=False)
        if viewer is not None:
            own_account.end_other_devices(viewer, self.now)
            self.ended |= {t for t, v, _ in self.cookies if v.account_id == viewer.account_id and t != token}

    @rule(n=st.integers(0, 1), open_again=st.booleans())
    def is_closed(self, n: int, open_again: bool) -> None:
        from dataclasses import replace

        person, ada = self.who[n], replace(self.ada, password_at=self.now)
        accounts.disable(ada, person.public_id, self.now)
        if open_again or person.account_id not in self.closed:
            self.ended |= {t for t, v, _ in self.cookies if v.account_id == person.account_id}
        self.closed.add(person.account_id)
        if open_again:
            accounts.enable(ada, person.public_id, self.now)
            self.closed.discard(person.account_id)

    @invariant()
    def exactly_the_good_cookies_let_in(self) -> None:
        for token, viewer, _ in getattr(self, "cookies", []):
            found = self._viewer(token, active=False)
            assert (found is not None) == self._good(token)
            if found is not None:
                assert found.account_id == viewer.account_id


def test_exactly_the_right_cookies_let_in(database: Database) -> None:
    make_clinic()
    assert Role.CLIENT in sign_in.IDLE
    run_state_machine_as_test(
        SignIns,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        ),
    )


@pytest.mark.parametrize("minutes", [14, 15])
def test_the_model_knows_the_limit(database: Database, minutes: int) -> None:
    """The machine's own rule, once by hand: it can fail."""
    make_clinic()
    token = cookie_of(make_therapist(), NOW)
    later = NOW + timedelta(minutes=minutes)
    if minutes < 15:
        assert sign_in.viewer_for(token, later)
    else:
        with pytest.raises(NotSignedIn):
            sign_in.viewer_for(token, later)
