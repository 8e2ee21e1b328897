"""What the WebSocket's door lets in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from websockets.exceptions import InvalidStatus

from clinic.people import sign_in
from tests.socket.conftest import Town
from tests.socket.streamlit_client import visitor


def test_ones_own_session_is_resumed_with_the_cookie_that_opened_it(town: Town) -> None:
    token = town.token(town.client)
    with visitor(town.portal.host, cookie=token) as first:
        session_id = first.open("").session_id
    with visitor(town.portal.host, cookie=token, resume=session_id) as again:
        assert again.open("").session_id == session_id


@pytest.mark.parametrize("with_cookie", ["none", "another's", "forged"])
def test_a_session_id_alone_opens_nothing(town: Town, with_cookie: str) -> None:
    with visitor(town.portal.host, cookie=town.token(town.client)) as victim:
        seen = victim.open("")
        assert seen.says("Sam Rivera")
        session_id = seen.session_id
    cookie = {"none": None, "another's": town.token(town.other_client), "forged": "x" * 43}[with_cookie]
    with visitor(town.portal.host, cookie=cookie, resume=session_id) as attacker:
        run = attacker.open("")
    assert run.session_id != session_id
    assert not run.says("Sam Rivera")


def test_a_session_is_not_taken_over_while_its_owner_is_there(town: Town) -> None:
    with visitor(town.portal.host, cookie=town.token(town.client)) as victim:
        session_id = victim.open("").session_id
        with visitor(town.portal.host, resume=session_id) as attacker:
            run = attacker.open("")
            assert run.session_id != session_id
            assert not run.says("Sam Rivera")
        assert victim.open("").says("Sam Rivera")


def test_an_ended_sign_in_resumes_nothing(town: Town) -> None:
    token = town.token(town.client)
    with visitor(town.portal.host, cookie=token) as first:
        session_id = first.open("").session_id
    now = datetime.now(UTC)
    sign_in.sign_out(sign_in.viewer_for(token, now), now)
    with visitor(town.portal.host, cookie=token, resume=session_id) as again:
        run = again.open("")
    assert run.session_id != session_id
    assert not run.says("Sam Rivera")
    assert run.title == "Sign in"


def test_a_session_opened_signed_out_is_not_resumed_by_anyone(town: Town) -> None:
    with visitor(town.portal.host) as first:
        session_id = first.open("").session_id
    for cookie in (None, town.token(town.client)):
        with visitor(town.portal.host, cookie=cookie, resume=session_id) as again:
            assert again.open("").session_id != session_id


@pytest.mark.parametrize("origin", [None, "http://elsewhere.example", "null", "http://localhost:1"])
def test_a_handshake_without_an_allowed_origin_is_refused(town: Town, origin: str | None) -> None:
    with visitor(town.portal.host) as own:
        assert own.open("").title == "Sign in"
    with pytest.raises(InvalidStatus) as refused, visitor(town.portal.host, origin=origin):
        pass
    assert refused.value.response.status_code == 403
