"""What people are sent about an appointment: both of them, at once, discreetly, and readable by calendars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import func, select

import db
from clinic.errors import SlotTaken
from clinic.people import accounts, postman
from clinic.people.viewer import Viewer
from clinic.scheduling.booking import book, book_for, cancel, move
from clinic.scheduling.notices import on_booked
from clinic.scheduling.series_booking import book_series, plan_series
from db.settings import settings
from db.tables import Appointment, OutboxMail, SessionType
from tests.databases import Database
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist
from tests.scheduling.letterbox import Agenda, Letterbox, open_letterbox

SAM, DANA = "sam@example.org", "dana@example.org"
AT = datetime(2026, 3, 5, 13, 0, tzinfo=UTC)  # a Thursday, 2:00 pm in Vienna
# What no mail says: what somebody comes for, with whom, or how to get into the video room.
TELLING = re.compile(
    r"phq|gad-|score|mood|anxi|depress|therap|session|measure|risk|intake|diagnos|rivera|okafor|room|video|join",
    re.IGNORECASE,
)


@pytest.fixture
def box(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Letterbox]:
    monkeypatch.setenv("QUIET_ROOM_ORIGINS", "https://portal.example.org")
    with open_letterbox(monkeypatch) as opened:
        make_clinic()
        yield opened


@pytest.fixture
def dana(box: Letterbox) -> Viewer:
    return make_therapist("Dana Okafor", email=DANA)


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam Rivera", email=SAM, therapist=dana, zone="America/New_York")


def _kind() -> str:
    with db.reading() as session:
        return session.scalars(select(SessionType.public_id)).one()


def test_booking_moving_and_cancelling_reach_both_calendars_in_place(
    box: Letterbox, dana: Viewer, sam: Viewer
) -> None:
    made = book(sam, dana.public_id, AT, "k", NOW)
    later = AT + timedelta(days=1)
    move(dana, made.public_id, later, "m", NOW + timedelta(hours=1))
    cancel(sam, made.public_id, NOW + timedelta(hours=2))
    assert postman.send_due(NOW + timedelta(hours=3)) == 6
    for address in (SAM, DANA):
        got = box.to(address)
        said = [one.part.get_param("method") for one in got]
        assert said == ["REQUEST", "REQUEST", "CANCEL"]
        assert [str(one.calendar["METHOD"]) for one in got] == said
        assert {str(one.event["UID"]) for one in got} == {f"{made.public_id}@quiet-room"}
        assert [int(one.event["SEQUENCE"]) for one in got] == [0, 1, 2]
        assert [one.event["DTSTART"].dt for one in got] == [AT, later, later]
        agenda = Agenda()
        for one, expected in zip(got, ([AT], [later], []), strict=True):
            agenda.take(one.calendar)
            assert agenda.starts == expected
    assert str(box.to(SAM)[0].event["DTSTART"].params["TZID"]) == "America/New_York"
    assert str(box.to(DANA)[0].event["DTSTART"].params["TZID"]) == "Europe/Vienna"


def test_in_whatever_order_the_mails_arrive_the_last_change_stands(
    box: Letterbox, dana: Viewer, sam: Viewer
) -> None:
    made = book(sam, dana.public_id, AT, "k", NOW)
    for n in (1, 2, 3):
        move(dana, made.public_id, AT + timedelta(days=n), f"m{n}", NOW)
    postman.send_due(NOW)
    got = box.to(SAM)
    assert len(got) == 4
    for order in permutations(got):
        agenda = Agenda()
        for one in order:
            agenda.take(one.calendar)
        assert agenda.starts == [AT + timedelta(days=3)]


def test_each_reads_the_time_in_their_own_zone_and_nothing_that_tells(
    box: Letterbox, dana: Viewer, sam: Viewer
) -> None:
    made = book(sam, dana.public_id, AT, "k", NOW)
    move(dana, made.public_id, AT + timedelta(hours=1), "m", NOW)
    cancel(dana, made.public_id, NOW)
    postman.send_due(NOW)
    booked, moved, gone = (one.text for one in box.to(SAM))
    assert "You booked an appointment." in booked
    assert "Thursday 5 March 2026, 8:00 am (New York time)" in booked
    assert "The clinic moved your appointment." in moved
    assert "Now: Thursday 5 March 2026, 9:00 am (New York time)" in moved
    assert "Before: Thursday 5 March 2026, 8:00 am (New York time)" in moved
    assert "The clinic cancelled your appointment." in gone
    assert all("https://portal.example.org" in text for text in (booked, moved, gone))
    booked, moved, gone = (one.text for one in box.to(DANA))
    assert "An appointment with you was booked." in booked
    assert "Thursday 5 March 2026, 2:00 pm (Vienna time)" in booked
    assert "You moved an appointment." in moved
    assert "You cancelled an appointment." in gone
    for one in box.got:
        assert one.subject == "You have a message at Linden Practice"
        whole = f"{one.text}\n{one.part.get_content()}".replace("Quiet Room", "").replace("quiet-room", "")
        assert not TELLING.findall(whole), whole
        assert made.public_id not in one.text


def test_nobody_gets_the_others_address(box: Letterbox, dana: Viewer, sam: Viewer) -> None:
    book(sam, dana.public_id, AT, "k", NOW)
    postman.send_due(NOW)
    for mine, other in ((SAM, DANA), (DANA, SAM)):
        [one] = box.to(mine)
        assert other not in one.message.as_string()
        assert other not in one.part.get_content()
        assert str(one.event["ATTENDEE"]) == f"mailto:{mine}"
        assert str(one.event["ORGANIZER"]) == "mailto:portal@example.org"


def test_a_calendar_is_told_all_it_needs(box: Letterbox, dana: Viewer, sam: Viewer) -> None:
    book(sam, dana.public_id, AT, "k", NOW)
    postman.send_due(NOW)
    [one] = box.to(SAM)
    assert one.message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in one.message.iter_parts()] == ["text/plain", "text/calendar"]
    assert str(one.event["SUMMARY"]) == "Appointment"
    assert str(one.event["STATUS"]) == "CONFIRMED"
    assert str(one.event["CLASS"]) == "PRIVATE"
    assert one.event["DTSTAMP"].dt == NOW
    assert one.event["DTEND"].dt - one.event["DTSTART"].dt == timedelta(minutes=50)
    [zone] = one.calendar.walk("VTIMEZONE")
    assert str(zone["TZID"]) == "America/New_York"


def test_a_series_is_one_mail_for_each_appointment(box: Letterbox, dana: Viewer, sam: Viewer) -> None:
    """Across the clock change of 29 March: the wall-clock time stays."""
    plan = plan_series(dana, sam.public_id, _kind(), datetime(2026, 3, 19, 13, tzinfo=UTC), 1, NOW, times=3)
    book_series(dana, plan, "s", NOW)
    postman.send_due(NOW)
    got = box.to(DANA)
    assert len({str(one.event["UID"]) for one in got}) == len(got) == 3
    assert [f"{one.event['DTSTART'].dt:%d %H:%M}" for one in got] == ["19 14:00", "26 14:00", "02 14:00"]
    assert len(box.to(SAM)) == 3


def test_what_a_therapist_books_reaches_the_client_too(box: Letterbox, dana: Viewer, sam: Viewer) -> None:
    book_for(dana, sam.public_id, _kind(), AT, "k", NOW)
    postman.send_due(NOW)
    assert "The clinic booked an appointment for you." in box.to(SAM)[0].text
    assert "You booked an appointment." in box.to(DANA)[0].text


def test_no_mail_where_nothing_happened(box: Letterbox, dana: Viewer, sam: Viewer) -> None:
    noor = make_client("Noor", therapist=dana)
    made = book(sam, dana.public_id, AT, "k", NOW)
    book(sam, dana.public_id, AT, "k", NOW)
    with pytest.raises(SlotTaken):
        book(noor, dana.public_id, AT, "k", NOW)
    cancel(sam, made.public_id, NOW)
    cancel(sam, made.public_id, NOW)
    with db.reading() as session:
        assert session.scalars(select(func.count()).select_from(OutboxMail)).one() == 4


def test_a_closed_account_is_written_to_no_more(box: Letterbox, dana: Viewer, sam: Viewer) -> None:
    made = book(sam, dana.public_id, AT, "k", NOW)
    postman.send_due(NOW)
    accounts.disable(make_administrator(), sam.public_id, NOW)
    cancel(dana, made.public_id, NOW)
    postman.send_due(NOW)
    assert len(box.to(SAM)) == 1
    assert len(box.to(DANA)) == 2


def test_a_calendar_part_is_sealed_and_gone_once_it_is_sent(
    box: Letterbox, dana: Viewer, sam: Viewer
) -> None:
    book(sam, dana.public_id, AT, "k", NOW)
    with db.reading() as session:
        kept = session.scalars(select(OutboxMail)).all()
    assert all(row.calendar and b"VEVENT" not in (row.calendar_sealed or b"") for row in kept)
    postman.send_due(NOW)
    with db.reading() as session:
        assert session.scalars(select(OutboxMail.calendar_sealed)).all() == [None, None]


def test_without_a_portals_address_a_mail_still_says_what_to_do(
    box: Letterbox, dana: Viewer, sam: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QUIET_ROOM_ORIGINS")
    settings.cache_clear()
    book(sam, dana.public_id, AT, "k", NOW)
    postman.send_due(NOW)
    assert "Sign in to move or cancel it." in box.to(SAM)[0].text


def test_a_booking_that_is_undone_tells_nobody(box: Letterbox, dana: Viewer, sam: Viewer) -> None:
    """The mail is written in the booking's own transaction: both are there, or neither."""

    class Undone(Exception):
        pass

    def book_and_fail() -> None:
        with db.unit_of_work() as session:
            row = session.scalars(select(Appointment)).one()
            on_booked(session, row, sam.account_id, NOW)
            session.flush()
            raise Undone

    book(sam, dana.public_id, AT, "k", NOW)
    with pytest.raises(Undone):
        book_and_fail()
    assert postman.send_due(NOW) == 2
