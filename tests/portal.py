"""A portal of one's own: `streamlit run Home.py` as a process, on a free port, on a given database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE = 60.0


@dataclass(frozen=True)
class Portal:
    """A running portal. `log` is what it has written; `pid` its process."""

    port: int
    pid: int
    log: Path

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"


@contextmanager
def running_portal(
    folder: Path, environment: Mapping[str, str], script: str = "Home.py", cwd: Path = ROOT
) -> Iterator[Portal]:
    """Start the portal and wait until it answers; stop it at the end.

    Args:
        environment: QUIET_ROOM_… and DATABASE_URL; nothing of the developer's own is passed on. A nightly
            backup is made where it says a folder for it.
        script: what Streamlit runs, beside `cwd`'s .streamlit folder.
    """
    port = free_port()
    log = folder / f"portal-{port}.log"
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("QUIET_ROOM_", "STREAMLIT_")) and name != "DATABASE_URL"
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", script),
                *("--server.port", str(port), "--server.address", "localhost"),
            ],
            cwd=cwd,
            env={**inherited, "QUIET_ROOM_BACKUPS": "off", **environment, "PYTHONUNBUFFERED": "1"},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_it_answers(process, port, log)
        yield Portal(port, process.pid, log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)  # between two questions; the answer is what is waited for
    pytest.fail(f"The portal did not start:\n{log.read_text(errors='replace')}", pytrace=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])
