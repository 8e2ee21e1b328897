"""Headers every response carries, and addresses of Streamlit that nobody outside needs."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from db.settings import settings

# Metrics name sessions and memory to anyone; the others are ways in that no screen of ours uses.
CLOSED = ("/_stcore/metrics", "/_stcore/upload_file", "/_stcore/agent", "/_stcore/script-health-check")

# Streamlit's page runs inline scripts, its charts compile code, and components v2 are loaded from blobs.
# What this still stops: scripts, frames, forms and requests that lead to another host.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' blob:",
        "connect-src 'self' ws: wss: blob: data:",
        "worker-src 'self' blob:",
        "frame-src 'self'",
        "frame-ancestors 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_HSTS = "max-age=31536000"


class Headers:
    """ASGI middleware: closes what is closed, and adds the headers to everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if settings().https or scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = _HSTS
            await send(message)

        if is_closed(scope["path"]):
            await PlainTextResponse("Not found", status_code=404)(scope, receive, add)
        else:
            await self.app(scope, receive, add)


def is_closed(path: str) -> bool:
    """Whether the address, however it is spelled with slashes, is one of the closed ones."""
    plain = "/" + "/".join(part for part in path.split("/") if part)
    return any(plain == closed or plain.startswith(closed + "/") for closed in CLOSED)
