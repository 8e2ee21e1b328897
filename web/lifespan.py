"""What happens once, before the first visitor: the clinic opened and the process tuned for many reruns.

The tuning figures are in docs/decisions/0003-tuned-start.md; each was measured.
"""

from __future__ import annotations

import gc
import importlib
import logging
import pkgutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool

import db
from clinic.start import start
from db.errors import DatabaseUnreachable

_log = logging.getLogger("quietroom.web")
# Half a second to two seconds of imports that the first visitor would wait for.
_PRELOAD = ("pandas", "plotly.graph_objects", "bcrypt", "psycopg", "aiortc")
# Its library puts its frame on the list of served ones only when a visitor's run imports it.
_NOT_YET = "components.video"
_running = False


def is_running() -> bool:
    """Whether Streamlit honoured our application, and with it the routes and the middleware."""
    return _running


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[dict[str, Any]]:
    """Open the clinic, tune the process, serve."""
    global _running
    try:
        await run_in_threadpool(start, datetime.now(UTC))
    except DatabaseUnreachable:
        # Serve anyway: the screens say so, show crisis help, and try again at each run.
        _log.error("The database does not answer. The portal serves help only until it does.")
    await run_in_threadpool(_preload)
    _tune()
    _running = True
    try:
        yield {}
    finally:
        _running = False
        db.dispose()


def _preload() -> None:
    import components

    for name in _PRELOAD:
        importlib.import_module(name)
    for module in pkgutil.iter_modules(components.__path__, "components."):
        if module.name != _NOT_YET:
            importlib.import_module(module.name)


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
