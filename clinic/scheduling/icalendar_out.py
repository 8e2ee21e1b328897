"""Appointments as calendars read them (RFC 5545 and 5546). Values in, text out.

Nothing here says what an appointment is about or with whom: each is called "Appointment", and its class is
PRIVATE, because calendars are shared with families and employers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Literal
from zoneinfo import ZoneInfo

from icalendar import (
    Calendar,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vCalAddress,
    vDatetime,
    vRecur,
)

from clinic.scheduling.zone_rules import Observance, observances

SUMMARY = "Appointment"
PRODUCT = "-//Quiet Room//Appointments//EN"
Method = Literal["REQUEST", "CANCEL", "PUBLISH"]


@dataclass(frozen=True)
class Entry:
    """One appointment. `sequence` rises with each change, of which `changed_at` is the last; the same
    `public_id` is the same entry."""

    public_id: str
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    cancelled: bool = False

    @property
    def uid(self) -> str:
        return f"{self.public_id}@quiet-room"


def invitation(entry: Entry, zone: str, organizer: str, attendee: str) -> tuple[str, Method]:
    """One appointment for one person's calendar: (text, method).

    Outlook, Apple's and Google's calendar put a first one in, change it when the same UID comes with a
    higher sequence, and take it out on CANCEL. The only attendee is whoever gets the mail: no address
    goes to anybody else.
    """
    method: Method = "CANCEL" if entry.cancelled else "REQUEST"
    calendar = _calendar(method)
    local = _speaks_local(entry, zone)
    if local:
        calendar.add_component(_timezone(zone, observances(zone, entry.starts_at, entry.ends_at)))
    event = _event(entry, zone if local else None)
    event.add("organizer", vCalAddress(f"mailto:{parseaddr(organizer)[1]}"))
    person = vCalAddress(f"mailto:{attendee}")
    person.params["PARTSTAT"], person.params["RSVP"] = "ACCEPTED", "FALSE"
    person.params["ROLE"], person.params["CUTYPE"] = "REQ-PARTICIPANT", "INDIVIDUAL"
    event.add("attendee", person)
    calendar.add_component(event)
    return str(calendar.to_ical().decode()), method


def published(entries: Sequence[Entry], name: str = "") -> bytes:
    """Appointments to read, with nothing to answer: a feed, or a file to add. Times are in UTC, which every
    calendar shows in its own zone; `name` is what the calendar is called."""
    calendar = _calendar("PUBLISH")
    if name:
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval;value=duration", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry, None))
    return bytes(calendar.to_ical())


def _calendar(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _event(entry: Entry, zone: str | None) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    for name, at in (("dtstart", entry.starts_at), ("dtend", entry.ends_at)):
        event.add(name, _time(at, zone))
    event.add("summary", SUMMARY)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if entry.cancelled else "OPAQUE")
    return event


def _time(at: datetime, zone: str | None) -> vDatetime:
    if zone is None:
        return vDatetime(at.astimezone(UTC))
    # Written as wall clock and name, so that the library does not choose another name for the zone.
    shown = vDatetime(at.astimezone(ZoneInfo(zone)).replace(tzinfo=None))
    shown.params["TZID"] = zone
    return shown


def _speaks_local(entry: Entry, zone: str) -> bool:
    """Whether its times can be said in the zone: of a repeated hour only the first can (RFC 5545, 3.3.5)."""
    tz = ZoneInfo(zone)
    return zone != "UTC" and not any(at.astimezone(tz).fold for at in (entry.starts_at, entry.ends_at))


def _timezone(zone: str, rules: Sequence[Observance]) -> Timezone:
    timezone = Timezone()
    timezone.add("tzid", zone)
    for rule in rules:
        part = TimezoneDaylight() if rule.summer else TimezoneStandard()
        part.add("dtstart", rule.begins)
        part.add("tzoffsetfrom", rule.before)
        part.add("tzoffsetto", rule.after)
        if rule.yearly:
            month, place, weekday = rule.yearly
            # Outlook reads no rule without BYDAY.
            part.add("rrule", vRecur(freq="YEARLY", bymonth=month, byday=f"{place}{weekday}"))
        timezone.add_component(part)
    return timezone
