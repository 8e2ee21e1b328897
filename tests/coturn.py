"""A real TURN server on loopback: coturn with the clinic's example configuration, on ports of its own."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.portal import ROOT, free_port
from tests.programs import program

EXAMPLE = ROOT / "deploy" / "coturn" / "turnserver.conf"
SECRET = "a secret of the tests"
HOME = "127.0.0.1"
_PATIENCE = 15.0


@dataclass
class Coturn:
    """A running coturn. `log` is what it has written: one line for each allocation among others."""

    folder: Path
    port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def udp(self) -> str:
        return f"turn:{HOME}:{self.port}?transport=udp"

    @property
    def tcp(self) -> str:
        return f"turn:{HOME}:{self.port}?transport=tcp"

    @property
    def tls(self) -> str:
        """With a certificate that nobody signed."""
        return f"turns:{HOME}:{self.tls_port}?transport=tcp"

    @property
    def stun(self) -> str:
        return f"stun:{HOME}:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "coturn.log").read_text(errors="replace")

    def start(self) -> None:
        """Start it, or start it again, and wait until it answers."""
        with (self.folder / "coturn.log").open("ab") as out:
            self._process = subprocess.Popen(
                [
                    *(program("turnserver"), "-c", self._configuration(), "-b", self.folder / "turn.db"),
                    *("--listening-ip", HOME, "--relay-ip", HOME, "--allow-loopback-peers"),
                    *("--pidfile", self.folder / "coturn.pid", "--verbose"),
                ],
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + _PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"coturn did not start:\n{self.log}", pytrace=False)
            time.sleep(0.05)  # between two questions; the answer is what is waited for

    def stop(self) -> None:
        """Gone at once, with every allocation it had."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        with socket.socket(type=socket.SOCK_DGRAM) as asking:
            asking.settimeout(0.2)
            # A binding request: type, no length, the cookie, an id (RFC 8489, section 5).
            asking.sendto(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + b"are-you-up??", (HOME, self.port))
            try:
                return asking.recv(2048)[:2] == b"\x01\x01"
            except OSError:
                return False

    def _configuration(self) -> Path:
        """The example, with what it marks to be changed changed."""
        text = EXAMPLE.read_text(encoding="utf-8")
        first = 61_000 + self.port % 4000  # beyond what the system gives to others
        for line, mine in {
            "static-auth-secret=CHANGE-ME": f"static-auth-secret={SECRET}",
            "listening-port=3478": f"listening-port={self.port}",
            "tls-listening-port=5349": f"tls-listening-port={self.tls_port}",
            "cert=/etc/coturn/fullchain.pem": f"cert={self.folder / 'cert.pem'}",
            "pkey=/etc/coturn/privkey.pem": f"pkey={self.folder / 'key.pem'}",
            "min-port=49152": f"min-port={first}",
            "max-port=49651": f"max-port={first + 100}",
        }.items():
            assert f"\n{line}\n" in text, f"the example has no line {line}"
            text = text.replace(f"\n{line}\n", f"\n{mine}\n")
        made = self.folder / "turnserver.conf"
        made.write_text(text, encoding="utf-8")
        return made


@contextmanager
def running_coturn(folder: Path) -> Iterator[Coturn]:
    make_certificate(folder)
    server = Coturn(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def make_certificate(folder: Path) -> None:
    """cert.pem and key.pem for loopback, signed by nobody known."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOME)])
    now = datetime.now(UTC)
    public = key.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOME))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
