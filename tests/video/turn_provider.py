"""A TURN provider that mints credentials: a real HTTP server on loopback, as good or bad as a test wants."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TURN = {"urls": ["turn:turn.example.org:3478?transport=udp"], "username": "u", "credential": "c"}
GOOD = json.dumps({"iceServers": [{"urls": "stun:stun.example.org:3478"}, TURN]}).encode()


@dataclass
class Provider:
    """What it answers, and what it was asked. `drip`: seconds between two bytes of its answer."""

    port: int = 0
    status: int = 201
    body: bytes = GOOD
    drip: float = 0.0
    location: str = ""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/credentials"


@contextmanager
def running_provider() -> Iterator[Provider]:
    given = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            given.asked.append((self.headers["Authorization"], said))
            self.send_response(given.status)
            self.send_header("Content-Length", str(len(given.body)))
            if given.location:
                self.send_header("Location", given.location)
            self.end_headers()
            try:
                for byte in given.body if given.drip else b"":
                    self.wfile.write(bytes([byte]))
                    time.sleep(given.drip)  # a slow network
                self.wfile.write(b"" if given.drip else given.body)
            except OSError:
                pass

        def log_message(self, format: str, *args: Any) -> None:
            """Tests read answers, not logs."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        given.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield given
        server.shutdown()
