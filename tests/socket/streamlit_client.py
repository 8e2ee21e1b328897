"""A client that speaks Streamlit's WebSocket without a browser: it sends what no browser would."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.proxies import HOME, Proxy

_PATIENCE = 20.0


@dataclass
class Run:
    """What one script run sent: every message, and the text that was on the screen."""

    messages: list[ForwardMsg] = field(default_factory=list)

    @property
    def session_id(self) -> str:
        return next(
            m.new_session.initialize.session_id
            for m in self.messages
            if m.WhichOneof("type") == "new_session"
        )

    @property
    def raw(self) -> bytes:
        """Everything, to look for words that must not be there."""
        return b"".join(message.SerializeToString() for message in self.messages)

    def says(self, words: str) -> bool:
        return words.encode() in self.raw

    @property
    def title(self) -> str:
        """The h1, as far as the run drew one."""
        for message in self.messages:
            if message.WhichOneof("type") == "delta" and message.delta.new_element.heading.tag == "h1":
                return message.delta.new_element.heading.body
        return ""


class Visitor:
    """An open WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def open(self, address: str, query: str = "") -> Run:
        """Ask for a page by its address, as a browser's first message does."""
        message = BackMsg()
        message.rerun_script.page_name = address
        message.rerun_script.query_string = query
        return self.send(message)

    def post(self, message: BackMsg) -> None:
        """Send anything, and wait for nothing."""
        self._connection.send(message.SerializeToString())

    def send(self, message: BackMsg) -> Run:
        """Send anything, and collect what comes until the script has finished."""
        self.post(message)
        run = Run()
        deadline = time.monotonic() + _PATIENCE
        while True:
            raw = self._connection.recv(timeout=max(0.1, deadline - time.monotonic()))
            assert isinstance(raw, bytes)
            received = ForwardMsg()
            received.ParseFromString(raw)
            run.messages.append(received)
            # A run that is broken off to switch the page finishes "early", and another follows.
            if received.WhichOneof("type") == "script_finished" and received.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY,
                ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
                ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
            ):
                return run


@contextmanager
def visitor(
    host: str,
    *,
    origin: str | None = "own",
    cookie: str | None = None,
    resume: str | None = None,
    process: str | None = None,
    through: Proxy | None = None,
) -> Iterator[Visitor]:
    """Shake hands as a browser does, with one's own Origin unless another, or None for none, is given.

    Args:
        cookie: the session cookie's value.
        resume: a session id to ask for.
        process: the balancer's cookie, where several processes share the work.
        through: a proxy that speaks HTTPS, in place of `host` itself, which is then only asked for.
    """
    protocols = ["streamlit", "PLACEHOLDER_AUTH_TOKEN", *([resume] if resume else [])]
    own = f"{'https' if through else 'http'}://{host}"
    cookies = [f"quiet_room={cookie}"] if cookie else []
    cookies += [f"qr_process={process}"] if process else []
    there: dict[str, Any] = {}
    if through is not None:
        there = {"ssl": through.trust, "sock": socket.create_connection((HOME, through.port), 10)}
    with connect(
        f"{'wss' if through else 'ws'}://{host}/_stcore/stream",
        origin=None if origin is None else Origin(own if origin == "own" else origin),
        subprotocols=[Subprotocol(name) for name in protocols],
        additional_headers={"Cookie": "; ".join(cookies)} if cookies else None,
        open_timeout=10,
        max_size=None,
        **there,
    ) as connection:
        yield Visitor(connection)
