"""What is written for calendars, read back by two readers, in every zone and at both clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
import recurring_ical_events
from icalendar import Calendar

from clinic.scheduling.icalendar_out import Entry, invitation, published
from clinic.scheduling.zone_rules import changes, observances

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
# Half an hour of summer time, two hours, a change in the middle of the night of a date line, Ramadan.
ODD = ("Australia/Lord_Howe", "Antarctica/Troll", "Europe/Dublin", "Africa/Casablanca", "America/Santiago")
_names = count()


def _entry(starts_at: datetime, minutes: int = 50, *, sequence: int = 0, cancelled: bool = False) -> Entry:
    return Entry("abc", sequence, NOW, starts_at, starts_at + timedelta(minutes=minutes), cancelled)


def _read(text: str) -> Any:
    [event] = Calendar.from_ical(text).walk("VEVENT")
    return event


def _span(event: Any) -> tuple[datetime, datetime]:
    # As UTC: Python holds no time of a repeated hour equal to one of another zone (PEP 495).
    return event["DTSTART"].dt.astimezone(UTC), event["DTEND"].dt.astimezone(UTC)


def _by_its_rules_alone(text: str, zone: str) -> Any:
    """As a reader sees it that does not know the zone's name: by the rules in the text."""
    return _read(text.replace(f"{zone}", f"Unknown-{next(_names)}"))


def _moments(zone: str) -> list[datetime]:
    """Around each clock change of the year, and on ordinary days."""
    found = changes(zone, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    around = [c.at + timedelta(minutes=m) for c in found for m in (-90, -50, -30, 0, 30, 70)]
    return [*around, datetime(2026, 1, 15, 9, tzinfo=UTC), datetime(2026, 7, 15, 9, tzinfo=UTC)]


def test_every_zone_is_read_by_its_name() -> None:
    at = datetime(2026, 7, 15, 9, tzinfo=UTC)
    for zone in ZONES:
        text, method = invitation(_entry(at), zone, "portal@example.org", "sam@example.org")
        assert method == "REQUEST"
        assert _span(_read(text)) == (at, at + timedelta(minutes=50)), zone


def test_zones_of_every_kind_are_read_by_name_and_by_rule_at_each_clock_change() -> None:
    # Many names are the same clock: one of each.
    kinds = {tuple(_moments(zone)): zone for zone in ZONES}
    assert len(kinds) > 15
    for moments, zone in kinds.items():
        for starts_at in moments:
            text, _ = invitation(_entry(starts_at), zone, "portal@example.org", "sam@example.org")
            for event in (_read(text), _by_its_rules_alone(text, zone)):
                assert _span(event) == (starts_at, starts_at + timedelta(minutes=50)), (zone, text)


@pytest.mark.parametrize("zone", [*ODD, "Europe/Vienna", "America/New_York", "Asia/Kolkata", "UTC"])
def test_another_reader_finds_it_at_its_time(zone: str) -> None:
    for starts_at in _moments(zone):
        text, _ = invitation(_entry(starts_at), zone, "portal@example.org", "sam@example.org")
        ends_at = starts_at + timedelta(minutes=50)
        reader = recurring_ical_events.of(Calendar.from_ical(text))
        [found] = reader.between(starts_at, ends_at)
        assert _span(found) == (starts_at, ends_at)
        assert reader.between(ends_at, ends_at + timedelta(days=400)) == []
        # Where the time is said as a wall clock, it is the one of the zone.
        if "TZID" in found["DTSTART"].params:
            shown = starts_at.astimezone(ZoneInfo(zone))
            assert f"{found['DTSTART'].dt:%d %H:%M}" == f"{shown:%d %H:%M}"


def test_outlook_gets_yearly_rules_with_a_weekday_and_no_lists() -> None:
    """Outlook reads DTSTART, RRULE and the offsets only, and no RRULE without BYDAY (MS-STANOICAL 2.2.47)."""
    yearly = 0
    for zone in ZONES:
        text, _ = invitation(
            _entry(datetime(2026, 7, 1, 9, tzinfo=UTC)), zone, "portal@example.org", "sam@example.org"
        )
        zones: Any = Calendar.from_ical(text).walk("VTIMEZONE")
        assert "RDATE" not in text
        for rules in zones:
            assert any(part.name == "STANDARD" for part in rules.subcomponents)
            assert len(rules.subcomponents) <= 2
            for part in rules.subcomponents:
                assert "RRULE" not in part or part["RRULE"]["BYDAY"]
                yearly += "RRULE" in part
    assert yearly > 200


def test_a_zone_that_changes_by_no_yearly_rule_is_sent_as_what_holds() -> None:
    winter = datetime(2026, 2, 1, 9, tzinfo=UTC)
    [held] = observances("Africa/Casablanca", winter, winter + timedelta(hours=1))
    assert (held.yearly, held.after) == (None, timedelta(hours=1))
    back = datetime(2026, 2, 15, 1, 30, tzinfo=UTC)  # Ramadan begins at 2:00 UTC
    across = observances("Africa/Casablanca", back, back + timedelta(hours=1))
    assert [one.after for one in across] == [timedelta(hours=1), timedelta()]


def test_the_second_of_a_repeated_hour_is_said_in_utc() -> None:
    """1:30 in New York on 1 November: a wall-clock time of that day means the first one."""
    second = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    text, _ = invitation(_entry(second), "America/New_York", "portal@example.org", "sam@example.org")
    assert "DTSTART:20261101T063000Z" in text
    assert "VTIMEZONE" not in text
    first, _ = invitation(
        _entry(second - timedelta(hours=1), 20), "America/New_York", "portal@example.org", "sam@example.org"
    )
    assert "DTSTART;TZID=America/New_York:20261101T013000" in first


def test_a_change_and_a_cancellation_name_the_same_entry() -> None:
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    said = [
        invitation(entry, "Europe/Vienna", "Linden <portal@example.org>", "sam@example.org")
        for entry in (_entry(at), _entry(at, sequence=1), _entry(at, sequence=2, cancelled=True))
    ]
    assert [method for _, method in said] == ["REQUEST", "REQUEST", "CANCEL"]
    events = [_read(text) for text, _ in said]
    assert {str(event["UID"]) for event in events} == {"abc@quiet-room"}
    assert [int(event["SEQUENCE"]) for event in events] == [0, 1, 2]
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


def test_a_published_calendar_holds_all_and_asks_nothing() -> None:
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    other = Entry("def", 3, NOW, at + timedelta(days=1), at + timedelta(days=1, hours=1), True)
    content = published([_entry(at), other], "Appointments")
    calendar = Calendar.from_ical(content)
    assert str(calendar["METHOD"]) == "PUBLISH"
    events: Any = calendar.walk("VEVENT")
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", "CANCELLED"]
    assert b"ATTENDEE" not in content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert published([_entry(at), other], "Appointments") == content
