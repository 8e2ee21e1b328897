"""A browser's tab without the drawing: one WebSocket, what was drawn last, and the refreshes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.socket.streamlit_client import Run
from tests.socket.widgets import using, widget

_PATIENCE = 120.0
_DONE = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
    ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
)
_WRONG = (b"Something went wrong", b"find that page", b"reach our records")


class Failed(Exception):
    """A page did not do what the person came for."""


@dataclass
class Told:
    """What a crowd measured, in milliseconds: what people did since the moment `since`, and what their tabs
    asked by themselves. `late`: so many of the acts were still waited for at the moment `until`."""

    since: float
    until: float
    acts: list[float] = field(default_factory=list)
    late: int = 0
    refreshes: list[float] = field(default_factory=list)

    @property
    def finished(self) -> int:
        return len(self.acts) - self.late


class Tab:
    """A person's tab. `page` and `query` are the address; `whole` what the last run of the page drew."""

    def __init__(self, connection: ClientConnection, told: Told) -> None:
        self.told = told
        self.whole = Run()
        self.query = ""
        self._connection = connection
        self._due: dict[str, tuple[float, float]] = {}  # fragment to (next time, every so many seconds)
        self._states: dict[str, WidgetState] = {}  # what stands in the page's fields

    async def open(self, page: str, query: str = "", *, since: float | None = None, words: str = "") -> None:
        """Go to a page; it must say `words`. `since`: when the person pressed, if that was before now."""
        message = BackMsg()
        message.rerun_script.page_name, message.rerun_script.query_string = page, query
        self.query, self._due, self._states = query, {}, {}
        await self._act(message, since, words)

    async def use(
        self, label: str, value: object = True, *, since: float | None = None, words: str = ""
    ) -> None:
        """Press, choose or type."""
        chosen = widget(self.whole, label)
        message = using(self.whole, chosen, value, self.query)
        state = WidgetState()
        state.CopyFrom(message.rerun_script.widget_states.widgets[0])
        self._add_what_stands_here(message, but=state.id)
        if chosen.kind == "button":
            self._states.clear()  # what is pressed here empties the form
        else:
            self._states[state.id] = state
        await self._act(message, since, words)

    async def wait(self, until: float) -> None:
        """Read the screen until then; the tab refreshes what refreshes itself meanwhile."""
        while True:
            fragment = min(self._due, key=lambda one: self._due[one][0], default=None)
            at = self._due[fragment][0] if fragment is not None else until
            if at >= until:
                await asyncio.sleep(max(0.0, until - time.monotonic()))
                return
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            await self._refresh(str(fragment))

    async def _refresh(self, fragment: str) -> None:
        began, (_, every) = time.monotonic(), self._due[fragment]
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.fragment_id, message.rerun_script.is_auto_rerun = fragment, True
        self._add_what_stands_here(message)
        await self._send(message)
        if began >= self.told.since:
            self.told.refreshes.append((time.monotonic() - began) * 1000)
        self._due[fragment] = (time.monotonic() + every, every)

    def _add_what_stands_here(self, message: BackMsg, but: str = "") -> None:
        """A browser says all of it each time, whatever it was that changed."""
        widgets = message.rerun_script.widget_states.widgets
        widgets.extend(state for name, state in self._states.items() if name != but)

    async def _act(self, message: BackMsg, since: float | None, words: str) -> None:
        began = since if since is not None else time.monotonic()
        try:
            run, raw = await self._send(message)
        finally:
            ended = time.monotonic()
            if began >= self.told.since:
                self.told.acts.append((ended - began) * 1000)
                self.told.late += ended > self.told.until
        if not message.rerun_script.fragment_id:
            self.whole, self._due = run, {}
        else:  # what a fragment drew anew stands in place of what it drew before
            self.whole.messages += run.messages
        for one in run.messages:
            if one.WhichOneof("type") == "auto_rerun":
                every = one.auto_rerun.interval
                self._due[one.auto_rerun.fragment_id] = (time.monotonic() + every, every)
        if any(wrong in raw for wrong in _WRONG) or words.encode() not in raw:
            said = [one.delta.new_element.alert.body for one in run.messages if one.HasField("delta")]
            where = message.rerun_script.page_name or self.query
            raise Failed(f"{where}: no {words!r}, but {[one for one in said if one]}")

    async def _send(self, message: BackMsg) -> tuple[Run, bytes]:
        await self._connection.send(message.SerializeToString())
        run, parts = Run(), []
        async with asyncio.timeout(_PATIENCE):
            while True:
                raw = await self._connection.recv(decode=False)
                received = ForwardMsg()
                received.ParseFromString(raw)
                run.messages.append(received)
                parts.append(raw)
                if received.WhichOneof("type") == "script_finished" and received.script_finished in _DONE:
                    return run, b"".join(parts)


@asynccontextmanager
async def tab(host: str, cookie: str, told: Told) -> AsyncIterator[Tab]:
    """Shake hands as a browser does."""
    async with connect(
        f"ws://{host}/_stcore/stream",
        origin=Origin(f"http://{host}"),
        subprotocols=[Subprotocol("streamlit"), Subprotocol("PLACEHOLDER_AUTH_TOKEN")],
        additional_headers={"Cookie": f"quiet_room={cookie}"} if cookie else None,
        open_timeout=_PATIENCE,
        close_timeout=1,
        ping_interval=None,  # a browser sends none
        max_size=None,
    ) as connection:
        yield Tab(connection, told)
