"""What happens once, before the first visitor: the clinic opened and the process tuned for many reruns.

The tuning figures are in docs/decisions/0003-tuned-start.md; each was measured.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool

import db
from clinic.people.postman import send_due
from clinic.start import start
from db.errors import DatabaseUnreachable

_log = logging.getLogger("quietroom.web")
_POST_SECONDS = 3  # a person who asked for a new password waits for the mail
# Half a second to two seconds of imports that the first visitor would wait for.
_PRELOAD = ("pandas", "plotly.graph_objects", "bcrypt", "psycopg", "aiortc")


def opening(preload: Callable[[], None]) -> Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]:
    """A lifespan for Streamlit's application. `preload` imports what the screens need."""

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[dict[str, Any]]:
        try:
            await run_in_threadpool(start, datetime.now(UTC))
        except DatabaseUnreachable:
            # Serve anyway: the screens say so, show crisis help, and try again at each run.
            _log.error("The database does not answer. The portal serves help only until it does.")
        for name in _PRELOAD:
            await run_in_threadpool(importlib.import_module, name)
        await run_in_threadpool(preload)
        _tune()
        post = asyncio.create_task(_carry_mail())
        try:
            yield {}
        finally:
            post.cancel()
            db.dispose()

    return lifespan


async def _carry_mail() -> None:
    """Look into the outbox every few seconds, for as long as the portal runs."""
    while True:
        try:
            await run_in_threadpool(send_due, datetime.now(UTC))
        except Exception as error:  # whatever it is, the next mails must go out
            _log.error("The outbox stopped at %s; it is looked at again.", type(error).__name__)
        await asyncio.sleep(_POST_SECONDS)


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
