"""A real mail server, and what calendars make of what it gets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from icalendar import Calendar

from db.settings import settings
from tests.portal import free_port


@dataclass(frozen=True)
class Got:
    """One mail as it arrived. `calendar` is its text/calendar part, with what its Content-Type says."""

    to: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    @property
    def part(self) -> Any:
        [part] = [part for part in self.message.walk() if part.get_content_type() == "text/calendar"]
        return part

    @property
    def calendar(self) -> Any:
        return Calendar.from_ical(self.part.get_content())

    @property
    def event(self) -> Any:
        [event] = self.calendar.walk("VEVENT")
        return event


class Letterbox:
    def __init__(self) -> None:
        self.got: list[Got] = []

    async def handle_DATA(self, _server, _session, envelope) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.got.extend(Got(to, message) for to in envelope.rcpt_tos)
        return "250 OK"

    def to(self, address: str) -> list[Got]:
        return [got for got in self.got if got.to == address]


@contextmanager
def open_letterbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Letterbox]:
    box = Letterbox()
    port = free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv("QUIET_ROOM_SMTP_URL", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("QUIET_ROOM_MAIL_FROM", "Linden <portal@example.org>")
    settings.cache_clear()
    try:
        yield box
    finally:
        server.stop()


class Agenda:
    """A calendar that does what RFC 5546 asks: the same UID with a higher SEQUENCE replaces what is there."""

    def __init__(self) -> None:
        self._events: dict[str, Any] = {}

    def take(self, calendar: Any) -> None:
        method = str(calendar["METHOD"])
        for event in calendar.walk("VEVENT"):
            known = self._events.get(str(event["UID"]))
            if known is not None and int(known["SEQUENCE"]) >= int(event["SEQUENCE"]):
                continue
            assert (method == "CANCEL") == (event["STATUS"] == "CANCELLED")
            self._events[str(event["UID"])] = event

    @property
    def starts(self) -> list[datetime]:
        return sorted(e["DTSTART"].dt for e in self._events.values() if e["STATUS"] != "CANCELLED")
