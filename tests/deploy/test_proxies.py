"""Caddy and nginx, each with its example, in front of a real portal."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select
from websockets.exceptions import InvalidStatus

import db
from clinic.people import sign_in
from clinic.people.viewer import Viewer
from db.tables import AuditEvent
from tests.databases import KEYS, forget, point_at
from tests.factories import PASSWORD, make_client, make_clinic
from tests.portal import Portal, free_port, running_portal
from tests.proxies import HOME, NAME, Proxy, running_caddy, running_nginx
from tests.socket.streamlit_client import visitor

PROXIES = ["caddy", "nginx"]


class House:
    """A portal as a server has it, and its two proxies."""

    def __init__(self, portal: Portal, proxies: dict[str, Proxy], client: Viewer) -> None:
        self.portal, self.proxies, self.client = portal, proxies, client


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as monkeypatch:
        point_at(monkeypatch, folder)
        db.start()
        now = datetime.now(UTC)
        make_clinic(now=now)
        client = make_client("Sam Rivera", email="sam@example.org", now=now)
        environment = {"QUIET_ROOM_VAR": str(folder), "QUIET_ROOM_KEYS": KEYS, "QUIET_ROOM_HTTPS": "1"}
        with running_portal(folder, environment) as portal, _both(folder, portal) as proxies:
            yield House(portal, proxies, client)
    forget()


@contextmanager
def _both(folder: Path, portal: Portal) -> Iterator[dict[str, Proxy]]:
    for name in PROXIES:
        (folder / name).mkdir()
    # The second process of the nginx example is not there: its people come to the first.
    ports = (portal.port, free_port())
    with (
        running_caddy(folder / "caddy", portal.port) as caddy,
        running_nginx(folder / "nginx", ports) as nginx,
    ):
        yield {"caddy": caddy, "nginx": nginx}


@pytest.fixture(autouse=True)
def own_deployment(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, house.portal.log.parent)


@pytest.mark.parametrize("name", PROXIES)
def test_http_leads_to_https(house: House, name: str) -> None:
    answer = house.proxies[name].ask("/help_now?from=mail", {"Host": NAME}, plain=True)
    assert answer.status in (301, 308)
    assert answer.headers["location"].startswith(f"https://{NAME}")
    assert answer.headers["location"].endswith("/help_now?from=mail")


@pytest.mark.parametrize("name", PROXIES)
def test_a_page_comes_with_the_portal_s_headers_and_nobody_else_s(house: House, name: str) -> None:
    proxy = house.proxies[name]
    answer = proxy.ask("/", {"Host": NAME, "Accept": "text/html"})
    assert answer.status == 200
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert answer.headers.get("server") in (None, "nginx"), "no version is told"
    assert proxy.ask("/_stcore/metrics", {"Host": NAME}).status == 404


@pytest.mark.parametrize("name", PROXIES)
def test_signing_in_works_and_its_cookie_is_for_https_alone(house: House, name: str) -> None:
    proxy, host = house.proxies[name], f"{NAME}:{house.proxies[name].port}"
    admission = sign_in.check_password("sam@example.org", PASSWORD, datetime.now(UTC))
    # A browser may claim to come from anywhere; the proxy writes what is.
    headers = {"Host": host, "Origin": f"https://{host}", "X-Forwarded-For": "203.0.113.99"}
    answer = proxy.ask("/session", headers, post={"ticket": admission.ticket})
    assert answer.status == 204
    assert {"Secure", "HttpOnly"} <= {part.strip() for part in answer.cookies["quiet_room"].split(";")}
    with db.reading() as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
        assert (event.actor_id, event.remote) == (house.client.account_id, HOME)
    token = answer.cookie("quiet_room")
    with visitor(host, cookie=token, through=proxy) as visiting:
        assert visiting.open("").says("Sam Rivera"), "the screens come over the WebSocket"
    with (
        pytest.raises(InvalidStatus, match="403"),
        visitor(host, cookie=token, through=proxy, origin="https://elsewhere.example.org"),
    ):
        pass


def test_while_the_portal_starts_anew_a_request_waits(tmp_path: Path) -> None:
    """As `systemctl restart` leaves it for some seconds: nothing listens there yet."""
    port = free_port()
    with running_caddy(tmp_path, port) as proxy, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(proxy.ask, "/", {"Host": NAME})
        assert wait([asked], timeout=1).not_done, "it has not failed"
        with ThreadingHTTPServer((HOME, port), SimpleHTTPRequestHandler) as portal:
            Thread(target=portal.serve_forever).start()
            try:
                assert asked.result(20).status == 200
            finally:
                portal.shutdown()
