"""Real proxies in front of portals: nginx and Caddy with the examples of `deploy/`, on ports of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.coturn import make_certificate
from tests.portal import ROOT, free_port
from tests.programs import program

NGINX, CADDY = ROOT / "deploy" / "nginx.conf", ROOT / "deploy" / "Caddyfile"
NAME = "portal.example.org"
HOME = "127.0.0.1"
NAMES = ("8501", "8502")  # of the processes in nginx's example
_PATIENCE = 15.0


@dataclass(frozen=True)
class Answer:
    """`headers` by their small names; `cookies` are the Set-Cookie lines by their names."""

    status: int
    headers: dict[str, str]
    cookies: dict[str, str]

    def cookie(self, name: str) -> str:
        """Its value alone."""
        return self.cookies[name].split(";", 1)[0].split("=", 1)[1]


@dataclass(frozen=True)
class Proxy:
    """A running proxy that speaks HTTPS on `port` and HTTP on `plain_port`, both of loopback."""

    port: int
    plain_port: int
    folder: Path

    @property
    def address(self) -> str:
        return f"https://{HOME}:{self.port}"

    @property
    def trust(self) -> ssl.SSLContext:
        """What accepts its certificate, and no other."""
        context = ssl.create_default_context(cafile=self.folder / "cert.pem")
        context.check_hostname = False  # the certificate is for loopback, the host asked for is the clinic's
        return context

    def ask(self, path: str, headers: dict[str, str], *, post: object = None, plain: bool = False) -> Answer:
        """As a browser that asks for the name in `headers`. `plain`: by HTTP."""
        connection = _Connection(self, plain)
        try:
            if post is None:
                connection.request("GET", path, headers=headers)
            else:
                kind = {"Content-Type": "application/json"}
                connection.request("POST", path, json.dumps(post), headers | kind)
            with connection.getresponse() as answer:
                answer.read()
                lines = answer.headers.get_all("Set-Cookie", [])
                found = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status, found, {line.split("=", 1)[0]: line for line in lines})
        finally:
            connection.close()


class _Connection(HTTPConnection):
    """To the proxy on loopback, whatever name is asked for."""

    def __init__(self, proxy: Proxy, plain: bool) -> None:
        super().__init__(HOME, proxy.plain_port if plain else proxy.port, timeout=20)
        self._trust = None if plain else proxy.trust

    def connect(self) -> None:
        self.sock = socket.create_connection((HOME, self.port), 20)
        if self._trust is not None:
            self.sock = self._trust.wrap_socket(self.sock, server_hostname=NAME)


@contextmanager
def running_nginx(folder: Path, ports: Sequence[int]) -> Iterator[Proxy]:
    """nginx with the clinic's example in front of two processes: the first is called NAMES[0], and so on."""
    make_certificate(folder)
    proxy = Proxy(free_port(), free_port(), folder)
    configuration = nginx_configuration(proxy, ports)
    with running([program("nginx"), "-p", folder, "-c", configuration, "-e", folder / "error.log"], proxy):
        yield proxy


def nginx_configuration(proxy: Proxy, ports: Sequence[int]) -> Path:
    """The example, with its names, ports and files as they are here, inside the least that nginx asks for."""
    text = NGINX.read_text(encoding="utf-8")
    for theirs, mine in {
        "listen 80;": f"listen {HOME}:{proxy.plain_port};",
        "listen [::]:80;": "",
        "listen 443 ssl;": f"listen {HOME}:{proxy.port} ssl;",
        "listen [::]:443 ssl;": "",
        "/etc/ssl/quiet-room/fullchain.pem": str(proxy.folder / "cert.pem"),
        "/etc/ssl/quiet-room/privkey.pem": str(proxy.folder / "key.pem"),
        # A browser of the tests asks for a port, which the clinic's does not.
        "proxy_set_header Host $host;": "proxy_set_header Host $http_host;",
    }.items():
        assert text.count(theirs) == 1, f"the example says {theirs!r} not once"
        text = text.replace(theirs, mine)
    for theirs, port in zip(NAMES, ports, strict=True):
        assert text.count(f"{HOME}:{theirs}") == 3
        text = text.replace(f"{HOME}:{theirs}", f"{HOME}:{port}")
    site = proxy.folder / "quiet-room.conf"
    site.write_text(text, encoding="utf-8")
    whole = proxy.folder / "nginx.conf"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {proxy.folder / kind};\n" for kind in kinds)
    whole.write_text(
        f"daemon off;\nworker_processes 1;\npid {proxy.folder / 'nginx.pid'};\n"
        f"events {{ worker_connections 256; }}\nhttp {{\n{temporary}include {site};\n}}\n",
        encoding="utf-8",
    )
    return whole


@contextmanager
def running_caddy(folder: Path, port: int) -> Iterator[Proxy]:
    """Caddy with the clinic's example in front of one process. It signs its certificate itself, for the
    clinic's name: no authority on the internet is asked."""
    make_certificate(folder)
    proxy = Proxy(free_port(), free_port(), folder)
    with running(
        [program("caddy"), "run", "--config", caddyfile(proxy, port), "--adapter", "caddyfile"], proxy
    ):
        yield proxy


def caddyfile(proxy: Proxy, port: int) -> Path:
    text = CADDY.read_text(encoding="utf-8")
    assert text.count("127.0.0.1:8501") == 1
    assert text.count(f"\n{NAME} {{\n") == 1
    text = text.replace("127.0.0.1:8501", f"127.0.0.1:{port}")
    certificate = f"\ttls {proxy.folder / 'cert.pem'} {proxy.folder / 'key.pem'}\n"
    text = text.replace(f"\n{NAME} {{\n", f"\n{NAME} {{\n\tbind {HOME}\n{certificate}")
    options = f"{{\n\tadmin off\n\thttp_port {proxy.plain_port}\n\thttps_port {proxy.port}\n"
    options += f"\tstorage file_system {proxy.folder / 'caddy'}\n\tskip_install_trust\n}}\n"
    made = proxy.folder / "Caddyfile"
    made.write_text(options + text, encoding="utf-8")
    return made


@contextmanager
def running(command: Sequence[str | Path], proxy: Proxy) -> Iterator[None]:
    said = proxy.folder / "proxy.log"
    with said.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "XDG_CONFIG_HOME": str(proxy.folder)},  # what Caddy remembers of its start
        )
    try:
        deadline = time.monotonic() + _PATIENCE
        while not _listens(proxy.port):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{command[0]} did not start:\n{said.read_text(errors='replace')}", pytrace=False)
            time.sleep(0.05)  # between two questions; the answer is what is waited for
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((HOME, port), timeout=0.2):
            return True
    except OSError:
        return False
