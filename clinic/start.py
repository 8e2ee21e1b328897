"""Opening the portal: the store made ready, then a demo clinic or, on an empty portal, the set-up code."""

from __future__ import annotations

import threading
from datetime import datetime

import db
from clinic.people.setup import offer_code
from db.settings import settings

_lock = threading.Lock()
_opened = False


def start(now: datetime) -> None:
    """Make everything ready to serve. Safe to call on every run: only the first does any work.

    Raises:
        DatabaseUnreachable: try again with the next run.
        WrongKey: the records were written with another key.
    """
    global _opened
    with _lock:
        if _opened:
            return
        db.start()
        if settings().demo:
            from clinic.demo import fill  # only a demo loads its made-up people

            fill(now)
        else:
            offer_code(now)
        _opened = True
