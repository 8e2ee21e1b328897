"""Streamlit's own scripts and styles, compressed once and kept: 2.7 MB become under 1 MB on a phone."""

from __future__ import annotations

import asyncio
import gzip

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KINDS = (".js", ".css", ".json", ".svg")
_SMALLEST = 1024
_LEVEL = 6


class StaticGzip:
    """ASGI middleware for /static: the files' names carry their hash, so a copy never goes stale."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: dict[str, tuple[list[tuple[bytes, bytes]], bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _applies(scope):
            await self.app(scope, receive, send)
            return
        kept = self._kept.get(scope["path"])
        if kept is None:
            start, body = await self._fetch(scope)
            headers = Headers(raw=start["headers"])
            # Half a file, kept, would be everybody's until the server starts anew.
            whole = headers.get("content-length") in (None, str(len(body)))
            if start["status"] != 200 or not whole or len(body) < _SMALLEST or "content-encoding" in headers:
                await send(start)
                await send({"type": "http.response.body", "body": body})
                return
            kept = (_compressed_headers(start), await run_in_threadpool(gzip.compress, body, _LEVEL))
            self._kept[scope["path"]] = kept
        raw, body = kept
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [*raw, (b"content-length", str(len(body)).encode())],
            }
        )
        await send({"type": "http.response.body", "body": body})

    async def _fetch(self, scope: Scope) -> tuple[Message, bytes]:
        """The plain file, whole: a browser's question for a part or for news is left out, and so is that
        it went away meanwhile, which would end the file in the middle."""
        asked = MutableHeaders(raw=[*scope["headers"]])
        for name in ("accept-encoding", "if-none-match", "if-modified-since", "range"):
            del asked[name]
        start: Message = {}
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        # pathsend would hand the file to the server unread.
        scope = {**scope, "headers": asked.raw, "extensions": {}}
        await self.app(scope, _stays, collect)
        return start, b"".join(parts)


async def _stays() -> Message:
    """What a browser says that never goes away: nothing."""
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


def _applies(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and scope["path"].startswith("/static/")
        and scope["path"].endswith(_KINDS)
        and "gzip" in Headers(scope=scope).get("accept-encoding", "")
    )


def _compressed_headers(start: Message) -> list[tuple[bytes, bytes]]:
    headers = MutableHeaders(raw=[*start["headers"]])
    for name in ("content-length", "etag", "accept-ranges"):
        del headers[name]
    headers["Content-Encoding"] = "gzip"
    headers["Vary"] = "Accept-Encoding"
    return headers.raw
