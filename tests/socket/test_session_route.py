"""POST /session and /session/end: a ticket in, a cookie out, once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clinic.errors import NotSignedIn
from clinic.people import sign_in
from tests.factories import PASSWORD
from tests.socket.conftest import Town
from tests.socket.streamlit_client import visitor


def _ticket(town: Town) -> str:
    return sign_in.check_password(town.email(town.client), PASSWORD, datetime.now(UTC))


def test_a_ticket_becomes_a_cookie_that_no_script_can_read(town: Town) -> None:
    answer = town.post("/session", {"ticket": _ticket(town)})
    assert answer.status == 204
    attributes = {part.strip().lower() for part in answer.cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    assert "secure" not in attributes  # plain http here; QUIET_ROOM_HTTPS or TLS adds it


def test_a_ticket_works_once(town: Town) -> None:
    ticket = _ticket(town)
    assert town.post("/session", {"ticket": ticket}).status == 204
    again = town.post("/session", {"ticket": ticket})
    assert again.status == 401
    assert not again.cookie


@pytest.mark.parametrize("origin", [None, "http://elsewhere.example"])
def test_another_site_cannot_sign_a_browser_in_or_out(town: Town, origin: str | None) -> None:
    ticket, token = _ticket(town), town.token(town.client)
    assert town.post("/session", {"ticket": ticket}, origin=origin).status == 403
    assert town.post("/session/end", {}, origin=origin, cookie=token).status == 403
    assert sign_in.viewer_for(token, datetime.now(UTC)).public_id == town.client.public_id
    assert town.post("/session", {"ticket": ticket}).status == 204


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b'{"ticket": 7}', b'{"ticket": "x"}' + b" " * 2000]
)
def test_a_body_that_is_no_ticket_is_refused(town: Town, body: bytes) -> None:
    assert town.post("/session", body).status == 400


def test_signing_out_ends_every_tab_at_its_next_run(town: Town) -> None:
    token = town.token(town.client)
    with visitor(town.portal.host, cookie=token) as tab:
        assert tab.open("mood").title == "Check-in"
        assert town.post("/session/end", {}, cookie=token).status == 204
        after = tab.open("mood")
    assert after.title == "Sign in"
    with pytest.raises(NotSignedIn):
        sign_in.viewer_for(token, datetime.now(UTC))


def test_signing_out_twice_or_without_a_cookie_is_no_error(town: Town) -> None:
    token = town.token(town.client)
    assert town.post("/session/end", {}, cookie=token).status == 204
    assert town.post("/session/end", {}, cookie=token).status == 204
    assert town.post("/session/end", {}).status == 204
