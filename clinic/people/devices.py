"""Known devices: a browser that somebody has signed in with keeps a signed word that says so.

It opens nothing. It only keeps a stranger's guesses from locking out the owner (clinic/people/throttle.py).
"""

from __future__ import annotations

import hmac
import secrets

from db.keys import derived

COOKIE = "quiet_room_device"
DAYS = 365


def device_cookie(person: str) -> str:
    """A new word for this person's browser. `person` is their public id."""
    name = secrets.token_hex(8)
    return f"{name}.{_signed(name, person)}"


def known_device(cookie: str, person: str) -> str:
    """The device's name if this person has signed in with it before, else ""."""
    name, _, signature = cookie.partition(".")
    right = _signed(name, person)
    return name if hmac.compare_digest(signature.encode("utf-8", "replace"), right.encode()) else ""


def _signed(name: str, person: str) -> str:
    return hmac.new(derived("device"), f"{name} {person}".encode("utf-8", "replace"), "sha256").hexdigest()
