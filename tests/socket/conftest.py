"""One portal with a small clinic for the tests of this folder, and people to visit it as."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import db
from clinic.people import sign_in
from clinic.people.viewer import Viewer
from tests.databases import KEYS, forget, point_at
from tests.factories import (
    PASSWORD,
    cookie_of,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
)
from tests.portal import Portal, running_portal


@dataclass(frozen=True)
class Town:
    """A running portal, and who is in its clinic. `var` holds its SQLite file."""

    portal: Portal
    var: Path
    client: Viewer
    other_client: Viewer
    therapist: Viewer
    administrator: Viewer
    appointment: str  # of `client` with `therapist`, now

    def token(self, viewer: Viewer) -> str:
        """A new sign-in's cookie value, by the front door: password, code, ticket, POST /session."""
        now = datetime.now(UTC)
        admission = sign_in.check_password(self.email(viewer), PASSWORD, now)
        if admission.needs_code:
            return cookie_of(viewer, now)  # a code is good once in half a minute; tests ask more often
        answer = self.post("/session", {"ticket": admission.ticket})
        assert answer.status == 204
        return answer.cookie.split("quiet_room=", 1)[1].split(";", 1)[0]

    def email(self, viewer: Viewer) -> str:
        from sqlalchemy import select

        from db.tables import Account

        with db.reading() as session:
            return session.scalars(select(Account.email).where(Account.id == viewer.account_id)).one()

    def get(self, path: str, *, cookie: str | None = None, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookie is not None:
            sent["Cookie"] = f"quiet_room={cookie}"
        return ask(urllib.request.Request(self.portal.address + path, headers=sent))

    def post(
        self, path: str, body: object, *, origin: str | None = "own", cookie: str | None = None
    ) -> Answer:
        headers = {"Content-Type": "application/json"}
        if origin is not None:
            headers["Origin"] = self.portal.address if origin == "own" else origin
        if cookie is not None:
            headers["Cookie"] = f"quiet_room={cookie}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return ask(urllib.request.Request(self.portal.address + path, data, headers, method="POST"))


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def set_cookie(self, name: str) -> str:
        """The Set-Cookie line for this cookie, or ""."""
        lines = self.headers.get("set-cookie", "").split("\n")
        return next((line for line in lines if line.startswith(f"{name}=")), "")

    @property
    def cookie(self) -> str:
        return self.set_cookie("quiet_room")


def ask(request: urllib.request.Request | str) -> Answer:
    """The answer to an HTTP request, whatever its status."""
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return Answer(response.status, _lower(response.headers), response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _lower(error.headers), error.read())


def _lower(headers) -> dict[str, str]:
    # Several of one name, one a line: cookies.
    return {name.lower(): "\n".join(headers.get_all(name)) for name in headers}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A fresh portal for each file of tests."""
    folder = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as monkeypatch:
        point_at(monkeypatch, folder)
        db.start()
        now = datetime.now(UTC)
        make_clinic(now=now)
        therapist = make_therapist("Dana Okafor", now=now)
        client = make_client("Sam Rivera", therapist=therapist, now=now)
        other = make_client("Noor Haddad", now=now)
        administrator = make_administrator("Ada Min", now=now)
        appointment = make_appointment(client, therapist, now - timedelta(minutes=5), now=now)
        with running_portal(folder, {"QUIET_ROOM_VAR": str(folder), "QUIET_ROOM_KEYS": KEYS}) as portal:
            yield Town(portal, folder, client, other, therapist, administrator, appointment)
    forget()


@pytest.fixture(autouse=True)
def own_deployment(town: Town, monkeypatch: pytest.MonkeyPatch) -> Path:
    """These tests look into the running portal's database."""
    point_at(monkeypatch, town.var)
    return town.var
