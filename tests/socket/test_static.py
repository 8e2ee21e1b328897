"""Streamlit's scripts as they are kept compressed: whole, or not kept."""

from __future__ import annotations

import asyncio
import gzip

from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.static import StaticGzip

SCRIPT = b"say('hello');" * 10_000
SCOPE: Scope = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.3"},
    "method": "GET",
    "path": "/static/js/some.js",
    "headers": [(b"accept-encoding", b"gzip")],
}


async def _serve(scope: Scope, receive: Receive, send: Send) -> None:
    """In parts, and no further once the browser is gone."""

    async def parts():
        for at in range(0, len(SCRIPT), 16_384):
            await asyncio.sleep(0)
            yield SCRIPT[at : at + 16_384]

    headers = {"content-length": str(len(SCRIPT))}
    await StreamingResponse(parts(), headers=headers)(scope, receive, send)


async def _asked(app: ASGIApp, *, goes_away: bool) -> bytes:
    """What the browser is sent, unpacked."""
    sent: list[bytes] = []

    async def receive() -> Message:
        if not goes_away:
            await asyncio.Event().wait()
        for _ in range(6):  # some parts are out by then
            await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))

    await app(SCOPE, receive, send)
    return gzip.decompress(b"".join(sent))


def test_a_browser_that_goes_away_leaves_no_half_script_to_the_next() -> None:
    async def both() -> bytes:
        app = StaticGzip(_serve)
        await _asked(app, goes_away=True)
        return await _asked(app, goes_away=False)

    assert asyncio.run(both()) == SCRIPT


def test_a_file_that_ends_early_is_not_kept() -> None:
    calls = []

    async def cut_once(scope: Scope, receive: Receive, send: Send) -> None:
        calls.append(scope["path"])
        body = SCRIPT[:20_000] if len(calls) == 1 else SCRIPT
        headers = [(b"content-length", str(len(SCRIPT)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def twice() -> bytes:
        app = StaticGzip(cut_once)
        sent: list[bytes] = []

        async def send(message: Message) -> None:
            sent.append(message.get("body", b""))

        await app(SCOPE, asyncio.Event().wait, send)  # type: ignore[arg-type]
        return await _asked(app, goes_away=False)

    assert asyncio.run(twice()) == SCRIPT
    assert len(calls) == 2
