"""Trying a TURN server out: a real coturn that answers, and each way in which one does not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from clinic.video import turn_probe
from clinic.video.turn import Server, ice_servers, with_password
from clinic.video.turn_probe import WORDS, Outcome, _only_at_home, try_servers
from tests.coturn import HOME, SECRET, Coturn
from tests.portal import free_port


def _now() -> datetime:
    return datetime.now(UTC)


def _outcomes(servers: list[Server]) -> list[Outcome]:
    return [one.outcome for one in try_servers(servers)]


def test_each_way_in_gives_an_allocation_and_takes_it_back(coturn: Coturn) -> None:
    servers = ice_servers(
        [coturn.udp, coturn.tcp, coturn.stun], SECRET, "there-and-back", _now() + timedelta(minutes=1)
    )
    tried = try_servers(servers)
    assert [(one.address, one.outcome) for one in tried] == [
        (coturn.udp, Outcome.WORKS),
        (coturn.tcp, Outcome.WORKS),
        (coturn.stun, Outcome.WORKS),
    ]
    name = str(servers[0]["username"])
    _until(lambda: _lines(coturn, name, "delete: realm") == 2)


def test_expired_credentials_and_a_wrong_secret_are_refused(coturn: Coturn) -> None:
    good = ice_servers([coturn.udp], SECRET, "x", _now() + timedelta(minutes=1))
    expired = ice_servers([coturn.udp], SECRET, "x", _now() - timedelta(minutes=1))
    wrong = ice_servers([coturn.udp], "another secret", "x", _now() + timedelta(minutes=1))
    typed = with_password([coturn.tcp], "somebody", "a password")
    assert _outcomes(good) == [Outcome.WORKS]
    assert _outcomes(expired) == _outcomes(wrong) == _outcomes(typed) == [Outcome.REFUSED]
    assert "401" in WORDS[Outcome.REFUSED]


def test_over_tls_a_certificate_has_to_be_trusted(coturn: Coturn, monkeypatch: pytest.MonkeyPatch) -> None:
    until = _now() + timedelta(minutes=1)
    assert _outcomes(ice_servers([coturn.tls], SECRET, "x", until)) == [Outcome.CERTIFICATE]
    with _a_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert _outcomes(ice_servers([f"turns:{HOME}:{port}"], SECRET, "x", until)) == [Outcome.TLS]
    monkeypatch.setenv("SSL_CERT_FILE", str(coturn.folder / "cert.pem"))
    assert _outcomes(ice_servers([coturn.tls], SECRET, "x", until)) == [Outcome.WORKS]


def test_a_name_that_is_not_there_and_a_port_where_nobody_listens() -> None:
    urls = ["turn:nobody.invalid", f"turn:{HOME}:{free_port()}?transport=tcp"]
    assert _outcomes(with_password(urls, "x", "y")) == [Outcome.NO_NAME, Outcome.CLOSED]


def test_silence_and_junk_end_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn_probe, "LIMIT_SECONDS", 0.5)
    with _a_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as web, _an_echo() as echo, _an_echo(b"") as silent:
        urls = [
            *(f"turn:{HOME}:{web}?transport=tcp", f"turn:{HOME}:{echo}", f"turn:{HOME}:{silent}"),
            *(f"stun:{HOME}:{echo}", f"stun:{HOME}:{silent}"),
        ]
        began = time.monotonic()
        assert set(_outcomes(with_password(urls, "x", "y"))) <= {Outcome.NO_ANSWER, Outcome.OTHER}
        assert time.monotonic() - began < 3


def test_a_public_server_that_hands_out_a_private_address_is_told_apart() -> None:
    assert _only_at_home("10.0.0.5", "8.8.8.8")
    assert not _only_at_home("8.8.4.4", "8.8.8.8")
    assert not _only_at_home("10.0.0.5", "10.0.0.1")


def test_every_outcome_has_a_sentence() -> None:
    assert set(WORDS) == set(Outcome)


def _lines(coturn: Coturn, *words: str) -> int:
    return sum(all(word in line for word in words) for line in coturn.log.splitlines())


def _until(true, patience: float = 10.0) -> None:
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)  # between two looks


@contextmanager
def _a_server(answer: bytes) -> Iterator[int]:
    """Over TCP: answers whatever comes with this, once a connection."""
    with socket.create_server((HOME, 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(2)
                    try:
                        connection.recv(4096)
                        connection.sendall(answer)
                        connection.recv(4096)
                    except OSError:
                        pass

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


@contextmanager
def _an_echo(junk: bytes = b"\x01\x01\x00\x08\x21\x12\xa4\x42") -> Iterator[int]:
    """Over UDP: answers each question with junk and its own bytes; with b"", not at all."""
    with socket.socket(type=socket.SOCK_DGRAM) as open_socket:
        open_socket.bind((HOME, 0))

        def serve() -> None:
            while True:
                try:
                    asked, who = open_socket.recvfrom(4096)
                    if junk:
                        for answer in (junk, junk + asked[8:20] + b"\xff" * 8, asked, b"\x00" * 3):
                            open_socket.sendto(answer, who)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield open_socket.getsockname()[1]
