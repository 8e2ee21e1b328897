"""POST /session and /session/end: a ticket in, a cookie out, once."""

from __future__ import annotations

import http.client
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

import db
from clinic.errors import NotSignedIn
from clinic.intake import consent
from clinic.people import sign_in
from clinic.people.devices import known_device
from db.tables import SignIn
from tests.factories import PASSWORD
from tests.socket.conftest import Town
from tests.socket.streamlit_client import visitor
from web.leaving import ELSEWHERE, LEFT


def _ticket(town: Town) -> str:
    return sign_in.check_password(town.email(town.client), PASSWORD, datetime.now(UTC)).ticket


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
        assert tab.open("check_in").title == "Check-in"
        assert town.post("/session/end", {}, cookie=token).status == 204
        after = tab.open("check_in")
    assert after.title == "Sign in"
    with pytest.raises(NotSignedIn):
        sign_in.viewer_for(token, datetime.now(UTC))


def test_signing_out_twice_or_without_a_cookie_is_no_error(town: Town) -> None:
    token = town.token(town.client)
    assert town.post("/session/end", {}, cookie=token).status == 204
    assert town.post("/session/end", {}, cookie=token).status == 204
    assert town.post("/session/end", {}).status == 204


def test_the_device_is_remembered_unless_others_use_it(town: Town) -> None:
    kept = town.post("/session", {"ticket": _ticket(town)})
    assert "max-age" in kept.cookie.lower()
    device = kept.set_cookie("quiet_room_device")
    assert "httponly" in device.lower()
    value = device.split("=", 1)[1].split(";", 1)[0]
    assert known_device(value, town.client.public_id)
    shared = town.post("/session", {"ticket": _ticket(town), "shared": True})
    assert shared.status == 204
    assert "max-age" not in shared.cookie.lower()
    assert not shared.set_cookie("quiet_room_device")


def test_leaving_ends_the_sign_in_and_the_back_button_leads_elsewhere(town: Town) -> None:
    token = town.token(town.client)
    answer = town.post("/session/end", {"leave": True}, cookie=token)
    assert answer.status == 204
    assert '"storage"' in answer.headers["clear-site-data"]
    with pytest.raises(NotSignedIn):
        sign_in.viewer_for(token, datetime.now(UTC))
    left = answer.set_cookie(LEFT)
    assert "httponly" in left.lower()
    page = {"Accept": "text/html", "Cookie": left.split(";", 1)[0]}
    for path in ("/", "/client_home", "/progress"):
        assert _status(town, path, page) == 303
        assert _status(town, path, {"Accept": "text/html"}) == 200
    assert _status(town, "/sign_in", page) == 200, "the way back in, on purpose"
    assert "max-age=0" in town.post("/session", {"ticket": _ticket(town)}).set_cookie(LEFT).lower()


def _status(town: Town, path: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", town.portal.port, timeout=20)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    if answer.status == 303:
        assert answer.headers["Location"] == ELSEWHERE
        assert answer.headers["Cache-Control"] == "no-store"
    connection.close()
    return answer.status


def test_a_summary_is_made_for_the_client_who_asks_and_kept_nowhere(town: Town) -> None:
    path = "/download/my-progress?period=year"
    answer = town.get(path, cookie=town.token(town.client))
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/pdf"
    assert town.get(path).status == 401
    for other in (town.therapist, town.administrator):
        assert town.get(path, cookie=town.token(other)).status == 404


@pytest.mark.parametrize("what", ["my-data", "record", "audit-log"])
def test_a_file_is_made_for_its_owner_alone(town: Town, what: str) -> None:
    owner = town.administrator if what == "audit-log" else town.client
    token = town.token(owner)
    path = f"/download/{what}"
    answer = town.get(path, cookie=token)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert town.get(path).status == 401
    assert town.get(path, cookie="forged").status == 401
    for other in (town.therapist, town.administrator if owner is town.client else town.client):
        assert town.get(path, cookie=town.token(other)).status == 404
    with db.unit_of_work() as session:
        session.execute(update(SignIn).values(password_at=datetime.now(UTC) - timedelta(minutes=11)))
    assert town.get(path, cookie=token).status == 403
    town.post("/session/end", {}, cookie=token)
    assert town.get(path, cookie=token).status == 401
    assert town.get("/download/anything", cookie=town.token(owner)).status == 404


def test_a_record_is_given_to_whoever_looks_after_the_client(town: Town) -> None:
    path = f"/download/record?client={town.client.public_id}"
    token = town.token(town.therapist)
    answer = town.get(path, cookie=token)
    assert answer.status == 200
    assert answer.body.startswith(b"PK")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    assert town.client.name.split()[0] not in answer.headers["content-disposition"]
    assert town.get(path).status == 401
    for viewer in (town.client, town.other_client, town.administrator):
        assert town.get(path, cookie=town.token(viewer)).status == 404
    for other in (town.other_client.public_id, "AAAAAAAAAAAAAAAAAAAAAA"):
        stranger = town.get(f"/download/record?client={other}", cookie=town.token(town.therapist))
        assert stranger.status == 404
    with db.unit_of_work() as session:
        session.execute(update(SignIn).values(password_at=datetime.now(UTC) - timedelta(minutes=11)))
    assert town.get(path, cookie=token).status == 403


def test_a_signed_consent_is_for_its_client_and_their_therapist(town: Town) -> None:
    signed = consent.own_consents(town.client, datetime.now(UTC)).consents[0].decided
    assert signed is not None
    own = f"/download/consent?signature={signed.public_id}"
    of_the_client = f"{own}&client={town.client.public_id}"
    for viewer, path in ((town.client, own), (town.therapist, of_the_client)):
        answer = town.get(path, cookie=town.token(viewer))
        assert answer.status == 200
        assert answer.body.startswith(b"%PDF")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert town.client.name.split()[0] not in answer.headers["content-disposition"]
    for viewer, path in (
        (town.other_client, own),
        (town.other_client, of_the_client),
        (town.client, of_the_client),
        (town.therapist, own),
        (town.administrator, of_the_client),
        (town.client, "/download/consent"),
        (town.client, "/download/consent?signature=AAAAAAAAAAAAAAAAAAAAAA"),
        (town.therapist, f"{own}&client=AAAAAAAAAAAAAAAAAAAAAA"),
        (town.therapist, f"{own}&client={town.other_client.public_id}"),
    ):
        assert town.get(path, cookie=town.token(viewer)).status == 404, path
    assert town.get(own).status == 401
    assert town.get(own, cookie="forged").status == 401
