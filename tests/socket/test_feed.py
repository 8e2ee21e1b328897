"""The calendar address over real HTTP: without a sign-in, for whoever has it, and for nobody else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from icalendar import Calendar

from clinic.people import accounts
from clinic.scheduling.feed import make_feed, revoke_feed
from tests.socket.conftest import Town


def _uids(content: bytes) -> list[str]:
    calendar: Any = Calendar.from_ical(content)
    return [str(event["UID"]) for event in calendar.walk("VEVENT")]


def test_a_calendar_reads_the_address_without_a_cookie(town: Town) -> None:
    token = make_feed(town.client, datetime.now(UTC))
    answer = town.get(f"/calendar/{token}.ics")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    assert _uids(answer.body) == [f"{town.appointment}@quiet-room"]


def test_a_calendar_that_has_it_already_is_sent_nothing(town: Town) -> None:
    path = f"/calendar/{make_feed(town.client, datetime.now(UTC))}.ics"
    version = town.get(path).headers["etag"]
    again = town.get(path, If_None_Match=version)
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == version
    assert town.get(path, If_None_Match='"another"').status == 200


def test_an_address_that_opens_nothing_is_not_found(town: Town) -> None:
    now = datetime.now(UTC)
    first, second = make_feed(town.therapist, now), make_feed(town.therapist, now)
    assert town.get(f"/calendar/{second}.ics").status == 200
    for path in (first, second[:-1], second + "a", "x", "a" * 5000):
        answer = town.get(f"/calendar/{path}.ics")
        assert (answer.status, answer.body) == (404, b""), path
        assert answer.headers["cache-control"] == "no-store"
    revoke_feed(town.therapist, now)
    assert town.get(f"/calendar/{second}.ics").status == 404
    assert town.get(f"/calendar/{second}.ics", cookie=town.token(town.therapist)).status == 404


def test_a_closed_account_has_no_address(town: Town) -> None:
    now = datetime.now(UTC)
    token = make_feed(town.other_client, now)
    assert town.get(f"/calendar/{token}.ics").status == 200
    accounts.disable(town.administrator, town.other_client.public_id, now)
    assert town.get(f"/calendar/{token}.ics").status == 404


def test_the_token_is_in_no_log(town: Town) -> None:
    token = make_feed(town.client, datetime.now(UTC))
    assert town.get(f"/calendar/{token}.ics").status == 200
    assert town.get(f"/calendar/{token}x.ics").status == 404
    assert token not in town.portal.log.read_text(errors="replace")


def test_an_appointment_is_a_file_for_its_two_people(town: Town) -> None:
    path = f"/download/appointment?id={town.appointment}"
    for viewer in (town.client, town.therapist):
        answer = town.get(path, cookie=town.token(viewer))
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert answer.headers["content-disposition"] == 'attachment; filename="appointment.ics"'
        assert answer.headers["cache-control"] == "no-store"
        assert _uids(answer.body) == [f"{town.appointment}@quiet-room"]
    assert town.get(path).status == 401
    assert town.get(path, cookie=town.token(town.administrator)).status == 404
    for wrong in ("/download/appointment", "/download/appointment?id=", "/download/appointment?id=missing"):
        assert town.get(wrong, cookie=town.token(town.client)).status == 404


def test_whoever_asks_too_often_is_told_to_wait(town: Town) -> None:
    """Last in this file: for a minute this address is asked to wait."""
    answers = {town.get("/calendar/nothing.ics").status for _ in range(130)}
    assert answers == {404, 429}
    assert town.get("/calendar/nothing.ics").headers["retry-after"] == "60"
    assert town.get("/health").status == 200
