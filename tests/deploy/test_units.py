"""The systemd units: systemd reads them, they shut in what they start, and that answers here alone."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.databases import KEYS
from tests.portal import ROOT, free_port
from tests.programs import program

DEPLOY = ROOT / "deploy"
UNITS = ("quiet-room.service", "quiet-room@.service", "quiet-room-backup.service")
# Seen by strace in a start and a first page, beside what every program asks for; and that the night's backup
# gives way. Where one of these is refused, something fails or gets slow.
NEEDED = {"clone3", "execve", "fdatasync", "flock", "io_uring_setup", "mbind", "setpriority", "vfork"}
# systemd's own measure of what a service could still do: 10 everything, 0 nothing.
MOST_EXPOSED = 20  # tenths


class _Unit(ConfigParser):
    """A unit as systemd reads it, as far as we need it: of several lines of one name, the last."""

    def __init__(self, text: str) -> None:
        super().__init__(interpolation=None, strict=False, delimiters=("=",), comment_prefixes=("#",))
        self.read_string(text)

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def unit(name: str) -> _Unit:
    return _Unit((DEPLOY / name).read_text(encoding="utf-8"))


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """Copies that stand where systemd would look, with this folder in the place of /opt/quiet-room."""
    python, folder = Path(sys.executable).parent, tmp_path / "system"
    folder.mkdir()
    for name in UNITS:
        text = (DEPLOY / name).read_text(encoding="utf-8")
        text = text.replace("/opt/quiet-room/.venv/bin", str(python)).replace("/opt/quiet-room", str(ROOT))
        (folder / name.replace("@.", "@8501.")).write_text(text, encoding="utf-8")
    return folder


def _analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [program("systemd-analyze"), *words]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "SYSTEMD_PAGER": ""})


def test_systemd_finds_nothing_wrong_with_any_unit(units: Path) -> None:
    found = _analyze("verify", "--man=no", "--recursive-errors=no", *sorted(units.iterdir()))
    assert (found.returncode, found.stderr) == (0, "")


def test_systemd_would_say_what_is_wrong(units: Path) -> None:
    service = units / "quiet-room.service"
    service.write_text(service.read_text().replace("ProtectSystem=strict", "ProtectSystem=stritc"))
    assert "stritc" in _analyze("verify", "--man=no", "--recursive-errors=no", service).stderr


@pytest.mark.parametrize("name", ["quiet-room.service", "quiet-room@8501.service"])
def test_what_the_service_could_do_to_the_machine_is_little(units: Path, name: str) -> None:
    rule = ("security", "--offline=true", "--no-pager", f"--threshold={MOST_EXPOSED}", units / name)
    found = _analyze(*rule)
    assert found.returncode == 0, found.stdout[-500:]
    open_wide = (
        (units / name).read_text().replace("ProtectSystem=strict\n", "").replace("PrivateUsers=yes\n", "")
    )
    (units / name).write_text(open_wide.replace("CapabilityBoundingSet=\n", ""))
    assert _analyze(*rule).returncode != 0, "and the measure tells the difference"


def test_the_portal_may_call_what_it_needs_and_not_the_rest() -> None:
    allowed: set[str] = set()
    for line in (DEPLOY / "quiet-room.service").read_text(encoding="utf-8").splitlines():
        if line.startswith("SystemCallFilter=~"):
            allowed -= _calls(line.removeprefix("SystemCallFilter=~").split())
        elif line.startswith("SystemCallFilter="):
            allowed |= _calls(line.removeprefix("SystemCallFilter=").split())
    assert NEEDED - allowed == set()
    assert allowed & {"mount", "ptrace", "bpf", "setuid", "reboot", "init_module"} == set()


def _calls(names: list[str]) -> set[str]:
    """The system calls of these groups, and of the groups in them."""
    found: set[str] = set()
    for name in names:
        if not name.startswith("@"):
            found.add(name)
            continue
        listed = _analyze("syscall-filter", "--no-pager", name).stdout.splitlines()[1:]
        inside = [line.strip() for line in listed]
        found |= _calls([line for line in inside if line and not line.startswith("#")])
    return found


def test_one_of_several_is_the_same_but_for_its_port_and_name() -> None:
    alone, several = dict(unit("quiet-room.service")["Service"]), dict(unit("quiet-room@.service")["Service"])
    assert several["Environment"] == f"QUIET_ROOM_PROCESS=%i {alone['Environment']}"
    assert several["ExecStart"] == alone["ExecStart"].replace("8501", "%i")
    for line in ("Environment", "ExecStart"):
        alone.pop(line)
        several.pop(line)
    assert several == alone


def test_what_the_service_starts_answers_on_this_machine_alone_with_the_example_s_settings(
    tmp_path: Path,
) -> None:
    """Its command, its settings and the example's, with the folders and the database that are here."""
    port, service = free_port(), unit("quiet-room.service")["Service"]
    var = tmp_path / "quiet-room"
    environment = dict(
        line.split("=", 1)
        for line in (DEPLOY / "quiet-room.env.example").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
    environment |= dict(pair.split("=", 1) for pair in service["Environment"].split())
    environment |= {
        "QUIET_ROOM_VAR": str(var),
        "QUIET_ROOM_BACKUPS": str(tmp_path / "nightly"),
        "HOME": str(var),
        "QUIET_ROOM_KEYS": KEYS,
        "DATABASE_URL": f"sqlite:///{var / 'quiet-room.db'}",
    }
    program_, *words = shlex.split(service["ExecStart"])
    assert program_ == "/opt/quiet-room/.venv/bin/streamlit"
    command = [sys.executable, "-m", "streamlit", *(str(port) if word == "8501" else word for word in words)]
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
            umask=int(service["UMask"], 8),
        )
    try:
        _until_it_answers(process, port, log)
        for address in _other_addresses():
            with pytest.raises(ConnectionRefusedError), socket.create_connection((address, port), timeout=2):
                pass
        assert {path.stat().st_mode & 0o077 for path in (var, var / "quiet-room.db")} == {0}
        _back_up(tmp_path, environment)
    finally:
        process.send_signal(signal.SIGTERM)
        ended = process.wait(int(service["TimeoutStopSec"]))
    assert ended in (0, -signal.SIGTERM), "both are an end in order for systemd"
    assert "Set-up code for the first administrator" in log.read_text(encoding="utf-8")


def _back_up(folder: Path, environment: dict[str, str]) -> None:
    """The night's backup, while the portal is in use."""
    python, *words = shlex.split(unit("quiet-room-backup.service")["Service"]["ExecStart"])
    assert (python, words[-1]) == ("/opt/quiet-room/.venv/bin/python", "/var/backups/quiet-room")
    command: list[str | Path] = [sys.executable, *words[:-1], folder / "backups"]
    done = subprocess.run(
        command, cwd=ROOT, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert len(list((folder / "backups").glob("*.quietroom"))) == 1


def _until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)  # between two questions; the answer is what is waited for
    pytest.fail(f"It did not start:\n{log.read_text(errors='replace')}", pytrace=False)


def _other_addresses() -> set[str]:
    """This machine's addresses that others could reach it by."""
    with socket.socket(type=socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # sends nothing; the system says which of its addresses it takes
        except OSError:
            return set()
        return {asking.getsockname()[0]} - {"127.0.0.1"}
