"""TURN credentials: made by the shared secret, for one call, until it ends. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac

from clinic.video.turn import ice_servers
from tests.factories import NOW

URLS = ("turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:443?transport=tcp")


def test_the_password_is_what_coturn_works_out_for_itself() -> None:
    (server,) = ice_servers(URLS, "secret", "room:client", NOW)
    expiry, label = str(server["username"]).split(":")
    assert int(expiry) == int(NOW.timestamp())
    expected = hmac.new(b"secret", str(server["username"]).encode(), hashlib.sha1).digest()
    assert server["credential"] == base64.b64encode(expected).decode()
    assert server["urls"] == list(URLS)
    assert "room" not in label


def test_without_a_turn_server_the_list_is_there_and_empty() -> None:
    assert ice_servers((), "secret", "x", NOW) == []
    assert ice_servers(URLS, None, "x", NOW) == []


def test_two_people_get_two_names_and_one_person_the_same_one() -> None:
    names = [
        ice_servers(URLS, "secret", label, NOW)[0]["username"]
        for label in ("a:client", "a:therapist", "a:client")
    ]
    assert names[0] == names[2] != names[1]
