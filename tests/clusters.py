"""A PostgreSQL cluster of the tests' own, which can be stopped and started again.

The server is the system's own program, started in a temporary folder and reached through a socket there, so
it needs no port and touches no existing cluster.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.programs import program

# For what need not outlive the tests: nothing waits for the disk.
CARELESS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@dataclass(frozen=True)
class Cluster:
    """A cluster in `folder`; `settings` are options of its server."""

    folder: Path
    settings: str
    account: str | None

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def make(self) -> None:
        self._run(
            *(program("initdb"), "-D", self.folder / "data", "-U", "postgres", "-A", "trust"),
            *("-E", "UTF8", "--locale=C", "--no-sync"),
        )

    def start(self) -> None:
        """Returns once it takes connections."""
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' {self.settings}"
        self._control("-l", self.folder / "log", "-o", options, "-w", "-t", "60", "start")

    def stop(self, mode: str = "immediate") -> None:
        """`mode` is pg_ctl's: "fast" ends every session, "immediate" is a crash."""
        self._control("-m", mode, "stop")

    def _control(self, *words: str | Path) -> None:
        self._run(program("pg_ctl"), "-D", self.folder / "data", *words)

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(
            command,
            user=self.account,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            log = self.folder / "log"
            said = done.stdout + done.stderr + (log.read_text() if log.exists() else "")
            pytest.fail(f"PostgreSQL did not do what the tests need:\n{said}", pytrace=False)


@contextmanager
def running_cluster(settings: str = "") -> Iterator[Cluster]:
    """A fresh cluster that takes connections, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="quiet-room-pg-"))
    # PostgreSQL refuses to run as root; its Debian package brings a user for it.
    account = "postgres" if os.geteuid() == 0 else None
    if account:
        shutil.chown(folder, account, account)
    cluster = Cluster(folder, f"{settings} -c max_connections=200", account)
    try:
        cluster.make()
        cluster.start()
        try:
            yield cluster
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
