"""TURN credentials: made by the shared secret, for one call, until it ends. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac

from clinic.video.turn import failed_last, ice_servers, with_password
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


def test_udp_comes_first_and_what_nobody_can_use_is_left_out() -> None:
    (server,) = with_password(["stun:a", "turns:a", "nonsense", "turn:a?transport=tcp", "turn:a"], "u", "c")
    assert server["urls"] == [
        "turn:a:3478?transport=udp",
        "turn:a:3478?transport=tcp",
        "turns:a:5349?transport=tcp",
        "stun:a:3478",
    ]
    assert with_password(["nonsense"], "u", "c") == []


def test_an_address_that_failed_its_test_comes_last_and_none_is_lost() -> None:
    given = [
        *with_password(["turn:a", "turn:a?transport=tcp"], "u", "c"),
        *with_password(["turn:b"], "v", "d"),
    ]
    udp, tcp, other = "turn:a:3478?transport=udp", "turn:a:3478?transport=tcp", "turn:b:3478?transport=udp"
    assert [server["urls"] for server in failed_last(given, {udp})] == [[tcp, udp], [other]]
    assert [server["urls"] for server in failed_last(given, {udp, tcp})] == [[other], [udp, tcp]]
    assert failed_last(given, ()) == given
