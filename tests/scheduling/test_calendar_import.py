"""Busy times from another calendar: what is read, what is said of the rest, and that it is added once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

import db
from clinic.people.viewer import Viewer
from clinic.scheduling.icalendar_in import LARGEST_BYTES, MOST_EVENTS, add_time_off_from, read_calendar
from clinic.scheduling.intervals import Span
from clinic.scheduling.offers import free_times
from db.tables import HoursException
from tests.databases import Database
from tests.factories import NOW, make_client, make_clinic, make_therapist

FIRST, LAST = date(2026, 3, 1), date(2026, 4, 30)
ZONE = "Europe/Vienna"


def _file(*events: str) -> bytes:
    parts = "".join(f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//A//B//EN\n{parts}END:VCALENDAR\n".encode()


def _read(*events: str) -> tuple[list[Span], list[str]]:
    return read_calendar(_file(*events), ZONE, FIRST, LAST)


def _span(starts_at: str, ends_at: str) -> Span:
    return Span(*(datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (starts_at, ends_at)))


@pytest.mark.parametrize(
    ("event", "starts_at", "ends_at"),
    [
        ("DTSTART:20260312T090000Z\nDTEND:20260312T100000Z", "2026-03-12T09:00", "2026-03-12T10:00"),
        ("DTSTART:20260312T090000\nDTEND:20260312T100000", "2026-03-12T08:00", "2026-03-12T09:00"),
        (
            "DTSTART;TZID=America/New_York:20260312T090000\nDTEND;TZID=America/New_York:20260312T100000",
            "2026-03-12T13:00",
            "2026-03-12T14:00",
        ),
        (
            "DTSTART;TZID=W. Europe Standard Time:20260312T090000\nDURATION:PT90M",
            "2026-03-12T08:00",
            "2026-03-12T09:30",
        ),
        ("DTSTART;VALUE=DATE:20260312", "2026-03-11T23:00", "2026-03-12T23:00"),
        (
            "DTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260330",
            "2026-03-27T23:00",
            "2026-03-29T22:00",
        ),
        (
            "DTSTART;TZID=Europe/Vienna:20260329T013000\nDTEND;TZID=Europe/Vienna:20260329T033000",
            "2026-03-29T00:30",
            "2026-03-29T01:30",
        ),
    ],
)
def test_an_event_is_read_whatever_its_zone(event: str, starts_at: str, ends_at: str) -> None:
    assert _read(event) == ([_span(starts_at, ends_at)], [])


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            "DTSTART;TZID=Mars/Olympus:20260312T090000\nDTEND;TZID=Mars/Olympus:20260312T100000",
            "Event 2, Thursday 12 March 2026, is in a time zone that we don't know.",
        ),
        (
            "DTSTART:20260312T090000Z\nDTEND;TZID=Nowhere:20260312T100000",
            "Event 2, Thursday 12 March 2026, is in a time zone that we don't know.",
        ),
        ("DTSTART:20260312T090000", "Event 2, Thursday 12 March 2026, has no end."),
        ("DTSTART:20260312T090000Z\nDTEND:whenever", "Event 2, Thursday 12 March 2026, has no end."),
        (
            "DTSTART:20260312T090000Z\nDTEND:20260312T080000Z",
            "Event 2, Thursday 12 March 2026, does not end after it begins.",
        ),
        (
            "DTSTART:20260312T090000Z\nDTEND:20260312T090000Z",
            "Event 2, Thursday 12 March 2026, does not end after it begins.",
        ),
        (
            "DTSTART:20200312T090000Z\nDTEND:20200312T100000Z\nRRULE:FREQ=WEEKLY",
            "Event 2, Thursday 12 March 2020, repeats. Only single events are read: add this one by hand.",
        ),
        ("DTEND:20260312T100000Z", "Event 2 has no start that can be read."),
        ("DTSTART:soon\nDTEND:20260312T100000Z", "Event 2 has no start that can be read."),
    ],
)
def test_what_cannot_be_read_is_a_sentence_and_the_rest_is_read(event: str, said: str) -> None:
    good = "DTSTART:20260313T090000Z\nDTEND:20260313T100000Z"
    spans, problems = _read(good, event, good.replace("13T", "14T"))
    assert problems == [said]
    assert len(spans) == 2


def test_free_cancelled_over_and_far_events_are_no_busy_time() -> None:
    busy = "DTSTART:20260312T090000Z\nDTEND:20260312T100000Z"
    assert _read(
        f"{busy}\nTRANSP:TRANSPARENT",
        f"{busy}\nSTATUS:CANCELLED",
        busy.replace("2026", "2025"),
        busy.replace("202603", "202605"),
        f"{busy.replace('2026', '2019')}\nRRULE:FREQ=WEEKLY;UNTIL=20200101T000000Z",
    ) == ([], [])
    assert _read(busy, busy) == ([_span("2026-03-12T09:00", "2026-03-12T10:00")], [])


def test_a_files_own_idea_of_a_zone_is_not_believed_by_this_file_nor_the_next() -> None:
    lie = (
        b"BEGIN:VTIMEZONE\nTZID:Home\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        b"TZOFFSETFROM:+1100\nTZOFFSETTO:+1100\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    at_home = "DTSTART;TZID=Home:20260312T090000\nDTEND;TZID=Home:20260312T100000"
    content = _file(at_home).replace(b"BEGIN:VEVENT", lie + b"BEGIN:VEVENT", 1)
    for data in (content, _file(at_home)):
        spans, [said] = read_calendar(data, ZONE, FIRST, LAST)
        assert spans == []
        assert "time zone" in said


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n",
        b"\xff\xfe\x00",
        b"%PDF-1.7",
        b"BEGIN:VEVENT\nEND:VCALENDAR\n",
    ],
)
def test_what_is_no_calendar_is_said(data: bytes) -> None:
    assert read_calendar(data, ZONE, FIRST, LAST) == (
        [],
        ["This is not a calendar file. Choose one whose name ends in .ics."],
    )


def test_a_file_that_is_too_large_is_said() -> None:
    event = "DTSTART:20260312T090000Z\nDTEND:20260312T100000Z"
    many = _file(*[event] * (MOST_EVENTS + 1))
    assert read_calendar(many, ZONE, FIRST, LAST)[1] == [
        "This file has more than 500 events. Export a shorter time and try again."
    ]
    large = _file(f"{event}\nDESCRIPTION:{'x' * LARGEST_BYTES}")
    assert read_calendar(large, ZONE, FIRST, LAST)[1] == [
        "This file is larger than 200 KB. Export a shorter time and try again."
    ]
    assert _read(*[event] * MOST_EVENTS)[1] == []


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda t: _file(t)))
def test_no_file_at_all_is_a_crash(data: bytes) -> None:
    spans, problems = read_calendar(data, ZONE, FIRST, LAST)
    assert all(span.starts_at < span.ends_at for span in spans)
    assert all(isinstance(said, str) and said.endswith(".") for said in problems)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana")


def test_busy_times_become_time_off_once_and_nobody_can_book_them(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    busy = Span(datetime(2026, 3, 12, 8, tzinfo=UTC), datetime(2026, 3, 12, 12, tzinfo=UTC))
    data = _file(
        "DTSTART:20260312T080000Z\nDTEND:20260312T120000Z\nSUMMARY:Dentist",
        "DTSTART:20260313T080000Z",
        "DTSTART:20260316T080000Z\nDTEND:20260316T090000Z",
    )
    assert any(busy.overlaps(Span(o.starts_at, o.ends_at)) for o in free_times(sam, NOW))
    assert add_time_off_from(dana, data, FIRST, LAST, NOW) == 2
    assert add_time_off_from(dana, data, FIRST, LAST, NOW + timedelta(minutes=1)) == 0
    assert not any(busy.overlaps(Span(o.starts_at, o.ends_at)) for o in free_times(sam, NOW))
    with db.reading() as session:
        rows = session.scalars(select(HoursException).order_by(HoursException.starts_at)).all()
    assert [(row.kind, row.therapist_id, row.note) for row in rows] == [("off", dana.account_id, None)] * 2
    assert Span(rows[0].starts_at, rows[0].ends_at) == busy
