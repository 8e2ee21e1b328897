"""Two portals on one PostgreSQL behind nginx, as deploy/nginx.conf and docs/scaling.md have it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clinic.people import sign_in
from clinic.people.viewer import Viewer
from tests.databases import KEYS, Server, forget, point_at
from tests.factories import (
    PASSWORD,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
)
from tests.portal import Portal, running_portal
from tests.proxies import HOME, NAMES, Answer, Proxy, running_nginx
from tests.scheduling.letterbox import Letterbox, open_letterbox
from tests.socket.streamlit_client import Visitor, visitor

A, B = NAMES


@dataclass(frozen=True)
class House:
    """The balancer, the processes by their names, and who is in the clinic. Sam has a session with Dana."""

    proxy: Proxy
    portals: dict[str, Portal]
    url: str
    var: Path
    letters: Letterbox
    sam: Viewer
    dana: Viewer
    ada: Viewer
    appointment: str

    @property
    def host(self) -> str:
        return f"{HOME}:{self.proxy.port}"

    def ask(self, path: str, *, cookies: dict[str, str] | None = None, post: object = None) -> Answer:
        """Through the balancer, as a browser with these cookies."""
        headers = {"Host": self.host, "Accept": "text/html", "Origin": f"https://{self.host}"}
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return self.proxy.ask(path, headers, post=post)

    def signed_in(self, email: str, process: str) -> str:
        """A sign-in's cookie, given by this process for a ticket."""
        admission = sign_in.check_password(email, PASSWORD, datetime.now(UTC))
        answer = self.ask("/session", cookies={"qr_process": process}, post={"ticket": admission.ticket})
        assert answer.status == 204
        return answer.cookie("quiet_room")

    def visits(self, process: str, cookie: str | None = None) -> AbstractContextManager[Visitor]:
        """A WebSocket through the balancer, as a browser that stays with this process."""
        return visitor(self.host, cookie=cookie, process=process, through=self.proxy)

    def says(self, process: str, cookie: str, words: str) -> bool:
        with self.visits(process, cookie) as somebody:
            return somebody.open("").says(words)


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, postgres: Server, postgres_template: str
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with ExitStack() as stack:
        url = stack.enter_context(postgres.copy(postgres_template))
        monkeypatch = stack.enter_context(pytest.MonkeyPatch.context())
        point_at(monkeypatch, folder, url)
        letters = stack.enter_context(open_letterbox(monkeypatch))
        now = datetime.now(UTC)
        make_clinic(now=now)
        dana = make_therapist("Dana Okafor", email="dana@example.org", zone="Europe/London", now=now)
        sam = make_client("Sam Rivera", email="sam@example.org", therapist=dana, now=now)
        ada = make_administrator("Ada Min", now=now)
        appointment = make_appointment(sam, dana, now - timedelta(minutes=5), now=now)
        portals = {}
        for name in NAMES:
            environment = {
                "DATABASE_URL": url,
                "QUIET_ROOM_VAR": str(folder),
                "QUIET_ROOM_KEYS": KEYS,
                "QUIET_ROOM_HTTPS": "1",
                "QUIET_ROOM_PROCESS": name,
                "QUIET_ROOM_SMTP_URL": os.environ["QUIET_ROOM_SMTP_URL"],
            }
            portals[name] = stack.enter_context(running_portal(folder, environment))
        proxy = stack.enter_context(running_nginx(folder, [portals[name].port for name in NAMES]))
        yield House(proxy, portals, url, folder, letters, sam, dana, ada, appointment)
    forget()


@pytest.fixture(autouse=True)
def own_deployment(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests look into the running portals' database."""
    point_at(monkeypatch, house.var, house.url)
