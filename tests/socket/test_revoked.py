"""After access ends: a rerun, a fragment, a second tab, a reconnect. Nothing of a client's is sent."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from streamlit.proto.BackMsg_pb2 import BackMsg

import db
from clinic.people import accounts, sign_in
from clinic.people.viewer import Role
from db.tables import CareAssignment, SignIn
from tests.factories import make_therapist
from tests.socket.conftest import Town
from tests.socket.streamlit_client import Run, Visitor, visitor

NAME = "Sam Rivera"


def _fragments(run: Run) -> list[str]:
    return sorted({m.delta.fragment_id for m in run.messages if m.WhichOneof("type") == "delta"} - {""})


def _ask(tab: Visitor, fragment: str) -> Run:
    message = BackMsg()
    message.rerun_script.fragment_id = fragment
    return tab.send(message)


def _sign_out(town: Town, token: str) -> None:
    sign_in.sign_out(sign_in.viewer_for(token, datetime.now(UTC)), datetime.now(UTC))


def _close(town: Town, token: str) -> None:
    now = datetime.now(UTC)
    accounts.disable(sign_in.viewer_for(town.token(town.administrator), now), town.therapist.public_id, now)


def _change_role(town: Town, token: str) -> None:
    now = datetime.now(UTC)
    ada = sign_in.viewer_for(town.token(town.administrator), now)
    accounts.change_role(ada, town.therapist.public_id, Role.ADMINISTRATOR, now)


def _end_care(town: Town, token: str) -> None:
    other = make_therapist("Per").account_id
    with db.unit_of_work() as session:
        session.execute(update(CareAssignment).values(until_at=datetime.now(UTC)))
        # Somebody else looks after them from now on, so they are not everybody's.
        session.add(
            CareAssignment(
                client_id=town.client.account_id,
                therapist_id=other,
                since_at=datetime.now(UTC),
            )
        )


def _idle(town: Town, token: str) -> None:
    with db.unit_of_work() as session:
        session.execute(update(SignIn).values(seen_at=datetime.now(UTC) - timedelta(minutes=16)))


@pytest.fixture(autouse=True)
def _as_before(town: Town):
    yield
    now = datetime.now(UTC)
    ada = sign_in.viewer_for(town.token(town.administrator), now)
    accounts.change_role(ada, town.therapist.public_id, Role.THERAPIST, now)
    accounts.enable(ada, town.therapist.public_id, now)
    accounts.assign(ada, town.client.public_id, town.therapist.public_id, False, now)


@pytest.mark.parametrize("revoke", [_sign_out, _close, _change_role, _idle], ids=lambda act: act.__name__[1:])
def test_nothing_is_sent_once_access_has_ended(town: Town, revoke: Callable[[Town, str], None]) -> None:
    token = town.token(town.therapist)
    record = f"client={town.client.public_id}"
    with (
        ExitStack() as tabs,
        visitor(town.portal.host, cookie=token) as tab,
        visitor(town.portal.host, cookie=token) as second,
    ):
        run = tab.open("today")
        assert run.says(NAME)
        # A tab for each: the first one that notices draws the whole screen anew, without the others.
        asked = [
            (
                each := tabs.enter_context(visitor(town.portal.host, cookie=token)),
                _fragments(each.open("today"))[n],
            )
            for n in range(len(_fragments(run)))
        ]
        assert asked
        assert second.open("client_record", record).says(NAME)
        revoke(town, token)
        for each, fragment in asked:
            assert not _ask(each, fragment).says(NAME)
        assert not tab.open("today").says(NAME)
        assert not second.open("client_record", record).says(NAME)
    with visitor(town.portal.host, cookie=token) as again:
        assert not again.open("client_record", record).says(NAME)


def test_a_client_who_changed_therapist_is_gone_from_the_first_ones_screens(town: Town) -> None:
    token = town.token(town.therapist)
    record = f"client={town.client.public_id}"
    with visitor(town.portal.host, cookie=token) as tab:
        assert tab.open("client_record", record).says(NAME)
        _end_care(town, token)
        assert not tab.open("client_record", record).says(NAME)
        assert not tab.open("clients").says(NAME)


def test_a_word_before_an_idle_sign_in_ends_and_a_refresh_does_not_put_it_off(town: Town) -> None:
    token = town.token(town.client)

    def left_alone(minutes: float) -> None:
        with db.unit_of_work() as session:
            alone = datetime.now(UTC) - timedelta(minutes=minutes)
            session.execute(update(SignIn).values(seen_at=alone))

    with visitor(town.portal.host, cookie=token) as tab:
        fragments = _fragments(tab.open("client_home"))
        assert fragments
        assert not any(_ask(tab, fragment).says("You will be signed out at") for fragment in fragments)
        left_alone(28.5)
        assert any(_ask(tab, fragment).says("You will be signed out at") for fragment in fragments)
        assert any(_ask(tab, fragment).says("Stay signed in") for fragment in fragments)
        left_alone(29.99)
        assert sign_in.viewer_for(token, datetime.now(UTC), active=False)
        left_alone(30)
        assert not any(_ask(tab, fragment).says("Hello Sam") for fragment in fragments)
        assert tab.open("client_home").title == "Sign in"
