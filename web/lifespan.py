"""What happens once, before the first visitor: the clinic opened and the process tuned for many reruns.

The tuning figures are in docs/decisions/0003-tuned-start.md; each was measured.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool

import db
from clinic.oversight.scheduled import keep_backups
from clinic.people.postman import send_due
from clinic.records.check_in_reminders import send_due_check_ins
from clinic.safety.escalation import escalate_due
from clinic.scheduling.reminders import send_due_reminders
from clinic.start import start
from clinic.video.calls import close_ended, end_abandoned
from clinic.video.capacity import say_alive
from clinic.video.processes import SAY_SECONDS, say_goodbye
from clinic.video.relay import relay
from db.errors import DatabaseUnreachable, WrongKey
from db.settings import settings

_log = logging.getLogger("quietroom.web")
_CALL_SECONDS = 2  # whoever is signed out is out of their call within five
_ABANDONED_SECONDS = 60
_ALERT_SECONDS = 15  # of the minutes after which an alert is told to more people
_REMINDER_SECONDS = 20
_BACKUP_SECONDS = 300
_POST_SECONDS = 3  # a person who asked for a new password waits for the mail
# Half a second to two seconds of imports that the first visitor would wait for.
_PRELOAD = ("pandas", "plotly.graph_objects", "bcrypt", "psycopg", "aiortc")


def opening(preload: Callable[[], None]) -> Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]:
    """A lifespan for Streamlit's application. `preload` imports what the screens need."""

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[dict[str, Any]]:
        try:
            await run_in_threadpool(start, datetime.now(UTC))
        except WrongKey as error:
            _refuse(str(error))
        except DatabaseUnreachable:
            # Serve anyway: the screens say so, show crisis help, and try again at each run.
            _log.error("The database does not answer. The portal serves help only until it does.")
        for name in _PRELOAD:
            await run_in_threadpool(importlib.import_module, name)
        await run_in_threadpool(preload)
        _tune()
        if note := await run_in_threadpool(lambda: relay.note):
            _log.warning(note)
        if settings().smtp_url and not settings().origins:
            _log.warning("Links in mails have no address: say yours in QUIET_ROOM_ORIGINS.")
        rounds = [
            asyncio.create_task(_again_and_again(_POST_SECONDS, send_due)),
            asyncio.create_task(_again_and_again(_CALL_SECONDS, close_ended)),
            asyncio.create_task(_again_and_again(_ABANDONED_SECONDS, end_abandoned)),
            asyncio.create_task(_again_and_again(SAY_SECONDS, say_alive)),
            asyncio.create_task(_again_and_again(_ALERT_SECONDS, escalate_due)),
            asyncio.create_task(_again_and_again(_REMINDER_SECONDS, send_due_reminders)),
            asyncio.create_task(_again_and_again(_REMINDER_SECONDS, send_due_check_ins)),
            asyncio.create_task(_again_and_again(_BACKUP_SECONDS, keep_backups)),
        ]
        try:
            yield {}
        finally:
            for each in rounds:
                each.cancel()
            with suppress(DatabaseUnreachable):
                await run_in_threadpool(say_goodbye)
            db.dispose()

    return lifespan


async def _again_and_again(seconds: float, act: Callable[[datetime], int]) -> None:
    """Do something every few seconds, for as long as the portal runs."""
    while True:
        try:
            await run_in_threadpool(act, datetime.now(UTC))
        except DatabaseUnreachable:
            pass  # said once where it matters; the next round tries again
        except Exception as error:
            _log.error("%s stopped at %s; it is tried again.", act.__name__, type(error).__name__)
        await asyncio.sleep(seconds)


def _refuse(why: str) -> None:
    """End the process with a sentence. To an exception here the server answers with two tracebacks, in which
    whoever has to put the keys back would look for it."""
    _log.critical("The portal does not start. %s", why)
    logging.shutdown()
    os._exit(os.EX_CONFIG)


def _tune() -> None:
    for candidate in gc.get_objects():
        if isinstance(candidate, socket.socket):
            _send_at_once(candidate)
    # A run holds the interpreter up to this long; the default of 5 ms is heard in a call beside it.
    sys.setswitchinterval(0.0005)
    # What is imported stays: taken out of every later collection (a rerun falls from 90 to 10 ms).
    gc.collect()
    gc.freeze()


def _send_at_once(listening: socket.socket) -> None:
    """Accepted connections inherit it. Streamlit leaves Nagle on, which holds small answers back 40 ms."""
    try:
        if listening.type == socket.SOCK_STREAM and listening.family in (socket.AF_INET, socket.AF_INET6):
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        pass  # not a TCP socket after all, or closed
